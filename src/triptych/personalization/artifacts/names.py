"""Names of rows and metrics: a score by a substitute network is never named FID or IS."""

from collections.abc import Mapping
from typing import Literal, get_args

from triptych.config.personalization import FeatureExtractor, Variant
from triptych.personalization.methods import METHODS

PANEL = "personalization"

# The controls: real photos, as they are and through the autoencoder of the base model.
REAL: Literal["real_photos"] = "real_photos"
AUTOENCODED: Literal["autoencoded_photos"] = "autoencoded_photos"
REAL_ROWS = (REAL, AUTOENCODED)
Row = Variant | Literal["real_photos", "autoencoded_photos"]

SetMetric = Literal["kid", "fd", "is_marginal", "is_uniform"]
IdentityMetric = Literal["identity", "identity_target", "identity_other", "copy", "rank1", "kept"]
ImageMetric = IdentityMetric | Literal["face_found", "fidelity", "fidelity_by_chance"]
Metric = SetMetric | ImageMetric

SET_METRICS: tuple[SetMetric, ...] = get_args(SetMetric)
IDENTITY_METRICS: tuple[IdentityMetric, ...] = get_args(IdentityMetric)
IMAGE_METRICS: tuple[ImageMetric, ...] = (
    *IDENTITY_METRICS,
    *("face_found", "fidelity", "fidelity_by_chance"),
)
METRICS: tuple[Metric, ...] = (*SET_METRICS, *IMAGE_METRICS)

# The identity networks whose embeddings are centered by the mean of the training persons.
CENTERED = ("dlib_resnet",)
# The detector of faces, dlib's histograms of oriented gradients.
DETECTOR = "dlib_hog"
PAPER_EXTRACTOR: FeatureExtractor = "inception_v3"

LABELS: Mapping[str, str] = {method.name: method.label for method in METHODS} | {
    REAL: "real photos",
    AUTOENCODED: "real photos through the autoencoder",
}
_WITH_INCEPTION = {
    "fd": "FID",
    "is_marginal": "IS, marginal p(y)",
    "is_uniform": "IS, uniform p(y)",
    "kid": "KID",
}
_WITH_A_SUBSTITUTE = {
    "fd": "Fréchet distance",
    "is_marginal": "class score, marginal p(y)",
    "is_uniform": "class score, uniform p(y)",
    "kid": "kernel distance",
}
_OF_IMAGES: Mapping[str, str] = {
    "identity": "identity",
    "identity_target": "identity, held-out photo",
    "identity_other": "identity, another person",
    "copy": "copy",
    "rank1": "rank-1",
    "kept": "share of identity kept",
    "face_found": "face found",
    "fidelity": "prompt fidelity",
    "fidelity_by_chance": "fidelity, other persons' prompts",
}


def metric_name(metric: Metric, extractor: str) -> str:
    """Return a metric's name in tables: ``fid``, or ``fd_face_network`` by a substitute."""
    if metric in IMAGE_METRICS:
        return metric
    if extractor != PAPER_EXTRACTOR:
        return f"{metric}_{extractor}"
    return {"fd": "fid", "kid": f"kid_{extractor}"}.get(metric, metric)


def metric_label(metric: Metric, extractor: str) -> str:
    """Return a metric's name for a reader: ``FID``, or ``Fréchet distance (face_network)``."""
    if metric in _OF_IMAGES:
        return _OF_IMAGES[metric]
    if extractor != PAPER_EXTRACTOR:
        return f"{_WITH_A_SUBSTITUTE[metric]} ({extractor})"
    return _WITH_INCEPTION[metric]
