"""docs/deviations.md: where we deviate from the papers, from their paper.yaml."""

from pathlib import Path
from typing import get_args

from triptych.config.models import Panel
from triptych.report.papers import Paper, read_paper

from .markdown import page as whole_page

_INTRODUCTION = (
    "Where we deviate from the papers, or decide what they leave open, and why. The texts are from"
    " `data/published/PANEL/paper.yaml`; the report shows them, too. Each panel's `findings.md`"
    " says how the setting of a scale differs from the paper's. `params.yaml` marks single values"
    " that a paper does not give."
)


def page(root: Path) -> str:
    """Return the page: the deviations of all panels, numbered consecutively."""
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
