"""The steps of panel 1: paths and parameters in, files out. The command line exposes them.

Libraries are imported inside the steps: torch alone takes two seconds, and the
steps that draw tables and figures do without it.
"""

from triptych.adversarial.steps.computing import (
    attack,
    calibrate,
    convert,
    score,
    train,
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

STEPS = (
    train,
    convert,
    calibrate,
    attack,
    score,
    curves,
    control,
    table2,
    figure,
    workflow_figure,
    claims,
    findings,
)
