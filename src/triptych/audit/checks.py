"""The checks by name, and how a check is called with the options of a user."""

import inspect
from collections.abc import Mapping
from typing import Any

import pandas as pd

from triptych.audit.budgets import half_budget, monotone
from triptych.audit.floors import frechet_floor
from triptych.audit.granularity import granularity
from triptych.audit.judgments import Check, Judgment
from triptych.audit.orders import orders
from triptych.audit.sums import mean_of_classes, percentages
from triptych.errors import UserError

CHECKS: Mapping[str, Check] = {
    "mean-of-classes": mean_of_classes,
    "granularity": granularity,
    "monotone": monotone,
    "half-budget": half_budget,
    "orders": orders,
    "frechet-floor": frechet_floor,
    "percentages": percentages,
}


def judge(check: str, table: pd.DataFrame, options: Mapping[str, Any]) -> list[Judgment]:
    """Run a check with a user's options.

    Parameters
    ----------
    check
        A key of :data:`CHECKS`.
    options
        By the names of the check's parameters; None where an option was not given.

    Raises
    ------
    UserError
        An option is missing or belongs to another check, the check refuses the table, or no
        number can be judged.
    """
    given = {name: value for name, value in options.items() if value not in (None, ())}
    _, *parameters = inspect.signature(CHECKS[check]).parameters.values()
    required = [one.name for one in parameters if one.default is inspect.Parameter.empty]
    known = [one.name for one in parameters]
    missing, foreign = set(required) - given.keys(), given.keys() - set(known)
    if missing or foreign:
        absent = [f"no {_option(name)}" for name in required if name in missing]
        raise UserError(
            expected=f"{_options(required)} for this check"
            + (f"; perhaps {_options(name for name in known if name not in required)}"),
            found=", ".join([*absent, *(_option(name) for name in sorted(foreign))]),
            where=f"triptych audit --check {check}",
            remedy="see: triptych audit --help, and docs/audit.md",
        )
    judgments = CHECKS[check](table, **given)
    if not judgments:
        raise UserError(
            expected="at least one row with all numbers that the check needs",
            found="none",
            where=f"triptych audit --check {check}",
            remedy="name other columns; blank cells are left out",
        )
    return judgments


def _options(names: Any) -> str:
    return ", ".join(map(_option, names))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
