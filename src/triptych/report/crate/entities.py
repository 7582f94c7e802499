"""The entities of a crate for files, code, parameters and jobs: one function for each kind.

Identifiers that begin with ``#`` name entities outside the crate's folder.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.model import ContextEntity, Entity
from rocrate.rocrate import ROCrate

from triptych.provenance.making import Making
from triptych.report.crate.jobs import Job, MadeFile
from triptych.storage.folders import MANIFEST

# Some JSON readers round larger numbers (RFC 8259, section 6).
_LARGEST_INTEGER = 2**53 - 1
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".png": "image/png",
    ".rst": "text/x-rst",
    ".svg": "image/svg+xml",
    ".tex": "text/x-tex",
    ".yaml": "application/yaml",
}
_TEXTS = (".sha256", ".smk", ".txt", "")


def add(crate: ROCrate, identifier: str, kind: str, /, **properties: Any) -> Entity:
    """Add an entity of the context once, without properties that are None or [].

    Parameters
    ----------
    identifier
        An address, or ``#`` and a name; its characters are quoted.
    kind
        The type, a term of RO-Crate's context.
    properties
        By terms of the context; entities become references.
    """
    if not identifier.startswith(("http://", "https://")):
        identifier = "#" + quote(identifier.removeprefix("#"))
    known = crate.get(identifier)
    if known is not None:
        return known
    given = {key: _single(value) for key, value in properties.items() if value not in (None, [])}
    return crate.add(ContextEntity(crate, identifier, {"@type": kind, **given}))


def describe_file(name: str, sha256: str | None, size: int | None) -> dict[str, Any]:
    """Return the properties of a file: name, type, and hash and size in bytes if known."""
    suffix = Path(name).suffix
    other = "text/plain" if suffix in _TEXTS else "application/octet-stream"
    known = {
        "name": name,
        "encodingFormat": _MEDIA_TYPES.get(suffix, other),
        "sha256": sha256,
        "contentSize": None if size is None else str(size),
    }
    return {key: value for key, value in known.items() if value is not None}


def add_outside_file(crate: ROCrate, name: str, sha256: str | None, size: int | None) -> Entity:
    """Add a file outside the crate's folder, such as prepared data."""
    return add(crate, f"#{name}", "File", **describe_file(name, sha256, size))


def add_made_file(crate: ROCrate, file: MadeFile, results: Path) -> Entity:
    """Add a file that a job made: a part of the crate if it is in the results."""
    if not file.path.is_relative_to(results):
        return add_outside_file(crate, file.name, file.sha256, file.bytes)
    properties = describe_file(file.name, file.sha256, file.bytes)
    if file.path.name == MANIFEST:
        properties["description"] = "The SHA-256 of every file of this folder."
    return crate.add_file(dest_path=file.path.relative_to(results), properties=properties)


def add_job(
    crate: ROCrate, job: Job, inputs: Mapping[str, Entity], made: Mapping[str, Entity]
) -> Entity:
    """Add the action of a job: step, inputs, parameters, machine and time.

    The entities of input and output files are given by name.
    """
    record = job.record
    parameters = [
        add_value(crate, f"{record.step}/{name}", name, value)
        for name, value in flattened(record.parameters)
    ]
    digest = hashlib.sha256(f"{record.key} {record.command}".encode()).hexdigest()[:16]
    return add(
        crate,
        f"#job/{record.step}/{digest}",
        "CreateAction",
        name=f"{record.step}: {record.artifact}",
        description=record.command,
        identifier=record.key,
        instrument=add_instrument(crate, record),
        object=[*(inputs[name] for name in record.inputs), *parameters],
        result=[made[file.name] for file in job.files],
        startTime=job.started,
        endTime=job.ended,
        actionStatus="http://schema.org/CompletedActionStatus",
        resourceUsage=[
            add_value(crate, "device", "device", record.device, propertyID="device"),
            add_value(crate, "platform", "platform", record.platform, propertyID="platform"),
            add_value(
                crate,
                "wall_seconds",
                "wall time in seconds",
                record.wall_seconds,
                propertyID="wall time",
                unitCode="SEC",
            ),
        ],
    )


def add_instrument(crate: ROCrate, record: Making) -> Entity:
    """Add a step in the version that ran: its code and the installed software."""
    software = {name: version for name, version in record.software.items() if name != "triptych"}
    commit = record.commit
    state = f"{record.code} {commit.model_dump_json()} {json.dumps(record.software)}"
    return add(
        crate,
        f"#step/{record.step}/{hashlib.sha256(state.encode()).hexdigest()[:16]}",
        "SoftwareApplication",
        name=step_name(record),
        softwareVersion=record.software.get("triptych"),
        identifier=[
            add_value(crate, "code", "hash of the step's code", record.code, propertyID="code"),
            *([_add_commit(crate, commit.id, bool(commit.modified))] if commit.id else []),
        ],
        softwareRequirements=[
            add_software(crate, name, version) for name, version in software.items()
        ],
    )


def step_name(record: Making) -> str:
    """Return the name of a step on the command line."""
    return "triptych " + record.step.replace(".", " ").replace("_", "-")


def add_software(crate: ROCrate, name: str, version: str) -> Entity:
    """Add a package in a version, named by its package URL, or Python itself."""
    python = name == "python"
    return add(
        crate,
        f"#software/{name}/{version}",
        "SoftwareApplication",
        name="Python" if python else name,
        softwareVersion=version,
        url="https://www.python.org/" if python else f"pkg:pypi/{name}@{version}",
    )


def add_value(crate: ROCrate, identifier: str, name: str, value: Any, **properties: str) -> Entity:
    """Add a named value; equal ones share an entity."""
    text = json.dumps(value, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    # JSON-LD reads a list as a set, and drops null.
    plain = isinstance(value, (bool, float, str)) or (
        isinstance(value, int) and abs(value) <= _LARGEST_INTEGER
    )
    return add(
        crate,
        f"#value/{identifier}/{digest}",
        "PropertyValue",
        name=name,
        value=value if plain else text,
        **properties,
    )


def flattened(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested parameters one by one, with names such as ``recipe.training.steps``."""
    for key, value in parameters.items():
        if isinstance(value, Mapping) and value:
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _single(value: Any) -> Any:
    """Return the only member of a list, as RO-Crate requires."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _add_commit(crate: ROCrate, identifier: str, modified: bool) -> Entity:
    return add(
        crate,
        f"#commit/{identifier}{'/modified' if modified else ''}",
        "PropertyValue",
        name="git commit",
        propertyID="git commit",
        value=identifier,
        description="Tracked files differed from this commit." if modified else None,
    )
