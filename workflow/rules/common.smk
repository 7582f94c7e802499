"""What the rules of all panels share."""

from pathlib import Path

from triptych.config.adversarial import NETWORK_NAMES
from triptych.config.segmentation import ARCHITECTURES
from triptych.engine.rules_hash import panel_rules, rules_hash
from triptych.provenance.codehash import code_hash
from triptych.rules.captions import Captions
from triptych.rules.command import command
from triptych.rules.lookups import Lookups, memory
from triptych.system.project import beside_snakefile, project_folder


wildcard_constraints:
    scale="tiny|smoke|lab|paper",
    network="|".join((*NETWORK_NAMES, *ARCHITECTURES)),
    # Empty for a whole figure; else its form without photos, which may be passed on.
    form="(shareable/)?",


# Handed to the jobs as it stands: Snakemake lowers a rule's own threads to its cores.
TORCH_THREADS = PARAMETERS.compute.torch_threads
PUBLISHED = beside_snakefile(project_folder(workflow), "data/published")
shown = Captions(report, Path(PUBLISHED)).shown
