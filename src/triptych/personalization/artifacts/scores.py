"""The scores as tables: Table 1 in its long form, and the differences between its rows."""

from collections.abc import Iterator
from itertools import combinations

import pandas as pd

from triptych.personalization.artifacts.names import (
    IDENTITY_METRICS,
    METRICS,
    REAL,
    Metric,
    Row,
    metric_name,
)
from triptych.personalization.artifacts.scoring import Scores
from triptych.personalization.features import Features
from triptych.personalization.methods import VARIANTS

_ROWS: tuple[Row, ...] = (*VARIANTS, REAL)


def scores_table(scores: Scores, features: Features) -> pd.DataFrame:
    """Return Table 1 in its long form.

    Returns
    -------
    DataFrame
        method, metric, value, low, high (95 % over persons; blank if undefined), n_real,
        n_generated, extractor, extractor_sha256.
    """
    extractor = features.extractor
    judge = (features.identity_network.name, features.identity_network.sha256)
    rows = []
    for row, metric in _present(scores):
        score = scores[row, metric]
        of_identity = metric in IDENTITY_METRICS
        name, sha256 = judge if of_identity else (extractor.name, extractor.sha256)
        rows.append(
            {
                "method": row,
                "metric": metric_name(metric, extractor.name),
                **vars(score.number.estimate()),
                "n_real": score.n_real,
                "n_generated": score.n_generated,
                "extractor": name,
                "extractor_sha256": sha256,
            }
        )
    return pd.DataFrame(rows)


def comparisons_table(scores: Scores, extractor: str) -> pd.DataFrame:
    """Return the differences between every two rows, person by person.

    Real photos are compared by identity only. Distances and class scores depend on the number
    of images, and the halves of the real photos have another number.

    Returns
    -------
    DataFrame
        metric, first, second, difference (first - second), low, high (95 %, paired).
    """
    rows = [
        _comparison(scores, metric, pair, extractor)
        for metric in METRICS
        for pair in combinations(_with_metric(scores, metric), 2)
    ]
    return pd.DataFrame(rows, columns=["metric", "first", "second", "difference", "low", "high"])


def networks_table(features: Features) -> pd.DataFrame:
    """Return the networks that judged the images, and how well they separate unseen persons.

    Returns
    -------
    DataFrame
        role (features or identity), name, sha256, dimension, auc, rank1, persons; blank
        if not measured.
    """
    extractor, judge = features.extractor, features.identity_network
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
        ]
    )


def _present(scores: Scores) -> Iterator[tuple[Row, Metric]]:
    """Yield the keys of the scores in the order of the table."""
    for row in _ROWS:
        for metric in METRICS:
            if (row, metric) in scores:
                yield row, metric


def _with_metric(scores: Scores, metric: Metric) -> list[Row]:
    rows = _ROWS if metric in IDENTITY_METRICS else VARIANTS
    return [row for row in rows if (row, metric) in scores]


def _comparison(
    scores: Scores, metric: Metric, pair: tuple[Row, Row], extractor: str
) -> dict[str, object]:
    first, second = (scores[row, metric].number for row in pair)
    gap = first.minus(second).estimate()
    return {
        "metric": metric_name(metric, extractor),
        "first": pair[0],
        "second": pair[1],
        "difference": gap.value,
        "low": gap.low,
        "high": gap.high,
    }
