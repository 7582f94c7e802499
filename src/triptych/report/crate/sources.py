"""What a crate says of what comes from elsewhere: raw data, weights, the papers, licences."""

import hashlib
import re
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

from rocrate.model import Entity
from rocrate.rocrate import ROCrate

from triptych.data.registry import Entry, PinnedFile, RegistryFile, entries
from triptych.layout import RAW
from triptych.report.crate.entities import add, add_outside_file
from triptych.report.papers import Paper
from triptych.storage.folders import MANIFEST, manifest_text

_RAW = re.compile(rf"(?P<folder>.*\b{RAW}/(?P<entry>[^/]+))/{re.escape(MANIFEST)}")
_HUB = "https://huggingface.co"


def add_raw_data(crate: ROCrate, files: Mapping[str, str]) -> None:
    """Add the data sets and weights whose manifests were read: licence, citation, addresses.

    Parameters
    ----------
    crate
        The crate.
    files
        SHA-256 of the files that the jobs read, by name.
    """
    for name, digest in files.items():
        match = _RAW.fullmatch(name)
        if match and match["entry"] in entries():
            manifest = add_outside_file(crate, name, digest, None)
            _add_entry(crate, match["folder"], entries()[match["entry"]], manifest, digest)


def _add_entry(crate: ROCrate, folder: str, found: Entry, manifest: Entity, digest: str) -> Entity:
    pinned = {file.name: file.sha256 or "" for file in found.all_files}
    # The hash of the manifest was recorded: it tells whether it listed just these files.
    proven = hashlib.sha256(manifest_text(pinned).encode()).hexdigest() == digest
    hub = found.hub
    files = []
    for file in found.all_files:
        entity = add_outside_file(
            crate,
            f"{folder}/{file.name}",
            file.sha256 if proven else None,
            file.bytes if proven else None,
        )
        addresses = _addresses(found, file)
        if addresses:
            entity["url"] = addresses if len(addresses) > 1 else addresses[0]
        files.append(entity)
    whole = add(
        crate,
        f"#{folder}/",
        "Dataset",
        name=found.title,
        license=found.licence,
        citation=found.citation,
        conditionsOfAccess=found.access.strip(),
        url=f"{_HUB}/{hub.repository}/tree/{hub.revision}" if hub else None,
        version=hub.revision if hub else None,
        hasPart=[manifest, *files],
    )
    manifest["isPartOf"] = whole


def _addresses(found: Entry, file: PinnedFile) -> list[str]:
    if found.hub is not None:
        return [f"{_HUB}/{found.hub.repository}/resolve/{found.hub.revision}/{file.name}"]
    return list(file.urls) if isinstance(file, RegistryFile) else []


def add_paper(crate: ROCrate, panel: str, paper: Paper) -> Entity:
    """Add one of the papers."""
    return add(
        crate,
        paper.address or f"#paper/{panel}",
        "ScholarlyArticle",
        name=paper.title,
        author=list(paper.authors),
        datePublished=None if paper.year is None else str(paper.year),
        description=f"{paper.citation}. {paper.summary.strip()}",
        url=paper.address,
    )


def caption(paper: Paper, file: Path) -> str | None:
    """What a paper's description says of a table or a figure; None where it says nothing."""
    for artefact in (*paper.tables, *paper.figures, *paper.beyond):
        if fnmatch(file.stem, artefact.name):
            return f"{artefact.title}. {artefact.caption.strip()}"
    return None


def add_mit_licence(crate: ROCrate) -> Entity:
    """Add the licence of the workflow and its code."""
    return add(
        crate,
        "https://spdx.org/licenses/MIT",
        "CreativeWork",
        name="MIT License",
        description="The licence of the workflow and of the package that it runs.",
    )


def add_licence_of_results(crate: ROCrate) -> Entity:
    """Add what can be said of the licence of the results: that none has been chosen."""
    return add(
        crate,
        "#licence",
        "CreativeWork",
        name="No licence is stated for these results",
        description=(
            "Whoever publishes this crate chooses the licence of the results, and states it here. "
            "The copy of the workflow is under the MIT licence. Data sets and weights that were "
            "used keep their own licences, which may bind what is made from them, or forbid to "
            "pass it on."
        ),
    )
