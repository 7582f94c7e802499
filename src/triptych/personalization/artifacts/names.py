"""Names of rows and metrics: a score by a substitute network is never named FID or IS."""

from collections.abc import Mapping
from typing import Literal, get_args

from triptych.config.personalization import FeatureExtractor, Variant
from triptych.personalization.methods import METHODS

# The control: two halves of the real photos.
REAL: Literal["real_photos"] = "real_photos"
Row = Variant | Literal["real_photos"]

SetMetric = Literal["fd", "is_marginal", "is_uniform", "kid"]
IdentityMetric = Literal["identity", "identity_target", "identity_other", "copy", "rank1"]
Metric = SetMetric | IdentityMetric

IDENTITY_METRICS: tuple[IdentityMetric, ...] = get_args(IdentityMetric)
METRICS: tuple[Metric, ...] = (*get_args(SetMetric), *IDENTITY_METRICS)

PAPER_EXTRACTOR: FeatureExtractor = "inception_v3"

LABELS: Mapping[str, str] = {method.name: method.label for method in METHODS} | {
    REAL: "real photos"
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
_OF_IDENTITY = {
    "identity": "identity",
    "identity_target": "identity, held-out photo",
    "identity_other": "identity, another person",
    "copy": "copy",
    "rank1": "rank-1",
}


def metric_name(metric: Metric, extractor: str) -> str:
    """Return a metric's name in tables: ``fid``, or ``fd_face_network`` by a substitute."""
    if metric in IDENTITY_METRICS:
        return metric
    if extractor != PAPER_EXTRACTOR:
        return f"{metric}_{extractor}"
    return {"fd": "fid", "kid": f"kid_{extractor}"}.get(metric, metric)


def metric_label(metric: Metric, extractor: str) -> str:
    """Return a metric's name for a reader: ``FID``, or ``Fréchet distance (face_network)``."""
    if metric in IDENTITY_METRICS:
        return _OF_IDENTITY[metric]
    if extractor != PAPER_EXTRACTOR:
        return f"{_WITH_A_SUBSTITUTE[metric]} ({extractor})"
    return _WITH_INCEPTION[metric]
