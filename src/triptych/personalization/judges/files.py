"""The files of the networks that judge images, and what they need."""

from triptych.config.base_model import TrainedBase
from triptych.config.personalization import (
    FaceAlignment,
    FeatureExtractor,
    IdentityJudge,
    PersonalizationParameters,
)
from triptych.data.files import prepared, released
from triptych.layout import RESULTS


def face_network(scale: str) -> str:
    """Return the weights of the network that distinguishes persons, trained here."""
    return f"{RESULTS}/{scale}/personalization/models/face_network.safetensors"


def extractor_weights(panel: PersonalizationParameters, scale: str) -> str:
    """Return the weights of the network whose features are compared."""
    return _weights(scale, panel.extractor)


def identity_weights(panel: PersonalizationParameters, scale: str) -> str:
    """Return the weights of the network that measures identity."""
    return _weights(scale, panel.identity)


def centering_photos(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the photos around whose mean identities are centered; none by the face network."""
    if panel.identity == "face_network":
        return []
    return [prepared(scale, panel.faces.dataset, "train")]


def face_alignment(panel: PersonalizationParameters) -> FaceAlignment:
    """Return how faces are aligned: a base trained on funneled photos generates such photos."""
    is_funneled = panel.faces.dataset == "lfw" and isinstance(panel.base, TrainedBase)
    return "square" if is_funneled else "landmarks"


def classifiers() -> list[str]:
    """Return the weights of the networks that classify real photos."""
    return [released(f"efficientnet_lite{size}") for size in range(3)]


def photo_scores(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the class scores of LFW's photos, for Equation 5; none for other photos."""
    if panel.faces.dataset != "lfw":
        return []
    return [f"{RESULTS}/{scale}/personalization/equation5.csv"]


def _weights(scale: str, network: FeatureExtractor | IdentityJudge) -> str:
    return face_network(scale) if network == "face_network" else released(network)
