"""Findings that the paper does not report, in words; every number is computed."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from triptych.segmentation.artifacts.orders import cooperation_sentence, differences_text
from triptych.segmentation.artifacts.tables import (
    PAPER_DATASETS,
    class_columns,
    recomputed_means,
    spelled,
)

# By table of the paper: table1, table2.
Tables = Mapping[str, pd.DataFrame]


def findings_text(
    published: Tables,
    mmsegmentation: pd.DataFrame,
    iou: Tables,
    comparisons: Tables,
    *,
    datasets: Mapping[str, str],
    validations: pd.DataFrame,
    selections: Sequence[str],
    differences: Sequence[str],
) -> str:
    """Write the findings as Markdown.

    Parameters
    ----------
    mmsegmentation
        Scores of the same single networks in mmsegmentation: dataset, network, config, crop,
        schedule, miou.
    datasets
        The data set that was scored, by table.
    validations
        Best and last validation mIoU of each training: dataset, network, member, seed, best,
        last.
    selections, differences
        Which weights were scored; differences from the paper's setting. A sentence each.
    """
    answers = [cooperation_sentence(gaps, datasets[table]) for table, gaps in comparisons.items()]
    orders = [differences_text(gaps, datasets[table]) for table, gaps in comparisons.items()]
    sections = [
        ("Does cooperation beat the ensemble?", iter(answers or ["Nothing was run."])),
        ("The means of Table 1", _means(published["table1"])),
        ("The effect of one class", _one_class(published["table1"])),
        ("Where cooperation does not help in the paper", _losses(published)),
        ("The order of the methods in this run", iter(["\n\n".join(orders) or "Nothing was run."])),
        ("The outputs of cooperating networks", _outputs(iou, datasets)),
        ("The paper's baselines and mmsegmentation", _baselines(published, mmsegmentation)),
        ("The choice of the weights", _choices(selections, validations)),
        ("Differences from the paper's setting", iter(differences or ["None."])),
    ]
    ran = ", ".join(f"{dataset} for Table {table[-1]}" for table, dataset in datasets.items())
    head = (
        f"# Findings\n\nAll numbers are percent or percentage points. Scored: {ran or 'nothing'}.\n"
    )
    return head + "".join(f"\n## {title}\n\n{' '.join(text)}\n" for title, text in sections)


def _means(table1: pd.DataFrame) -> Iterator[str]:
    audit = recomputed_means(table1)
    classes = class_columns(table1)
    yield (
        f"Each printed mean is compared with the mean of its {len(classes)} printed classes. "
        f"A row agrees if rounding can explain the gap: {audit['agrees'].sum()} of {len(audit)} "
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


def _outputs(iou: Tables, datasets: Mapping[str, str]) -> Iterator[str]:
    yield (
        "The method's result is the output of the bottom network. The top network and the mean of "
        "both softmaxes are scored too."
    )
    columns = ["miou", "miou_top", "miou_mean_of_both"]
    for table, scores in iou.items():
        cooperating = scores.dropna(subset=columns)
        for model, rows in cooperating.groupby(["network", "method"], sort=False):
            bottom, top, both = (100 * rows[columns]).mean()
            seeds = ", ".join(map(str, rows["seed"]))
            yield (
                f"On {datasets[table]} {spelled(model[0])}, {spelled(model[1])}: bottom "
                f"{bottom:.2f}, top {top:.2f} ({top - bottom:+.2f}), mean of both {both:.2f} "
                f"({both - bottom:+.2f}); seeds {seeds}."
            )


def _choices(selections: Sequence[str], validations: pd.DataFrame) -> Iterator[str]:
    """Print the validation of the last weights beside the best."""
    yield from selections or ["Nothing was run."]
    if len(validations):
        yield "Validation mIoU of the best and of the last weights, means over the seeds:"
    for (dataset, network, member), rows in validations.groupby(
        ["dataset", "network", "member"], sort=False
    ):
        best, last = rows["best"].mean(), rows["last"].mean()
        seeds = ", ".join(rows["seed"])
        yield (
            f"{dataset}, {spelled(network)}, {spelled(member)}: best {best:.2f}, last {last:.2f} "
            f"({last - best:+.2f}; seeds {seeds})."
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
