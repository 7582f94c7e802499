"""The scores as tables: Table 1 in its long form, every training, the networks that judge."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.personalization.artifacts.jackknife import Trainings
from triptych.personalization.artifacts.names import (
    DETECTOR,
    METRICS,
    REAL_ROWS,
    SET_METRICS,
    Metric,
    Row,
    metric_name,
)
from triptych.personalization.artifacts.scoring import Score, Scores
from triptych.personalization.features import Features
from triptych.personalization.methods import VARIANTS

_ROWS: tuple[Row, ...] = (*VARIANTS, *REAL_ROWS)


def scores_table(scores: Scores, features: Features) -> pd.DataFrame:
    """Return Table 1 in its long form: the mean of every row over its trainings.

    Returns
    -------
    DataFrame
        method, metric, value, low, high, n_real, n_generated, extractor, extractor_sha256. The
        interval has 95 % over persons and trainings, and is blank if undefined; distances of
        real photos have the range of the random draws instead. The extractor is blank where
        no network of the tables measures: the fidelity to the prompt.
    """
    extractor, judge = features.extractor, features.identity_network
    networks: dict[Metric, tuple[str, str] | tuple[None, None]] = {
        **dict.fromkeys(METRICS, (judge.name, judge.sha256)),
        **dict.fromkeys(SET_METRICS, (extractor.name, extractor.sha256)),
        "face_found": (DETECTOR, judge.detector_sha256 or ""),
        "fidelity": (None, None),
        "fidelity_by_chance": (None, None),
    }
    rows = []
    for row, metric in _present(scores):
        score = scores[row, metric]
        name, sha256 = networks[metric]
        rows.append(
            {
                "method": row,
                "metric": metric_name(metric, extractor.name),
                **vars(_estimate(score, metric)),
                "n_real": score.n_real,
                "n_generated": score.n_generated,
                "extractor": name,
                "extractor_sha256": sha256,
            }
        )
    return pd.DataFrame(rows)


def seeds_table(scores: Scores, extractor: str) -> pd.DataFrame:
    """Return the scores of every training of the rows that have several.

    Returns
    -------
    DataFrame
        method, seed, metric, value.
    """
    rows = [
        (row, seed, metric_name(metric, extractor), number.value)
        for row, metric in _present(scores)
        if isinstance(trainings := scores[row, metric].number, Trainings) and trainings.repeated
        for seed, number in trainings.by_seed.items()
    ]
    return pd.DataFrame(rows, columns=["method", "seed", "metric", "value"])


def networks_table(features: Features) -> pd.DataFrame:
    """Return the networks that judged the images, and how well they separate unseen persons.

    Returns
    -------
    DataFrame
        role (features, identity, faces or condition), name, sha256, dimension, auc, rank1,
        persons; blank if not measured. Without a detector of faces, or without an image encoder
        in the base model, there is no such row.
    """
    extractor, judge = features.extractor, features.identity_network
    encoder = features.image_encoder
    detector = {"role": "faces", "name": DETECTOR, "sha256": judge.detector_sha256}
    return pd.DataFrame(
        [
            {
                "role": "features",
                "name": extractor.name,
                "sha256": extractor.sha256,
                "dimension": extractor.dimension,
            },
            {
                "role": "identity",
                "name": judge.name,
                "sha256": judge.sha256,
                "dimension": features.photos.identity.shape[1],
                "auc": judge.auc,
                "rank1": judge.rank1,
                "persons": judge.persons,
            },
            *([] if judge.detector_sha256 is None else [detector]),
            *(
                []
                if encoder is None
                else [{"role": "condition", "name": "image_encoder"} | vars(encoder)]
            ),
        ]
    )


def _present(scores: Scores) -> Iterator[tuple[Row, Metric]]:
    """Yield the keys of the scores in the order of the table."""
    for row in _ROWS:
        for metric in METRICS:
            if (row, metric) in scores:
                yield row, metric


def _estimate(score: Score, metric: Metric) -> Estimate:
    """Return a score with its interval, or with the range of the draws of real photos.

    A Fréchet distance has none: its bias is larger than the interval, which does not contain
    the distance of the distributions.
    """
    estimate = score.number.estimate()
    if metric == "fd" and isinstance(score.number, Trainings):
        return Estimate(estimate.value, np.nan, np.nan)
    return estimate
