"""What the paper does not say: findings in words, every number computed."""

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
# Of Inception-v3, whose classes and features the paper's scores are made from.
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

    Parameters
    ----------
    numbers
        Ours.
    networks
        What judged the images.
    scores
        Our scores, long: they say how many images there were.
    published
        The paper's table.
    words
        Data set, resolution and models, in words.
    differences
        How our setting differs from the paper's, a sentence each.
    """
    sections = [
        ("Fine-tuning and self-attention", _confound(numbers, published)),
        ("The floor of a Fréchet distance", _floor(numbers, scores, networks, published)),
        ("Equation 5 and the inception score", _two_scores(numbers, published)),
        ("The order of the methods", _orders(numbers, published)),
        ("Whose face it is", _identity(numbers, networks)),
        ("Copies of the references", _copies(numbers)),
        ("What the paper says, and how we read it", _readings(published)),
        ("How our setting differs", iter(differences or ["It does not differ."])),
    ]
    head = (
        f"# Findings\n\nScored: {words}. Intervals are of 95 %, over persons (jackknife); an "
        "interval of a difference that contains zero decides nothing.\n"
    )
    return head + "".join(f"\n## {title}\n\n{_paragraphs(text)}\n" for title, text in sections)


def _confound(numbers: Numbers, published: pd.DataFrame) -> Iterator[str]:
    printed = published.set_index("method")
    gain = printed.loc[_SELF_ATTENTION] - printed.loc[_PLAIN]
    yield (
        "In the paper self-attention is the only adapter that is trained on LFW, so its lead over "
        f"the plain IP-Adapter ({gain['fid']:+.2f} FID, {gain['is']:+.2f} IS) cannot be told from "
        f"what the tuning alone brings. {_label(_FINETUNED)} has the same steps and the same "
        "photos, and no self-attention."
    )
    metrics: tuple[Metric, ...] = ("fd", "is_uniform", "identity", "rank1")
    for metric in metrics:
        parts = [
            f"{words} {_written(gap, _decimals(numbers, metric), '+')}"
            for words, first, second in (
                ("self-attention minus the plain adapter", _SELF_ATTENTION, _PLAIN),
                ("tuning alone minus the plain adapter", _FINETUNED, _PLAIN),
                ("self-attention minus tuning alone", _SELF_ATTENTION, _FINETUNED),
            )
            if (gap := numbers.gap(first, second, metric)) is not None
        ]
        if parts:
            yield f"{_title(metric, numbers)}: {'; '.join(parts)}."
    alone = numbers.gap(_SELF_ATTENTION, _FINETUNED, "identity")
    if alone is None:
        yield "This run lacks a row of the three: the gain of self-attention is not told apart."
    else:
        verdict = "decides" if _is_decided(alone) else "does not decide"
        yield (
            f"By identity this run {verdict} whether self-attention adds to the tuning: it adds "
            f"{alone.value:+.4f} ({alone.low:+.4f} to {alone.high:+.4f}) to a cosine."
        )


def _floor(
    numbers: Numbers, scores: pd.DataFrame, networks: pd.DataFrame, published: pd.DataFrame
) -> Iterator[str]:
    low, high = published["fid"].min(), published["fid"].max()
    tested = round(LFW_PERSONS * (1 - _TRAINED_SHARE))
    yield (
        "A Fréchet distance between few images is large even where both sets come from one "
        f"distribution. The paper prints {low:.2f} to {high:.2f} and no number of images; "
        f"{tested} test persons have {tested} x {_PHOTOS} = {tested * _PHOTOS} photos, fewer than "
        f"the {_DIMENSIONS} dimensions of an Inception feature."
    )
    dimension = networks.set_index("role").at["features", "dimension"]
    halves = (scores["method"] == REAL) & (scores["metric"] == metric_name("fd", numbers.extractor))
    (real,) = scores[halves].to_dict("records")
    made = scores[scores["method"] != REAL]
    yield (
        f"The real photos below are {real['n_real']} against {real['n_generated']} others of the "
        f"same persons, in {dimension:.0f} dimensions: the floor at this number, which falls as "
        f"images are added. The rows hold {made['n_generated'].max()} images against "
        f"{made['n_real'].max()} photos. The {_title('kid', numbers)} has no such floor."
    )
    yield _table(numbers, ("fd", "kid"))


def _two_scores(numbers: Numbers, published: pd.DataFrame) -> Iterator[str]:
    low, high = published["is"].min(), published["is"].max()
    yield (
        "The paper calls p(y) in Equation 5 uniform; the inception score has the marginal p(y), "
        "the mean of p(y|x). With a uniform p(y) the score is the number of classes times "
        "exp(-mean entropy of p(y|x)): it rewards sure classes alone, no longer their variety, and "
        "is never below the usual one."
    )
    yield (
        f"Read with a uniform p(y), the published {low:.2f} to {high:.2f} are a mean entropy of "
        f"{log(_CLASSES / low):.2f} to {log(_CLASSES / high):.2f} nats over {_CLASSES} classes, "
        f"which photos of faces may well have; read in the usual way, they are {low:.1f} to "
        f"{high:.1f} effective classes of ImageNet in a set of faces. So we hold the score with "
        "the uniform p(y) against the published one, and print both."
    )
    yield _table(numbers, ("is_uniform", "is_marginal"))
    uniform, marginal = (numbers.score(REAL, one) for one in ("is_uniform", "is_marginal"))
    if uniform is not None and marginal is not None:
        yield (
            f"On the real photos the one is {uniform.value / marginal.value:.2f} times the other; "
            "with a p(y) that is uniform indeed they would be equal."
        )


def _orders(numbers: Numbers, published: pd.DataFrame) -> Iterator[str]:
    printed = published.set_index("method")
    yield f"By the published FID, best first: {_names(printed['fid'].sort_values().index)}."
    yield f"By the published IS: {_names(printed['is'].sort_values(ascending=False).index)}."
    unlike = [
        f"{_label(one)} and {_label(other)}"
        for one, other in combinations(printed.index, 2)
        if (printed["fid"][one] < printed["fid"][other])
        != (printed["is"][one] > printed["is"][other])
    ]
    yield f"The two disagree on {', '.join(unlike) or 'no pair'}."
    pooled, plain = printed.loc[list(_POOLING)], printed.loc[_PLAIN]
    worse = (pooled["fid"] > plain["fid"]).sum() + (pooled["is"] < plain["is"]).sum()
    yield (
        f"Of the {pooled.size} published scores of pooling, {worse} are worse than those of the "
        f"plain IP-Adapter; the worst FID is that of {_label(printed['fid'].idxmax())}."
    )
    for metric, falling in _LARGEST_IS_BEST.items():
        found = {row: numbers.score(row, metric) for row in PAPER_METHODS}
        values = {row: score.value for row, score in found.items() if score is not None}
        pairs = [numbers.gap(*pair, metric) for pair in combinations(values, 2)]
        decided = sum(gap is not None and _is_decided(gap) for gap in pairs)
        ordered = sorted(values, key=values.__getitem__, reverse=falling)
        yield (
            f"Ours by {_title(metric, numbers)}: {_names(ordered)}; {decided} of {len(pairs)} "
            "pairs are decided."
        )


def _identity(numbers: Numbers, networks: pd.DataFrame) -> Iterator[str]:
    judge = networks.set_index("role").loc["identity"]
    yield (
        "The introduction promises to measure identity; the paper reports no such number. Ours is "
        f"the cosine of an image to the direction of its person's references in {judge['name']}, "
        f"which never conditions a generation. It tells apart persons whom it never saw with an "
        f"AUC of {judge['auc']:.3f} and a rank-1 of {judge['rank1']:.2f} ({judge['persons']:.0f} "
        "persons): a likeness is no better known than that. Another person is the next one; the "
        "held-out photo is the one that the image should restore."
    )
    yield _table(numbers, ("identity", "identity_other", "identity_target", "rank1"))
    above = [
        f"{_label(row)} {_written(gap, 3, '+')}"
        for row in PAPER_METHODS
        if (gap := numbers.gap(row, _TEXT, "identity")) is not None
    ]
    yield f"Identity above the text alone: {'; '.join(above) or 'not computed'}."
    own, shown = (numbers.score(_OTHER, one) for one in ("identity", "identity_other"))
    if own is not None and shown is not None:
        yield (
            f"With the references of the next person the images are {own} like the person asked "
            f"for, and {shown} like the one whose references were shown."
        )


def _copies(numbers: Numbers) -> Iterator[str]:
    yield (
        "Copy is the similarity to the nearest reference minus that to the held-out photo which "
        "the image should restore. The nearest of several is near by chance, too: only what is "
        "above both the real photos and the text alone, which saw no reference, speaks of copying. "
        "The Fréchet distance is taken to all photos, references among them: copies lower it."
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
    yield f"Clearly above both: {_names(copying) or 'none'}."


def _readings(published: pd.DataFrame) -> Iterator[str]:
    both = any("pool" in name and "attention" in name for name in published["method"])
    yield (
        'There is "no fine-tuning in the other cases", but DreamBooth is a fine-tuning for every '
        "person: we fine-tune it for each test person."
    )
    yield (
        "Equation 1 adds noise to the CLIP features of the removed photo, and Section 3.1.2 lets "
        "the CLIP encoder map an image to the small space; Equation 17 and every IP-Adapter "
        "denoise the latents of the autoencoder: so do we."
    )
    yield (
        f'LFW is called "Celebrity images in high resolution"; its photos have {LFW_SIDE} pixels '
        "a side: we say at which resolution we generate."
    )
    yield (
        f'"100 persons" are said to have at least ten photos; the public archive has '
        f"{LFW_PERSONS}, two thirds of which are {round(LFW_PERSONS * _TRAINED_SHARE)}: the paper "
        "may mean the training part. The number of persons is a parameter."
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
    """Some scores of every row, in Markdown."""
    columns = {"row": [_label(row) for row in numbers.rows]}
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


def _label(row: str) -> str:
    return LABELS[row]


def _names(rows: Iterable[str]) -> str:
    return ", ".join(map(_label, rows))


def _paragraphs(text: Iterable[str]) -> str:
    return "\n\n".join(text)


def _written(score: Estimate, decimals: int, sign: str = "") -> str:
    # A negative zero is none.
    value, low, high = (
        f"{round(number, decimals) + 0:{sign}.{decimals}f}"
        for number in (score.value, score.low, score.high)
    )
    return f"{value} ({low} to {high})"
