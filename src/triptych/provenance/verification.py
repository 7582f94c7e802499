"""Check that results still equal the files that were made, as far as their records can tell.

A record is no seal. It reveals a file that was altered, cut short, deleted or added. It also
reveals a step, parameters, inputs or code that were altered in the record itself. Commit,
device, software and times are recorded, not proved. A file that was rewritten together with
its record is revealed by ``dvc.lock``, which git keeps, and by running the job again.
"""

import json
from collections.abc import Collection, Sequence
from pathlib import Path

from triptych.layout import PROVENANCE, RECORDS
from triptych.provenance.examine import Examiner
from triptych.provenance.making import Making, State, no_records, record_path, recorded_files
from triptych.storage.folders import listed_files


def verify_scale(*folders: Path, adopted: Path | None = None) -> tuple[int, list[str]]:
    """Hash every file that has a record of provenance, and its inputs, again.

    The record of a folder's manifest also covers the files that the manifest lists.

    Parameters
    ----------
    adopted
        A copy of the first folder without models and raw results, as git keeps it. The run may
        lack such a file, too, if both records of it are the same.

    Returns
    -------
    tuple
        Number of files checked, and a sentence for each problem.

    Raises
    ------
    UserError
        There are no results.
    OSError
        A file that a manifest lists cannot be read.
    """
    artifacts = [path for folder in folders for path in recorded_files(folder)]
    if not artifacts:
        raise no_records(folders[0])
    listed: dict[Path, str] = {}
    for artifact in artifacts:
        listed |= listed_files(artifact)
    known = {*artifacts, *listed}
    examiner = Examiner()
    problems: list[str] = []
    for artifact in artifacts:
        entry = examiner.examine(artifact)
        if entry.making is None:
            problems.append(
                f"{artifact}: its record {entry.fault}; delete both and run the workflow"
            )
            continue
        if entry.state is State.UNREADABLE:
            problems.append(f"{artifact}: cannot be read; allow it, or delete the file")
            continue
        gone = entry.state is State.MISSING
        spared = gone and adopted is not None and _lacks(adopted, artifact, folders[0])
        if not spared:
            remedy = f"made by: {entry.making.command}"
            problems += _compared(artifact, entry.making.sha256, remedy, examiner)
        if spared or not gone:
            problems += _sources(artifact, entry.making, folders, known, examiner)
    for path, digest in listed.items():
        problems += _compared(path, digest, "make its folder again with the workflow", examiner)
    for folder in folders:
        problems += _unaccounted(folder, known)
    return len(known), sorted(set(problems))


def _lacks(adopted: Path, artifact: Path, folder: Path) -> bool:
    """Tell whether an adopted copy has the same record of a file, and not the file."""
    if not artifact.is_relative_to(folder):
        return False
    copy = adopted / artifact.relative_to(folder)
    record = record_path(copy)
    if copy.exists() or not record.is_file():
        return False
    return record.read_bytes() == record_path(artifact).read_bytes()


def _compared(path: Path, expected: str, remedy: str, examiner: Examiner) -> list[str]:
    digest = examiner.sha256(path)
    if digest is None:
        return [f"{path}: gone; {remedy}"]
    if digest != expected:
        return [
            f"{path}: altered, or its record is; SHA-256 {digest}, recorded {expected}; "
            "delete it and run the workflow"
        ]
    return []


def _sources(
    artifact: Path,
    making: Making,
    folders: Sequence[Path],
    known: Collection[Path],
    examiner: Examiner,
) -> list[str]:
    """Return what is wrong with the inputs of a file."""
    problems = []
    for path, expected in ((Path(name), digest) for name, digest in making.inputs.items()):
        digest = examiner.sha256(path)
        if digest is None:
            # A fresh clone need not have raw data; a file with a record is reported by itself.
            inside = any(folder in path.parents for folder in folders)
            if inside and path not in known:
                problems.append(f"{artifact}: made from {path}, which is gone; run the workflow")
        elif digest != expected:
            problems.append(
                f"{artifact}: made from another {path}; SHA-256 then {expected}; restore what was "
                "altered, run the workflow, and delete the file if no rule makes it any more"
            )
    return problems


def _unaccounted(folder: Path, known: Collection[Path]) -> list[str]:
    """Return the files without a record, and damaged exports of Snakemake's records."""
    problems = []
    for path in filter(Path.is_file, folder.rglob("*")):
        # Hidden: unfinished files of a killed job, and the ignore lists of git and DVC.
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        record = path.parent.name == PROVENANCE and path.suffix == ".json"
        if hidden or record or path in known:
            continue
        if path.parent != folder / RECORDS:
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
