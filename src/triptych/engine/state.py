"""The folder in which Snakemake keeps its state."""

from pathlib import Path

STATE = Path(".snakemake")
METADATA, INCOMPLETE = STATE / "metadata", STATE / "incomplete"
