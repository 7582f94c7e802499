"""Audits of robustness curves: what no worst-case attack can show, whatever was computed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Numbers with four decimals are not exact in binary.
_ROUNDING = 1e-9


def above_smaller_budgets(
    table: pd.DataFrame, *, by: Sequence[str], budget: str, robustness: str
) -> pd.DataFrame:
    """Return the points of curves that exceed a point with a smaller budget.

    An attack with a larger budget can do all that one with a smaller budget can. So the
    robustness under the strongest attack never rises (Carlini et al. 2019).

    Parameters
    ----------
    table
        Points of curves on the same images; blank values are left out.
    by
        The columns that tell the curves apart.
    budget, robustness
        The columns of the attack's budget, such as epsilon, and of the share that withstands.

    Returns
    -------
    pandas.DataFrame
        The rows of these points, by rising budget, with a column ``excess``: how far the point
        is above the lowest point with a smaller budget.
    """
    ordered = table.dropna(subset=[robustness]).sort_values(budget)
    excess = ordered[robustness] - ordered.groupby(list(by))[robustness].cummin()
    return ordered.assign(excess=excess)[excess > _ROUNDING]


def largest_share(labels: NDArray[np.int64]) -> float:
    """Return the share of the most frequent class: what one answer for all images can reach."""
    return float(np.bincount(labels).max() / len(labels))
