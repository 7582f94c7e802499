"""The adopted runs at scale lab, which the pages show."""

import re
from pathlib import Path

import pandas as pd

from triptych.config.models import Panel

RUNS = Path("reference/lab")


def read_table(root: Path, name: str) -> pd.DataFrame:
    """Return a table of a run by its path below ``reference/lab``."""
    return pd.read_csv(root / RUNS / name)


def setting(root: Path, panel: Panel) -> str:
    """Return the setting of a run as a list, in the words of the caption of Table 1."""
    caption = (root / RUNS / panel / "table1.md").read_text(encoding="utf-8").split("**")[1]
    words, *_ = re.split("Ours: |This run: ", caption)[1].split(". ")
    # The departures belong to the network before them.
    parts = re.split("; (?!departures)", words)
    return "\n".join(["What was run:\n", *(f"- {part}" for part in parts)])
