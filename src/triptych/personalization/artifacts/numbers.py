"""The scores of a run and their differences, by row and metric."""

from dataclasses import dataclass, replace

import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.personalization.artifacts.names import Metric, metric_name

_GAP = ("low", "high", "n_seeds", "p", "smallest", "verdict", "reason")
_TURNED = {"above": "below", "below": "above"}


def network_names(networks: pd.DataFrame) -> tuple[str, str]:
    """Return the network whose features were compared, and the one that measured identity."""
    names = networks.set_index("role")["name"]
    return str(names["features"]), str(names["identity"])


@dataclass(frozen=True)
class Gap(Estimate):
    """A difference between two rows, and what it decides.

    ``verdict`` is above, below, too_small or undecided. ``corrected`` tells whether it is
    corrected for several tests; ``p`` is not. ``smallest`` is the smallest effect worth naming.
    """

    n_seeds: int
    p: float
    corrected: bool
    smallest: float
    verdict: str
    reason: str

    @property
    def is_decided(self) -> bool:
        """Whether one row is above the other."""
        return self.verdict in _TURNED

    def turned(self) -> "Gap":
        """Return the difference in the other direction."""
        return replace(
            self,
            # From zero: a minus would make a zero negative.
            value=0 - self.value,
            low=0 - self.high,
            high=0 - self.low,
            verdict=_TURNED.get(self.verdict, self.verdict),
        )


class Numbers:
    """The scores and differences of one run.

    Attributes
    ----------
    rows
        The rows that were scored, in their order.
    extractor, judge
        The network whose features were compared, and the one that measured identity.
    """

    def __init__(
        self,
        scores: pd.DataFrame,
        comparisons: pd.DataFrame,
        seeds: pd.DataFrame,
        networks: pd.DataFrame,
    ) -> None:
        self.rows = tuple(dict.fromkeys(scores["method"]))
        self.extractor, self.judge = network_names(networks)
        self._seeds = seeds.groupby("method")["seed"].nunique()
        self._scores = {
            (row["method"], row["metric"]): Estimate(row["value"], row["low"], row["high"])
            for row in scores.to_dict("records")
        }
        self._gaps = {
            (row["first"], row["second"], row["metric"]): Gap(
                value=row["difference"],
                corrected=row["kind"] == "primary",
                **{str(key): row[key] for key in _GAP},
            )
            for row in comparisons.to_dict("records")
        }

    def seeds(self, row: str) -> int:
        """Return the number of trainings behind the scores of a row."""
        return int(self._seeds.get(row, 1))

    def score(self, row: str, metric: Metric) -> Estimate | None:
        """Return a score with its interval; None if it was not computed."""
        return self._scores.get((row, metric_name(metric, self.extractor)))

    def gap(self, first: str, second: str, metric: Metric) -> Gap | None:
        """Return first minus second with the paired interval; None if it was not computed."""
        name = metric_name(metric, self.extractor)
        if (first, second, name) in self._gaps:
            return self._gaps[first, second, name]
        gap = self._gaps.get((second, first, name))
        return None if gap is None else gap.turned()
