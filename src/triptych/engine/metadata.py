"""Export Snakemake's records of finished jobs to files beside the results, and restore them.

Snakemake records with which parameters, code and inputs a file was made, in
``.snakemake/metadata``. A fresh clone has the files (``dvc pull``) but no records. Snakemake
would then make everything again or, worse, notice no change at all. So the records of each
part of a scale's results are exported to one file, in a form that depends on the results
alone. They are restored before the workflow is read.

A file that the workflow no longer makes (it was made with earlier parameters) has null
instead of a record: ``triptych verify`` names it, and ``triptych adopt`` refuses it.
"""

import base64
import json
import sys
from collections.abc import Collection, Iterator, Set
from pathlib import Path
from typing import Any

from triptych.engine.start import refuse
from triptych.engine.state import METADATA
from triptych.errors import UserError
from triptych.layout import PREPARED, PROVENANCE, RAW, RECORDS, RESULTS
from triptych.provenance.examine import has_content
from triptych.provenance.making import recorded_files
from triptych.storage.files import replacing, sha256, write_text

# These fields differ between two equal runs.
_DROPPED = ("starttime", "endtime", "job_hash", "external_jobid", "incomplete")
_LONGEST_NAME = 254


def record_files(scale: str) -> dict[Path, tuple[str, ...]]:
    """Return the record files of a scale, each with the prefixes of the outputs that it covers.

    There is one file for each DVC stage: the records of a stage are pulled with its results.
    """
    results = RESULTS / scale
    panels = sorted(
        path.name
        for path in results.glob("*")
        if path.is_dir() and path.name not in (RECORDS, PROVENANCE, "report")
    )
    parts: dict[str, tuple[str, ...]] = {panel: (f"{results / panel}/",) for panel in panels}
    parts["data"] = (f"{PREPARED / scale}/", f"{RAW}/")
    parts["report"] = tuple(
        f"{results}/{name}"
        for name in ("claims.csv", "conclusions.csv", "report/", "ro-crate-metadata.json")
    )
    return {results / RECORDS / f"{part}.json": prefixes for part, prefixes in parts.items()}


def export_records(scale: str, workflow: Any) -> None:
    """Write the record files of a scale from Snakemake's records, at the end of a run.

    A full disk gives a message and no error: the next run exports the records.
    """
    try:
        _export(scale, workflow.dag)
    except OSError as error:
        print(f"The records of finished jobs could not be exported: {error}", file=sys.stderr)


def _export(scale: str, dag: Any) -> None:
    known = dict(_known())
    outputs = {str(output) for job in dag.jobs for output in job.output}
    for path, prefixes in record_files(scale).items():
        records: dict[str, Any] = {
            output: {
                **{key: value for key, value in record.items() if key not in _DROPPED},
                "output": {
                    "bytes": Path(output).stat().st_size,
                    "sha256": sha256(Path(output)),
                },
            }
            for output, record in sorted(known.items())
            if output.startswith(prefixes) and Path(output).is_file()
        }
        whole = _makes_all_of(path.stem, dag, outputs)
        present = _with_provenance(prefixes) if whole else _left_over_before(path)
        records |= dict.fromkeys(output for output in present if output not in outputs)
        if records:
            text = json.dumps(records, indent=1, sort_keys=True) + "\n"
            if not path.is_file() or path.read_bytes() != text.encode():
                write_text(path, text)


def _makes_all_of(part: str, dag: Any, outputs: Set[str]) -> bool:
    """Tell whether the DAG has every job of a part; else it does not know what is left over."""
    targets = [job for job in dag.jobs if job.rule.name in (part, "all")]
    return dag.batch is None and any(outputs >= set(map(str, job.input)) for job in targets)


def _with_provenance(prefixes: Collection[str]) -> Iterator[str]:
    """Yield the files of a part that a step has made."""
    for folder in (Path(prefix) for prefix in prefixes if prefix.endswith("/")):
        yield from (path.as_posix() for path in recorded_files(folder) if path.is_file())


def _left_over_before(path: Path) -> Iterator[str]:
    """Yield the files that no rule makes, by the last run of the whole part."""
    for output, record in (_record(path) or {}).items():
        if record is None and Path(output).is_file():
            yield output


def restore_records() -> int:
    """Give Snakemake the records that it lacks, of unaltered files; return how many.

    Raises
    ------
    SystemExit
        A file of records is damaged; the message has the four parts of a user's error.
    """
    restored = 0
    for path in sorted(RESULTS.glob(f"*/{RECORDS}/*.json")):
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            refuse(
                UserError(
                    expected="the records of finished jobs (JSON)",
                    found=f"a damaged file: {error}",
                    where=str(path),
                    remedy="delete it; run `dvc pull` where the results came that way",
                )
            )
        restored += sum(
            _restore(Path(output), record)
            for output, record in records.items()
            if record is not None
        )
    return restored


def _restore(output: Path, record: dict[str, Any]) -> bool:
    expected = record.pop("output")
    target = metadata_path(output.as_posix())
    if _record(target) is not None or not has_content(
        output, expected["bytes"], expected["sha256"]
    ):
        return False
    modified = output.stat().st_mtime
    times = {"starttime": modified, "endtime": modified}
    rest = {"incomplete": False, "job_hash": None, "external_jobid": None}
    with replacing(target, lasting=False) as temporary:
        temporary.write_text(json.dumps({**record, **times, **rest}), encoding="utf-8")
    return True


def _known() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in METADATA.rglob("*"):
        if path.is_file():
            parts = path.relative_to(METADATA).parts
            name = "".join(part.removeprefix("@") for part in parts)
            record = _record(path)
            if record is not None:
                yield base64.urlsafe_b64decode(name).decode(), record


def _record(path: Path) -> dict[str, Any] | None:
    """Return a record of Snakemake's, or an export; None where there is none that can be read.

    A full disk or a power cut may have cut it short. Then Snakemake ignores it, too.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def metadata_path(output: str) -> Path:
    """Return where Snakemake keeps a record: the path in base64, split to fit file names."""
    name = base64.urlsafe_b64encode(output.encode()).decode()
    parts = [name[i : i + _LONGEST_NAME] for i in range(0, len(name), _LONGEST_NAME)]
    return METADATA.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])
