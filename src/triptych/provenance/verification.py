"""Check that results are still the files that were made, as far as their records can tell.

A record is no seal. It gives away a file that was altered, cut short, deleted or added, and a
step, parameters, inputs or code that were altered in the record itself; its commit, device,
software and times are told, not proved. Who rewrites a file and its record to fit each other is
found out by ``dvc.lock``, which git keeps, and by making the file again.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from triptych.drawing.exported import exported_problems
from triptych.engine.metadata import FOLDER as RECORDS_FOLDER
from triptych.errors import UserError
from triptych.provenance import record as provenance
from triptych.storage.files import sha256
from triptych.storage.folders import MANIFEST, read_manifest

_NEEDED = ("sha256", "command", "key", *provenance.IDENTITY)


def verify_scale(*folders: Path) -> tuple[int, list[str]]:
    """Hash every file that has a record of provenance, and its inputs, again.

    The record of a folder's manifest speaks of the files that the manifest lists. What
    Snakemake has said of the files is compared, too.

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
    records = {path: record for folder in folders for path, record in provenance.records(folder)}
    if not records:
        raise UserError(
            expected="results with records of provenance",
            found="none",
            where=str(folders[0]),
            remedy=f"make them: snakemake --cores all --config scale={folders[0].name}",
        )
    listed = {path: digest for artifact in records for path, digest in _listed(artifact).items()}
    known = records.keys() | listed.keys()
    hashes = _Hashes()
    problems: list[str] = []
    for artifact, record in records.items():
        fault = _fault(record)
        if record is None or fault:
            problems.append(f"{artifact}: its record {fault}; delete both and run the workflow")
            continue
        problems += _compared(artifact, record["sha256"], f"made by: {record['command']}", hashes)
        if hashes.of(artifact) is not None:
            problems += _sources(artifact, record["inputs"], folders, known, hashes)
    for path, digest in listed.items():
        problems += _compared(path, digest, "make its folder again with the workflow", hashes)
    for folder in folders:
        problems += _unaccounted(folder, known)
    problems += exported_problems(folders)
    return len(known), sorted(set(problems))


class _Hashes:
    """The SHA-256 of files, each hashed once; None where there is no file."""

    def __init__(self) -> None:
        self._known: dict[Path, str | None] = {}

    def of(self, path: Path) -> str | None:
        if path not in self._known:
            self._known[path] = sha256(path) if path.is_file() else None
        return self._known[path]


def _listed(artifact: Path) -> dict[Path, str]:
    """The SHA-256 of each file that a manifest lists; of none where it is no manifest."""
    if artifact.name != MANIFEST:
        return {}
    try:
        return {artifact.parent / name: digest for name, digest in read_manifest(artifact).items()}
    except UserError:
        # Altered or gone, which its own record tells.
        return {}


def _fault(record: Mapping[str, Any] | None) -> str | None:
    """What is wrong with a record in itself; None where nothing is."""
    if record is None:
        return "is no JSON"
    missing = [name for name in _NEEDED if name not in record]
    if missing:
        return f"lacks {', '.join(missing)}"
    if provenance.job_key(record) != record["key"]:
        return "was altered: step, parameters, inputs and code do not give its key"
    return None


def _compared(path: Path, expected: str, remedy: str, hashes: _Hashes) -> list[str]:
    found = hashes.of(path)
    if found is None:
        return [f"{path}: gone; {remedy}"]
    if found != expected:
        return [
            f"{path}: altered, or its record is; SHA-256 {found}, recorded {expected}; "
            "delete it and run the workflow"
        ]
    return []


def _sources(
    artifact: Path,
    inputs: Mapping[str, str],
    folders: Sequence[Path],
    known: Collection[Path],
    hashes: _Hashes,
) -> list[str]:
    """What is wrong with the files that another was made from."""
    problems = []
    for path, expected in ((Path(name), digest) for name, digest in inputs.items()):
        found = hashes.of(path)
        if found is None:
            # Raw data need not be in a fresh clone; what has a record is told to be gone anyway.
            inside = any(folder in path.parents for folder in folders)
            if inside and path not in known:
                problems.append(f"{artifact}: made from {path}, which is gone; run the workflow")
        elif found != expected:
            problems.append(
                f"{artifact}: made from another {path}; SHA-256 then {expected}; restore what was "
                "altered, run the workflow, and delete the file if no rule makes it any more"
            )
    return problems


def _unaccounted(folder: Path, known: Collection[Path]) -> list[str]:
    """Files that nothing speaks for, and damaged records of Snakemake's."""
    problems = []
    for path in filter(Path.is_file, folder.rglob("*")):
        # What a killed job had not finished, and the lists of what git and DVC ignore.
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        record = path.parent.name == provenance.FOLDER and path.suffix == ".json"
        if hidden or record or path in known:
            continue
        if path.parent != folder / RECORDS_FOLDER:
            problems.append(f"{path}: no record of how it was made; delete it and run the workflow")
        elif not _is_json(path):
            problems.append(f"{path}: no JSON; delete it, the next run writes it again")
    return problems


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True
