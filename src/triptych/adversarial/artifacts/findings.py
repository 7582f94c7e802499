"""What the paper does not say: findings in words, every number computed."""

from collections.abc import Iterator, Mapping

import pandas as pd

from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.adversarial.detector import READINGS, SIGNED

_HALF = 0.5
_NEARLY_ALL = 0.95
_ROUNDING = 1e-9


def findings_text(
    curves: pd.DataFrame,
    controls: pd.DataFrame,
    thresholds: pd.DataFrame,
    published: pd.DataFrame,
    *,
    recipes: Mapping[str, str],
    reach: float,
    dataset: str,
) -> str:
    """Write the findings as Markdown.

    Parameters
    ----------
    curves, controls, thresholds
        Our tables.
    published
        The paper's curves.
    recipes
        How each network came to be, in words.
    reach
        How far the steps of the attack go in all.
    dataset
        The data set that was attacked.
    """
    sections = [
        ("The threshold is an integer overflow", _overflow(curves, thresholds)),
        ("Equation 3, taken literally", _signed(curves, controls, thresholds)),
        ("The random start", _random_start(curves, controls, published, reach)),
        ("The detector and plain noise", _noise(curves, controls)),
        (
            "How far we are from the published curves",
            _distance(curves, published, dataset),
        ),
    ]
    count = int(curves["n"].iloc[0])
    made = "; ".join(f"{model}: {recipe}" for model, recipe in recipes.items())
    head = f"# Findings\n\nOn {count} test images of {dataset}. Networks: {made}.\n"
    head += (
        "True positive rate is the share of all images that are misclassified and flagged; "
        "flagged alone counts every image above the threshold.\n"
    )
    return head + "".join(f"\n## {title}\n\n{' '.join(text)}\n" for title, text in sections)


def _overflow(curves: pd.DataFrame, thresholds: pd.DataFrame) -> Iterator[str]:
    written, published = (_threshold(thresholds, reading) for reading in READINGS)
    row = thresholds[thresholds["reading"] == PUBLISHED_READING].to_dict("records")[0]
    yield (
        "The released code keeps the variance of the neighbours in an array of the image's "
        "own type, so that on 8-bit training images the variance plus 5 is taken modulo 256."
    )
    yield (
        f"Computed in that way the threshold is {published:.6f}; the formula as written gives "
        f"{written:.6f}: the overflow changes it by {published / written - 1:+.1%}."
    )
    yield (
        f"{row['undefined']} of {row['n']} training images divide by zero on the way and have no "
        "score; the maximum passes over them."
    )
    tpr = curves[curves["epsilon"] > 0].pivot_table(
        index=["model", "epsilon"], columns="reading", values="tpr"
    )
    gap = tpr["as_written"] - tpr["as_published"]
    model, epsilon = gap.abs().idxmax()
    yield (
        f"The true positive rate of the two readings differs most on the {model} network at "
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
        both = rows.merge(_ours(curves, model), on="epsilon", suffixes=("", "_absolute"))
        gap = (both["tpr_absolute"] - both["tpr"]).abs()
        worst = both.loc[gap.idxmax()]
        yield (
            f"On the {model} network its true positive rate is {rows['tpr'].max():.3f} at best; "
            f"it is furthest from the detector with the absolute value at epsilon "
            f"{epsilon_label(worst['epsilon'])}: {worst['tpr']:.3f} against "
            f"{worst['tpr_absolute']:.3f}."
        )


def _random_start(
    curves: pd.DataFrame, controls: pd.DataFrame, published: pd.DataFrame, reach: float
) -> Iterator[str]:
    yield (
        f"Equation 2 starts at the image itself. The steps of the attack sum to {reach:.2f}: from "
        "there it gets no farther, and no larger epsilon changes anything."
    )
    without = controls[
        (controls["control"] == "zero_start") & (controls["reading"] == PUBLISHED_READING)
    ]
    for model, rows in without.groupby("model", sort=False):
        far = rows[rows["epsilon"] >= reach - _ROUNDING]
        both = far.merge(_ours(curves, model), on="epsilon", suffixes=("", "_with"))
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
    yield "The control adds uniform noise of the same epsilon to clean images and attacks nothing."
    for reading, rows in noise.groupby("reading", sort=False):
        half, nearly = (_first(rows, share) for share in (_HALF, _NEARLY_ALL))
        yield f"Read {str(reading).replace('_', ' ')}, it is flagged {half}, and {nearly}."
    plain = noise[noise["reading"] == PUBLISHED_READING].set_index("epsilon")["detected"]
    for model in curves["model"].unique():
        attacked = _ours(curves, model).set_index("epsilon")
        share = float((plain >= attacked["detected"].reindex(plain.index)).mean())
        yield (
            f"Attacks on the {model} network, whether they succeed or not, are flagged "
            f"{_first(attacked.reset_index(), _HALF)}; at {share:.0%} of the epsilons the noise "
            "is flagged at least as often as the attack."
        )


def _distance(curves: pd.DataFrame, published: pd.DataFrame, dataset: str) -> Iterator[str]:
    for model in curves["model"].unique():
        theirs = published[published["model"] == model]
        rows = _ours(curves, model).merge(theirs, on="epsilon", suffixes=("", "_published"))
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
            "Attack and detector are those of the paper; what differs is the networks, which came "
            "to be as said above, the draws of the random start, and the number of images."
        )
    else:
        yield f"These distances only describe {dataset}: the paper attacked mnist."


def _ours(curves: pd.DataFrame, model: object) -> pd.DataFrame:
    """The attacked points of one network in the reading of the published code."""
    return curves[
        (curves["model"] == model)
        & (curves["reading"] == PUBLISHED_READING)
        & (curves["epsilon"] > 0)
    ]


def _threshold(thresholds: pd.DataFrame, reading: str) -> float:
    return float(thresholds.set_index("reading").at[reading, "threshold"])


def _first(rows: pd.DataFrame, share: float) -> str:
    """From which epsilon on at least a share is flagged, and never less again, in words."""
    ordered = rows.sort_values("epsilon")
    below = ordered.loc[ordered["detected"] < share, "epsilon"]
    reached = ordered if below.empty else ordered[ordered["epsilon"] > below.max()]
    if reached.empty:
        return f"never lastingly as often as {share:.0%}"
    return f"at {share:.0%} or more from epsilon {epsilon_label(reached['epsilon'].min())} on"


def _list(values: "pd.Series[float]", decimals: int = 3) -> str:
    return ", ".join("none" if pd.isna(v) else f"{v:.{decimals}f}" for v in values)
