"""Digits are read by their nearest neighbors."""

from collections.abc import Sequence

import pandas as pd
from sklearn.neighbors import KNeighborsClassifier

from triptych.claims.intervals import wilson
from triptych.data.images import LabeledImages


def accuracy_table(
    train: LabeledImages, test: LabeledImages, neighbors: Sequence[int]
) -> pd.DataFrame:
    """Count the digits that are read correctly.

    Parameters
    ----------
    train, test
        Among which neighbors are sought, and which are read.
    neighbors
        How many vote; a row for each.

    Returns
    -------
    DataFrame
        neighbors, accuracy, low and high in percent (Wilson, 95 %), n.
    """
    pixels = test.images.reshape(len(test), -1)
    rows = []
    for count in neighbors:
        classifier = KNeighborsClassifier(count).fit(
            train.images.reshape(len(train), -1), train.labels
        )
        correct = int((classifier.predict(pixels) == test.labels).sum())
        share = wilson(correct, len(test))
        rows.append((count, 100 * share.value, 100 * share.low, 100 * share.high, len(test)))
    return pd.DataFrame(rows, columns=["neighbors", "accuracy", "low", "high", "n"])
