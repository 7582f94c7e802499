"""The steps of panel 1, which the command line exposes: from paths and parameters to files.

Libraries are imported inside the steps: torch takes two seconds, and the steps that write
tables and figures do not need it.
"""

from triptych.adversarial.steps.computing import adapt, attack, calibrate, convert, score, train
from triptych.adversarial.steps.converging import converge
from triptych.adversarial.steps.detecting import adaptive, auc, histograms, roc, roc_figure
from triptych.adversarial.steps.further import count_detectors, judge_detector
from triptych.adversarial.steps.lengths import (
    attack_lengths,
    length_figure,
    train_lengths,
    training_length,
)
from triptych.adversarial.steps.reporting import (
    claims,
    control,
    curves,
    figure,
    findings,
    table2,
    workflow_figure,
)

_COMPUTING = (train, convert, calibrate, attack, adapt, score, converge)
_LENGTHS = (train_lengths, attack_lengths, training_length, length_figure)
_DETECTING = (adaptive, histograms, roc, auc, roc_figure)
_REPORTING = (curves, control, table2, figure, workflow_figure, claims, findings)
_FURTHER = (judge_detector, count_detectors)
STEPS = _COMPUTING + _LENGTHS + _DETECTING + _FURTHER + _REPORTING
