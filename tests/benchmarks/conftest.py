"""The benchmarks are a package of the repository, not installed with triptych."""

import sys

from support import ROOT

sys.path.append(str(ROOT))
