"""The charts of a run, by panel."""

from collections.abc import Callable, Iterable

from triptych.report.page.charts.chart import Chart
from triptych.report.page.charts.classes import classes_charts
from triptych.report.page.charts.methods import methods_charts
from triptych.report.page.charts.scores import scores_charts
from triptych.report.page.charts.training import training_charts
from triptych.report.page.run_folder import RunFolder

_OWN: dict[str, Callable[[RunFolder], Iterable[Chart]]] = {
    "adversarial": scores_charts,
    "segmentation": classes_charts,
    "personalization": methods_charts,
}


def run_charts(folder: RunFolder) -> tuple[Chart, ...]:
    """Return the charts of a run: its panel's own, then the training curves."""
    own = _OWN.get(folder.path.name)
    return (*(own(folder) if own else ()), *training_charts(folder))
