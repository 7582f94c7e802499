"""Panel 3: identity against prompt fidelity, one point a method."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from triptych.drawing.figures import BLUE, GRAY, new_figure
from triptych.personalization.artifacts.names import LABELS, REAL_ROWS
from triptych.report.page.charts.chart import Chart, Content, drawn, optional, read_rows
from triptych.report.page.run_folder import RunFolder

_X, _Y = "fidelity", "identity"
_CAPTION = (
    "How much an image shows its prompt, against how much it shows the person, a point for each"
    " method, with 95 % intervals. Up and to the right is better; two methods whose intervals"
    " overlap cannot be told apart."
)


@dataclass(frozen=True)
class Score:
    """A mean over images, and its interval; without an interval the bounds are None."""

    value: float
    low: float | None
    high: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both bounds."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def __str__(self) -> str:
        words = f"{self.value:.3f}"
        if self.interval:
            words += " ({:.3f} to {:.3f})".format(*self.interval)
        return words


@dataclass(frozen=True)
class Point:
    """A method with both scores."""

    name: str
    fidelity: Score
    identity: Score

    @property
    def scores(self) -> str:
        """Both scores in words."""
        return f"prompt fidelity {self.fidelity}, identity {self.identity}"


def methods_charts(folder: RunFolder) -> Iterable[Chart]:
    """Return the chart of the methods, if the run measures both scores."""
    for path in folder.files("table1.csv"):
        item, points = folder.read(path, _points, "table of scores")
        if points == []:
            # An adopted run of an earlier version has no prompt fidelity.
            continue
        yield Chart(
            kind="methods",
            name="methods",
            folder=folder.path,
            title="Identity against prompt fidelity",
            caption=_CAPTION,
            items=(item,),
            content=_content(points) if points else None,
        )


def _points(path: Path) -> list[Point]:
    scores: dict[str, dict[str, Score]] = {}
    for row in read_rows(path):
        if row["metric"] in (_X, _Y) and row["method"] not in REAL_ROWS:
            score = Score(float(row["value"]), optional(row["low"]), optional(row["high"]))
            scores.setdefault(row["method"], {})[row["metric"]] = score
    return [
        Point(LABELS.get(method, method), own[_X], own[_Y])
        for method, own in scores.items()
        if _X in own and _Y in own
    ]


def _content(points: list[Point]) -> Content:
    named = "; ".join(f"{point.name}: {point.scores}" for point in points)
    return Content(
        picture=_draw(points),
        alternative=f"Identity against prompt fidelity. {named}.",
        data={"points": [{**asdict(point), "scores": point.scores} for point in points]},
    )


def _draw(points: list[Point]) -> str:
    figure = new_figure(8, 4.4)
    axes = figure.add_subplot()
    for number, point in enumerate(points, start=1):
        x, y = point.fidelity, point.identity
        if x.interval:
            axes.plot(x.interval, [y.value] * 2, color=GRAY, alpha=0.5, linewidth=1, zorder=1)
        if y.interval:
            axes.plot([x.value] * 2, y.interval, color=GRAY, alpha=0.5, linewidth=1, zorder=1)
        label = f"{number}  {point.name}"
        axes.plot(x.value, y.value, "o", color=BLUE, markersize=12, zorder=2, label=label)
        axes.text(
            x.value, y.value, str(number), color="white", fontsize=8, ha="center",
            va="center_baseline", zorder=3,
        )  # fmt: skip
    axes.set_xlabel("prompt fidelity")
    axes.set_ylabel("identity")
    figure.legend(loc="outside right upper", fontsize=8, handlelength=0, markerscale=0)
    return drawn(figure)
