"""docs/deviations.md: where we do otherwise than the papers, from their paper.yaml."""

from pathlib import Path
from typing import get_args

from triptych.config.models import Panel
from triptych.report.papers import Paper, read_paper

from .markdown import page as whole_page

_INTRODUCTION = (
    "Where we do otherwise than the papers, or where they are silent, and why. The texts stand in"
    " `data/published/PANEL/paper.yaml`, which the report shows, too. How the setting of a scale"
    " differs from the paper's, each panel's `findings.md` says; single values on which a paper is"
    " silent are marked in `params.yaml`."
)


def page(root: Path) -> str:
    """Every deviation of every panel, numbered through."""
    sections, number = [], 1
    for panel in get_args(Panel):
        paper = read_paper(root / "data/published", panel)
        sections.append(f"## {paper.name}\n\n{paper.citation}.\n\n{_items(paper, number)}")
        number += len(paper.deviations)
    return whole_page("Deviations from the papers", _INTRODUCTION, *sections)


def _items(paper: Paper, first: int) -> str:
    return "\n".join(
        f"{number}. **{deviation.what.strip()}** {deviation.why.strip()}"
        for number, deviation in enumerate(paper.deviations, first)
    )
