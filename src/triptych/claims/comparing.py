"""Two runs side by side: which claims and conclusions are the same, and which differ."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from zipfile import ZipFile

from triptych.claims.claims import Claim
from triptych.claims.conclusions import OUTCOMES, Conclusion, all_conclusions
from triptych.claims.keys import name_of
from triptych.claims.reading import FILE, read_claims
from triptych.claims.verdicts import table
from triptych.errors import UserError, run_command
from triptych.storage.zip_files import FAULTS

Relation = Literal["same", "within", "differs", "only_first", "only_second"]
RELATIONS: dict[Relation, str] = {
    "same": "the same",
    "within": "within each other's intervals",
    "differs": "differing",
    "only_first": "only in the first",
    "only_second": "only in the second",
}
# Claims are written with six decimals.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Pair:
    """A claim in two runs; None where a run does not have it or did not compute its number."""

    name: str
    first: Claim | None
    second: Claim | None

    @property
    def relation(self) -> Relation:
        """How the numbers of the two runs compare."""
        first, second = self.first, self.second
        if first is None or second is None:
            return "only_second" if first is None else "only_first"
        if first.verdict == second.verdict and all(map(_equal, _numbers(first), _numbers(second))):
            return "same"
        return "within" if _inside(first, second) and _inside(second, first) else "differs"


@dataclass(frozen=True)
class Comparison:
    """Two runs, their claims by name, and their conclusions by panel and key."""

    names: tuple[str, str]
    pairs: tuple[Pair, ...]
    conclusions: Mapping[tuple[str, str], tuple[Conclusion | None, Conclusion | None]]

    @cached_property
    def differing(self) -> list[Pair]:
        """The claims whose numbers differ."""
        return [pair for pair in self.pairs if pair.relation == "differs"]

    @cached_property
    def reversed_verdicts(self) -> list[Pair]:
        """The claims whose numbers are within each other's intervals with another verdict."""
        within = [pair for pair in self.pairs if pair.relation == "within"]
        return [p for p in within if p.first and p.second and p.first.verdict != p.second.verdict]

    @cached_property
    def changed(self) -> list[tuple[Conclusion, Conclusion]]:
        """The conclusions that both runs decide, with another outcome."""
        both = [(one, other) for one, other in self.conclusions.values() if one and other]
        return [(one, other) for one, other in both if one.outcome != other.outcome]


def compare(first: Path, second: Path, published: Path) -> Comparison:
    """Compare the claims and conclusions of two runs.

    Parameters
    ----------
    first, second
        Folders such as ``results/SCALE`` or ``reference/SCALE``, folders of one panel, or
        packed runs (ZIP).
    published
        The papers' headline sentences, which both runs are judged by.

    Raises
    ------
    UserError
        There are no claims, they cannot be read, or no claim is in both runs.
    """
    runs = [_read(path) for path in (first, second)]
    one, other = ({name_of(claim): claim for claim in run} for run in runs)
    if not one.keys() & other.keys():
        raise UserError(
            expected="two runs that have claims in common",
            found=f"claims of {_panels(runs[0])}, and of {_panels(runs[1])}",
            where=f"{first} and {second}",
            remedy="compare runs of the same panel",
        )
    names = [*one, *(name for name in other if name not in one)]
    pairs = (Pair(name, _computed(one, name), _computed(other, name)) for name in names)
    # A number that neither run computed says nothing.
    known = tuple(pair for pair in pairs if pair.first or pair.second)
    judged = [
        {(each.panel, each.key): each for each in all_conclusions(published, run)} for run in runs
    ]
    keys = dict.fromkeys([*judged[0], *judged[1]])
    conclusions = {key: (judged[0].get(key), judged[1].get(key)) for key in keys}
    return Comparison((str(first), str(second)), known, conclusions)


def as_json(comparison: Comparison) -> str:
    """Return a comparison as a JSON object with every claim of both runs."""
    rows: dict[str, Any] = {
        "runs": list(comparison.names),
        "counts": _counts(comparison.pairs),
        "claims": [
            {
                "claim": pair.name,
                "relation": pair.relation,
                "first": pair.first and asdict(pair.first),
                "second": pair.second and asdict(pair.second),
            }
            for pair in comparison.pairs
        ],
        "conclusions": [
            {
                "panel": panel,
                "key": key,
                "first": one and one.outcome,
                "second": other and other.outcome,
            }
            for (panel, key), (one, other) in comparison.conclusions.items()
        ],
    }
    return json.dumps(rows, indent=1, ensure_ascii=False)


def as_text(comparison: Comparison) -> str:
    """Return a comparison for a terminal: counts, differing claims, differing conclusions."""
    panels = dict.fromkeys(pair.name.split("/")[0] for pair in comparison.pairs)
    rows = []
    for panel in panels:
        counts = _counts(pair for pair in comparison.pairs if pair.name.split("/")[0] == panel)
        rows.append([panel, *(counts[relation] for relation in RELATIONS)])
    first, second = comparison.names
    paragraphs = [
        f"first: {first}\nsecond: {second}",
        table(("panel", *RELATIONS.values()), rows),
    ]
    for heading, listed in (
        ("Claims that differ:", comparison.differing),
        ("Within each other's intervals, with another verdict:", comparison.reversed_verdicts),
    ):
        if listed:
            columns = ("claim", "first", "second", "verdict", "second verdict")
            paragraphs += [heading, table(columns, [_cells(pair) for pair in listed])]
    if comparison.changed:
        paragraphs += ["Conclusions that differ:", "\n".join(map(_changed, comparison.changed))]
    return "\n\n".join([*paragraphs, _verdict(comparison)])


def _verdict(comparison: Comparison) -> str:
    differing, changed = len(comparison.differing), len(comparison.changed)
    if not differing and not changed:
        return "Nothing differs."
    return f"Differing: claims {differing}, conclusions {changed}."


def _changed(pair: tuple[Conclusion, Conclusion]) -> str:
    one, other = pair
    first, second = OUTCOMES[one.outcome], OUTCOMES[other.outcome]
    return f"{one.panel}, first: {first}, second: {second}: {one.sentence.strip()}"


def _cells(pair: Pair) -> list[str]:
    both = [claim for claim in (pair.first, pair.second) if claim]
    return [pair.name, *map(_spelled, both), *(claim.verdict for claim in both)]


def _spelled(claim: Claim) -> str:
    interval = "" if claim.low is None else f" ({claim.low:.4f} to {claim.high:.4f})"
    return f"{claim.reproduced:.4f}{interval}"


def _counts(pairs: Iterable[Pair]) -> dict[Relation, int]:
    counts = Counter(pair.relation for pair in pairs)
    return {relation: counts[relation] for relation in RELATIONS}


def _computed(claims: Mapping[str, Claim], name: str) -> Claim | None:
    claim = claims.get(name)
    return claim if claim and claim.reproduced is not None else None


def _numbers(claim: Claim) -> tuple[float | None, ...]:
    return claim.reproduced, claim.low, claim.high


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _ROUNDING


def _inside(claim: Claim, other: Claim) -> bool:
    """Tell whether a claim's number lies within the interval of the other run's number."""
    if claim.reproduced is None or other.low is None or other.high is None:
        return False
    return other.low - _ROUNDING <= claim.reproduced <= other.high + _ROUNDING


def _panels(claims: Sequence[Claim]) -> str:
    return ", ".join(dict.fromkeys(claim.panel for claim in claims)) or "no panel"


def _read(run: Path) -> list[Claim]:
    """Return the claims of a run: of its panels, or of one panel."""
    if run.is_file():
        return _unpacked(run)
    # The folder of a scale also has all claims in one file.
    return _joined(run, sorted(run.glob(f"*/{FILE}")) or sorted(run.glob(FILE)))


def _unpacked(run: Path) -> list[Claim]:
    with TemporaryDirectory(prefix="triptych-compare-") as folder:
        try:
            with ZipFile(run) as archive:
                members = [one for one in archive.infolist() if not one.is_dir()]
                names = [one.filename for one in members if Path(one.filename).name == FILE]
                archive.extractall(folder, names)
        except FAULTS as error:
            raise UserError(
                expected="a folder of results, or a packed run (ZIP)",
                found=f"another file: {str(error) or 'the data end too early'}",
                where=str(run),
                remedy="name the folder, or copy the packed run again",
            ) from None
        return _joined(run, sorted(Path(folder).rglob(FILE)))


def _joined(run: Path, tables: Sequence[Path]) -> list[Claim]:
    """Return the claims of some tables, each claim once.

    The folder of a panel has its name: a copy of the folder, or a table of all panels, does not
    count beside it.
    """
    if not tables:
        raise UserError(
            expected="a run with claims.csv, or PANEL/claims.csv",
            found="neither" if run.exists() else "no such file or folder",
            where=str(run),
            remedy="name a finished run, such as reference/lab, or make this one: "
            + run_command("smoke"),
        )
    claims = {path: read_claims(path) for path in tables}
    of_panels = [
        own for path, own in claims.items() if {claim.panel for claim in own} == {path.parent.name}
    ]
    chosen = (claim for own in of_panels or claims.values() for claim in own)
    return list({name_of(claim): claim for claim in chosen}.values())
