"""Scores against one setting: the number of references, the adapter's scale, the guidance."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from triptych.claims.claims import Tolerance
from triptych.claims.intervals import Estimate
from triptych.drawing.figures import BLUE, GRAY, GREEN, VERMILION, new_figure
from triptych.personalization.artifacts.images import Gallery
from triptych.personalization.artifacts.jackknife import Trainings
from triptych.personalization.artifacts.measures import (
    Numbers,
    identities,
    kernel_distances,
    shares,
)
from triptych.personalization.artifacts.names import LABELS, METRICS, Metric, metric_name
from triptych.personalization.artifacts.scoring import row_images
from triptych.personalization.artifacts.words import written
from triptych.personalization.features import Features
from triptych.personalization.methods import BY_NAME, RowName

# In words, by the name of the setting in a row's name.
SETTINGS: Mapping[str, str] = {
    "references": "number of references",
    "scale": "scale of the adapter",
    "guidance": "scale of the guidance",
}
_COLUMNS = (
    *("variant", "setting", "value", "metric", "score", "low", "high"),
    *("gain", "gain_low", "gain_high"),
)
_DRAWN: tuple[Metric, ...] = ("identity", "fidelity")
_COLORS = (BLUE, VERMILION, GREEN, GRAY)


def sweeps_table(features: Features, usual: Mapping[str, float]) -> pd.DataFrame:
    """Score the rows with a setting that differs from the parameters.

    All values of a setting have the same trained weights, persons, prompts and noise. The row
    with the parameters' setting belongs to every sweep of its variant.

    Parameters
    ----------
    usual
        The parameters' value of each setting.

    Returns
    -------
    DataFrame
        variant, setting, value, metric, score, low, high (95 % over persons); gain, gain_low,
        gain_high: the score minus that at the smallest value, paired over persons.
    """
    gallery = Gallery.of(features)
    rows: list[dict[str, Any]] = []
    for (variant, setting), values in _sweeps(features, usual).items():
        most = _fewest(features, values.values())
        numbers = {value: _numbers(features, name, most, gallery) for value, name in values.items()}
        smallest = next(iter(numbers.values()))
        for value, of_value in numbers.items():
            for metric in METRICS:
                if metric in of_value:
                    place = (variant, setting, value, metric_name(metric, features.extractor.name))
                    number, least = (
                        Trainings({0: one[metric]}, repeated=False) for one in (of_value, smallest)
                    )
                    score, gain = number.estimate(), number.minus(least).estimate()
                    ends = (gain.value, gain.low, gain.high)
                    row = (*place, score.value, score.low, score.high, *ends)
                    rows.append(dict(zip(_COLUMNS, row, strict=True)))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def draw_sweep(sweeps: pd.DataFrame, setting: str) -> Figure:
    """Draw identity and fidelity against a setting, a line for each variant, with intervals."""
    chosen = sweeps[sweeps["setting"] == setting]
    metrics = [metric for metric in _DRAWN if metric in set(chosen["metric"])]
    figure = new_figure(4.2 * len(metrics), 3.4)
    for position, metric in enumerate(metrics, start=1):
        axes = figure.add_subplot(1, len(metrics), position)
        rows = chosen[chosen["metric"] == metric]
        for number, (variant, line) in enumerate(rows.groupby("variant", sort=False)):
            color = _COLORS[number % len(_COLORS)]
            axes.plot(line["value"], line["score"], "o-", color=color, label=LABELS[str(variant)])
            axes.fill_between(
                line["value"], line["low"], line["high"], color=color, alpha=0.2, linewidth=0
            )
        axes.set(xlabel=SETTINGS[setting], ylabel=metric)
        axes.legend(fontsize=8)
    return figure


def sweep_findings(
    sweeps: pd.DataFrame, effects: Mapping[str, Tolerance], judge: str
) -> Iterator[str]:
    """Say what each setting does to identity and fidelity, from its smallest to its largest."""
    yield (
        f"The same weights, persons, prompts and noise, with other settings; {judge} measures "
        "identity. Intervals are over persons, so they are of these trained weights."
    )
    shown = sweeps[sweeps["metric"].isin(_DRAWN)]
    for (variant, setting, metric), line in shown.groupby(
        ["variant", "setting", "metric"], sort=False
    ):
        first, last = line.iloc[0], line.iloc[-1]
        gain = Estimate(last["gain"], last["gain_low"], last["gain_high"])
        scores = ", ".join(
            f"{score:.3f} at {value:g}"
            for value, score in zip(line["value"], line["score"], strict=True)
        )
        yield (
            f"{LABELS[str(variant)]}, {metric} by {SETTINGS[str(setting)]}: {scores}. "
            f"{last['value']:g} minus {first['value']:g}: {written(gain, 3, '+')}, "
            f"{_answer(gain, effects[str(metric)].size)}."
        )


def _answer(gain: Estimate, smallest: float) -> str:
    if gain.low > 0 and gain.value >= smallest:
        return "more helps"
    if gain.high < 0 and gain.value <= -smallest:
        return "more harms"
    if -smallest < gain.low and gain.high < smallest:
        return "no difference worth naming"
    return "undecided"


def _sweeps(
    features: Features, usual: Mapping[str, float]
) -> dict[tuple[str, str], dict[float, RowName]]:
    """Return the rows of each variant and setting by value, ascending.

    One photo, pooled, is the photo of the plain adapter.
    """
    sweeps: dict[tuple[str, str], dict[float, RowName]] = {}
    for name in map(RowName.parse, features.generated):
        for setting in SETTINGS:
            value = getattr(name, setting)
            if value is not None:
                sweeps.setdefault((name.variant, setting), {})[float(value)] = name
    for (_, setting), values in sweeps.items():
        variant = next(iter(values.values())).variant
        others = {float(usual[setting]): RowName(variant)}
        if setting == "references" and BY_NAME[variant].adapter == "ip_adapter":
            others[1.0] = RowName("ip_adapter")
        for value, name in others.items():
            if str(name) in features.generated:
                values.setdefault(value, name)
    return {place: dict(sorted(values.items())) for place, values in sweeps.items()}


def _numbers(features: Features, name: RowName, most: int, gallery: Gallery) -> Numbers:
    """Score the first images of each person: a sweep can have fewer than the other rows."""
    images, targets = row_images(features, name, gallery)
    order = pd.Series(images.persons).groupby(images.persons).cumcount().to_numpy()
    images, targets = images[order < most], targets[order < most]
    return {
        "kid": kernel_distances(gallery.photos, images, gallery.everyone),
        **identities(images, targets, gallery),
        **shares(images, gallery.everyone),
    }


def _fewest(features: Features, names: Iterable[RowName]) -> int:
    """Return the smallest number of images of a person in these rows."""
    counts = [Counter(features.generated[str(name)].persons) for name in names]
    return min(min(count.values()) for count in counts)
