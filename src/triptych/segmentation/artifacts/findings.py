"""What the paper does not say: findings in words, every number computed."""

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
    published
        The paper's tables.
    mmsegmentation
        What the same single networks reach elsewhere: dataset, network, config, crop,
        schedule, miou.
    iou, comparisons
        Our tables, of the benchmarks that were run.
    datasets
        What we scored, by table.
    differences
        How our setting differs from the paper's, a sentence each.
    """
    sections = [
        ("The means of Table 1", _means(published["table1"])),
        ("What one class decides", _one_class(published["table1"])),
        ("Where cooperation does not help in the paper", _losses(published)),
        ("The order of the methods in our run", _orders(comparisons, datasets)),
        ("The outputs of cooperating networks", _outputs(iou, datasets)),
        ("The paper's baselines and mmsegmentation", _baselines(published, mmsegmentation)),
        ("How our setting differs", iter(differences or ["It does not differ."])),
    ]
    ran = ", ".join(f"{dataset} for Table {table[-1]}" for table, dataset in datasets.items())
    head = f"# Findings\n\nAll numbers are percent or points of it. Scored: {ran or 'nothing'}.\n"
    return head + "".join(f"\n## {title}\n\n{' '.join(text)}\n" for title, text in sections)


def _means(table1: pd.DataFrame) -> Iterator[str]:
    audit = audit_means(table1)
    classes = class_columns(table1)
    yield (
        f"Each printed mean is held against the mean of its {len(classes)} printed classes; "
        f"rounding explains a gap of {ALLOWED_GAP:.2f}. {audit['agrees'].sum()} of {len(audit)} "
        "rows agree."
    )
    for row in audit[~audit["agrees"]].to_dict("records"):
        yield (
            f"{_model(row)} prints {row['printed']:.1f}, its classes give "
            f"{row['recomputed']:.2f} ({row['gap']:+.2f})."
        )
    for network, rows in audit.groupby("network", sort=False):
        by_method = rows.set_index("method")[["printed", "recomputed"]]
        gain = by_method.loc["same_layer"] - by_method.loc["single"]
        yield (
            f"On {spelled(str(network))} the same layer gains {gain['printed']:+.2f} over the "
            f"single network by the printed means and {gain['recomputed']:+.2f} by the classes."
        )


def _one_class(table1: pd.DataFrame) -> Iterator[str]:
    classes = class_columns(table1)
    ranges = table1.groupby("network")[classes].agg(lambda values: values.max() - values.min())
    name = ranges.max().idxmax()
    yield (
        f"No class differs more between the methods of a network than {name}: by "
        f"{ranges[name].max():.1f} on {spelled(ranges[name].idxmax())}."
    )
    for network, rows in table1.groupby("network", sort=False):
        by_method = rows.set_index("method")[classes]
        with_it, without = (
            by_method[kept].mean(axis=1) for kept in (classes, [c for c in classes if c != name])
        )
        same = _ranking(with_it).index.equals(_ranking(without).index)
        yield (
            f"{spelled(str(network))}, mean of all classes: {_listed(with_it)}; without {name}: "
            f"{_listed(without)}: the order {'stays' if same else 'changes'}."
        )


def _losses(published: Tables) -> Iterator[str]:
    for table, printed in published.items():
        for network, rows in printed.groupby("network", sort=False):
            means = rows.set_index("method")["miou"]
            for method in means.index[means < means["single"]]:
                yield (
                    f"In Table {table[-1]} {spelled(str(network))}, {spelled(method)} stands at "
                    f"{means[method]:.2f}, below the single network's {means['single']:.2f}."
                )
            for method in ("same_layer", "multiple_layer"):
                if means["single"] <= means[method] < means["ensemble"]:
                    yield (
                        f"In Table {table[-1]} {spelled(str(network))}, {spelled(method)} stands "
                        f"at {means[method]:.2f}, below the ensemble's {means['ensemble']:.2f}."
                    )
    yield "All others are at or above their single network; no spread over seeds is printed."


def _orders(comparisons: Tables, datasets: Mapping[str, str]) -> Iterator[str]:
    yield (
        "Differences of mIoU with paired 95 % intervals; an interval that contains zero "
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
        "The method's result is the output of the bottom network; the top one and the mean of "
        "both softmaxes are scored beside it."
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
        "mmsegmentation scores whole images or sliding windows at one scale without flip; the "
        "paper scores the centre crop of VOC's images, which is easier."
    )
    elsewhere = mmsegmentation[mmsegmentation["config"].str.startswith("r101")]
    for table, printed in published.items():
        for network, rows in printed.groupby("network", sort=False):
            theirs = elsewhere[
                (elsewhere["dataset"] == PAPER_DATASETS[table]) & (elsewhere["network"] == network)
            ]["miou"]
            means = rows.set_index("method")["miou"]
            best = means.idxmax()
            place = (
                "below all of these"
                if means[best] < theirs.min()
                else "above all of these"
                if means[best] > theirs.max()
                else "among these"
            )
            yield (
                f"On {PAPER_DATASETS[table]} the paper's single {spelled(str(network))} has "
                f"{means['single']:.2f}; mmsegmentation reaches {theirs.min():.2f} to "
                f"{theirs.max():.2f} with ResNet-101 ({theirs.min() - means['single']:+.2f} to "
                f"{theirs.max() - means['single']:+.2f}). The paper's best, {spelled(best)}, has "
                f"{means[best]:.2f}, {place}."
            )


def _model(row: Mapping[str, str]) -> str:
    return f"{spelled(row['network'])}, {spelled(row['method'])}"


def _ranking(means: "pd.Series[float]") -> "pd.Series[float]":
    return means.sort_values(ascending=False, kind="stable")


def _listed(means: "pd.Series[float]") -> str:
    return ", ".join(f"{spelled(str(m))} {value:.2f}" for m, value in _ranking(means).items())
