"""Paths of the project that more than one module uses, relative to the project's folder."""

from pathlib import Path

SNAKEFILE = Path("Snakefile")
PARAMETERS = Path("params.yaml")
RAW = Path("data/raw")
PREPARED = Path("data/prepared")
PUBLISHED = Path("data/published")
RESULTS = Path("results")
REFERENCE = Path("reference")
LOGS = Path("logs")
WORK = Path("work")

# Names of folders within the results.
PROVENANCE = "provenance"
RECORDS = "records"
REPORT = "report"
# Figures without the photos whose license forbids passing them on.
SHAREABLE = "shareable"
