"""Tiny photos, masks and scenes for bad inputs of data sets."""

import tarfile
from collections.abc import Mapping
from io import BytesIO

import numpy as np
from PIL import Image

from bad_inputs.making import Preparation

CAMVID = "camvid.tar"


def png(width: int, height: int, *, value: int | None = None) -> bytes:
    """A photo of noise, or gray with a single value: of 8 bits, or of 16 if it needs them."""
    if value is None:
        pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    else:
        pixels = np.full((height, width), value, np.uint8 if value < 256 else np.uint16)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def tar(path: str, files: Mapping[str, bytes | None]) -> Preparation:
    """An archive of the files that have a content."""

    def prepare() -> None:
        with tarfile.open(path, "w") as archive:
            for name, content in files.items():
                if content is not None:
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, BytesIO(content))

    return prepare


def camvid(damaged: Mapping[str, bytes | None]) -> Preparation:
    """CamVid's test set of two scenes, with some files replaced or missing."""
    files: dict[str, bytes | None] = {}
    for name in ("a", "b"):
        files[f"camvid/test/{name}.png"] = png(8, 6)
        files[f"camvid/testannot/{name}.png"] = png(8, 6, value=3)
    return tar(CAMVID, {**files, **damaged})
