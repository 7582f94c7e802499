"""Claims and findings on the accuracies."""

from collections.abc import Iterator

import pandas as pd

from triptych.claims.claims import Basis, Claim, Tolerance, value_claim
from triptych.claims.intervals import Estimate

# The paper's digits; no data set here has their training part.
_PAPER = "optdigits"


def all_claims(
    table: pd.DataFrame, published: pd.DataFrame, tolerance: Tolerance, dataset: str
) -> Iterator[Claim]:
    """Compare every published accuracy with this run's."""
    reproduced = {
        row.neighbors: Estimate(row.accuracy, row.low, row.high) for row in table.itertuples()
    }
    # Nothing is trained: no seed.
    basis = Basis("direct", 0)
    if dataset != _PAPER:
        basis = Basis("conceptual", 0, f"digits of {dataset}, in the paper of {_PAPER}")
    for row in published.itertuples():
        yield value_claim(
            "nearest_neighbors",
            "table1",
            f"{row.neighbors}/accuracy",
            row.accuracy,
            reproduced.get(row.neighbors),
            tolerance,
            basis,
        )


def findings(table: pd.DataFrame, published: pd.DataFrame) -> str:
    """Write the findings in Markdown."""
    best, worst = published["accuracy"].max(), published["accuracy"].min()
    width = (table["high"] - table["low"]).max()
    return (
        "# Findings\n\n"
        f"The published accuracies differ by {best - worst:.2f} points at most. On this run's"
        f" {table['n'].iloc[0]} test digits a 95 % interval is up to {width:.1f} points wide.\n"
    )
