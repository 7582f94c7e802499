"""The entities of a crate for the workflow, its copy in the crate's folder, and its run."""

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rocrate.model import Entity
from rocrate.rocrate import ROCrate

from triptych.errors import UserError
from triptych.layout import SNAKEFILE
from triptych.report.crate.entities import add, add_value, describe_file, step_name
from triptych.report.crate.jobs import Job
from triptych.report.crate.sources import add_mit_license
from triptych.storage.files import sha256
from triptych.storage.folders import MANIFEST, manifest_text

_MAIN = SNAKEFILE.as_posix()
_TYPES = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
_BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"


def places(workflow: Iterable[Path]) -> dict[str, Path]:
    """Return the path of each file of the workflow within the copy.

    A file from another folder gets a folder of its own: two files may have the same name.

    Raises
    ------
    UserError
        There is no ``Snakefile``.
    """
    copies = {_place(path, number): path for number, path in enumerate(workflow)}
    if _MAIN not in copies:
        raise UserError(
            expected=f"the files of the workflow, {_MAIN} among them",
            found=", ".join(copies) or "none",
            where="--workflow",
            remedy="name the files as the rule write_crate does",
        )
    return dict(sorted(copies.items()))


def copy(files: Mapping[str, Path], folder: Path) -> None:
    """Copy files to their places in a folder."""
    for name, origin in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, folder / name)


def add_copy(crate: ROCrate, files: Mapping[str, Path], folder: Path) -> dict[str, Entity]:
    """Add the copy of the workflow, with its manifest; the Snakefile is the main entity.

    ``files`` comes from :func:`places`; ``folder`` is in the crate's folder. The entities are
    returned by the paths that the files were copied from.
    """
    hashes = {name: sha256(origin) for name, origin in files.items()}
    license_ = add_mit_license(crate)
    entities = {}
    for name, origin in files.items():
        properties = describe_file(origin.as_posix(), hashes[name], origin.stat().st_size)
        properties["license"] = license_
        if name == _MAIN:
            entity = crate.add_workflow(
                dest_path=folder / name,
                properties={"@type": _TYPES, **properties},
                main=True,
                lang="snakemake",
            )
        else:
            entity = crate.add_file(dest_path=folder / name, properties=properties)
        entities[origin.as_posix()] = entity
    text = manifest_text(hashes).encode()
    properties = describe_file(
        f"manifest of the workflow's copy, {MANIFEST}", hashlib.sha256(text).hexdigest(), len(text)
    )
    crate.add_file(dest_path=folder / MANIFEST, properties=properties)
    return entities


def add_run(
    crate: ROCrate,
    scale: str,
    jobs: Sequence[Job],
    actions: Sequence[Entity],
    inputs: Iterable[Entity],
    made: Iterable[Entity],
) -> Entity:
    """Add the run of the workflow as a whole, and say which steps the workflow has.

    Parameters
    ----------
    actions
        The entities of the jobs, in the same order.
    inputs
        What the jobs read and none of them made, and the files of parameters.
    made
        What the jobs made.
    """
    last = max(jobs, key=lambda job: job.ended)
    workflow = crate.mainEntity
    workflow["description"] = "The Snakemake workflow that made these results."
    workflow["conformsTo"] = {"@id": _BIOSCHEMAS}
    workflow["version"] = last.record.software.get("triptych", "unknown")
    workflow["programmingLanguage"]["version"] = last.record.software.get("snakemake", "unknown")
    tools: dict[str, dict[str, Entity]] = {}
    for job, action in zip(jobs, actions, strict=True):
        tool = action["instrument"]
        tools.setdefault(step_name(job.record), {})[tool.id] = tool
    workflow["hasPart"] = [tool for versions in tools.values() for tool in versions.values()]
    workflow["step"] = [
        add(
            crate,
            f"#workflow/{name}",
            "HowToStep",
            name=name,
            position=str(position),
            workExample=list(versions.values()),
        )
        for position, (name, versions) in enumerate(tools.items(), start=1)
    ]
    return add(
        crate,
        "#run",
        "CreateAction",
        name=f"The workflow at scale {scale}",
        description=(
            "All jobs together, of one or of several calls of Snakemake. It begins with the first "
            "job and ends with the last one. Parameters that were given on the command line of "
            "Snakemake are those of the jobs."
        ),
        instrument=workflow,
        object=[*inputs, add_value(crate, "scale", "scale", scale)],
        result=list(made),
        startTime=min(job.started for job in jobs),
        endTime=last.ended,
        actionStatus="http://schema.org/CompletedActionStatus",
    )


def _place(path: Path, number: int) -> str:
    working_folder = Path.cwd()
    whole = working_folder / path
    if whole.is_relative_to(working_folder) and ".." not in path.parts:
        return whole.relative_to(working_folder).as_posix()
    return f"elsewhere/{number}/{path.name}"
