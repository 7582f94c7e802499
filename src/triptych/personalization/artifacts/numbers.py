"""The scores of a run and their differences, by row and metric."""

import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.personalization.artifacts.names import Metric, metric_name


class Numbers:
    """The scores and differences of one run.

    ``rows`` names the rows that were scored, in their order. ``extractor`` is the network whose
    features were compared.
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
        gap = self._gaps.get((second, first, name))
        # From zero: a minus would make a zero negative.
        return None if gap is None else Estimate(0 - gap.value, 0 - gap.high, 0 - gap.low)
