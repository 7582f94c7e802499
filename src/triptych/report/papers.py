"""Descriptions of the papers: ``data/published/PANEL/paper.yaml``.

The report, its captions and the page of deviations share this text. It holds words only:
every number comes from a result or from the published tables.
"""

from fnmatch import fnmatch
from pathlib import Path

from pydantic import Field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from triptych.config.models import Panel
from triptych.config.section import Section
from triptych.errors import UserError


class PublishedCurve(Section):
    """The published values of a figure, for a plot next to the reproduced figure.

    Attributes
    ----------
    table
        CSV file beside ``paper.yaml``.
    x, y
        Its columns along both axes.
    by
        The column that names the lines.
    """

    table: str
    x: str
    y: str
    by: str


class Artifact(Section):
    """A table or a figure of the paper, or a further file.

    Attributes
    ----------
    name
        The file without its suffix, as in the column ``artifact`` of the claims; a
        pattern such as ``iou_*`` if the data set is part of it.
    title
        Its number in the paper, such as ``Table II``, or a short title.
    caption
        What it shows and how to read it.
    alternative
        The alternative text of a figure. Beyond the paper, an artifact with this text is a figure.
    published
        The published values of a figure.
    """

    name: str
    title: str
    caption: str
    alternative: str | None = None
    published: PublishedCurve | None = None


class Deviation(Section):
    """A deviation from the paper, and its reason."""

    what: str
    why: str


class Paper(Section):
    """One of the three papers.

    Attributes
    ----------
    title, authors, year, venue, address
        The publication; venue, year and address are None if unknown.
    name
        A short name for headings.
    summary
        What the paper claims, in a sentence or two.
    methods
        How this project computes the paper's numbers, at every scale.
    contact
        What the authors were asked and what they answered.
    tables, figures
        The tables and figures of the paper, in its order.
    beyond
        Tables (CSV) and figures that the paper does not have.
    deviations
        Deviations from the paper.
    """

    title: str
    authors: tuple[str, ...] = Field(min_length=1)
    year: int | None
    venue: str | None
    address: str | None
    name: str
    summary: str
    methods: str
    contact: str
    tables: tuple[Artifact, ...]
    figures: tuple[Artifact, ...]
    beyond: tuple[Artifact, ...]
    deviations: tuple[Deviation, ...]

    @property
    def citation(self) -> str:
        """Authors, title, venue and year as one line."""
        publication = (self.title, self.venue, self.year)
        return f"{', '.join(self.authors)}: {', '.join(str(p) for p in publication if p)}"

    def artifact(self, name: str) -> Artifact | None:
        """Return the description of a table, a figure or a further file; None if there is none."""
        described = (*self.tables, *self.figures, *self.beyond)
        return next((each for each in described if fnmatch(name, each.name)), None)


def read_paper(published: Path, panel: Panel) -> Paper:
    """Read the description of a panel's paper, below ``data/published``.

    Raises
    ------
    UserError
        The file is missing, no YAML, or not in the form of :class:`Paper`.
    """
    path = published / panel / "paper.yaml"
    try:
        return Paper.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, YAMLError) as error:
        raise UserError(
            expected="a description of the paper: title, tables, figures, deviations",
            found=" ".join(str(error).split())[:300],
            where=str(path),
            remedy="restore the file from git, or write it as docs/add-a-paper.md describes",
        ) from None
