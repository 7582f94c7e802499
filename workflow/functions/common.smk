"""Functions that the rules of all panels use to look up their parameters."""

from pathlib import Path

from triptych.config import as_options
from triptych.runtime.codehash import code_hash
from triptych.runtime.workflow import job_seed


wildcard_constraints:
    scale="tiny|smoke|lab|paper",


RULE_FILES = sorted(map(str, Path("workflow").glob("*/*.smk")))
# Handed to the jobs as it stands: Snakemake lowers a rule's own threads to its cores.
TORCH_THREADS = PARAMETERS.compute.torch_threads


def panel_parameters(wildcards, panel):
    """The section of one panel at the scale of a job."""
    return getattr(PARAMETERS.scales[wildcards.scale], panel)


def digits_test_images(wildcards):
    return panel_parameters(wildcards, "adversarial").attack.test_images


def digits_seed(wildcards):
    return job_seed(PARAMETERS, "data", wildcards.scale, "digits")


def prepared_files(wildcards):
    dataset = PARAMETERS.active.adversarial.dataset
    return [
        f"data/prepared/{SCALE}/{dataset}/{part}.safetensors"
        for part in ("train", "test")
    ]
