"""Class scores of real photos by ImageNet networks: which reading of Equation 5 is plausible.

The paper prints scores between 13.56 and 18.72, and states a uniform p(y). The usual score has the
marginal p(y).
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.special import entr

from triptych.data import lfw
from triptych.data.faces import Faces
from triptych.data.fetch import verified
from triptych.data.trees import Tree
from triptych.errors import UserError
from triptych.job.workspace import Workspace
from triptych.personalization.judges.efficientnet import EfficientNetJudge
from triptych.personalization.metrics import inception_score

# LFW's own size: a prepared photo can be much smaller, too small for classes of ImageNet.
_SIDE = 250

Images = NDArray[np.uint8]


def originals(manifest: Path, prepared: Faces) -> Images:
    """Return the photos of a prepared split of LFW in their own size, uint8 (n, 250, 250, 3).

    ``manifest`` is that of the raw archive.

    Raises
    ------
    UserError
        The archive is missing or altered, or lacks a photo.
    """
    tree = Tree(*verified("lfw", manifest.parent).values())
    persons, names = sorted(set(prepared.persons)), set(prepared.names)
    photos = {
        photo.name: photo.image
        for photo in lfw.read(tree, persons, most=len(names), crop=_SIDE, side=_SIDE)
        if photo.name in names
    }
    if missing := names - photos.keys():
        raise UserError(
            expected="the photos of the prepared split in the archive",
            found=f"no {min(missing)}",
            where=str(manifest.parent),
            remedy="delete the prepared photos and run the workflow, which makes them again",
        )
    return np.stack([np.asarray(Image.open(BytesIO(photos[name]))) for name in prepared.names])


def score_photos(
    images: Images, weights: Sequence[Path], workspace: Workspace, device: torch.device
) -> pd.DataFrame:
    """Score images by each network; a killed job loses at most one.

    Parameters
    ----------
    images
        uint8 (n, s, s, 3).
    weights
        The manifests of entries of the registry, one for each network.

    Returns
    -------
    DataFrame
        network, sha256, n, is_marginal, is_uniform, mean_entropy (nats).
    """
    rows = []
    for manifest in weights:
        judge = EfficientNetJudge(manifest, device)
        finished = workspace.load(judge.name)
        if finished is None:
            _, probabilities = judge.describe(images, images.shape[1])
            tensors = {"probabilities": torch.from_numpy(probabilities)}
            workspace.save(judge.name, tensors, {})
        else:
            probabilities = finished[0]["probabilities"].numpy()
        rows.append(
            {
                "network": judge.name,
                "sha256": judge.sha256,
                "n": len(images),
                "is_marginal": inception_score(probabilities),
                "is_uniform": inception_score(probabilities, uniform=True),
                "mean_entropy": float(entr(probabilities.astype(float)).sum(axis=1).mean()),
            }
        )
    return pd.DataFrame(rows)
