"""Findings that the paper does not report, in words; every number is computed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import log

import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.personalization.artifacts.claims import LFW_PERSONS, LFW_SIDE
from triptych.personalization.artifacts.names import LABELS, REAL, Metric, metric_label, metric_name
from triptych.personalization.artifacts.numbers import Numbers
from triptych.personalization.artifacts.tables import decimals_for
from triptych.personalization.methods import PAPER_METHODS

_SELF_ATTENTION, _PLAIN = "ip_adapter_self_attention", "ip_adapter"
_FINETUNED, _TEXT, _OTHER = "ip_adapter_finetuned", "text_only", "ip_adapter_other_person"
# Whether the best method has the largest score.
_LARGEST_IS_BEST: Mapping[Metric, bool] = {"fd": False, "is_uniform": True, "identity": True}
_POOLING = ("ip_adapter_max_pool", "ip_adapter_avg_pool")
# Inception-v3: the paper's scores depend on its classes and features.
_CLASSES, _DIMENSIONS = 1000, 2048
# The paper divides its persons 2:1 and takes ten photos of each.
_TRAINED_SHARE, _PHOTOS = 2 / 3, 10


def findings_text(
    numbers: Numbers,
    networks: pd.DataFrame,
    scores: pd.DataFrame,
    published: pd.DataFrame,
    *,
    words: str,
    differences: Sequence[str],
) -> str:
    """Write the findings as Markdown.

    ``scores`` has this run's scores in long form, with the number of images. ``words`` names data
    set, resolution and models. ``differences`` from the paper's setting are a sentence each.
    """
    sections = [
        ("Fine-tuning and self-attention", _confound(numbers, published)),
        ("The floor of a Fréchet distance", _floor(numbers, scores, networks, published)),
        ("Equation 5 and the inception score", _two_scores(numbers, published)),
        ("The order of the methods", _orders(numbers, published)),
        ("Identity", _identity(numbers, networks)),
        ("Copies of the references", _copies(numbers)),
        ("Statements of the paper, and their reading here", _readings(published)),
        ("Differences from the paper's setting", iter(differences or ["None."])),
    ]
    head = (
        f"# Findings\n\nScored: {words}. Intervals: 95 %, over persons (jackknife). If the "
        "interval of a difference contains zero, it decides nothing.\n"
    )
    bodies = ((title, "\n\n".join(text)) for title, text in sections)
    return head + "".join(f"\n## {title}\n\n{body}\n" for title, body in bodies)


def _confound(numbers: Numbers, published: pd.DataFrame) -> Iterator[str]:
    printed = published.set_index("method")
    gain = printed.loc[_SELF_ATTENTION] - printed.loc[_PLAIN]
    yield (
        "In the paper only the adapter with self-attention is trained on LFW. Its lead over the "
        f"plain IP-Adapter ({gain['fid']:+.2f} FID, {gain['is']:+.2f} IS) may therefore come from "
        f"the fine-tuning alone. {LABELS[_FINETUNED]} has the same steps and photos, but no "
        "self-attention."
    )
    metrics: tuple[Metric, ...] = ("fd", "is_uniform", "identity", "rank1")
    for metric in metrics:
        parts = [
            f"{words} {_written(gap, _decimals(numbers, metric), '+')}"
            for words, first, second in (
                ("self-attention minus the plain adapter", _SELF_ATTENTION, _PLAIN),
                ("fine-tuning alone minus the plain adapter", _FINETUNED, _PLAIN),
                ("self-attention minus fine-tuning alone", _SELF_ATTENTION, _FINETUNED),
            )
            if (gap := numbers.gap(first, second, metric)) is not None
        ]
        if parts:
            yield f"{_title(metric, numbers)}: {'; '.join(parts)}."
    alone = numbers.gap(_SELF_ATTENTION, _FINETUNED, "identity")
    if alone is None:
        yield "This run lacks one of the three rows: the gain of self-attention is not measured."
    else:
        verdict = "decides" if _is_decided(alone) else "does not decide"
        yield (
            f"By identity this run {verdict} whether self-attention adds to fine-tuning: the "
            f"cosine changes by {alone.value:+.4f} ({alone.low:+.4f} to {alone.high:+.4f})."
        )


def _floor(
    numbers: Numbers, scores: pd.DataFrame, networks: pd.DataFrame, published: pd.DataFrame
) -> Iterator[str]:
    low, high = published["fid"].min(), published["fid"].max()
    tested = round(LFW_PERSONS * (1 - _TRAINED_SHARE))
    yield (
        "A Fréchet distance between few images is large even if both sets come from one "
        f"distribution. The paper prints {low:.2f} to {high:.2f} and no number of images. "
        f"{tested} test persons have {tested} x {_PHOTOS} = {tested * _PHOTOS} photos, fewer than "
        f"the {_DIMENSIONS} dimensions of an Inception feature."
    )
    dimension = networks.set_index("role").at["features", "dimension"]
    halves = (scores["method"] == REAL) & (scores["metric"] == metric_name("fd", numbers.extractor))
    (real,) = scores[halves].to_dict("records")
    generated = scores[scores["method"] != REAL]
    yield (
        f"The row of real photos compares {real['n_real']} photos with {real['n_generated']} "
        f"others of the same persons, in {dimension:.0f} dimensions. This floor falls with more "
        f"images. The other rows compare {generated['n_generated'].max()} images with "
        f"{generated['n_real'].max()} photos. The {_title('kid', numbers)} has no such floor."
    )
    yield _table(numbers, ("fd", "kid"))


def _two_scores(numbers: Numbers, published: pd.DataFrame) -> Iterator[str]:
    low, high = published["is"].min(), published["is"].max()
    yield (
        "The paper calls p(y) in Equation 5 uniform. The inception score has the marginal p(y), "
        "the mean of p(y|x). With a uniform p(y) the score is the number of classes times "
        "exp(-mean entropy of p(y|x)). It rewards confident classes, not their variety, and is "
        "never below the usual score."
    )
    yield (
        f"With a uniform p(y) the published {low:.2f} to {high:.2f} mean an entropy of "
        f"{log(_CLASSES / low):.2f} to {log(_CLASSES / high):.2f} nats over {_CLASSES} classes: "
        f"plausible for faces. With the marginal p(y) they mean {low:.1f} to {high:.1f} effective "
        "classes of ImageNet in a set of faces. The published score is therefore compared with "
        "the score with uniform p(y); the table has both."
    )
    yield _table(numbers, ("is_uniform", "is_marginal"))
    uniform, marginal = (numbers.score(REAL, one) for one in ("is_uniform", "is_marginal"))
    if uniform is not None and marginal is not None:
        yield (
            "On the real photos the score with uniform p(y) is "
            f"{uniform.value / marginal.value:.2f} times the score with marginal p(y). If p(y) "
            "were uniform, they would be equal."
        )


def _orders(numbers: Numbers, published: pd.DataFrame) -> Iterator[str]:
    printed = published.set_index("method")
    yield f"By the published FID, best first: {_names(printed['fid'].sort_values().index)}."
    yield f"By the published IS: {_names(printed['is'].sort_values(ascending=False).index)}."
    opposed = [
        f"{LABELS[one]} and {LABELS[other]}"
        for one, other in combinations(printed.index, 2)
        if (printed["fid"][one] < printed["fid"][other])
        != (printed["is"][one] > printed["is"][other])
    ]
    yield f"FID and IS disagree on {', '.join(opposed) or 'no pair'}."
    pooled, plain = printed.loc[list(_POOLING)], printed.loc[_PLAIN]
    worse = (pooled["fid"] > plain["fid"]).sum() + (pooled["is"] < plain["is"]).sum()
    yield (
        f"{worse} of the {pooled.size} published scores of pooling are worse than those of the "
        f"plain IP-Adapter. {LABELS[printed['fid'].idxmax()]} has the worst FID."
    )
    for metric, falling in _LARGEST_IS_BEST.items():
        scores = {row: numbers.score(row, metric) for row in PAPER_METHODS}
        values = {row: score.value for row, score in scores.items() if score is not None}
        pairs = [numbers.gap(*pair, metric) for pair in combinations(values, 2)]
        decided = sum(gap is not None and _is_decided(gap) for gap in pairs)
        ordered = sorted(values, key=values.__getitem__, reverse=falling)
        yield (
            f"In this run by {_title(metric, numbers)}: {_names(ordered)}. {decided} of "
            f"{len(pairs)} pairs are decided."
        )


def _identity(numbers: Numbers, networks: pd.DataFrame) -> Iterator[str]:
    judge = networks.set_index("role").loc["identity"]
    yield (
        "The introduction promises to measure identity; the paper reports no such number. Here "
        "identity is the cosine between an image and the mean direction of the person's references "
        f"in {judge['name']}. This network never conditions a generation. It distinguishes persons "
        f"outside its training set with an AUC of {judge['auc']:.3f} and a rank-1 of "
        f"{judge['rank1']:.2f} ({judge['persons']:.0f} persons), which limits the measurement. The "
        "other person is the next one; the held-out photo is the target of the image."
    )
    yield _table(numbers, ("identity", "identity_other", "identity_target", "rank1"))
    above = [
        f"{LABELS[row]} {_written(gap, 3, '+')}"
        for row in PAPER_METHODS
        if (gap := numbers.gap(row, _TEXT, "identity")) is not None
    ]
    yield f"Identity minus that of the text alone: {'; '.join(above) or 'not computed'}."
    own, shown = (numbers.score(_OTHER, one) for one in ("identity", "identity_other"))
    if own is not None and shown is not None:
        yield (
            f"With references of the next person, identity is {own} for the requested person and "
            f"{shown} for the person in the references."
        )


def _copies(numbers: Numbers) -> Iterator[str]:
    yield (
        "Copy is the similarity to the nearest reference minus the similarity to the held-out "
        "photo. The nearest of several references is similar by chance, too. A method copies only "
        "if its score is above both controls: the real photos, and the text without references. "
        "The Fréchet distance includes the references: copies lower it."
    )
    yield _table(numbers, ("copy",))
    controls = [s for row in (REAL, _TEXT) if (s := numbers.score(row, "copy")) is not None]
    if len(controls) < 2:
        yield "This run lacks one of the two controls."
        return
    highest = max(control.high for control in controls)
    copying = [
        row
        for row in PAPER_METHODS
        if (score := numbers.score(row, "copy")) is not None and score.low > highest
    ]
    yield f"Above both controls: {_names(copying) or 'none'}."


def _readings(published: pd.DataFrame) -> Iterator[str]:
    both = any("pool" in name and "attention" in name for name in published["method"])
    yield (
        'There is "no fine-tuning in the other cases", but DreamBooth is fine-tuned for each '
        "person. Here it is fine-tuned for each test person."
    )
    yield (
        "Equation 1 adds noise to the CLIP features of the removed photo. In Section 3.1.2 the "
        "CLIP encoder maps an image to the small space. Equation 17 and every IP-Adapter denoise "
        "the latents of the autoencoder, as this run does."
    )
    yield (
        f'LFW is called "Celebrity images in high resolution"; its photos have {LFW_SIDE} pixels '
        "a side. The resolution of this run is at the top of this text."
    )
    yield (
        f'"100 persons" have at least ten photos in the paper. The public archive has '
        f"{LFW_PERSONS}; two thirds are {round(LFW_PERSONS * _TRAINED_SHARE)}: the paper may "
        "mean the training part. The number of persons is a parameter."
    )
    yield (
        'The conclusion praises "Max/Avg Pooling + Self-Attention"; Table 1 has '
        f"{'such a row' if both else 'no such row'}, and its pooled rows have no self-attention."
    )
    yield (
        "The paper states neither the number of generated images nor seeds, intervals, training "
        "steps or the version of Stable Diffusion."
    )


def _table(numbers: Numbers, metrics: Sequence[Metric]) -> str:
    """Return some scores of every row as a table in Markdown."""
    columns = {"row": [LABELS[row] for row in numbers.rows]}
    for metric in metrics:
        scores = [numbers.score(row, metric) for row in numbers.rows]
        decimals = _decimals(numbers, metric)
        columns[_title(metric, numbers)] = [
            "-" if score is None else _written(score, decimals) for score in scores
        ]
    return pd.DataFrame(columns).to_markdown(index=False, disable_numparse=True)


def _decimals(numbers: Numbers, metric: Metric) -> int:
    scores = (numbers.score(row, metric) for row in numbers.rows)
    return decimals_for(score.value for score in scores if score is not None)


def _is_decided(gap: Estimate) -> bool:
    return gap.low > 0 or gap.high < 0


def _title(metric: Metric, numbers: Numbers) -> str:
    return metric_label(metric, numbers.extractor)


def _names(rows: Iterable[str]) -> str:
    return ", ".join(LABELS[row] for row in rows)


def _written(score: Estimate, decimals: int, sign: str = "") -> str:
    # Adding zero turns a negative zero into zero.
    value, low, high = (
        f"{round(number, decimals) + 0:{sign}.{decimals}f}"
        for number in (score.value, score.low, score.high)
    )
    return f"{value} ({low} to {high})"
