"""Our scores and their differences, looked up by row and metric."""

import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.personalization.artifacts.names import Metric, metric_name


class Numbers:
    """What one run has found.

    Parameters
    ----------
    scores, comparisons
        Our tables.
    extractor
        Whose features were compared.

    Attributes
    ----------
    rows
        The rows that were scored, in their order.
    extractor
        As given.
    """

    def __init__(self, scores: pd.DataFrame, comparisons: pd.DataFrame, extractor: str) -> None:
        self.rows = tuple(dict.fromkeys(scores["method"]))
        self.extractor = extractor
        self._scores = {
            (row["method"], row["metric"]): Estimate(row["value"], row["low"], row["high"])
            for row in scores.to_dict("records")
        }
        self._gaps = {
            (row["first"], row["second"], row["metric"]): Estimate(
                row["difference"], row["low"], row["high"]
            )
            for row in comparisons.to_dict("records")
        }

    def score(self, row: str, metric: Metric) -> Estimate | None:
        """A score with its interval; None where it was not computed."""
        return self._scores.get((row, metric_name(metric, self.extractor)))

    def gap(self, first: str, second: str, metric: Metric) -> Estimate | None:
        """First minus second with the paired interval; None where it was not computed."""
        name = metric_name(metric, self.extractor)
        if (first, second, name) in self._gaps:
            return self._gaps[first, second, name]
        found = self._gaps.get((second, first, name))
        # From zero: a minus would make a zero negative.
        return None if found is None else Estimate(0 - found.value, 0 - found.high, 0 - found.low)
