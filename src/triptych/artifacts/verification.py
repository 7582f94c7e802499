"""Check that results are still the files that were made."""

from pathlib import Path
from typing import Any

from triptych.errors import UserError
from triptych.runtime import provenance
from triptych.runtime.files import sha256
from triptych.runtime.folders import MANIFEST, read_manifest
from triptych.runtime.records import FOLDER as RECORDS_FOLDER


def verify_scale(*folders: Path) -> tuple[int, list[str]]:
    """Hash every file that has a record of provenance, and its inputs, again.

    The record of a folder's manifest speaks of the files that the manifest lists.

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
    listed = {path: digest for artifact, _ in found for path, digest in _listed(artifact).items()}
    for path, digest in listed.items():
        problems += _compared(path, digest, "make its folder again with the workflow", hashes)
    recorded = {artifact for artifact, _ in found} | listed.keys()
    problems += [
        f"{path}: no record of how it was made; delete it and run the workflow"
        for folder in folders
        for path in _artifacts(folder)
        if path not in recorded
    ]
    return len(recorded), sorted(set(problems))


def _artifacts(folder: Path) -> list[Path]:
    """The files that must have a record: all but the records themselves."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not {provenance.FOLDER, RECORDS_FOLDER} & set(path.parent.parts)
        and not path.name.startswith(".")
    ]


def _listed(artifact: Path) -> dict[Path, str]:
    """The SHA-256 of each file that a manifest lists; of none where it is no manifest."""
    if artifact.name != MANIFEST:
        return {}
    try:
        return {artifact.parent / name: digest for name, digest in read_manifest(artifact).items()}
    except UserError:
        # Altered or gone, which its own record tells.
        return {}


def _problems(
    artifact: Path, record: dict[str, Any] | None, hashes: dict[str, str | None]
) -> list[str]:
    if record is None:
        return [f"{artifact}: its record is no JSON; delete both and run the workflow"]
    problems = _compared(artifact, record["sha256"], f"made by: {record['command']}", hashes)
    if _hash(artifact, hashes) is None:
        return problems
    for path, expected in record["inputs"].items():
        # Inputs that a fresh clone need not have, such as raw data, may be absent.
        found = _hash(Path(path), hashes)
        if found not in (None, expected):
            problems.append(
                f"{artifact}: made from another {path}; SHA-256 then {expected}; run the workflow, "
                "and delete the file if no rule makes it any more"
            )
    return problems


def _compared(path: Path, expected: str, remedy: str, hashes: dict[str, str | None]) -> list[str]:
    found = _hash(path, hashes)
    if found is None:
        return [f"{path}: gone; {remedy}"]
    if found != expected:
        return [f"{path}: altered; SHA-256 {found}, recorded {expected}"]
    return []


def _hash(path: Path, hashes: dict[str, str | None]) -> str | None:
    name = path.as_posix()
    if name not in hashes:
        hashes[name] = sha256(path) if path.is_file() else None
    return hashes[name]
