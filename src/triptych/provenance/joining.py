"""Check that a run and the adopted run that it joins were made from the same files."""

from collections.abc import Mapping
from pathlib import Path

from triptych.errors import UserError
from triptych.layout import PROVENANCE, RECORDS
from triptych.provenance.making import Making, RecordError, read, read_if_sound, recorded_files
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
        forms of the same input. Or a file of the run was not made from a file that the adopted
        file of that name was made from.
    """
    makings = {place: _record(copy, place, reference) for place in _places(copy)}
    _refuse_altered(copy, makings, reference)
    _refuse_other_inputs(copy, makings, results)
    _refuse_losses(makings, results, reference)


def _places(copy: Path) -> list[Path]:
    """Return every file that needs a record, and every file that has one, relative to the copy."""
    files = {
        path
        for path in copy.rglob("*")
        if path.is_file() and path.parent.name != PROVENANCE and path.parent != copy / RECORDS
    }
    return sorted(path.relative_to(copy) for path in files | {*recorded_files(copy)})


def _record(copy: Path, place: Path, reference: Path) -> Making:
    try:
        return read(copy / place)
    except RecordError as error:
        raise _no_adopted_file(f"its record {error}", reference / place) from error


def _refuse_altered(copy: Path, makings: Mapping[Path, Making], reference: Path) -> None:
    for place, making in makings.items():
        path = copy / place
        if path.is_file() and (digest := sha256(path)) != making.sha256:
            raise _no_adopted_file(f"SHA-256 {digest}, recorded {making.sha256}", reference / place)


def _no_adopted_file(found: str, path: Path) -> UserError:
    return UserError(
        expected="an adopted file that equals its record",
        found=found,
        where=str(path),
        remedy="restore the file and its record from git, or make it in this run, and adopt again",
    )


def _refuse_other_inputs(copy: Path, makings: Mapping[Path, Making], results: Path) -> None:
    # By the name of an input its hash, and the file whose record names that hash.
    known = {
        (results / place).as_posix(): (making.sha256, place) for place, making in makings.items()
    }
    for place, making in makings.items():
        for name, digest in making.inputs.items():
            recorded, witness = known.setdefault(name, (digest, place))
            if recorded != digest:
                raise UserError(
                    expected=f"{place}, made from the files of the joined run",
                    found=f"a record that names another {name} than the record of {witness}",
                    where=str(results),
                    remedy=f"make {results / place} again in this run, then adopt",
                )


def _refuse_losses(makings: Mapping[Path, Making], results: Path, reference: Path) -> None:
    for place, making in makings.items():
        earlier = read_if_sound(reference / place)
        for name in sorted({*(earlier.inputs if earlier else ())} - {*making.inputs}):
            if not Path(name).is_relative_to(results):
                continue
            raise UserError(
                expected=f"{place}, made from all that the adopted one was made from",
                found=f"none from {name}",
                where=str(results / place),
                remedy=f"make it again with {name}; to leave that out, adopt a whole run"
                " without --add",
            )
