"""Findings that the paper does not report, in words; every number is computed."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from triptych.segmentation.artifacts.audit import ALLOWED_GAP, audit_means, class_columns
from triptych.segmentation.artifacts.tables import PAPER_DATASETS, spelled
from triptych.segmentation.raw import ALTERNATIVES

# By table of the paper: table1, table2.
Tables = Mapping[str, pd.DataFrame]


def findings_text(
    published: Tables,
    mmsegmentation: pd.DataFrame,
    iou: Tables,
    comparisons: Tables,
    *,
    datasets: Mapping[str, str],
    differences: Sequence[str],
) -> str:
    """Write the findings as Markdown.

    Parameters
    ----------
    mmsegmentation
        Scores of the same single networks in mmsegmentation: dataset, network, config, crop,
        schedule, miou.
    datasets, differences
        The data set that was scored, by table; differences from the paper's setting, a sentence
        each.
    """
    sections = [
        ("The means of Table 1", _means(published["table1"])),
        ("The effect of one class", _one_class(published["table1"])),
        ("Where cooperation does not help in the paper", _losses(published)),
        ("The order of the methods in this run", _orders(comparisons, datasets)),
        ("The outputs of cooperating networks", _outputs(iou, datasets)),
        ("The paper's baselines and mmsegmentation", _baselines(published, mmsegmentation)),
        ("Differences from the paper's setting", iter(differences or ["None."])),
    ]
    ran = ", ".join(f"{dataset} for Table {table[-1]}" for table, dataset in datasets.items())
    head = (
        f"# Findings\n\nAll numbers are percent or percentage points. Scored: {ran or 'nothing'}.\n"
    )
    return head + "".join(f"\n## {title}\n\n{' '.join(text)}\n" for title, text in sections)


def _means(table1: pd.DataFrame) -> Iterator[str]:
    audit = audit_means(table1)
    classes = class_columns(table1)
    yield (
        f"Each printed mean is compared with the mean of its {len(classes)} printed classes. "
        f"Rounding explains a gap of {ALLOWED_GAP:.2f}. {audit['agrees'].sum()} of {len(audit)} "
        "rows agree."
    )
    for row in audit[~audit["agrees"]].to_dict("records"):
        yield (
            f"{_model(row)}: the printed mean is {row['printed']:.1f}, its classes give "
            f"{row['recomputed']:.2f} ({row['gap']:+.2f})."
        )
    for network, rows in audit.groupby("network", sort=False):
        by_method = rows.set_index("method")[["printed", "recomputed"]]
        gain = by_method.loc["same_layer"] - by_method.loc["single"]
        yield (
            f"For {spelled(str(network))} the same layer gains {gain['printed']:+.2f} over the "
            f"single network by the printed means and {gain['recomputed']:+.2f} by the classes."
        )


def _one_class(table1: pd.DataFrame) -> Iterator[str]:
    classes = class_columns(table1)
    ranges = table1.groupby("network")[classes].agg(lambda values: values.max() - values.min())
    name = ranges.max().idxmax()
    yield (
        f"The class {name} differs most between the methods of a network: by "
        f"{ranges[name].max():.1f} on {spelled(ranges[name].idxmax())}."
    )
    for network, rows in table1.groupby("network", sort=False):
        by_method = rows.set_index("method")[classes]
        with_it, without = (
            by_method[chosen].mean(axis=1)
            for chosen in (classes, [c for c in classes if c != name])
        )
        same = _ranking(with_it).index.equals(_ranking(without).index)
        yield (
            f"{spelled(str(network))}, mean of all classes: {_listed(with_it)}; without {name}: "
            f"{_listed(without)}. The order {'stays' if same else 'changes'}."
        )


def _losses(published: Tables) -> Iterator[str]:
    for table, printed in published.items():
        for network, rows in printed.groupby("network", sort=False):
            means = rows.set_index("method")["miou"]
            for method in means.index[means < means["single"]]:
                yield (
                    f"In Table {table[-1]} {spelled(str(network))}, {spelled(method)} has "
                    f"{means[method]:.2f}, below the single network's {means['single']:.2f}."
                )
            for method in ("same_layer", "multiple_layer"):
                if means["single"] <= means[method] < means["ensemble"]:
                    yield (
                        f"In Table {table[-1]} {spelled(str(network))}, {spelled(method)} has "
                        f"{means[method]:.2f}, below the ensemble's {means['ensemble']:.2f}."
                    )
    yield "All others are at or above their single network. The paper prints no spread over seeds."


def _orders(comparisons: Tables, datasets: Mapping[str, str]) -> Iterator[str]:
    yield (
        "Differences of mIoU with paired 95 % intervals. An interval that contains zero "
        "decides nothing."
    )
    for table, gaps in comparisons.items():
        decided = ((gaps["low"] > 0) | (gaps["high"] < 0)).sum()
        yield f"On {datasets[table]} {decided} of {len(gaps)} are decided."
        for row in gaps.to_dict("records"):
            yield (
                f"{spelled(row['network'])}, {spelled(row['larger'])} minus "
                f"{spelled(row['smaller'])}: {row['difference']:+.2f} "
                f"({row['low']:+.2f} to {row['high']:+.2f})."
            )


def _outputs(iou: Tables, datasets: Mapping[str, str]) -> Iterator[str]:
    yield (
        "The method's result is the output of the bottom network. The top network and the mean of "
        "both softmaxes are scored too."
    )
    columns = ["miou", *(f"miou_{name}" for name in ALTERNATIVES)]
    for table, scores in iou.items():
        cooperating = scores.dropna(subset=columns)
        for model, rows in cooperating.groupby(["network", "method"], sort=False):
            bottom, top, both = (100 * rows[columns]).mean()
            yield (
                f"On {datasets[table]} {spelled(model[0])}, {spelled(model[1])}: bottom "
                f"{bottom:.2f}, top {top:.2f} ({top - bottom:+.2f}), mean of both {both:.2f} "
                f"({both - bottom:+.2f}); seeds: {len(rows)}."
            )


def _baselines(published: Tables, mmsegmentation: pd.DataFrame) -> Iterator[str]:
    yield (
        "mmsegmentation scores whole images or sliding windows at one scale without flip. The "
        "paper scores the center crop of VOC's images, which is easier."
    )
    elsewhere = mmsegmentation[mmsegmentation["config"].str.startswith("r101")]
    for table, printed in published.items():
        for network, rows in printed.groupby("network", sort=False):
            reached = elsewhere[
                (elsewhere["dataset"] == PAPER_DATASETS[table]) & (elsewhere["network"] == network)
            ]["miou"]
            means = rows.set_index("method")["miou"]
            best = means.idxmax()
            place = (
                "below all of these values"
                if means[best] < reached.min()
                else "above all of these values"
                if means[best] > reached.max()
                else "among these values"
            )
            yield (
                f"On {PAPER_DATASETS[table]} the paper's single {spelled(str(network))} has "
                f"{means['single']:.2f}; mmsegmentation reaches {reached.min():.2f} to "
                f"{reached.max():.2f} with ResNet-101 ({reached.min() - means['single']:+.2f} to "
                f"{reached.max() - means['single']:+.2f}). The paper's best, {spelled(best)}, has "
                f"{means[best]:.2f}, {place}."
            )


def _model(row: Mapping[str, str]) -> str:
    return f"{spelled(row['network'])}, {spelled(row['method'])}"


def _ranking(means: "pd.Series[float]") -> "pd.Series[float]":
    return means.sort_values(ascending=False, kind="stable")


def _listed(means: "pd.Series[float]") -> str:
    return ", ".join(f"{spelled(str(m))} {value:.2f}" for m, value in _ranking(means).items())
