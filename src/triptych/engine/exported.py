"""Compare Snakemake's exported records with the record of how each file was made."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from cyclopts import App

from triptych.engine.calls import call_of
from triptych.layout import RECORDS
from triptych.provenance.making import read_if_sound, record_path
from triptych.storage.folders import MANIFEST


def exported_problems(folders: Collection[Path], app: App) -> list[str]:
    """Name the files that no rule makes any more, and the files whose two records differ.

    Snakemake's records are exported to ``results/SCALE/records``. Damaged exports and files
    without a sound record are passed over:
    :func:`triptych.provenance.verification.verify_scale` names them.
    """
    places = {place / RECORDS for folder in folders for place in (folder, folder.parent)}
    return [
        problem
        for path in sorted(path for place in places for path in place.glob("*.json"))
        for output, record in _read(path).items()
        if any(folder in Path(output).parents for folder in folders) and Path(output).is_file()
        for problem in _problems(Path(output), record, app)
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return records if isinstance(records, dict) else {}


def _problems(path: Path, record: Mapping[str, Any] | None, app: App) -> Iterator[str]:
    if record is None:
        place = path.parent if path.name == MANIFEST else path
        yield (
            f"{path}: left over from earlier parameters, no rule makes it any more; "
            f"delete {place} and {record_path(path)}"
        )
        return
    making = read_if_sound(path)
    if making is None:
        return
    for what, differs in (
        ("code", repr(making.code) not in record["params"]),
        ("parameters", call_of(making.command, app) != call_of(record["shellcmd"], app)),
    ):
        if differs:
            yield (
                f"{path}: its record and Snakemake's name other {what}, as after "
                "snakemake --touch; delete it and run the workflow"
            )
