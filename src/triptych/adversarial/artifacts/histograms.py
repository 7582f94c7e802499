"""Histograms of the detector's scores: from them the report recomputes every rate."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from triptych.adversarial.artifacts.adaptive import misclassified
from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.adversarial.raw import Adapted, Scores

_BINS = 120

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def histograms_table(
    scores: Mapping[str, Scores], adapted: Mapping[str, Adapted], threshold: float
) -> pd.DataFrame:
    """Count images by score, network, attack and epsilon, in the reading ``as_published``.

    A row is a bin with images: scores above ``low`` up to ``high``. The edges are the same
    everywhere. They have equal ratios, and the detector's threshold is an edge. So the images
    in the bins from an edge on are those that this edge flags as a threshold. Columns: model,
    attack (``clean``, ``pgd``, ``aware``), epsilon, low, high, correct, wrong; the last two
    count the images that the network classifies rightly and wrongly.
    """
    groups = [*_groups(scores, adapted)]
    edges = _edges([values for *_, values in groups], threshold)
    return pd.concat(
        [_histogram(place, wrong, values, edges) for place, wrong, values in groups],
        ignore_index=True,
    )


def _groups(
    scores: Mapping[str, Scores], adapted: Mapping[str, Adapted]
) -> Iterator[tuple[dict[str, str], Bools, Floats]]:
    """Yield where each group of images belongs, which are misclassified, and their scores."""
    for model, attacked in scores.items():
        missed = attacked.predictions != attacked.labels
        for position, epsilon in enumerate(attacked.epsilons):
            place = {"model": model, "attack": "pgd" if epsilon else "clean"}
            values = getattr(attacked, PUBLISHED_READING)[position]
            yield {**place, "epsilon": epsilon_label(epsilon)}, missed[position], values
        aware = adapted[model]
        missed = misclassified(aware)
        for position, epsilon in enumerate(aware.epsilons):
            place = {"model": model, "attack": "aware", "epsilon": epsilon_label(epsilon)}
            yield place, missed[position], getattr(aware, PUBLISHED_READING)[position]


def _edges(groups: list[Floats], threshold: float) -> Floats:
    """Return edges with equal ratios over all scores; the first bin has the scores of zero."""
    values = np.concatenate(groups)
    positive = values[values > 0]
    lowest, highest = (positive.min(), positive.max()) if len(positive) else (1.0, 1.0)
    ratios = np.geomspace(lowest, highest, _BINS)
    # Fewer digits, in smaller files; the highest score stays inside.
    edges = np.unique([*np.round(ratios[1:-1], 6), np.ceil(ratios[-1] * 1e6) / 1e6, threshold])
    edges = edges[edges > 0]
    return np.array([-edges[0], 0.0, *edges])


def _histogram(place: dict[str, str], wrong: Bools, values: Floats, edges: Floats) -> pd.DataFrame:
    # Bins are open at their lower edge, because a score equal to the threshold is not flagged.
    bins = np.searchsorted(edges, values, side="left") - 1
    columns = {"low": map(_exact, edges[:-1]), "high": map(_exact, edges[1:])}
    counts = {
        name: np.bincount(bins[chosen], minlength=len(edges) - 1)
        for name, chosen in (("correct", ~wrong), ("wrong", wrong))
    }
    table = pd.DataFrame({**place, **columns, **counts})
    return table[(table["correct"] > 0) | (table["wrong"] > 0)]


def _exact(edge: float) -> str:
    # Text, because six decimals would change the threshold.
    return repr(float(edge))
