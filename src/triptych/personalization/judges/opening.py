"""Open the networks that judge the images of a run."""

from collections.abc import Sequence
from pathlib import Path

import torch

from triptych.config.personalization import FaceAlignment, FeatureExtractor, IdentityJudge
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.personalization.judges.interfaces import FaceJudge, FeatureJudge


def open_feature_judge(
    extractor: FeatureExtractor, weights: Path, device: torch.device
) -> FeatureJudge:
    """Open a network by its weights: the trained file, or the manifest of a released network.

    Raises
    ------
    UserError
        A file is missing, altered, or of another network.
    """
    # These imports take seconds, and only one of them is needed.
    if extractor == "face_network":
        from triptych.personalization.judges.trained import TrainedJudge

        return TrainedJudge(weights, device)
    if extractor == "efficientnet_lite0":
        from triptych.personalization.judges.efficientnet import EfficientNetJudge

        return EfficientNetJudge(weights, device)
    from triptych.personalization.judges.inception import InceptionV3

    return InceptionV3.open(weights, device)


def open_face_judge(
    identity: IdentityJudge,
    weights: Path,
    training: Sequence[Path],
    alignment: FaceAlignment,
    crop: int,
    device: torch.device,
) -> FaceJudge:
    """Open a network by its weights, see :func:`open_feature_judge`.

    Parameters
    ----------
    training
        The photos of the training persons: none, or one file.
    alignment, crop
        See :class:`.recognizer.Recognizer`.

    Raises
    ------
    UserError
        A file is missing, altered, or of another network; or the recognizer lacks photos.
    """
    if identity == "face_network":
        from triptych.personalization.judges.trained import TrainedJudge

        return TrainedJudge(weights, device)
    if not training:
        raise UserError(
            expected="the photos of the training persons, whose mean centers the identities",
            found="none",
            where="the option --training-photos",
            remedy="name the file of these photos",
        )
    from triptych.personalization.judges.recognizer import Recognizer

    return Recognizer(weights, Faces(training[0]).images(), alignment, crop, device)
