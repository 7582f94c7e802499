"""The words of the page for kinds, verdicts, scopes and scales."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from triptych.claims.claims import Claim, Kind, Scope
from triptych.claims.conclusions import Outcome
from triptych.config.section import Scale

KINDS: dict[Kind, str] = {
    "value": "Numbers",
    "order": "Comparisons",
    "text": "Sentences",
}


@dataclass(frozen=True)
class Verdict:
    """How the page shows a verdict: never by color alone.

    Attributes
    ----------
    tone
        ``good``, ``bad`` or ``open``: its color.
    meaning
        The explanation in the page's key.
    """

    words: str
    sign: str
    tone: str
    meaning: str


OUTCOMES: dict[Outcome, Verdict] = {
    "stands": Verdict("stands", "✓", "good", "In every setting the claims support the sentence."),
    "does_not_stand": Verdict(
        "does not stand", "✗", "bad", "In every setting a claim contradicts the sentence."
    ),
    "stands_in_part": Verdict(
        "stands in part",
        "◐",
        "open",
        "Claims support the sentence in one setting and contradict it in another.",
    ),
    "undecided": Verdict(
        "undecided", "?", "open", "A setting without a verdict could change the outcome."
    ),
}


VERDICTS = {
    "agrees": Verdict(
        "agrees", "✓", "good", "The reproduced number is within the tolerance of the published one."
    ),
    "differs": Verdict(
        "differs", "✗", "bad", "The numbers are comparable and differ by more than the tolerance."
    ),
    "supported": Verdict(
        "supported",
        "✓",
        "good",
        "The interval of the reproduced difference is above zero, as published.",
    ),
    "not_supported": Verdict(
        "not supported", "✗", "bad", "The interval of the reproduced difference is below zero."
    ),
    "holds": Verdict("holds", "✓", "good", "The sentence agrees with the numbers."),
    "consistent": Verdict("consistent", "✓", "good", "The numbers do not contradict the sentence."),
    "does_not_hold": Verdict("does not hold", "✗", "bad", "The numbers contradict the sentence."),
    "implausible": Verdict("implausible", "✗", "bad", "The numbers make the sentence unlikely."),
    "undecided": Verdict(
        "undecided",
        "?",
        "open",
        "A comparison: the interval of the difference contains zero or was not computed, there are"
        " fewer than the three trainings that it needs, the difference is below the smallest"
        " effect, or the correction for several tests takes it back. A sentence: the interval of"
        " its number contains the limit.",
    ),
    "not_comparable": Verdict(
        "not comparable",
        "○",
        "open",
        "The data or the metric differ: the number says nothing about the paper.",
    ),
    "missing": Verdict("missing", "∅", "open", "This run did not compute the number."),
}

SCOPES: dict[Scope, str] = {
    "direct": "The paper's data, and its own or the same model and recipe.",
    "retrained": "The paper's data, and a network trained by another recipe.",
    "conceptual": "Other data, another backbone or another judge.",
    "published_only": "Published numbers are compared with each other.",
}

SCALES: dict[Scale, str] = {
    "tiny": "For tests: its numbers say nothing about the papers.",
    "smoke": (
        "Drawn data, bundled digits and very small networks show that the pipeline works. "
        "Its numbers say nothing about the papers."
    ),
    "lab": "Real public data, networks trained here.",
    "paper": "The published setting.",
}


def scope_in_words(claim: Claim) -> str:
    """Return scope and number of trainings, such as ``retrained, 3 trainings``."""
    scope = claim.scope.replace("_", " ")
    if claim.n_seeds is None:
        return scope
    return f"{scope}, {claim.n_seeds} training{'' if claim.n_seeds == 1 else 's'}"


def count_verdicts(claims: Iterable[Claim]) -> dict[Kind, dict[str, int]]:
    """Return the number of claims of each kind and verdict."""
    counted = Counter((claim.kind, claim.verdict) for claim in claims)
    return {
        kind: {name: count for (of, name), count in counted.items() if of == kind} for kind in KINDS
    }
