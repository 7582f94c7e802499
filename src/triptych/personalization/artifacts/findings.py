"""Findings that the paper does not report, in words; every number is computed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from triptych.audit.judgments import failing
from triptych.audit.orders import orders
from triptych.claims.claims import Tolerance
from triptych.personalization.artifacts import decisions, likeness
from triptych.personalization.artifacts.claims import LFW_PERSONS, LFW_SIDE
from triptych.personalization.artifacts.equation5 import equation_findings
from triptych.personalization.artifacts.likeness import TRAINED_SHARE
from triptych.personalization.artifacts.names import LABELS, Metric
from triptych.personalization.artifacts.numbers import Numbers
from triptych.personalization.artifacts.sweeps import sweep_findings
from triptych.personalization.artifacts.words import names, scores_of_rows, title
from triptych.personalization.methods import PAPER_METHODS

_PLAIN = "ip_adapter"
# Whether the best method has the largest score.
_LARGEST_IS_BEST: Mapping[Metric, bool] = {"kid": False, "identity": True}
_POOLING = ("ip_adapter_max_pool", "ip_adapter_avg_pool")


@dataclass(frozen=True)
class Tables:
    """The tables behind the findings.

    Attributes
    ----------
    networks, scores
        The networks that judge; this run's scores in long form, with the number of images.
    published, contrasts, effects
        Table 1 of the paper; the planned differences; the smallest effects worth naming.
    classified, layer, sweeps
        Class scores of real photos by classifiers of ImageNet, what the self-attention changes,
        and scores against settings; None where this run has none.
    """

    networks: pd.DataFrame
    scores: pd.DataFrame
    published: pd.DataFrame
    contrasts: pd.DataFrame
    effects: Mapping[str, Tolerance]
    classified: pd.DataFrame | None = None
    layer: pd.DataFrame | None = None
    sweeps: pd.DataFrame | None = None


def findings_text(
    numbers: Numbers, tables: Tables, *, words: str, differences: Sequence[str]
) -> str:
    """Write the findings as Markdown.

    ``words`` names data set, resolution and models. ``differences`` from the paper's setting are
    a sentence each.
    """
    published, networks, effects = tables.published, tables.networks, tables.effects
    sections = [
        ("What this run decides", decisions.decided(numbers, tables.contrasts, effects)),
        (
            "Fine-tuning and self-attention",
            decisions.self_attention(numbers, published, tables.layer, effects),
        ),
        (
            "The floor of a Fréchet distance",
            likeness.distances(numbers, tables.scores, networks, published),
        ),
        ("Equation 5 and the inception score", _two_scores(numbers, tables)),
        ("The order of the methods", _orders(numbers, published)),
        ("Identity", likeness.identity(numbers, networks)),
        ("Prompts and faces", likeness.prompts(numbers)),
        ("Copies of the references", likeness.copies(numbers)),
        ("The autoencoder", likeness.autoencoder(numbers)),
        ("Statements of the paper, and their reading here", _readings(published)),
        ("Differences from the paper's setting", iter(differences or ["None."])),
    ]
    if tables.sweeps is not None:
        swept = sweep_findings(tables.sweeps, effects, numbers.judge)
        sections.insert(-2, ("More photos, scale and guidance", swept))
    head = (
        f"# Findings\n\nScored: {words}. Intervals: 95 %, over persons (jackknife), and over "
        "training seeds where a row has several.\n"
    )
    bodies = ((title, "\n\n".join(text)) for title, text in sections)
    return head + "".join(f"\n## {title}\n\n{body}\n" for title, body in bodies)


def _two_scores(numbers: Numbers, tables: Tables) -> Iterator[str]:
    yield from equation_findings(tables.classified, tables.published)
    yield (
        "The published score is compared with the score with uniform p(y); the table has both. "
        f"The classes are those of {numbers.extractor}."
    )
    yield scores_of_rows(numbers, ("is_uniform", "is_marginal"))


def _orders(numbers: Numbers, published: pd.DataFrame) -> Iterator[str]:
    printed = published.set_index("method")
    yield f"By the published FID, best first: {names(printed['fid'].sort_values().index)}."
    yield f"By the published IS: {names(printed['is'].sort_values(ascending=False).index)}."
    judged = orders(published, name=["method"], of=["fid", "is"], lower=["fid"])
    opposed = [
        " and ".join(LABELS[published.at[row, "method"]] for row in judgment.rows)
        for judgment in failing(judged)
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
        decided = sum(gap is not None and gap.is_decided for gap in pairs)
        ordered = sorted(values, key=values.__getitem__, reverse=falling)
        yield (
            f"In this run by {title(metric, numbers)}: {names(ordered)}. {decided} of "
            f"{len(pairs)} pairs are decided."
        )


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
        f"{LFW_PERSONS}; two thirds are {round(LFW_PERSONS * TRAINED_SHARE)}: the paper may "
        "mean the training part. The number of persons is a parameter."
    )
    yield (
        'The conclusion praises "Max/Avg Pooling + Self-Attention"; Table 1 has '
        f"{'such a row' if both else 'no such row'}, and its pooled rows have no self-attention."
    )
    yield (
        "The paper states neither the number of generated images nor seeds, intervals, training "
        "steps or the version of Stable Diffusion. Quotes are translated from Russian."
    )
