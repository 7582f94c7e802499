"""Keep Snakemake's records of finished jobs beside the results, and bring them back.

Snakemake knows by a record in ``.snakemake/metadata`` with which parameters, code
and inputs a file was made; a fresh clone has the files (``dvc pull``) but no
records, and would make everything again or, worse, notice no change at all. So
the records of each part of a scale's results are exported to one file, in a
form that depends on the results alone, and restored before the workflow is read.

A file that the workflow no longer makes (it was made with earlier parameters) has null
instead of a record: ``triptych verify`` names it, and ``triptych adopt`` refuses it.

The record format is private to Snakemake, whose version is pinned for it.
"""

import base64
import json
import sys
from collections.abc import Collection, Iterator, Set
from pathlib import Path
from typing import Any

from triptych.errors import UserError
from triptych.provenance import record as provenance
from triptych.storage.files import replacing, sha256, write_text

FOLDER = "records"

_METADATA = Path(".snakemake/metadata")
# What differs between two equal runs.
_DROPPED = ("starttime", "endtime", "job_hash", "external_jobid", "incomplete")
_LONGEST_NAME = 254


def record_files(scale: str) -> dict[Path, tuple[str, ...]]:
    """The record files of a scale, each with the prefixes of the outputs it speaks of.

    One file for each DVC stage: a stage's records are pulled with its results.
    """
    results = Path("results") / scale
    panels = sorted(
        p.name
        for p in results.glob("*")
        if p.is_dir() and p.name not in (FOLDER, provenance.FOLDER, "report")
    )
    parts: dict[str, tuple[str, ...]] = {
        panel: (f"{results.as_posix()}/{panel}/",) for panel in panels
    }
    parts["data"] = (f"data/prepared/{scale}/", "data/raw/")
    parts["report"] = tuple(
        f"{results.as_posix()}/{name}"
        for name in ("claims.csv", "report/", "ro-crate-metadata.json")
    )
    return {results / FOLDER / f"{part}.json": prefixes for part, prefixes in parts.items()}


def export_records(scale: str, workflow: Any) -> None:
    """Write the record files of a scale from what Snakemake knows.

    Where the disk is full that is said, and no more: the next run exports them.

    Parameters
    ----------
    scale
        The scale that was run.
    workflow
        Snakemake's own, at the end of its run.
    """
    try:
        _export(scale, workflow.dag)
    except OSError as error:
        print(f"The records of finished jobs could not be kept: {error}", file=sys.stderr)


def _export(scale: str, dag: Any) -> None:
    known = dict(_known())
    made = {str(output) for job in dag.jobs for output in job.output}
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
        whole = _makes_all_of(path.stem, dag, made)
        present = _with_provenance(prefixes) if whole else _left_over_before(path)
        records |= dict.fromkeys(output for output in present if output not in made)
        if records:
            text = json.dumps(records, indent=1, sort_keys=True) + "\n"
            if not path.is_file() or path.read_bytes() != text.encode():
                write_text(path, text)


def _makes_all_of(part: str, dag: Any, made: Set[str]) -> bool:
    """Whether the DAG has every job of a part: else what it does not make may be another's."""
    targets = [job for job in dag.jobs if job.rule.name in (part, "all")]
    return dag.batch is None and any(made >= set(map(str, job.input)) for job in targets)


def _with_provenance(prefixes: Collection[str]) -> Iterator[str]:
    """The files of a part that a step has made."""
    for folder in (Path(prefix) for prefix in prefixes if prefix.endswith("/")):
        for artifact, _ in provenance.records(folder):
            if artifact.is_file():
                yield artifact.as_posix()


def _left_over_before(path: Path) -> Iterator[str]:
    """The files of which an earlier run of the whole part has found that nothing makes them."""
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return
    for output, record in records.items():
        if record is None and Path(output).is_file():
            yield output


def restore_records() -> int:
    """Give Snakemake the records that it lacks, of files that are there and unaltered.

    Returns
    -------
    int
        Number of records restored.

    Raises
    ------
    SystemExit
        A file of records is damaged; the message has the four parts of a user's error.
    """
    restored = 0
    for path in sorted(Path("results").glob(f"*/{FOLDER}/*.json")):
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            damaged = UserError(
                expected="the records of finished jobs (JSON)",
                found=f"a damaged file: {error}",
                where=str(path),
                remedy="delete it; run `dvc pull` where the results came that way",
            )
            raise SystemExit(f"\n{damaged}") from None
        restored += sum(
            _restore(Path(output), record)
            for output, record in records.items()
            if record is not None
        )
    return restored


def _restore(output: Path, record: dict[str, Any]) -> bool:
    expected = record.pop("output")
    target = _metadata_path(output.as_posix())
    if (
        _record(target) is not None
        or not output.is_file()
        or output.stat().st_size != expected["bytes"]
    ):
        return False
    if sha256(output) != expected["sha256"]:
        return False
    modified = output.stat().st_mtime
    times = {"starttime": modified, "endtime": modified}
    rest = {"incomplete": False, "job_hash": None, "external_jobid": None}
    with replacing(target, lasting=False) as temporary:
        temporary.write_text(json.dumps({**record, **times, **rest}), encoding="utf-8")
    return True


def _known() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in _METADATA.rglob("*"):
        if path.is_file():
            parts = path.relative_to(_METADATA).parts
            name = "".join(part.removeprefix("@") for part in parts)
            record = _record(path)
            if record is not None:
                yield base64.urlsafe_b64decode(name).decode(), record


def _record(path: Path) -> dict[str, Any] | None:
    """A record of Snakemake's; None where there is none that can be read.

    It may be cut short by a full disk or a power cut. Snakemake ignores it then, too.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _metadata_path(output: str) -> Path:
    """Where Snakemake keeps a record: the output's path in base64, split to fit file names."""
    name = base64.urlsafe_b64encode(output.encode()).decode()
    parts = [name[i : i + _LONGEST_NAME] for i in range(0, len(name), _LONGEST_NAME)]
    return _METADATA.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])
