"""The tables of further detectors, with the columns of the paper's; reading is the detector."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from triptych.adversarial.artifacts.adaptive import adaptive_table
from triptych.adversarial.artifacts.roc import auc_table
from triptych.adversarial.artifacts.tables import curves_table
from triptych.adversarial.detector import READINGS
from triptych.adversarial.further import Judged
from triptych.adversarial.raw import Adapted, Scores

# By detector, then by network.
Detectors = Mapping[str, Mapping[str, Judged]]
_ROW: str = READINGS[0]


def further_curves(detectors: Detectors) -> pd.DataFrame:
    """Count accuracy and detection under the paper's attack; columns as in ``curves.csv``."""
    return _joined(
        detectors,
        lambda judged, limits: curves_table(
            {model: _scores(each) for model, each in judged.items()}, limits
        ),
    )


def further_adaptive(detectors: Detectors) -> pd.DataFrame:
    """Count the same under the attack that knows the detector; columns as in ``adaptive.csv``."""
    return _joined(
        detectors,
        lambda judged, limits: adaptive_table(
            {model: _adapted(each) for model, each in judged.items()}, limits
        ),
    )


def further_auc(detectors: Detectors) -> pd.DataFrame:
    """Compute areas under the ROC curves under the paper's attack; columns as in ``auc.csv``."""
    return _joined(
        detectors,
        lambda judged, _: auc_table({model: _scores(each) for model, each in judged.items()}),
    )


def _joined(
    detectors: Detectors,
    tabulate: Callable[[Mapping[str, Judged], Mapping[str, float]], pd.DataFrame],
) -> pd.DataFrame:
    """Let the paper's table count a detector's scores as a reading, and name the detector."""
    tables = []
    for name, judged in detectors.items():
        threshold = float(next(iter(judged.values())).threshold[0])
        table = tabulate(judged, dict.fromkeys(READINGS, threshold))
        tables.append(table[table["reading"] == _ROW].assign(reading=name))
    return pd.concat(tables, ignore_index=True)


def _scores(judged: Judged) -> Scores:
    own = dict.fromkeys(("as_written", "as_published", "signed"), judged.scores)
    return Scores(judged.epsilons, judged.labels, judged.predictions, **own)


def _adapted(judged: Judged) -> Adapted:
    # The tables count scores and classes, no pixels.
    images = np.empty((len(judged.aware_epsilons), 0), np.uint8)
    return Adapted(
        judged.aware_epsilons,
        judged.labels,
        images,
        judged.aware_predictions,
        judged.aware_truncated_predictions,
        **dict.fromkeys(READINGS, judged.aware_scores),
    )
