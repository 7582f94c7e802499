"""Comparison of Snakemake's exported records with the results' own records."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from triptych.engine.metadata import FOLDER
from triptych.provenance import record as provenance
from triptych.storage.folders import MANIFEST


def exported_problems(folders: Collection[Path]) -> list[str]:
    """Name the files that no rule makes any more, and those whose records differ.

    Parameters
    ----------
    folders
        Folders of results or prepared data; the records are in ``results/SCALE/records``.

    Returns
    -------
    list
        A sentence for each problem. Damaged records are skipped.
    """
    places = {place / FOLDER for folder in folders for place in (folder, folder.parent)}
    return [
        problem
        for path in sorted(path for place in places for path in place.glob("*.json"))
        for output, record in _read(path).items()
        if any(folder in Path(output).parents for folder in folders) and Path(output).is_file()
        for problem in _problems(Path(output), record)
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return records if isinstance(records, dict) else {}


def _problems(path: Path, record: Mapping[str, Any] | None) -> Iterator[str]:
    if record is None:
        place = path.parent if path.name == MANIFEST else path
        yield (
            f"{path}: left over from earlier parameters, no rule makes it any more; "
            f"delete {place} and {provenance.record_path(path)}"
        )
        return
    making = provenance.read(path)
    # Other checks report a file with a missing or incomplete record.
    if making is None or not making.keys() >= {"code", "command"}:
        return
    for what, differs in (
        ("code", repr(making["code"]) not in record["params"]),
        ("parameters", _call(making["command"]) != _call(record["shellcmd"])),
    ):
        if differs:
            yield (
                f"{path}: its record and Snakemake's record have different {what}, as after "
                "snakemake --touch; delete it and run the workflow"
            )


def _call(command: str) -> Any:
    # Not at module level: the command line imports this module.
    from triptych.engine.late_jobs import call_of

    return call_of(command)
