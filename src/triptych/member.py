"""Join a training that a step has started.

A launcher (``TRIPTYCH_LAUNCHER``) starts ``python -m triptych.member FOLDER PANEL STEP ...`` on
every host. FOLDER is the workspace of the training; the rest is the step's own command.
"""

import os
import sys

from triptych.cli import run
from triptych.job.hosts import MEMBER

if __name__ == "__main__":
    os.environ[MEMBER] = sys.argv.pop(1)
    run()
