"""Figures 5 and 6: the photos of the test persons, and each method's images of one request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten, wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from triptych.config.personalization import Variant
from triptych.data.faces import Faces
from triptych.drawing.figures import BLUE, VERMILION, new_figure
from triptych.personalization.artifacts.cells import Cell, plain_column
from triptych.personalization.methods import METHODS

Picture = NDArray[np.uint8]

# Inches. At 160 dots per inch, cells have 192 dots and photos 128. These are whole multiples of
# the sides of small photos, so all their pixels are drawn with the same width.
_CELL, _PHOTO = 1.2, 0.8
_GAP, _MARGIN, _TITLE, _LINE = 0.05, 0.1, 0.3, 0.15
_DOTS_AN_INCH = 160
_PHOTOS_A_LINE = 10
_LETTERS_A_COLUMN, _MOST_LETTERS = 20, 240


@dataclass(frozen=True)
class _Page:
    """A figure whose positions are inches from its upper left corner."""

    figure: Figure
    width: float
    height: float

    @classmethod
    def new(cls, width: float, height: float) -> "_Page":
        figure = new_figure(width, height)
        figure.set_layout_engine("none")
        return cls(figure, width, height)

    def frame(self, left: float, top: float, side: float) -> Axes:
        """Add an empty square."""
        axes = self.figure.add_axes(
            (
                left / self.width,
                1 - (top + side) / self.height,
                side / self.width,
                side / self.height,
            )
        )
        axes.grid(visible=False)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        return axes

    def show(self, picture: Picture, left: float, top: float, side: float) -> Axes:
        """Show a picture in a square; small pictures keep sharp pixels."""
        axes = self.frame(left, top, side)
        small = picture.shape[0] <= side * _DOTS_AN_INCH
        axes.imshow(picture, interpolation="nearest" if small else "antialiased")
        return axes

    def write(self, text: str, left: float, top: float, size: float, **style: Any) -> None:
        """Write a text with this upper left corner."""
        place = (left / self.width, 1 - top / self.height)
        self.figure.text(*place, text, fontsize=size, va="top", **style)


def draw_faces(faces: Faces, references: Mapping[str, Sequence[str]], persons: int) -> Figure:
    """Draw Figure 5: all photos of the first test persons.

    Parameters
    ----------
    faces
        The photos of the test persons.
    references
        Names of the photos that describe each person; the other photos are held out.
    persons
        Largest number of persons.

    Returns
    -------
    Figure
        One block for each person, references first, each photo with its role.
    """
    groups = dict(list(faces.by_person().items())[:persons])
    step = _PHOTO + _GAP + _LINE
    lines = [-(-len(photos) // _PHOTOS_A_LINE) for photos in groups.values()]
    width = 2 * _MARGIN + _PHOTOS_A_LINE * (_PHOTO + _GAP) - _GAP
    page = _Page.new(width, 2 * _MARGIN + sum(_TITLE + count * step for count in lines))
    top = _MARGIN
    for (person, photos), count in zip(groups.items(), lines, strict=True):
        page.write(person.replace("_", " "), _MARGIN, top + 0.1, 9)
        ordered = sorted(photos, key=lambda one: faces.names[one] not in references[person])
        for number, photo in enumerate(ordered):
            line, column = divmod(number, _PHOTOS_A_LINE)
            left = _MARGIN + column * (_PHOTO + _GAP)
            place = top + _TITLE + line * step
            used = faces.names[photo] in references[person]
            color = BLUE if used else VERMILION
            page.write("reference" if used else "held out", left, place + 0.02, 6.5, color=color)
            _outline(page.show(faces.image(photo), left, place + _LINE, _PHOTO), color)
        top += _TITLE + count * step
    return page.figure


def draw_generations(
    columns: Mapping[Variant, Sequence[Cell]], references: Sequence[Sequence[Picture]]
) -> Figure:
    """Draw Figure 6: each method's image of the same person, prompt and noise.

    Parameters
    ----------
    columns
        The cells of each method, one for each person; see
        :func:`~triptych.personalization.artifacts.cells.refuse_unlike`. A method without
        cells is marked as not run.
    references
        The photos that describe the person of each row; without them their column is omitted.

    Returns
    -------
    Figure
        Columns: the references, then the five methods in the paper's order. The prompt is
        below each row.
    """
    pictures: dict[str, Sequence[Picture]] = {}
    if references:
        pictures["references"] = [mosaic(shown) for shown in references]
    for method in METHODS:
        if method.heading is not None:
            pictures[method.heading] = [cell.image for cell in columns.get(method.name, ())]
    letters = _LETTERS_A_COLUMN * len(pictures)
    texts = [wrap(_request(cell), letters) for cell in plain_column(columns)]
    step = _CELL + 2 * _GAP + max(map(len, texts)) * _LINE
    width = 2 * _MARGIN + len(pictures) * (_CELL + _GAP) - _GAP
    page = _Page.new(width, 2 * _MARGIN + _TITLE + len(texts) * step)
    for column, (heading, shown) in enumerate(pictures.items()):
        for row in range(len(texts)):
            left, top = _MARGIN + column * (_CELL + _GAP), _MARGIN + _TITLE + row * step
            if shown:
                axes = page.show(shown[row], left, top, _CELL)
            else:
                axes = _not_run(page.frame(left, top, _CELL))
            if row == 0:
                axes.set_title(heading, fontsize=9, pad=4)
    for row, lines in enumerate(texts):
        below = _MARGIN + _TITLE + row * step + _CELL + 0.03
        page.write("\n".join(lines), _MARGIN, below, 7.5)
    return page.figure


def mosaic(pictures: Sequence[Picture]) -> Picture:
    """Put square pictures of one size into one square, row by row; the rest is white."""
    across = int(np.ceil(np.sqrt(len(pictures))))
    side = pictures[0].shape[0]
    whole = np.full((across * side, across * side, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, across)
        whole[row * side : (row + 1) * side, column * side : (column + 1) * side] = picture
    return whole


def _request(cell: Cell) -> str:
    """Describe a request: person, seed and prompt; long prompts are shortened."""
    text = f"{cell.person.replace('_', ' ')}, seed {cell.seed}: {cell.prompt}"
    return shorten(text, _MOST_LETTERS, placeholder=" ...")


def _outline(axes: Axes, color: str) -> None:
    axes.spines[:].set_visible(True)
    axes.spines[:].set(color=color, linewidth=1.5)


def _not_run(axes: Axes) -> Axes:
    axes.set_facecolor("whitesmoke")
    axes.text(0.5, 0.5, "not run", ha="center", va="center", color="dimgray")
    return axes
