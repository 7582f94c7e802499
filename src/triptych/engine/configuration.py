"""Which files of parameters Snakemake was given."""

import os
from typing import Any


def configuration_files(workflow: Any) -> list[str]:
    """List params.yaml and the files of ``--configfile``, relative to the current folder."""
    return sorted({os.path.relpath(path) for path in workflow.configfiles})


def overlays(workflow: Any) -> list[str]:
    """List the files of ``--configfile`` in their order."""
    return [os.path.relpath(path) for path in workflow.overwrite_configfiles]
