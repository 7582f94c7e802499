"""Panel 2: by how much two methods differ in each class, with intervals."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from triptych.drawing.figures import BLUE, GRAY, new_figure
from triptych.report.page.charts.chart import Chart, Content, drawn, optional, read_rows
from triptych.report.page.run_folder import RunFolder
from triptych.segmentation.artifacts.tables import spelled

_CAPTION = (
    "The difference of two methods in each class, in points of IoU, with its 95 % interval."
    " A dot to the right of the zero line favors the first method; an interval that crosses"
    " the line decides nothing."
)
_ROW_HEIGHT, _MARGIN = 0.24, 0.9


@dataclass(frozen=True)
class Difference:
    """The difference of a class in points of IoU; bounds are None without an interval."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass
class Pair:
    """Two methods of a network, with the number of trainings, and their differences."""

    network: str
    methods: str
    trainings: int
    rows: list[Difference]


def classes_charts(folder: RunFolder) -> Iterable[Chart]:
    """Return a chart for each data set whose classes the run compares."""
    for path in folder.files("classes_*.csv"):
        item, content = folder.read(path, _content, "table of differences")
        dataset = spelled(path.stem.removeprefix("classes_"))
        yield Chart(
            kind="classes",
            name=path.stem,
            folder=folder.path,
            title=f"Differences by class on {dataset}",
            caption=_CAPTION,
            items=(item,),
            content=content,
        )


def _content(path: Path) -> Content:
    pairs: dict[tuple[str, str], Pair] = {}
    for row in read_rows(path):
        value = optional(row["difference"])
        if value is None:
            # The class is absent for a model.
            continue
        network = spelled(row["network"])
        methods = f"{spelled(row['larger'])} minus {spelled(row['smaller'])}"
        empty = Pair(network, methods, len(row["seeds"].split()), [])
        bounds = optional(row["low"]), optional(row["high"])
        difference = Difference(spelled(row["class"]), value, *bounds)
        pairs.setdefault((network, methods), empty).rows.append(difference)
    if not pairs:
        raise ValueError("no difference")
    first = next(iter(pairs.values()))
    return Content(
        picture=_draw(first),
        alternative=(
            f"A row for each class with the difference {first.methods} of {first.network} as a"
            " dot and its interval as a line, around a zero line."
        ),
        data={"pairs": [asdict(pair) for pair in pairs.values()]},
    )


def _draw(pair: Pair) -> str:
    figure = new_figure(6.4, _MARGIN + _ROW_HEIGHT * len(pair.rows))
    axes = figure.add_subplot()
    axes.axvline(0, color=GRAY, linewidth=1)
    for position, row in enumerate(pair.rows):
        if row.low is not None and row.high is not None:
            axes.plot([row.low, row.high], [position] * 2, color=BLUE, linewidth=1.5)
        axes.plot([row.value], [position], "o", color=BLUE, markersize=4)
    axes.set_yticks(range(len(pair.rows)), [row.name for row in pair.rows])
    axes.set_ylim(len(pair.rows) - 0.5, -0.5)
    axes.set_xlabel("difference in points of IoU")
    axes.set_title(f"{pair.network}: {pair.methods}", fontsize=10)
    return drawn(figure)
