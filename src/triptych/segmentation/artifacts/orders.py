"""The order of the methods in words: does cooperation beat the ensemble, and every difference."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from triptych.segmentation.artifacts.tables import spelled

VERDICT_WORDS = {
    "supported": "supported",
    "not_supported": "contradicted",
    "undecided": "undecided",
}
_KINDS = {
    "primary": "Primary differences, named before the run; Holm's correction for all of them",
    "secondary": "Other differences that the paper claims; Holm's correction for all of them",
    "control": "Differences that tell what else explains a gain; not corrected",
    "null_comparison": "Null comparison: two trainings of the same single network",
}
_METHOD = (
    "The standard error of a difference joins the trainings, s²/n over paired seeds, and the"
    " images, by a bootstrap of the mean difference; the interval has 95 % by Student's t with"
    " Satterthwaite's degrees of freedom. Fewer than three seeds decide nothing; with one seed the"
    " interval covers the images alone."
)


def cooperation_sentence(gaps: pd.DataFrame, dataset: str) -> str:
    """Answer in one sentence whether cooperation beats the ensemble on a data set.

    Parameters
    ----------
    gaps
        The table of :func:`~triptych.segmentation.artifacts.scores.comparisons_table`.
    """
    rows = gaps[(gaps["kind"] == "primary") & (gaps["smaller"] == "ensemble")].to_dict("records")
    if not rows:
        return f"On {dataset} this run has no cooperating network beside an ensemble."
    counts = Counter(row["verdict"] for row in rows)
    shares = ", ".join(f"{counts[name]} {word}" for name, word in VERDICT_WORDS.items())
    numbers = "; ".join(f"{_pair(row)} {_interval(row)}, {row['reason']}" for row in rows)
    scenes = "; drawn scenes say nothing on the paper's claim" if _drawn(dataset) else ""
    return (
        f"On {dataset} {_answer(counts)}: of {len(rows)} differences {shares} ({_seeds(rows)}):"
        f" {numbers}{scenes}."
    )


def _answer(counts: Mapping[str, int]) -> str:
    if not counts["supported"]:
        if counts["not_supported"]:
            return "cooperation does not beat the ensemble"
        return "it is undecided whether cooperation beats the ensemble"
    if counts["not_supported"]:
        return "cooperation beats the ensemble in some cases and loses in others"
    return "cooperation beats the ensemble" + (" in part" if counts["undecided"] else "")


def differences_text(gaps: pd.DataFrame, dataset: str) -> str:
    """List every difference on a data set with its interval, verdict and null comparison."""
    if gaps.empty:
        return f"On {dataset} no two methods of a network were run."
    drawn = gaps["images"].iloc[0]
    if "sequence" in drawn:
        drawn += ": new sequences are covered" if "whole" in drawn else ": new ones are not covered"
    blocks = [f"On {dataset}, points of mIoU, {drawn}. {_METHOD}"]
    for kind, title in _KINDS.items():
        rows = gaps[gaps["kind"] == kind].to_dict("records")
        if rows:
            blocks.append("\n".join([f"{title}:\n", *(f"- {_line(row)}" for row in rows)]))
    return "\n\n".join(blocks)


def _line(row: Mapping[str, Any]) -> str:
    text = f"{_pair(row)}: {_interval(row)}; {_seeds([row])}; {VERDICT_WORDS[row['verdict']]}"
    text += f" ({row['reason']})"
    if row["kind"] == "null_comparison":
        return f"{text}."
    if pd.isna(row["null"]):
        return f"{text}; null comparison not scored."
    null = {"difference": row["null"], "low": row["null_low"], "high": row["null_high"]}
    return f"{text}; null comparison {_interval(null)}."


def _pair(row: Mapping[str, Any]) -> str:
    return f"{spelled(row['network'])}, {spelled(row['larger'])} minus {spelled(row['smaller'])}"


def _interval(row: Mapping[str, Any]) -> str:
    return f"{row['difference']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"


def _seeds(rows: Sequence[Mapping[str, Any]]) -> str:
    """Name the seeds of comparisons: their number, and which."""
    named = list(dict.fromkeys(str(row["seeds"]) for row in rows))
    texts = []
    for seeds in named:
        numbers = seeds.split()
        texts.append(f"{len(numbers)} seed{'s' * (len(numbers) > 1)}: {', '.join(numbers)}")
    return " or ".join(texts)


def _drawn(dataset: str) -> bool:
    return dataset.startswith("drawn_")
