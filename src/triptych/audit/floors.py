"""Fréchet distances below the distance that a number of images has by itself."""

from collections.abc import Sequence

import pandas as pd

from triptych.audit.judgments import Judgment, Verdict
from triptych.audit.numbers import column, column_or_number, counts


def frechet_floor(
    table: pd.DataFrame,
    *,
    of: Sequence[str],
    floor: str,
    n: str,
    floor_n: str | None = None,
    decimals: int | None = None,
) -> list[Judgment]:
    """Compare printed Fréchet distances with the distance of real images to other real ones.

    Between samples of one distribution the expected distance is positive, and falls with the
    number of images. So a floor that was measured with some images applies to as many or
    fewer. A distance of more images has no power.

    Parameters
    ----------
    of
        The columns of the distances.
    floor
        The distance between real images, by the same network: a number, or a column.
    n, floor_n
        Number of images behind the distances, and behind the floor if it differs: a number, or
        a column.
    decimals
        See :func:`triptych.audit.numbers.column`.
    """
    floors, sizes = column_or_number(table, floor, decimals), counts(table, n)
    measured = sizes if floor_n is None else counts(table, floor_n)
    judgments = []
    for name in of:
        for row, printed in column(table, name, decimals).items():
            if row in floors and row in sizes and row in measured:
                short = float(floors[row].low - printed.high)
                verdict: Verdict = "fails" if short > 0 else "passes"
                if sizes[row] > measured[row]:
                    verdict = "no power"
                expected = f"at least {floors[row]} with {measured[row]} images"
                number = f"{printed} with {sizes[row]} images"
                judgments.append(Judgment((row,), name, verdict, expected, number, short))
    return judgments
