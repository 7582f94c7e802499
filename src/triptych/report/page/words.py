"""What the page says of verdicts and states, in plain words; one place for all of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from triptych.claims.claims import Claim, Kind
from triptych.config.section import Scale

KINDS: dict[Kind, str] = {
    "value": "Numbers",
    "order": "Comparisons",
    "text": "Sentences",
}


@dataclass(frozen=True)
class Verdict:
    """How a verdict is shown: never by colour alone.

    Attributes
    ----------
    words
        The verdict as the page says it.
    sign
        A sign beside the words.
    tone
        ``good``, ``bad`` or ``open``: its colour.
    meaning
        What it says, for the page's key.
    """

    words: str
    sign: str
    tone: str
    meaning: str


_VERDICTS = {
    "agrees": Verdict(
        "agrees", "✓", "good", "Our number lies within the tolerance of the published one."
    ),
    "differs": Verdict(
        "differs", "✗", "bad", "The two can be compared, and lie further apart than the tolerance."
    ),
    "supported": Verdict(
        "supported",
        "✓",
        "good",
        "Our interval of the difference lies above zero, as the paper has it.",
    ),
    "not_supported": Verdict(
        "not supported", "✗", "bad", "Our interval of the difference lies below zero."
    ),
    "undecided": Verdict(
        "undecided", "?", "open", "Our interval of the difference contains zero, or there is none."
    ),
    "holds": Verdict("holds", "✓", "good", "The sentence fits the numbers it was checked against."),
    "does_not_hold": Verdict(
        "does not hold", "✗", "bad", "The numbers that the sentence speaks of say otherwise."
    ),
    "not_comparable": Verdict(
        "not comparable", "○", "open", "Other data or another metric: it says nothing of the paper."
    ),
    "missing": Verdict("missing", "∅", "open", "The number was not computed in this run."),
}

SCALES: dict[Scale, str] = {
    "tiny": "Made for tests: its numbers say nothing of the papers.",
    "smoke": (
        "Drawn data, bundled digits and very small networks: it shows that everything works. "
        "Its numbers say nothing of the papers."
    ),
    "lab": "Real public data, networks trained here.",
    "paper": "The published setting.",
}

# What Snakemake's status of an output means for a reader.
_STATUS = {
    "params changed": "was made with other parameters than the present ones",
    "rule implementation changed": "was made by another command than its rule has now",
    "set of input files changed": "was made from another set of files",
    "updated input files": "was made from files that have changed since",
    "missing": "is missing",
}
OTHER_CODE = "was made by other code than the present one"


def verdict(name: str) -> Verdict:
    """How a verdict of the claims is shown; an unknown one by its name."""
    return _VERDICTS.get(name, Verdict(name.replace("_", " "), "·", "open", ""))


def status(name: str) -> str:
    """What Snakemake's status of a file says of it, as the end of a sentence."""
    return _STATUS.get(name, f"is “{name}” to Snakemake")


def verdicts_in_order() -> tuple[Verdict, ...]:
    """All verdicts, for the page's key."""
    return tuple(_VERDICTS.values())


def in_order(names: Iterable[str]) -> list[str]:
    """Verdicts by name, each once, in the order of the page's key; unknown ones at the end."""
    found = set(names)
    return [*(name for name in _VERDICTS if name in found), *sorted(found - set(_VERDICTS))]


def count_verdicts(claims: Iterable[Claim]) -> dict[Kind, dict[str, int]]:
    """How many claims of each kind have which verdict."""
    counted = Counter((claim.kind, claim.verdict) for claim in claims)
    return {
        kind: {name: count for (of, name), count in counted.items() if of == kind} for kind in KINDS
    }
