"""Paths of the project that more than one module uses, relative to the project's folder."""

from pathlib import Path

SNAKEFILE = Path("Snakefile")
PARAMETERS = Path("params.yaml")
RAW = Path("data/raw")
OWN = Path("data/own")
PREPARED = Path("data/prepared")
PUBLISHED = Path("data/published")
RESULTS = Path("results")
REFERENCE = Path("reference")
EXAMPLE = Path("docs/example")
LOGS = Path("logs")
WORK = Path("work")

# Names of folders: of the records beside files, and of the export of Snakemake's records.
PROVENANCE = "provenance"
RECORDS = "records"
