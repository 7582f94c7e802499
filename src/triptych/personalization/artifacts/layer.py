"""What the self-attention changes: pixels of the same requests, and embeddings of the photos."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.personalization import adapter as layout
from triptych.personalization import base as bases
from triptych.personalization.methods import RowName
from triptych.personalization.photos import embed_images
from triptych.personalization.raw import Generated, read
from triptych.storage.folders import verified_folder


def layer_table(
    plain: Path,
    finetuned: Sequence[Path],
    attending: Sequence[Path],
    changes: Sequence[float],
) -> pd.DataFrame:
    """Compare the images of both fine-tunings, training by training.

    Parameters
    ----------
    plain, finetuned, attending
        Files of the images of the plain adapter, and of every training without and with
        self-attention. Prompts and noise are the same.
    changes
        Relative change of an embedding by the layer of each training.

    Returns
    -------
    DataFrame
        seed; pixels, the mean absolute difference between images with and without the layer,
        and pixels_finetuning, that between the fine-tuned and the plain adapter without it, in
        gray levels of 255; embedding, the relative change.

    Raises
    ------
    UserError
        The images of two files are of different requests.
    """
    without, start = _by_seed(finetuned), read(plain)
    rows = [
        (
            seed,
            pixel_difference(images, without[seed]),
            pixel_difference(without[seed], start),
            change,
        )
        for (seed, images), change in zip(_by_seed(attending).items(), changes, strict=True)
    ]
    return pd.DataFrame(rows, columns=["seed", "pixels", "pixels_finetuning", "embedding"])


def pixel_difference(one: Generated, other: Generated) -> float:
    """Return the mean absolute difference of two rows' images, in gray levels of 255.

    Raises
    ------
    UserError
        The rows are of different requests.
    """
    if (one.targets, one.seeds) != (other.targets, other.seeds):
        raise UserError(
            expected=f"the requests of {one.row}",
            found=f"others in {other.row}",
            where="the option --finetuned",
            remedy="generate all rows with the same parameters",
        )
    return float(np.abs(one.images.astype(np.int16) - other.images).mean())


def embedding_changes(
    base: Path, adapters: Sequence[Path], shown: Generated, photos: Path, device: torch.device
) -> list[float]:
    """Return by how much each training's layer changes the references' embeddings.

    The change is a share of the embedding's length, on average over persons and photos. Where
    the layer returns the mean, it is compared with the mean of the embeddings.

    Parameters
    ----------
    base, adapters
        Manifests of the base model, and of every training with self-attention.
    shown
        Images whose references are embedded.
    photos
        The photos of the test persons.
    """
    pipeline, faces = bases.load(base, device), Faces(photos)
    layout.load(pipeline, verified_folder(adapters[0]))
    embeddings = embed_images(pipeline, faces.images()).to(device)
    index = {name: number for number, name in enumerate(faces.names)}
    sets = [embeddings[[index[name] for name in names]] for names in shown.references.values()]
    changes = []
    for manifest in adapters:
        attention = layout.load_set_attention(verified_folder(manifest), device)
        with torch.no_grad():
            shares = [relative_change(photos, attention(photos[None])[0]) for photos in sets]
        changes.append(float(torch.stack(shares).mean()))
    return changes


def relative_change(before: Tensor, after: Tensor) -> Tensor:
    """Return the mean length of the change of embeddings (n, d), as a share of their length."""
    if after.shape != before.shape:
        before = before.mean(dim=0, keepdim=True)
    return ((after - before).norm(dim=1) / before.norm(dim=1)).mean()


def _by_seed(paths: Sequence[Path]) -> Mapping[int, Generated]:
    rows = [read(path) for path in paths]
    return {RowName.parse(row.row).seed: row for row in rows}
