"""Figures 3 and 4: images, ground truth, and the predictions of each method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from triptych.config.segmentation import METHODS
from triptych.data.classes import IGNORE, ClassTable, Color, class_table
from triptych.data.scenes import Scenes
from triptych.drawing.figures import new_figure
from triptych.errors import UserError
from triptych.segmentation.artifacts.evaluations import label
from triptych.segmentation.artifacts.tables import spelled
from triptych.segmentation.raw import Evaluation

Picture = NDArray[np.uint8]

# Inches.
_CELL, _GAP, _MARGIN, _TITLE, _LEGEND_LINE = 1.8, 0.06, 0.28, 0.26, 0.19
_COLUMNS = ("image", "ground truth", *METHODS)
_LONGEST_LEGEND_LINE = 11
# Ignored pixels are hatched in grays that no data set has as a class.
_LIGHT, _DARK = (238, 238, 238), (190, 190, 190)
_STRIPES = 40


@dataclass(frozen=True)
class _Row:
    """An image with ground truth and predictions; None if a method was not run."""

    image: Picture
    masks: tuple[Picture | None, ...]

    @property
    def height(self) -> float:
        """Height of its cells, inches; an upright image is placed in a square."""
        height, width = self.image.shape[:2]
        return _CELL * min(1.0, height / width)


def draw_scenes(
    evaluations: Sequence[Evaluation], scenes: Sequence[Scenes], images: int, *, photos: bool = True
) -> Figure:
    """Draw the first images of each data set with the predictions of one network.

    Parameters
    ----------
    evaluations
        Evaluations of one network; the lowest seed of each method is drawn. The cells of
        a method without evaluation say so.
    scenes
        The splits that were scored, in the order of the tables.

    Returns
    -------
    Figure
        Columns: image, ground truth, then the four methods. Below each data set is a
        legend of its classes. Ignored pixels of the ground truth are hatched.

    Raises
    ------
    UserError
        An evaluation has other images than its scenes, or lacks predictions.
    """
    groups = []
    for split in scenes:
        count = min(images, len(split))
        chosen = _lowest_seeds(evaluations, split, count)
        rows = [_row(split, index, chosen) for index in range(count)]
        groups.append((class_table(split.dataset), split.dataset, rows))
    height = _TITLE + sum(_group_height(table, rows) for table, _, rows in groups)
    titles = _COLUMNS if photos else _COLUMNS[1:]
    width = 2 * _MARGIN + len(titles) * (_CELL + _GAP) - _GAP
    figure = new_figure(width, height)
    # Every place is computed: pictures of different shapes confuse the automatic layout.
    figure.set_layout_engine("none")
    top = _TITLE
    for table, dataset, rows in groups:
        first = top
        for row in rows:
            axes = _draw_row(figure, row, top, photos=photos)
            if top == _TITLE:
                for title, one in zip(titles, axes, strict=True):
                    one.set_title(spelled(title), fontsize=10, pad=4)
            top += row.height + _GAP
        middle = 1 - (first + top - _GAP) / 2 / height
        figure.text(
            _MARGIN / 2 / width, middle, spelled(dataset), rotation=90, ha="center", va="center"
        )
        _draw_legend(figure, table, top)
        top += _legend_height(table)
    return figure


def colored(mask: Picture, table: ClassTable) -> Picture:
    """Return a mask, uint8 (h, w), in the colors of its classes, (h, w, 3); 255 is hatched."""
    palette = np.zeros((IGNORE + 1, 3), np.uint8)
    palette[: len(table)] = table.colors
    picture = palette[mask]
    rows, columns = np.nonzero(mask == IGNORE)
    width = max(1, max(mask.shape) // _STRIPES)
    dark = (rows + columns) // width % 2 == 1
    picture[rows, columns] = np.where(dark[:, None], _DARK, _LIGHT)
    return picture


def _lowest_seeds(
    evaluations: Sequence[Evaluation], scenes: Scenes, count: int
) -> dict[str, Evaluation]:
    """Return one evaluation of each method, with predictions of the first ``count`` scenes."""
    chosen: dict[str, Evaluation] = {}
    for evaluation in sorted(evaluations, key=lambda one: one.seed):
        if evaluation.dataset != scenes.dataset:
            continue
        if evaluation.names != scenes.names or len(evaluation.predictions) < count:
            raise UserError(
                expected=f"the {len(scenes)} images of {scenes.path}, the first {count} predicted",
                found=f"{len(evaluation.predictions)} predictions; images: {evaluation.names[0]} "
                f"and others, {len(evaluation.names)} in all",
                where=label(evaluation),
                remedy="evaluate the model again on this split",
            )
        chosen.setdefault(evaluation.method, evaluation)
    return chosen


def _row(scenes: Scenes, index: int, chosen: Mapping[str, Evaluation]) -> _Row:
    table = class_table(scenes.dataset)
    predictions = {method: one.predictions[index] for method, one in chosen.items()}
    image, mask = scenes.image(index), scenes.mask(index)
    # A network that is scored on the center of an image has predictions of that size.
    height, width = next(iter(predictions.values()), mask).shape
    masks = (_fit(mask, (width, height)), *(predictions.get(method) for method in METHODS))
    return _Row(
        _fit(image, (width, height)),
        tuple(None if one is None else colored(one, table) for one in masks),
    )


def _fit(picture: Picture, size: tuple[int, int]) -> Picture:
    """Return the center of a picture, scaled to a size (width, height)."""
    method = Image.Resampling.BILINEAR if picture.ndim == 3 else Image.Resampling.NEAREST
    return np.asarray(ImageOps.fit(Image.fromarray(picture), size, method))


def _draw_row(figure: Figure, row: _Row, top: float, *, photos: bool) -> list[Axes]:
    drawn = []
    width, height = figure.get_size_inches()
    for column, picture in enumerate((row.image, *row.masks) if photos else row.masks):
        left = _MARGIN + column * (_CELL + _GAP)
        place = (left / width, 1 - (top + row.height) / height, _CELL / width)
        axes = figure.add_axes((*place, row.height / height))
        axes.grid(visible=False)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        if picture is None:
            axes.set_facecolor("whitesmoke")
            axes.text(0.5, 0.5, "not run", ha="center", va="center", color="dimgray")
        else:
            smooth = "antialiased" if picture is row.image else "nearest"
            axes.imshow(picture, interpolation=smooth)
        drawn.append(axes)
    return drawn


def _draw_legend(figure: Figure, table: ClassTable, top: float) -> None:
    patches = [
        Patch(facecolor=_hex(color), label=spelled(name))
        for name, color in zip(table.names, table.colors, strict=True)
    ]
    hatched = Patch(facecolor=_hex(_LIGHT), edgecolor=_hex(_DARK), hatch="//////", linewidth=0)
    hatched.set_label("ignored")
    patches.append(hatched)
    figure.legend(
        handles=patches,
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - top / figure.get_figheight()),
        ncols=-(-len(patches) // _legend_lines(table)),
        fontsize=8,
        handlelength=1.2,
        handleheight=1.0,
        columnspacing=1.2,
    )


def _hex(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _legend_lines(table: ClassTable) -> int:
    return -(-(len(table) + 1) // _LONGEST_LEGEND_LINE)


def _legend_height(table: ClassTable) -> float:
    return (_legend_lines(table) + 1) * _LEGEND_LINE


def _group_height(table: ClassTable, rows: Sequence[_Row]) -> float:
    return sum(row.height + _GAP for row in rows) + _legend_height(table)
