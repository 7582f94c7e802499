"""What the rules of all panels share."""

from functools import partial
from pathlib import Path

from triptych.config.adversarial import NETWORK_NAMES
from triptych.config.segmentation import ARCHITECTURES
from triptych.provenance.codehash import code_hash
from triptych.rules.captions import shown as shown_by
from triptych.rules.command import command
from triptych.rules.lookups import Lookups, memory


wildcard_constraints:
    scale="tiny|smoke|lab|paper",
    network="|".join((*NETWORK_NAMES, *ARCHITECTURES)),
    # Empty for a whole figure; else its form without photos, which may be passed on.
    form="(shareable/)?",


RULE_FILES = sorted(map(str, Path("workflow").glob("*/*.smk")))
# Handed to the jobs as it stands: Snakemake lowers a rule's own threads to its cores.
TORCH_THREADS = PARAMETERS.compute.torch_threads
shown = partial(shown_by, report)


# Until all panels look up their parameters as panel 1 does.
from types import SimpleNamespace

from triptych.config.options import as_options
from triptych.data.registry import redistributable
from triptych.engine.start import job_seed


def scale_of(wildcards):
    return getattr(wildcards, "scale", SCALE)


def panel_parameters(wildcards, panel):
    return getattr(PARAMETERS.scales[wildcards.scale], panel)


def figure_forms(*datasets):
    return ("",) if all(map(redistributable, datasets)) else ("", "shareable/")
