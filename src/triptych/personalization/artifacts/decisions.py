"""What a run decides: the differences that were planned, and the effect of the self-attention."""

from collections.abc import Iterator, Mapping

import pandas as pd

from triptych.claims.claims import Tolerance
from triptych.personalization.artifacts.names import LABELS, Metric
from triptych.personalization.artifacts.numbers import Numbers
from triptych.personalization.artifacts.setting import TRAINED_HERE
from triptych.personalization.artifacts.words import (
    decimals,
    in_markdown,
    title,
    verdict,
    written,
)

_SELF_ATTENTION, _PLAIN = "ip_adapter_self_attention", "ip_adapter"
_FINETUNED, _TEXT = "ip_adapter_finetuned", "text_only"
_METRICS: tuple[Metric, ...] = ("kid", "fd", "is_uniform", "identity", "rank1", "fidelity")


def decided(
    numbers: Numbers, contrasts: pd.DataFrame, effects: Mapping[str, Tolerance]
) -> Iterator[str]:
    """Answer the questions that were asked before the run."""
    yield (
        f"{numbers.judge} judges identity, {numbers.extractor} the distances and class scores. "
        f"These {len(contrasts)} differences were named before the run; Holm's correction covers "
        f"all of them. A difference of identity below {effects['identity'].size:g} is not worth "
        "naming."
    )
    if numbers.judge == TRAINED_HERE:
        yield "This run trained the judge itself, so the answers say nothing on the paper's claims."
    answers = [
        (row["question"], row["larger"], row["smaller"], gap)
        for row in contrasts.to_dict("records")
        if (gap := numbers.gap(row["larger"], row["smaller"], row["metric"])) is not None
    ]
    if answers:
        yield in_markdown(
            {
                "question": [question for question, *_ in answers],
                "difference": [
                    f"{LABELS[first]} minus {LABELS[second]}" for _, first, second, _ in answers
                ],
                "identity": [written(gap, 3, "+") for *_, gap in answers],
                "training seeds": [str(gap.n_seeds) for *_, gap in answers],
                "verdict": [verdict(gap, first) for _, first, _, gap in answers],
            }
        )
    yield (
        "The base model and the plain adapter are one training. Without training seeds of its "
        "own, a difference is decided over persons, and for these trained weights only. DreamBooth "
        "is trained for each person. A fine-tuning needs three training seeds: its interval joins "
        "seeds and persons."
    )
    leads = [
        f"{LABELS[row]} {written(gap, 3, '+')}"
        for row in numbers.rows
        if row != _TEXT and (gap := numbers.gap(row, _TEXT, "identity")) is not None
    ]
    yield f"Identity minus that of the text alone: {'; '.join(leads) or 'not computed'}."


def self_attention(
    numbers: Numbers,
    published: pd.DataFrame,
    layer: pd.DataFrame | None,
    effects: Mapping[str, Tolerance],
) -> Iterator[str]:
    """Separate the gain of the self-attention from that of the fine-tuning.

    ``layer`` has what the layer changes, see :mod:`~triptych.personalization.artifacts.layer`;
    None where a row is missing.
    """
    printed = published.set_index("method")
    gain = printed.loc[_SELF_ATTENTION] - printed.loc[_PLAIN]
    yield (
        "In the paper only the adapter with self-attention is trained on LFW. Its lead over the "
        f"plain IP-Adapter ({gain['fid']:+.2f} FID, {gain['is']:+.2f} IS) may therefore come from "
        f"the fine-tuning alone. {LABELS[_FINETUNED]} has the same steps and photos, but no "
        "self-attention."
    )
    for metric in _METRICS:
        parts = [
            f"{words} {written(gap, decimals(numbers, metric), '+')}"
            for words, first, second in (
                ("self-attention minus the plain adapter", _SELF_ATTENTION, _PLAIN),
                ("fine-tuning alone minus the plain adapter", _FINETUNED, _PLAIN),
                ("self-attention minus fine-tuning alone", _SELF_ATTENTION, _FINETUNED),
            )
            if (gap := numbers.gap(first, second, metric)) is not None
        ]
        if parts:
            yield f"{title(metric, numbers)}: {'; '.join(parts)}."
    alone = numbers.gap(_SELF_ATTENTION, _FINETUNED, "identity")
    if alone is None or layer is None:
        yield "This run lacks one of the three rows: the gain of self-attention is not measured."
        return
    yield (
        "Whether self-attention adds identity to fine-tuning: "
        f"{verdict(alone, _SELF_ATTENTION)}, {written(alone, 4, '+')}."
    )
    yield _effect_of_layer(layer, effects["pixels"].size)


def _effect_of_layer(layer: pd.DataFrame, visible: float) -> str:
    """Say whether the layer changes anything, by pixels of the same prompts and noise."""
    pixels, tuning = layer["pixels"], layer["pixels_finetuning"]
    seeds = ", ".join(f"{value:.2f}" for value in pixels)
    does_nothing = pixels.mean() < visible
    return (
        "With the same prompts and noise, images with and without self-attention differ by "
        f"{pixels.mean():.2f} of 255 gray levels on average (by training seed: {seeds}). Images "
        f"of the fine-tuned and of the plain adapter differ by {tuning.mean():.2f}. The layer "
        f"changes an embedding by {layer['embedding'].mean():.1%} of its length. Differences below "
        f"{visible:g} gray levels are invisible: the layer is {'' if does_nothing else 'not '}"
        "a no-op."
    )
