"""The entities of a crate for raw data, weights, papers and licenses."""

import hashlib
import re
from collections.abc import Mapping
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
    """Add the data sets and weights whose manifests were read: license, citation, addresses.

    ``files`` has the SHA-256 of the files that the jobs read, by name.
    """
    for name, digest in files.items():
        match = _RAW.fullmatch(name)
        if match and match["entry"] in entries():
            manifest = add_outside_file(crate, name, digest, None)
            _add_entry(crate, match["folder"], entries()[match["entry"]], manifest, digest)


def _add_entry(crate: ROCrate, folder: str, entry: Entry, manifest: Entity, digest: str) -> None:
    pinned = {file.name: file.sha256 or "" for file in entry.all_files}
    # By its recorded hash the manifest listed exactly these files, or others.
    proven = hashlib.sha256(manifest_text(pinned).encode()).hexdigest() == digest
    hub = entry.hub
    files = []
    for file in entry.all_files:
        entity = add_outside_file(
            crate,
            f"{folder}/{file.name}",
            file.sha256 if proven else None,
            file.bytes if proven else None,
        )
        addresses = _addresses(entry, file)
        if addresses:
            entity["url"] = addresses if len(addresses) > 1 else addresses[0]
        files.append(entity)
    whole = add(
        crate,
        f"#{folder}/",
        "Dataset",
        name=entry.title,
        license=entry.license,
        citation=entry.citation,
        conditionsOfAccess=entry.access.strip(),
        url=f"{_HUB}/{hub.repository}/tree/{hub.revision}" if hub else None,
        version=hub.revision if hub else None,
        hasPart=[manifest, *files],
    )
    manifest["isPartOf"] = whole


def _addresses(entry: Entry, file: PinnedFile) -> list[str]:
    if entry.hub is not None:
        return [f"{_HUB}/{entry.hub.repository}/resolve/{entry.hub.revision}/{file.name}"]
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
    """Return title and caption of a table or figure; None if the paper does not describe it."""
    artifact = paper.artifact(file.stem)
    return f"{artifact.title}. {artifact.caption.strip()}" if artifact else None


def add_mit_license(crate: ROCrate) -> Entity:
    """Add the license of the workflow and its code."""
    return add(
        crate,
        "https://spdx.org/licenses/MIT",
        "CreativeWork",
        name="MIT License",
        description="The license of the workflow and of the package that it runs.",
    )


def add_license_of_results(crate: ROCrate) -> Entity:
    """Add the statement that no license has been chosen for the results."""
    return add(
        crate,
        "#license",
        "CreativeWork",
        name="No license is stated for these results",
        description=(
            "If you publish this crate, choose a license for the results and state it here. The "
            "copy of the workflow is under the MIT license. The data sets and weights have their "
            "own licenses. These may restrict results that were made from them, or forbid their "
            "redistribution."
        ),
    )
