"""The steps of panel 2, from paths and parameters to files; the command line exposes them.

Libraries are imported inside the steps: torch alone takes two seconds, and the
steps that make tables and figures do not need it.
"""

from triptych.segmentation.steps.computing import costs, evaluate, train
from triptych.segmentation.steps.predicting import predict
from triptych.segmentation.steps.reporting import (
    claims,
    differences_figure,
    figure,
    findings,
    table,
)
from triptych.segmentation.steps.scoring import compare, iou

STEPS = (
    train,
    evaluate,
    predict,
    costs,
    iou,
    compare,
    table,
    figure,
    differences_figure,
    claims,
    findings,
)
