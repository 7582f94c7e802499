"""Which files decide a claim: fewer than those that ``claims.csv`` is made from.

``claims.csv`` is made from all tables of a panel, and a table from the raw results of all
models. A panel's module ``dependence`` narrows this for its claims. Without a rule a claim
depends on everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from triptych.claims.claims import Claim
from triptych.claims.conclusions import FILE
from triptych.layout import PUBLISHED
from triptych.provenance.chain import Choose
from triptych.provenance.making import Making


@dataclass(frozen=True)
class Dependence:
    """What some claims depend on.

    Attributes
    ----------
    claims
        A pattern of ``ARTIFACT/KEY``.
    tables
        Patterns of names of the files that the claims are read from. ``{datasets[0]}`` is
        replaced by this parameter of the step.
    among, only
        Of the files whose paths fit a pattern of ``among``, the claims depend on those alone
        that fit a pattern of ``only``.
    """

    claims: str
    tables: tuple[str, ...]
    among: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def allows(self, path: str) -> bool:
        """Tell whether the claims may depend on a file behind the tables."""
        return not _fits(path, self.among) or _fits(path, self.only)


def _fits(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


EVERYTHING = Dependence("*", ("*",))
_PRINTED = Dependence("*", ())


def dependence_of(claim: Claim, rules: Sequence[Dependence]) -> Dependence:
    """Return the first rule that fits a claim; one on printed numbers needs no file of a run."""
    place = f"{claim.artifact}/{claim.key}"
    fitting = (rule for rule in rules if fnmatch(place, rule.claims))
    printed = claim.scope == "published_only" or claim.key.startswith("published/")
    return next(fitting, _PRINTED if printed else EVERYTHING)


def chooser(claims: str, rule: Dependence) -> Choose:
    """Return which inputs of each file are followed; ``claims`` is the name of claims.csv.

    Published numbers are always followed.
    """

    def choose(name: str, making: Making) -> list[str]:
        wanted = _tables(rule, making.parameters) if name == claims else ["*"]
        return [path for path in making.inputs if _decides(Path(path), rule, wanted)]

    return choose


def _decides(path: Path, rule: Dependence, wanted: Sequence[str]) -> bool:
    if path.is_relative_to(PUBLISHED):
        return path.name != FILE
    return rule.allows(path.as_posix()) and any(fnmatch(path.name, each) for each in wanted)


def _tables(rule: Dependence, parameters: dict[str, Any]) -> list[str]:
    tables = []
    for table in rule.tables:
        try:
            tables.append(table.format_map(parameters))
        except (IndexError, KeyError):
            # The run has no such table.
            continue
    return tables
