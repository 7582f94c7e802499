"""Functions that the rules of all panels use to look up their parameters."""

from pathlib import Path

from triptych.config.adversarial import NETWORK_NAMES
from triptych.config.options import as_options
from triptych.config.segmentation import ARCHITECTURES
from triptych.data.registry import redistributable
from triptych.provenance.codehash import code_hash
from triptych.engine.start import job_seed


wildcard_constraints:
    scale="tiny|smoke|lab|paper",
    network="|".join((*NETWORK_NAMES, *ARCHITECTURES)),
    # Empty for a whole figure; else its form without photos, which may be passed on.
    form="(shareable/)?",


RULE_FILES = sorted(map(str, Path("workflow").glob("*/*.smk")))
# Handed to the jobs as it stands: Snakemake lowers a rule's own threads to its cores.
TORCH_THREADS = PARAMETERS.compute.torch_threads


def scale_of(wildcards):
    """The scale of a job; of a target, which has no wildcards, that of the run."""
    return getattr(wildcards, "scale", SCALE)


def memory(megabytes):
    """MB that a job asks for; the small networks of tiny and smoke never took 1,200."""
    small = min(megabytes, 2000)
    return lambda wildcards: (
        small if wildcards.scale in ("tiny", "smoke") else megabytes
    )


def panel_parameters(wildcards, panel):
    """The section of one panel at the scale of a job."""
    return getattr(PARAMETERS.scales[wildcards.scale], panel)


def figure_forms(*datasets):
    """The forms of a figure that shows images of data sets: without the photos if need be."""
    return ("",) if all(map(redistributable, datasets)) else ("", "shareable/")


include: "captions.smk"
