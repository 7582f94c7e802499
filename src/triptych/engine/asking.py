"""Run Snakemake as a program of its own, for what it prints of a workflow."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from triptych.system.programs import ask

# To plan a run Snakemake compares files by content: long for hundreds of gigabytes.
_PATIENCE = 3600


def overlay_options(overlays: Sequence[Path]) -> list[str]:
    """Return the options by which Snakemake and triptych read files over params.yaml."""
    return ["--configfile", *map(str, overlays)] if overlays else []


def ask_snakemake(
    options: Sequence[str], *, module: str = "snakemake", folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run Snakemake, or another module as a program, to its end and return what it printed.

    Raises
    ------
    UserError
        It did not end in an hour.
    """
    # -P: no file of the current folder is imported in place of a module.
    return ask(
        [sys.executable, "-P", "-m", module, *options],
        patience=_PATIENCE,
        remedy="run that command and see what it waits for",
        folder=folder,
    )
