"""Does a paper's conclusion stand? Computed from the verdicts on its claims.

``data/published/PANEL/conclusions.yaml`` has each headline sentence with the claims that decide
it. They are grouped by setting: an attacker, a data set, the paper's own tables. A setting
supports the sentence if all its claims do, and contradicts it if one does. The conclusion stands
if all settings support it, does not stand if all contradict it, and stands in part if some do.

A sentence that was checked on other data than the paper's decides nothing: its threshold was set
for the paper's data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from triptych.claims.claims import Claim, Kind
from triptych.config.models import Panel
from triptych.config.section import Section
from triptych.errors import UserError

Outcome = Literal["stands", "does_not_stand", "stands_in_part", "undecided"]
OUTCOMES: dict[Outcome, str] = {
    "stands": "stands",
    "does_not_stand": "does not stand",
    "stands_in_part": "stands in part",
    "undecided": "undecided",
}
Stance = Literal["supported", "contradicted", "open"]

FILE = "conclusions.yaml"
COLUMNS = ("panel", "key", "sentence", "place", "wording", "outcome", "why", "would_change")
_FOR = ("agrees", "supported", "holds", "consistent")
# An order may be judged by another metric than the paper's.
_COMPARED: dict[Kind, str] = {
    "value": ", published {:.3f}",
    "order": "; the paper's difference, in its own metric: {:.3f}",
    "text": ", limit {:.3f}",
}
_AGAINST = ("differs", "not_supported", "does_not_hold", "implausible")


class Setting(Section):
    """A setting in which a sentence is judged.

    Attributes
    ----------
    name
        The data, the threat model, or the source of the numbers.
    claims
        Patterns of ``ARTIFACT/KEY``; ``*`` stands for anything.
    """

    name: str
    claims: tuple[str, ...] = Field(min_length=1)


class Sentence(Section):
    """A headline sentence of a paper.

    Attributes
    ----------
    key
        Its name, unique in the panel.
    sentence, place
        The words, and the part of the paper that has them.
    wording
        ``quoted``, ``translated`` or ``paraphrased``.
    settings
        What decides it.
    would_change
        The result that would change the outcome.
    """

    key: str
    sentence: str
    place: str
    wording: Literal["quoted", "translated", "paraphrased"]
    settings: tuple[Setting, ...] = Field(min_length=1)
    would_change: str


@dataclass(frozen=True)
class Decision:
    """What the claims of a setting say, and the numbers that say it."""

    setting: str
    stance: Stance
    why: str


@dataclass(frozen=True)
class Conclusion:
    """A headline sentence with its outcome."""

    panel: str
    key: str
    sentence: str
    place: str
    wording: str
    outcome: Outcome
    decisions: tuple[Decision, ...]
    would_change: str

    @property
    def why(self) -> str:
        """The deciding numbers of all settings, in a sentence for each."""
        return " ".join(f"{decision.setting}: {decision.why}." for decision in self.decisions)

    def as_row(self) -> dict[str, str]:
        """Return the conclusion as a row of a table or an object of JSON."""
        return {
            "panel": self.panel,
            "key": self.key,
            "sentence": self.sentence.strip(),
            "place": self.place,
            "wording": self.wording,
            "outcome": self.outcome,
            "why": self.why,
            "would_change": self.would_change.strip(),
        }


def read_sentences(path: Path) -> tuple[Sentence, ...]:
    """Read the headline sentences of a paper, ``data/published/PANEL/conclusions.yaml``.

    A paper without this file has no headline sentences.

    Raises
    ------
    UserError
        The file is no YAML, or not in the form of :class:`Sentence`.
    """
    if not path.exists():
        return ()
    try:
        entries = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        if not isinstance(entries, list):
            raise ValueError("no list")
        return tuple(Sentence.model_validate(entry) for entry in entries)
    except (OSError, ValueError, YAMLError) as error:
        raise UserError(
            expected="a list of headline sentences: key, sentence, place, wording, settings",
            found=" ".join(str(error).split())[:300],
            where=str(path),
            remedy="restore the file from git, or write it as docs/add-a-paper.md describes",
        ) from None


def all_conclusions(published: Path, claims: Sequence[Claim]) -> list[Conclusion]:
    """Judge the headline sentences of every panel that has claims."""
    known = get_args(Panel)
    names = {claim.panel for claim in claims}
    panels = sorted(names, key=lambda name: known.index(name) if name in known else len(known))
    return [
        conclusion
        for panel in panels
        for conclusion in conclude(panel, read_sentences(published / panel / FILE), claims)
    ]


def outcomes(path: Path, claims: Sequence[Claim]) -> dict[str, str]:
    """Return the outcome of each headline sentence of a panel's file by key."""
    panel = path.parent.name
    return {c.key: c.outcome for c in conclude(panel, read_sentences(path), claims)}


def conclude(
    panel: str, sentences: Sequence[Sentence], claims: Sequence[Claim]
) -> list[Conclusion]:
    """Judge each headline sentence of a panel by the verdicts on its claims."""
    own = [claim for claim in claims if claim.panel == panel]
    return [
        _conclusion(panel, sentence, [_decide(setting, own) for setting in sentence.settings])
        for sentence in sentences
    ]


def _conclusion(panel: str, sentence: Sentence, decisions: Sequence[Decision]) -> Conclusion:
    stances = {decision.stance for decision in decisions}
    outcome: Outcome = "undecided"
    if {"supported", "contradicted"} <= stances:
        outcome = "stands_in_part"
    elif stances == {"supported"}:
        outcome = "stands"
    elif stances == {"contradicted"}:
        outcome = "does_not_stand"
    words = sentence.model_dump(include={"key", "sentence", "place", "wording", "would_change"})
    return Conclusion(panel=panel, outcome=outcome, decisions=tuple(decisions), **words)


def _decide(setting: Setting, claims: Sequence[Claim]) -> Decision:
    own = [
        claim
        for claim in claims
        if any(fnmatch(f"{claim.artifact}/{claim.key}", pattern) for pattern in setting.claims)
    ]
    judged = [claim for claim in own if not _on_other_data(claim)]
    against = [claim for claim in judged if claim.verdict in _AGAINST]
    undecided = [
        claim for claim in own if claim not in judged or claim.verdict not in (*_FOR, *_AGAINST)
    ]
    stance: Stance = "supported"
    if against:
        stance = "contradicted"
    elif undecided or not own:
        stance = "open"
    deciding = against or undecided or own
    if not deciding:
        return Decision(setting.name, stance, "not tested in this run")
    counted = f"{len(deciding)} of {len(own)} claims: " if len(own) > 1 else ""
    return Decision(setting.name, stance, counted + _numbers(deciding[0]))


def _on_other_data(claim: Claim) -> bool:
    return claim.kind == "text" and claim.scope == "conceptual"


def _numbers(claim: Claim) -> str:
    """Return a claim's verdict with its number, interval and published number.

    The reason of a sentence says what was measured; its key alone would tell a reader nothing.
    """
    said = f"{claim.key} {claim.verdict.replace('_', ' ')}"
    if claim.reproduced is None:
        return said
    if claim.kind == "text" and claim.reason:
        said = claim.reason
    if _on_other_data(claim):
        said = f"other data than the paper's decide nothing; {said}"
    interval = "" if claim.low is None else f" ({claim.low:.3f} to {claim.high:.3f})"
    compared = "" if claim.published is None else _COMPARED[claim.kind].format(claim.published)
    return f"{said}: {claim.reproduced:.3f}{interval}{compared}"
