"""The register of all panels and steps.

A panel is a package with two modules: ``steps`` with a tuple ``STEPS``, and ``files`` with a
function ``all_files``. A third module, ``dependence`` with a tuple ``RULES``, is optional.
:mod:`triptych.config.models` lists its name and its section of the parameters.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from inspect import getdoc
from typing import TYPE_CHECKING, get_args

from triptych.config.models import Panel, Parameters

if TYPE_CHECKING:
    from triptych.claims.dependence import Dependence

PANELS: tuple[Panel, ...] = get_args(Panel)

Step = Callable[..., None]


def steps(group: str) -> tuple[Step, ...]:
    """Return the steps of a panel, or of ``data``, ``claims`` and ``report``."""
    return import_module(f"triptych.{group}.steps").STEPS


def find_step(name: str) -> Step:
    """Return a step by its full name, such as ``adversarial.train``.

    Raises
    ------
    KeyError
        The step does not exist.
    """
    group, own = name.split(".")
    return {step.__name__: step for step in steps(group)}[own]


def panel_files(parameters: Parameters, scale: str) -> Iterator[str]:
    """List every file of every panel at a scale."""
    for panel in PANELS:
        section = getattr(parameters.scales[scale], panel)  # type: ignore[index]
        yield from import_module(f"triptych.{panel}.files").all_files(section, scale)


def dependences(panel: str) -> "tuple[Dependence, ...]":
    """Return the rules that say which files decide a claim of a panel; none where it has none."""
    name = f"triptych.{panel}.dependence"
    return import_module(name).RULES if panel in PANELS and find_spec(name) else ()


def heading(panel: Panel) -> str:
    """Return the first line of a panel's docstring: its number and its subject."""
    return (getdoc(import_module(f"triptych.{panel}")) or panel).splitlines()[0]
