"""Check that a run and the adopted run that it joins were made from the same files."""

from collections.abc import Mapping
from pathlib import Path

from triptych.errors import UserError
from triptych.layout import PROVENANCE
from triptych.provenance.making import Making, RecordError, read, record_path, recorded_files
from triptych.storage.files import sha256


def refuse_contradictions(copy: Path, results: Path, reference: Path) -> None:
    """Refuse a joined copy whose files differ from a record, or lack what the adopted run had.

    An input that the copy leaves out is compared by its record in the copy.

    Parameters
    ----------
    copy
        The files of ``reference``, and over them those of ``results``.
    results
        The run, already compared with its records.
    reference
        The adopted run.

    Raises
    ------
    UserError
        An adopted file has no sound record, or differs from it. Two files were made from different
        forms of the same input. Or a file of the run was not made from a file that stays, and that
        the adopted file of that name was made from.
    """
    makings = {place: _record(copy, place, reference) for place in _places(copy)}
    _refuse_altered(copy, makings, reference)
    _refuse_other_inputs(makings, results)
    _refuse_losses(makings, results, reference)


def _places(copy: Path) -> list[Path]:
    """Return every file that needs a record, and every file that has one, relative to the copy."""
    files = {
        path
        for path in copy.rglob("*")
        if path.is_file() and path.parent.name != PROVENANCE and not path.name.startswith(".")
    }
    return sorted(path.relative_to(copy) for path in files | {*recorded_files(copy)})


def _record(folder: Path, place: Path, reference: Path) -> Making:
    try:
        return read(folder / place)
    except RecordError as error:
        raise _unsound(f"its record {error}", reference / place) from error


def _refuse_altered(copy: Path, makings: Mapping[Path, Making], reference: Path) -> None:
    for place, making in makings.items():
        path = copy / place
        if path.is_file() and (digest := sha256(path)) != making.sha256:
            raise _unsound(f"SHA-256 {digest}, recorded {making.sha256}", reference / place)


def _unsound(found: str, path: Path) -> UserError:
    return UserError(
        expected="an adopted file that equals its record",
        found=found,
        where=str(path),
        remedy="restore the file and its record from git, or make it in this run, and adopt again",
    )


def _refuse_other_inputs(makings: Mapping[Path, Making], results: Path) -> None:
    # By the name of an input its hash, and the file whose record names that hash.
    known = {
        (results / place).as_posix(): (making.sha256, place) for place, making in makings.items()
    }
    # The run's own files first: they are right, and what stays must be made again.
    for place in sorted(makings, key=lambda place: not record_path(results / place).is_file()):
        for name, digest in makings[place].inputs.items():
            recorded, witness = known.setdefault(name, (digest, place))
            if recorded != digest:
                raise UserError(
                    expected=f"{place}, made from the files of the joined run",
                    found=f"a record that names another {name} than the record of {witness}",
                    where=str(results),
                    remedy=f"make {results / place} again in this run, then adopt",
                )


def _refuse_losses(makings: Mapping[Path, Making], results: Path, reference: Path) -> None:
    by_name = {(results / place).as_posix(): making for place, making in makings.items()}
    for place in makings:
        path = reference / place
        if not path.exists() and not record_path(path).exists():
            continue
        earlier = _record(reference, place, reference).inputs.keys() & by_name.keys()
        lost = earlier - _ancestors((results / place).as_posix(), by_name)
        for name in sorted(lost):
            adopted = reference / Path(name).relative_to(results)
            raise UserError(
                expected=f"{place}, made from all that the adopted one was made from",
                found=f"none from {name}",
                where=str(results / place),
                remedy=f"make it again with {name}; to leave that out, delete {adopted} and its"
                " record",
            )


def _ancestors(name: str, makings: Mapping[str, Making]) -> set[str]:
    """Return all that a file was made from, directly or not."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        making = makings.get(waiting.pop())
        inputs = {*(making.inputs if making else ())} - reached
        reached |= inputs
        waiting += inputs
    return reached
