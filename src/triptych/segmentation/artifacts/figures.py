"""Figures 3 and 4: images, ground truth, and the predictions of each method."""

import io
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
from triptych.segmentation.iou import miou
from triptych.segmentation.raw import Evaluation

Picture = NDArray[np.uint8]

# Inches.
_CELL, _GAP, _MARGIN, _TITLE, _LEGEND_LINE = 1.8, 0.06, 0.28, 0.26, 0.19
_COLUMNS = ("image", "ground truth", *METHODS)
_LONGEST_LEGEND_LINE = 11
# Ignored pixels are hatched in grays that no data set has as a class.
_LIGHT, _DARK = (238, 238, 238), (190, 190, 190)
_STRIPES = 40
# Neighboring classes may have almost the same dark color. A mask is drawn with this many pixels
# on its longer side, so that an outline of two pixels is as wide as a dot of the figure.
_OUTLINE = (255, 255, 255)
_DRAWN_SIDE = 576


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
    """Draw the images on which methods differ most, with the predictions of one network.

    Parameters
    ----------
    evaluations
        Evaluations of one network; the lowest seed of each method is drawn. The cells of
        a method without evaluation say so.
    scenes
        The splits that were scored, in the order of the tables.
    images
        Rows of each data set, see :func:`most_different`.

    Returns
    -------
    Figure
        Columns: image, ground truth, then the four methods. Below each data set are the choice
        of its images and a legend of its classes. Ignored pixels are hatched.

    Raises
    ------
    UserError
        An evaluation has other images than its scenes, or lacks predictions.
    """
    groups = []
    for split in scenes:
        chosen = _lowest_seeds(evaluations, split)
        shown, choice = most_different(list(chosen.values()), len(split), images)
        rows = [_row(split, index, chosen) for index in shown]
        groups.append((class_table(split.dataset), split.dataset, rows, choice))
    height = _TITLE + sum(_group_height(table, rows) for table, _, rows, _ in groups)
    titles = _COLUMNS if photos else _COLUMNS[1:]
    width = 2 * _MARGIN + len(titles) * (_CELL + _GAP) - _GAP
    figure = new_figure(width, height)
    # Every place is computed: pictures of different shapes confuse the automatic layout.
    figure.set_layout_engine("none")
    top = _TITLE
    for table, dataset, rows, choice in groups:
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
        figure.text(0.5, 1 - top / height, choice, fontsize=8, ha="center", va="top")
        _draw_legend(figure, table, top + _LEGEND_LINE)
        top += _legend_height(table)
    return figure


def most_different(
    evaluations: Sequence[Evaluation], images: int, count: int
) -> tuple[list[int], str]:
    """Choose the images whose mean IoU differs most between methods.

    Parameters
    ----------
    evaluations
        One evaluation of each method.
    images
        Number of images of the split.
    count
        Number of images to choose; all if there are fewer.

    Returns
    -------
    tuple
        The images, the largest difference first and equal ones in their order; and a sentence
        that says how they were chosen.
    """
    if len(evaluations) < 2:
        return list(range(min(count, images))), f"Rows: the first of {images} images."
    scores = [np.nan_to_num(miou(one.confusion)) for one in evaluations]
    order = np.argsort(-np.ptp(scores, axis=0), kind="stable")
    return order[:count].tolist(), (
        f"Rows: of {images} images, those whose mean IoU differs most between the methods."
    )


def colored(mask: Picture, table: ClassTable) -> Picture:
    """Return a mask in the colors of its classes, with outlines between classes.

    Parameters
    ----------
    mask
        uint8 (h, w).

    Returns
    -------
    ndarray
        uint8 (h', w', 3), scaled to the size in which it is drawn. Ignored pixels are hatched.
    """
    palette = np.zeros((IGNORE + 1, 3), np.uint8)
    palette[: len(table)] = table.colors
    height, width = mask.shape
    factor = _DRAWN_SIDE / max(height, width)
    mask = _fit(mask, (max(1, round(width * factor)), max(1, round(height * factor))))
    picture = palette[mask]
    rows, columns = np.nonzero(mask == IGNORE)
    dark = (rows + columns) // (_DRAWN_SIDE // _STRIPES) % 2 == 1
    picture[rows, columns] = np.where(dark[:, None], _DARK, _LIGHT)
    picture[_edges(mask)] = _OUTLINE
    return picture


def _edges(mask: Picture) -> NDArray[np.bool_]:
    """Return where a pixel has another class than its neighbor to the right or below, or it."""
    edges = np.zeros(mask.shape, bool)
    for axis in (0, 1):
        differ = np.diff(mask, axis=axis) != 0
        for place in (slice(None, -1), slice(1, None)):
            edges[(place, ...) if axis == 0 else (..., place)] |= differ
    return edges


def _lowest_seeds(evaluations: Sequence[Evaluation], scenes: Scenes) -> dict[str, Evaluation]:
    """Return one evaluation of each method, with a prediction for each scene."""
    chosen: dict[str, Evaluation] = {}
    for evaluation in sorted(evaluations, key=lambda one: one.seed):
        if evaluation.dataset != scenes.dataset:
            continue
        if chosen.get(evaluation.method):
            continue
        if evaluation.names != scenes.names or len(evaluation.predictions) != len(scenes):
            raise UserError(
                expected=f"the {len(scenes)} images of {scenes.path}, with a prediction for each",
                found=f"{len(evaluation.predictions)} predictions; images: {evaluation.names[0]} "
                f"and others, {len(evaluation.names)} in all",
                where=label(evaluation),
                remedy="evaluate the model again on this split",
            )
        chosen[evaluation.method] = evaluation
    return chosen


def _row(scenes: Scenes, index: int, chosen: Mapping[str, Evaluation]) -> _Row:
    table = class_table(scenes.dataset)
    predictions = {m: _decoded(one.predictions[index]) for m, one in chosen.items()}
    image, mask = scenes.image(index), scenes.mask(index)
    # A network that is scored on the center of an image has predictions of that size.
    height, width = next(iter(predictions.values()), mask).shape
    masks = (_fit(mask, (width, height)), *(predictions.get(method) for method in METHODS))
    return _Row(
        _fit(image, (width, height)),
        tuple(None if one is None else colored(one, table) for one in masks),
    )


def _decoded(mask: bytes) -> Picture:
    return np.asarray(Image.open(io.BytesIO(mask)))


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
            axes.imshow(picture, interpolation="antialiased")
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
    return (_legend_lines(table) + 2) * _LEGEND_LINE


def _group_height(table: ClassTable, rows: Sequence[_Row]) -> float:
    return sum(row.height + _GAP for row in rows) + _legend_height(table)
