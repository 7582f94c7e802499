"""A hash of the code that produces a step's numbers, and of nothing else."""

import ast
import hashlib
from copy import deepcopy
from functools import cache
from pathlib import Path

from triptych.provenance.normal_form import normal_form

_PACKAGE = "triptych"
_ROOT = Path(__file__).parents[2]

# Code that decides how a job runs, never what it computes. Parameters are
# compared by value, so the classes that check them do not count either.
_NOT_HASHED = (
    "triptych.cli",
    "triptych.config",
    "triptych.data.fetch",
    "triptych.data.registry",
    "triptych.engine",
    "triptych.errors",
    "triptych.job",
    "triptych.layout",
    "triptych.provenance",
    "triptych.storage",
    "triptych.system",
)
_HASHED_ALL_THE_SAME = ("triptych.job.seeds", "triptych.job.processes")


@cache
def code_hash(step: str) -> str:
    """Hash a step function and every module of the package that it reaches, to 16 digits.

    Names of local variables, error texts, type hints, comments, docstrings and layout do not
    count, see :func:`normal_form`. The command line and the rooms ``storage``, ``system``,
    ``job``, ``engine`` and ``provenance`` do not count either, except the seeds and what joins
    several processes. The running Python spells the code: results made under another minor
    version of Python may count as stale.

    Parameters
    ----------
    step
        ``PANEL.FUNCTION``, such as ``adversarial.train``: a function of
        ``triptych.PANEL.steps``, a module or a package of modules.

    Raises
    ------
    KeyError
        There is no such function.
    """
    panel, name = step.split(".")
    function = deepcopy(_step_function(f"{_PACKAGE}.{panel}.steps", name))
    pending = _imports(function)
    # How the function becomes a step, and how much work it declares, changes no number.
    function.decorator_list = []
    sources = {step: normal_form(function)}
    while pending:
        reached = pending.pop()
        if reached in sources or not _counts(reached):
            continue
        sources[reached], imported = _module(reached)
        pending |= imported
    text = "\0".join(f"{key}\0{source}" for key, source in sorted(sources.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _counts(module: str) -> bool:
    if module in _HASHED_ALL_THE_SAME:
        return True
    return not f"{module}.".startswith(tuple(f"{name}." for name in _NOT_HASHED))


@cache
def _module(module: str) -> tuple[str, frozenset[str]]:
    """The code of a module, and what it imports: asked for by many steps, found once."""
    imported = frozenset(_imports(_tree(module)))
    return normal_form(deepcopy(_tree(module))), imported


@cache
def _tree(module: str) -> ast.Module:
    path = _source(module)
    assert path is not None, module
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _source(module: str) -> Path | None:
    """The file of a module; None where there is none. Nothing is imported: that takes seconds."""
    path = _ROOT.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _step_function(steps: str, name: str) -> ast.FunctionDef:
    inner = sorted(_ROOT.joinpath(*steps.split(".")).glob("*.py"))
    for module in [steps, *(f"{steps}.{path.stem}" for path in inner)]:
        for node in _tree(module).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node
    raise KeyError(f"{steps} has no step {name}")


def _imports(tree: ast.AST) -> set[str]:
    """Modules of the package that a piece of code imports, wherever it does so."""
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import name`: name may be a module or a thing inside it.
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                modules.add(inner if _source(inner) else node.module)
    return {module for module in modules if module.split(".")[0] == _PACKAGE}
