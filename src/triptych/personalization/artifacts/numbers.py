"""This run's scores and their differences, by row and metric."""

import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.personalization.artifacts.names import Metric, metric_name


class Numbers:
    """The scores of one run.

    Parameters
    ----------
    scores, comparisons
        This run's tables.
    extractor
        The network whose features were compared.

    Attributes
    ----------
    rows
        The scored rows, in their order.
    extractor
        See above.
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
        """Return a score with its interval; None if it was not computed."""
        return self._scores.get((row, metric_name(metric, self.extractor)))

    def gap(self, first: str, second: str, metric: Metric) -> Estimate | None:
        """Return first minus second with the paired interval; None if it was not computed."""
        name = metric_name(metric, self.extractor)
        if (first, second, name) in self._gaps:
            return self._gaps[first, second, name]
        reverse = self._gaps.get((second, first, name))
        if reverse is None:
            return None
        # Subtracted from zero: a sign alone would turn zero into negative zero.
        return Estimate(0 - reverse.value, 0 - reverse.high, 0 - reverse.low)
