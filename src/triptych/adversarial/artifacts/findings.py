"""Findings that the paper does not report, in words; every number is computed."""

from collections.abc import Iterator, Mapping

import pandas as pd

from triptych.adversarial.artifacts import adaptive as aware
from triptych.adversarial.artifacts.convergence import convergence_findings
from triptych.adversarial.artifacts.lengths import length_findings
from triptych.adversarial.artifacts.roc import roc_findings
from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.adversarial.artifacts.worst_case import worst_case_findings
from triptych.adversarial.detector import READINGS, SIGNED

_HALF = 0.5
_NEARLY_ALL = 0.95
_ROUNDING = 1e-9


def findings_text(
    curves: pd.DataFrame,
    controls: pd.DataFrame,
    adaptive: pd.DataFrame,
    thresholds: pd.DataFrame,
    published: pd.DataFrame,
    auc: pd.DataFrame,
    *,
    recipes: Mapping[str, str],
    steps: int,
    reach: float,
    dataset: str,
    class_share: float,
    convergence: pd.DataFrame | None = None,
    training_length: pd.DataFrame | None = None,
) -> str:
    """Write the findings as Markdown.

    Parameters
    ----------
    recipes
        The recipe of each network, in words.
    steps, reach
        Number of steps of the attack, and their sum.
    class_share
        Share of the most frequent class of the test set.
    convergence
        How the attack converges; None if it was not checked.
    training_length
        Trainings of several lengths and seeds, if there are any.
    """
    worst_case = worst_case_findings(curves, published, class_share=class_share, dataset=dataset)
    sections = [
        ("The threshold is an integer overflow", _overflow(curves, thresholds)),
        ("Equation 3, taken literally", _signed(curves, controls, thresholds)),
        ("The random start", _random_start(curves, controls, published, reach)),
        ("The detector and plain noise", _noise(curves, controls)),
        ("An attacker who knows the detector", aware.findings(curves, adaptive)),
        ("One percent of false positives", roc_findings(auc, curves)),
        ("Distance from the published curves", _distance(curves, published, dataset)),
        ("The combined curve as a worst case", worst_case),
    ]
    if convergence is not None:
        checked = convergence_findings(convergence, adaptive, steps)
        sections.append(("Convergence, and an attack without gradients", checked))
    if training_length is not None:
        sections.append(("Training length and seed", length_findings(training_length)))
    count = int(curves["n"].iloc[0])
    networks = "; ".join(f"{model}: {recipe}" for model, recipe in recipes.items())
    head = f"# Findings\n\nOn {count} test images of {dataset}. Networks: {networks}.\n"
    head += (
        "The true positive rate is the share of all images that are misclassified and flagged. "
        "An image is flagged if its score is above the threshold.\n"
    )
    return head + "".join(f"\n## {title}\n\n{' '.join(text)}\n" for title, text in sections)


def _overflow(curves: pd.DataFrame, thresholds: pd.DataFrame) -> Iterator[str]:
    written, published = (_threshold(thresholds, reading) for reading in READINGS)
    row = thresholds[thresholds["reading"] == PUBLISHED_READING].to_dict("records")[0]
    yield (
        "The released code stores the variance of the neighbors in an array of the image's type. "
        "On 8-bit training images the variance plus 5 is therefore taken modulo 256."
    )
    yield (
        f"With this overflow the threshold is {published:.6f}; the formula as written gives "
        f"{written:.6f}. The overflow changes it by {published / written - 1:+.1%}."
    )
    yield (
        f"For {row['undefined']} of {row['n']} training images the code divides by zero: they have "
        "no score, and the maximum ignores them."
    )
    tpr = curves[curves["epsilon"] > 0].pivot_table(
        index=["model", "epsilon"], columns="reading", values="tpr"
    )
    gap = tpr["as_written"] - tpr["as_published"]
    model, epsilon = gap.abs().idxmax()
    yield (
        f"The true positive rates of both readings differ most on the {model} network at "
        f"epsilon {epsilon_label(epsilon)}: {tpr.loc[(model, epsilon), 'as_written']:.3f} as "
        f"written, {tpr.loc[(model, epsilon), 'as_published']:.3f} as published."
    )


def _signed(
    curves: pd.DataFrame, controls: pd.DataFrame, thresholds: pd.DataFrame
) -> Iterator[str]:
    yield (
        "Equation 3 prints the sum of signed residuals. Without the absolute value the largest "
        f"score of the training images is {_threshold(thresholds, SIGNED):.6f}."
    )
    signed = controls[controls["control"] == SIGNED]
    for model, rows in signed.groupby("model", sort=False):
        both = rows.merge(_attacked(curves, model), on="epsilon", suffixes=("", "_absolute"))
        gap = (both["tpr_absolute"] - both["tpr"]).abs()
        worst = both.loc[gap.idxmax()]
        yield (
            f"On the {model} network its highest true positive rate is {rows['tpr'].max():.3f}. "
            "The largest difference from the detector with the absolute value is at epsilon "
            f"{epsilon_label(worst['epsilon'])}: {worst['tpr']:.3f} instead of "
            f"{worst['tpr_absolute']:.3f}."
        )


def _random_start(
    curves: pd.DataFrame, controls: pd.DataFrame, published: pd.DataFrame, reach: float
) -> Iterator[str]:
    yield (
        f"Equation 2 starts at the image itself. The steps of the attack sum to {reach:.2f}: it "
        "cannot go farther, and a larger epsilon changes nothing."
    )
    without = controls[
        (controls["control"] == "zero_start") & (controls["reading"] == PUBLISHED_READING)
    ]
    for model, rows in without.groupby("model", sort=False):
        far = rows[rows["epsilon"] >= reach - _ROUNDING]
        both = far.merge(_attacked(curves, model), on="epsilon", suffixes=("", "_with"))
        both = both.merge(published[published["model"] == model], on="epsilon", how="left")
        if len(both) < 2:
            continue
        yield (
            f"On the {model} network the accuracy at epsilons {_list(both['epsilon'], 2)} is "
            f"{_list(both['accuracy_x'])} without a random start, {_list(both['accuracy_with'])} "
            f"with one, and {_list(both['accuracy_y'])} in the paper."
        )


def _noise(curves: pd.DataFrame, controls: pd.DataFrame) -> Iterator[str]:
    noise = controls[(controls["control"] == "noise") & (controls["epsilon"] > 0)]
    yield "The control adds uniform noise of the same epsilon to clean images, without an attack."
    for reading, rows in noise.groupby("reading", sort=False):
        half, nearly = (_first(rows, share) for share in (_HALF, _NEARLY_ALL))
        yield f"In the reading {str(reading).replace('_', ' ')} it is flagged {half}, and {nearly}."
    plain = noise[noise["reading"] == PUBLISHED_READING].set_index("epsilon")["detected"]
    for model in curves["model"].unique():
        attacked = _attacked(curves, model).set_index("epsilon")
        share = float((plain >= attacked["detected"].reindex(plain.index)).mean())
        yield (
            f"Attacks on the {model} network, successful or not, are flagged "
            f"{_first(attacked.reset_index(), _HALF)}. At {share:.0%} of the epsilons the noise "
            "is flagged at least as often as the attack."
        )


def _distance(curves: pd.DataFrame, published: pd.DataFrame, dataset: str) -> Iterator[str]:
    for model in curves["model"].unique():
        printed = published[published["model"] == model]
        rows = _attacked(curves, model).merge(printed, on="epsilon", suffixes=("", "_published"))
        parts = []
        for metric in ("accuracy", "tpr", "combined") if len(rows) else ():
            gap = rows[metric] - rows[f"{metric}_published"]
            worst = gap.abs().idxmax()
            parts.append(
                f"{metric} by {gap.abs().mean():.3f} on average and by {gap[worst]:+.3f} at most "
                f"(epsilon {epsilon_label(rows.loc[worst, 'epsilon'])})"
            )
        if parts:
            yield f"The {model} network differs from the published one in {'; '.join(parts)}."
    if dataset == "mnist":
        yield (
            "Attack and detector are those of the paper. The networks, the draws of the random "
            "start and the number of images differ."
        )
    else:
        yield f"These distances describe {dataset} only: the paper attacked mnist."


def _attacked(curves: pd.DataFrame, model: object) -> pd.DataFrame:
    """Return the attacked points of one network in the reading of the published code."""
    return curves[
        (curves["model"] == model)
        & (curves["reading"] == PUBLISHED_READING)
        & (curves["epsilon"] > 0)
    ]


def _threshold(thresholds: pd.DataFrame, reading: str) -> float:
    return float(thresholds.set_index("reading").at[reading, "threshold"])


def _first(rows: pd.DataFrame, share: float) -> str:
    """Return in words the epsilon from which at least a share is always flagged."""
    ordered = rows.sort_values("epsilon")
    below = ordered.loc[ordered["detected"] < share, "epsilon"]
    reached = ordered if below.empty else ordered[ordered["epsilon"] > below.max()]
    if reached.empty:
        return f"at {share:.0%} or more from no epsilon on"
    return f"at {share:.0%} or more from epsilon {epsilon_label(reached['epsilon'].min())} on"


def _list(values: "pd.Series[float]", decimals: int = 3) -> str:
    return ", ".join("none" if pd.isna(v) else f"{v:.{decimals}f}" for v in values)
