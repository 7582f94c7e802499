"""The validation of the last weights beside the best: what a selection could have gained."""

from collections.abc import Iterable, Sequence

import pandas as pd


def validations(trainings: Sequence[str], histories: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the best and the last validation mIoU of each training, in percent.

    Parameters
    ----------
    trainings
        The data set, network, member and number of each history, joined by slashes.
    histories
        step, loss, learning_rate, validation; blank where nothing was validated.

    Returns
    -------
    DataFrame
        dataset, network, member, seed, best, last: a row for each training.
    """
    rows = []
    for training, history in zip(trainings, histories, strict=True):
        scores = 100 * history["validation"].dropna()
        rows.append((*training.split("/"), scores.max(), scores.iloc[-1]))
    return pd.DataFrame(rows, columns=["dataset", "network", "member", "seed", "best", "last"])
