"""The benchmarks are a package of the repository, beside the one that is installed."""

import sys

from support import ROOT

sys.path.append(str(ROOT))
