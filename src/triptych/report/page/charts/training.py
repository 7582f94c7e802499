"""All panels: the loss of each training against its steps."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import fill

from matplotlib.axes import Axes

from triptych.drawing.figures import BLUE, GRAY, new_figure
from triptych.report.page.charts.chart import Chart, Content, drawn, optional, read_rows, thinned
from triptych.report.page.run_folder import RunFolder

_CAPTION = (
    "The loss of each training against its steps, on a logarithmic axis; where JavaScript is on,"
    " also the metric on held-out data. A loss that still falls at the end says that the training"
    " was short. A held-out metric that gets worse says that it was long."
)
_COLUMNS, _WIDTH, _HEIGHT = 3, 2.7, 1.2
# The shares of a cell that its curves take; letters of a line.
_INSIDE, _CURVE, _LINE = 0.9, 0.5, 40
# A loss of zero has no logarithm.
_TINY = 1e-12
# Of a longer history, the chart has every n-th row.
_MOST_POINTS = 150


@dataclass(frozen=True)
class Training:
    """The history of a training: loss and held-out metric (None if not measured) by step."""

    steps: list[int]
    loss: list[float]
    validation: list[float | None]


@dataclass(frozen=True)
class Model:
    """A model, and its trainings that differ in their seed alone."""

    name: str
    trainings: list[Training]


def training_charts(folder: RunFolder) -> Iterable[Chart]:
    """Return the chart of all trainings, if the run has their histories."""
    read = [
        (path, *folder.read(path, _read_training, "history of a training"))
        for path in folder.files("*history.csv", deep=True)
    ]
    if not read:
        return
    models: dict[str, Model] = {}
    for path, _, training in read:
        if training is not None:
            name = _model_name(path.relative_to(folder.path))
            models.setdefault(name, Model(name, [])).trainings.append(training)
    yield Chart(
        kind="training",
        name="training",
        folder=folder.path,
        title="Training curves",
        caption=_CAPTION,
        items=tuple(item for _, item, _ in read),
        content=_content(list(models.values())) if models else None,
    )


def _read_training(path: Path) -> Training:
    rows = read_rows(path)
    rows = [rows[index] for index in thinned(len(rows), _MOST_POINTS)]
    if "validation" not in rows[0]:
        raise ValueError("no column validation")
    training = Training(
        steps=[int(row["step"]) for row in rows],
        loss=[float(row["loss"]) for row in rows],
        validation=[optional(row["validation"]) for row in rows],
    )
    values = [*training.loss, *(value for value in training.validation if value is not None)]
    if training.steps[-1] < 1 or min(training.loss) < 0 or not all(map(math.isfinite, values)):
        raise ValueError("no step, a negative loss, or a number that is not finite")
    return training


def _model_name(path: Path) -> str:
    """Return ``danet, single`` for ``models/danet/single/0.history.csv``."""
    parts = [*path.parent.parts[1:], path.name.removesuffix(".history.csv")]
    named = [part for part in parts if not part.isdigit()]
    return ", ".join(named).replace("_", " ")


def _content(models: Sequence[Model]) -> Content:
    count = sum(len(model.trainings) for model in models)
    return Content(
        picture=_draw(models),
        alternative=(
            f"Small charts of the loss against steps, of {count} trainings:"
            f" {'; '.join(model.name for model in models)}."
        ),
        data={"models": [asdict(model) for model in models]},
    )


def _draw(models: Sequence[Model]) -> str:
    """Draw a small curve for each model: axes of their own would take seconds."""
    columns = min(_COLUMNS, len(models))
    rows = math.ceil(len(models) / columns)
    figure = new_figure(_WIDTH * columns, _HEIGHT * rows)
    axes = figure.add_subplot()
    axes.set_axis_off()
    for position, model in enumerate(models):
        row, column = divmod(position, columns)
        _draw_cell(axes, model, column, -row)
    axes.set_xlim(0, columns)
    axes.set_ylim(1 - rows, 1)
    return drawn(figure)


def _draw_cell(axes: Axes, model: Model, left: float, bottom: float) -> None:
    """Draw the curves of a model's trainings, from its lowest to its highest loss."""
    logs = [[math.log(loss or _TINY) for loss in one.loss] for one in model.trainings]
    low, high = min(map(min, logs)), max(map(max, logs))
    last = max(one.steps[-1] for one in model.trainings)
    for one, values in zip(model.trainings, logs, strict=True):
        axes.plot(
            [left + _INSIDE * step / last for step in one.steps],
            [bottom + _CURVE * (value - low) / (high - low or 1) for value in values],
            color=BLUE,
            linewidth=0.9,
        )
    axes.plot([left, left + _INSIDE], [bottom] * 2, color=GRAY, linewidth=0.5)
    ends = f"{last} steps, loss {math.exp(low):.2g} to {math.exp(high):.2g}"
    name = fill(model.name, _LINE)
    axes.text(left, bottom + 0.92, f"{name}\n{ends}", fontsize=7.5, va="top")
