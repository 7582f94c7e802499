"""The curves of one training's networks.

Their chart and comparison are elsewhere, so that a change there repeats no attack.
"""

from collections.abc import Mapping

import pandas as pd

from triptych.adversarial.artifacts.tables import Thresholds, curves_table
from triptych.adversarial.raw import Scores


def curves_of_lengths(scores: Mapping[int, Scores], thresholds: Thresholds) -> pd.DataFrame:
    """Count accuracy and detection of a training's networks; columns steps and the curves'."""
    table = curves_table({str(steps): values for steps, values in scores.items()}, thresholds)
    return table.rename(columns={"model": "steps"})
