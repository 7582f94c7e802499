"""What the paper does not say: findings in words, every number computed."""

from collections.abc import Iterator

import pandas as pd

from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.adversarial.detector import READINGS, SIGNED

_HALF = 0.5
_NEARLY_ALL = 0.95


def findings_text(
    curves: pd.DataFrame,
    controls: pd.DataFrame,
    thresholds: pd.DataFrame,
    published: pd.DataFrame,
    *,
    dataset: str,
) -> str:
    """Write the findings as Markdown.

    Parameters
    ----------
    curves, controls, thresholds
        Our tables.
    published
        The paper's curves.
    dataset
        The data set that was attacked.
    """
    sections = [
        ("The threshold is an integer overflow", _overflow(curves, thresholds)),
        ("Equation 3, taken literally", _signed(controls, thresholds)),
        ("The random start", _random_start(curves, controls)),
        ("The detector and plain noise", _noise(curves, controls)),
        (
            "How far we are from the published curves",
            _distance(curves, published, dataset),
        ),
    ]
    count = int(curves["n"].iloc[0])
    head = f"# Findings\n\nOn {count} test images of {dataset}.\n"
    return head + "".join(f"\n## {title}\n\n{' '.join(text)}\n" for title, text in sections)


def _overflow(curves: pd.DataFrame, thresholds: pd.DataFrame) -> Iterator[str]:
    written, published = (_threshold(thresholds, reading) for reading in READINGS)
    row = thresholds.set_index("reading").loc[PUBLISHED_READING]
    yield (
        "The released code keeps the variance of the neighbours in an array of the image's "
        "own type, so that on 8-bit training images the variance plus 5 is taken modulo 256."
    )
    yield (
        f"Computed in that way the threshold is {published:.6f}; the formula as written gives "
        f"{written:.6f}: the overflow raises it by {published / written - 1:+.1%}."
    )
    yield (
        f"{row['undefined']} of {row['n']} training images divide by zero on the way and have no "
        "score; the maximum passes over them."
    )
    tpr = curves[curves["epsilon"] > 0].pivot_table(
        index=["model", "epsilon"], columns="reading", values="tpr"
    )
    gap = tpr["as_written"] - tpr["as_published"]
    model, epsilon = gap.idxmax()
    yield (
        "The true positive rate of the two readings differs most on the "
        f"{model} network at epsilon {epsilon_label(epsilon)}: "
        f"{tpr.loc[(model, epsilon), 'as_written']:.3f} as written, "
        f"{tpr.loc[(model, epsilon), 'as_published']:.3f} as published."
    )


def _signed(controls: pd.DataFrame, thresholds: pd.DataFrame) -> Iterator[str]:
    signed = controls[controls["control"] == SIGNED]
    yield (
        "Equation 3 prints the sum of signed residuals. Without the absolute value the largest "
        f"score of the training images is {_threshold(thresholds, SIGNED):.6f}."
    )
    for model, rows in signed.groupby("model", sort=False):
        best = rows.loc[rows["tpr"].idxmax()]
        last = rows.sort_values("epsilon").iloc[-1]
        yield (
            f"On the {model} network its true positive rate is highest, {best['tpr']:.3f}, at "
            f"epsilon {epsilon_label(best['epsilon'])}, and {last['tpr']:.3f} at "
            f"{epsilon_label(last['epsilon'])}."
        )
    yield "The published curves rise to 1, so the absolute value must have been taken."


def _random_start(curves: pd.DataFrame, controls: pd.DataFrame) -> Iterator[str]:
    yield (
        "Equation 2 starts at the image itself. From there, steps whose sizes sum to 0.40 cannot "
        "leave that distance, and no larger epsilon changes anything."
    )
    without = controls[
        (controls["control"] == "zero_start") & (controls["reading"] == PUBLISHED_READING)
    ]
    for model, rows in without.groupby("model", sort=False):
        far = rows[rows["epsilon"] >= 0.4 - 1e-9]
        if far.empty:
            continue
        ours = curves[
            (curves["model"] == model)
            & (curves["reading"] == PUBLISHED_READING)
            & curves["epsilon"].isin(far["epsilon"])
        ]
        yield (
            f"On the {model} network the accuracy at epsilons {_list(far['epsilon'])} is "
            f"{_list(far['accuracy'], 3)} without a random start, and {_list(ours['accuracy'], 3)} "
            "with one."
        )
    yield "The published curves go on falling there, so the random start was on."


def _noise(curves: pd.DataFrame, controls: pd.DataFrame) -> Iterator[str]:
    noise = controls[(controls["control"] == "noise") & (controls["epsilon"] > 0)]
    yield (
        "The control adds uniform noise of the same epsilon to clean images and attacks nothing."
    )
    for reading, rows in noise.groupby("reading", sort=False):
        half, nearly = (_first(rows, share) for share in (_HALF, _NEARLY_ALL))
        yield f"Read {str(reading).replace('_', ' ')}, it is flagged {half} and {nearly}."
    attacks = curves[(curves["reading"] == PUBLISHED_READING) & (curves["epsilon"] > 0)]
    for model, rows in attacks.groupby("model", sort=False):
        yield f"Attacks on the {model} network are flagged {_first(rows, _HALF)}."
    yield (
        "So the detector finds disturbance, not attack: what the true positive rate measures is "
        "how smooth the attack's pattern is."
    )


def _distance(curves: pd.DataFrame, published: pd.DataFrame, dataset: str) -> Iterator[str]:
    ours = curves[curves["reading"] == PUBLISHED_READING]
    both = ours.merge(published, on=["model", "epsilon"], suffixes=("", "_published"))
    for model, rows in both[both["epsilon"] > 0].groupby("model", sort=False):
        parts = []
        for metric in ("accuracy", "tpr", "combined"):
            gap = rows[metric] - rows[f"{metric}_published"]
            worst = gap.abs().idxmax()
            parts.append(
                f"{metric} by {gap.abs().mean():.3f} on average and by {gap[worst]:+.3f} at most "
                f"(epsilon {epsilon_label(rows.loc[worst, 'epsilon'])})"
            )
        yield f"The {model} network differs from the published one in {'; '.join(parts)}."
    if dataset == "mnist":
        yield (
            "The attack and the detector are the published ones; where our networks are trained "
            "for a shorter time than the released ones their attacks are rougher, are found at a "
            "smaller epsilon, and a less robust network falls earlier."
        )
    else:
        yield f"These distances only describe {dataset}: the paper attacked mnist."


def _threshold(thresholds: pd.DataFrame, reading: str) -> float:
    return float(thresholds.set_index("reading").at[reading, "threshold"])


def _first(rows: pd.DataFrame, share: float) -> str:
    """From which epsilon on at least a share is flagged, in words."""
    reached = rows[rows["detected"] >= share]
    if reached.empty:
        return f"never as often as {share:.0%}"
    return f"at {share:.0%} or more from epsilon {epsilon_label(reached['epsilon'].min())} on"


def _list(values: "pd.Series[float]", decimals: int = 2) -> str:
    return ", ".join(f"{value:.{decimals}f}" for value in values)
