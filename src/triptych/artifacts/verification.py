"""Check that results are still the files that were made."""

from pathlib import Path
from typing import Any

from triptych.errors import UserError
from triptych.runtime import provenance
from triptych.runtime.files import sha256
from triptych.runtime.records import FOLDER as RECORDS_FOLDER


def verify_scale(*folders: Path) -> tuple[int, list[str]]:
    """Hash every file that has a record of provenance, and its inputs, again.

    Parameters
    ----------
    folders
        The results and the prepared data of one scale.

    Returns
    -------
    tuple
        Number of files checked, and a sentence for each problem.

    Raises
    ------
    UserError
        There are no results.
    """
    found = [pair for folder in folders for pair in provenance.records(folder)]
    if not found:
        raise UserError(
            expected="results with records of provenance",
            found="none",
            where=str(folders[0]),
            remedy=f"make them: snakemake --cores 8 --config scale={folders[0].name}",
        )
    hashes: dict[str, str | None] = {}
    problems: list[str] = []
    for artifact, record in found:
        problems += _problems(artifact, record, hashes)
    recorded = {artifact for artifact, _ in found}
    problems += [
        f"{path}: no record of how it was made; delete it and run the workflow"
        for folder in folders
        for path in _artifacts(folder)
        if path not in recorded
    ]
    return len(found), sorted(set(problems))


def _artifacts(folder: Path) -> list[Path]:
    """The files that must have a record: all but the records themselves."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not {provenance.FOLDER, RECORDS_FOLDER} & set(path.parent.parts)
        and not path.name.startswith(".")
    ]


def _problems(
    artifact: Path, record: dict[str, Any] | None, hashes: dict[str, str | None]
) -> list[str]:
    if record is None:
        return [f"{artifact}: its record is no JSON; delete both and run the workflow"]
    current = _hash(artifact, hashes)
    if current is None:
        return [f"{artifact}: gone; made by: {record['command']}"]
    problems = []
    if current != record["sha256"]:
        problems.append(f"{artifact}: altered; SHA-256 {current}, recorded {record['sha256']}")
    for path, expected in record["inputs"].items():
        # Inputs that a fresh clone need not have, such as raw data, may be absent.
        found = _hash(Path(path), hashes)
        if found not in (None, expected):
            problems.append(
                f"{artifact}: made from another {path}; SHA-256 then {expected}; run the workflow, "
                "and delete the file if no rule makes it any more"
            )
    return problems


def _hash(path: Path, hashes: dict[str, str | None]) -> str | None:
    name = path.as_posix()
    if name not in hashes:
        hashes[name] = sha256(path) if path.is_file() else None
    return hashes[name]
