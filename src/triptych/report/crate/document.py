"""The RO-Crate of a scale: every result with its inputs, code, parameters, software and time.

It follows the profiles Process, Workflow and Provenance Run Crate 0.5, on RO-Crate 1.1.
``ro-crate-metadata.json`` in the folder of the results describes the files of that folder.
The same records of provenance give the same bytes.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

from rocrate.model import Entity
from rocrate.rocrate import ROCrate

from triptych.claims.conclusions import OUTCOMES, Outcome
from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.errors import UserError
from triptych.report.crate.entities import add, add_job, add_made_file, add_outside_file
from triptych.report.crate.jobs import Job, read_jobs
from triptych.report.crate.sources import add_license_of_results, add_paper, add_raw_data, caption
from triptych.report.crate.workflow import add_copy, add_run, copy, places
from triptych.report.papers import Paper, read_paper
from triptych.storage.folders import publish_folder

_STEP = "report.write_crate"
_VERSION = "1.1"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate"),
    ("https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate"),
)


def write(
    scale: Scale,
    results: Path,
    prepared: Path,
    papers: Sequence[Path],
    workflow: Sequence[Path],
    configuration: Sequence[Path],
    files: Sequence[Path],
    source: Path,
    crate: Path,
) -> None:
    """Write the metadata of a crate, and a copy of the workflow into its folder.

    The parameters are those of :func:`triptych.report.steps.write_crate`.

    Raises
    ------
    UserError
        The results are not as their records say; one of ``files`` has no record; ``source`` or
        ``crate`` belongs elsewhere; a description of a paper is missing; or no ``Snakefile`` is
        given.
    """
    jobs = read_jobs(results, prepared, leaving_out=_STEP, files=files)
    _refuse_unrecorded(files, jobs)
    _refuse_other_places(source, crate, results, jobs)
    by_panel = {
        path.parent.name: read_paper(path.parents[1], cast(Panel, path.parent.name))
        for path in papers
        if (results / path.parent.name).is_dir()
    }
    copies = places([*workflow, *configuration])
    described = ROCrate(version=_VERSION)
    described.metadata.extra_contexts.append(_TERMS)
    copied = add_copy(described, copies, source.parent.relative_to(results))
    made_files = _add_made(described, jobs, results, by_panel)
    read_files = _add_read(described, jobs, made_files, copied)
    actions = [add_job(described, job, {**read_files, **made_files}, made_files) for job in jobs]
    given = {**read_files, **{str(path): copied[path.as_posix()] for path in configuration}}
    run = add_run(described, scale, jobs, actions, given.values(), made_files.values())
    _describe_root(described, scale, jobs, [run, *actions], by_panel, _outcomes(results))
    publish_folder(source, lambda folder: copy(copies, folder))
    text = json.dumps(described.metadata.generate(), indent=1, sort_keys=True, ensure_ascii=False)
    crate.write_text(text + "\n", encoding="utf-8", newline="\n")


def _refuse_unrecorded(files: Iterable[Path], jobs: Iterable[Job]) -> None:
    recorded = {file.path for job in jobs for file in job.files}
    absent = [str(path) for path in files if path not in recorded]
    if absent:
        raise UserError(
            expected="a record of how each result was made",
            found=f"none of {', '.join(absent)}",
            where=absent[0],
            remedy=f"delete it and make it again: snakemake {absent[0]}",
        )


def _refuse_other_places(source: Path, crate: Path, results: Path, jobs: Iterable[Job]) -> None:
    """Refuse a crate outside its root, and a folder of the copy that holds results."""
    folder = source.parent
    inside = [file.path for job in jobs for file in job.files if file.path.is_relative_to(folder)]
    if crate.parent != results or not folder.is_relative_to(results) or inside:
        raise UserError(
            expected=f"--crate in {results}, and --source in a folder of its own below it",
            found=f"{crate.parent}, and {folder}"
            + (f", which holds {inside[0]}" if inside else ""),
            where="triptych report write-crate",
            remedy="give the paths that the rule write_crate gives",
        )


def _add_made(
    crate: ROCrate, jobs: Iterable[Job], results: Path, papers: Mapping[str, Paper]
) -> dict[str, Entity]:
    """Add the files that a job made, by name; tables and figures have captions."""
    entities = {}
    for job in jobs:
        for file in job.files:
            entities[file.name] = add_made_file(crate, file, results)
            for panel, paper in papers.items():
                words = caption(paper, file.path) if file.path.parent == results / panel else None
                if words:
                    entities[file.name]["description"] = words
    return entities


def _add_read(
    crate: ROCrate, jobs: Iterable[Job], made: Mapping[str, Entity], copied: Mapping[str, Entity]
) -> dict[str, Entity]:
    """Add the files that a job read and no job made, by name."""
    hashes = {
        name: digest
        for job in jobs
        for name, digest in job.record.inputs.items()
        if name not in made
    }
    add_raw_data(crate, hashes)
    # A rule file that changed since is not the file that was read.
    same = {name for name in copied if copied[name]["sha256"] == hashes.get(name)}
    return {
        name: copied[name] if name in same else add_outside_file(crate, name, digest, None)
        for name, digest in hashes.items()
    }


def _outcomes(results: Path) -> list[str]:
    """Return the outcome of each headline sentence in words, if they were judged."""
    path = results / "conclusions.csv"
    if not path.is_file():
        return []
    return [
        f"{row['panel']}, {OUTCOMES[cast(Outcome, row['outcome'])]}: {row['sentence']}"
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    ]


def _describe_root(
    crate: ROCrate,
    scale: Scale,
    jobs: Sequence[Job],
    actions: Sequence[Entity],
    papers: Mapping[str, Paper],
    outcomes: Sequence[str],
) -> None:
    root = crate.root_dataset
    devices = sorted({job.record.device for job in jobs})
    root["name"] = f"Triptych at scale {scale}: three computer-vision papers, one pipeline"
    sentences = (
        *outcomes,
        f"Tables, figures, claims, models and raw results, made by {len(jobs)} jobs on "
        f"{', '.join(devices)}. Each file has the action that made it, with inputs, code, "
        "parameters, software, device and time, as in its record of provenance. The record of "
        "FOLDER/NAME is FOLDER/provenance/NAME.json.",
    )
    root["description"] = " ".join(sentences)
    # By default the library writes the present time.
    root["datePublished"] = max(job.ended for job in jobs)
    root["license"] = add_license_of_results(crate)
    root["citation"] = [add_paper(crate, panel, paper) for panel, paper in papers.items()]
    root["mentions"] = list(actions)
    root["conformsTo"] = [
        add(crate, address, "CreativeWork", name=name, version=address.rpartition("/")[2])
        for address, name in _PROFILES
    ]
