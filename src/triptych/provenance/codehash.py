"""A hash of the code that produces a step's numbers, and of nothing else."""

import ast
import copy
import hashlib
from functools import cache
from pathlib import Path

from triptych.provenance.plain_code import plain

_PACKAGE = "triptych"
_ROOT = Path(__file__).parents[2]

# Code that decides how a job runs, never what it computes. Parameters are
# compared by value, so the classes that check them do not count.
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
    """Hash a step function and every module of the package that it reaches.

    Comments, docstrings, messages, layout and the names of local variables do not count.
    Neither do the command line and the rooms ``storage``, ``system``, ``job``, ``engine`` and
    ``provenance``, except the seeds and the module that joins several processes. Code is
    compared as the running Python spells it: results made under another minor version of
    Python may count as stale.

    Parameters
    ----------
    step
        ``PANEL.FUNCTION``, such as ``adversarial.train``: a function of
        ``triptych.PANEL.steps``, a module or a package of modules.

    Returns
    -------
    str
        The first 16 digits of a SHA-256.

    Raises
    ------
    KeyError
        There is no such function.
    """
    panel, name = step.split(".")
    function = copy.deepcopy(_functions(f"{_PACKAGE}.{panel}.steps")[name])
    # They make a step of it and estimate its time.
    function.decorator_list = []
    pending = _imports(function)
    sources = {step: plain(function)}
    while pending:
        reached = pending.pop()
        if reached in sources or not _counts(reached):
            continue
        sources[reached], imported = _module(reached)
        pending |= imported
    text = "\0".join(f"{key}\0{source}" for key, source in sorted(sources.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _counts(module: str) -> bool:
    return module in _HASHED_ALL_THE_SAME or not module.startswith(_NOT_HASHED)


@cache
def _module(module: str) -> tuple[str, frozenset[str]]:
    """Return the plain code of a module and its imports, which many steps share."""
    tree = _parse(module)
    imported = frozenset(_imports(tree))
    return plain(tree), imported


def _parse(module: str) -> ast.Module:
    path = _source(module)
    assert path is not None, module
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _source(module: str) -> Path | None:
    """Return the file of a module, which is not imported; None where there is no file."""
    path = _ROOT.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


@cache
def _functions(steps: str) -> dict[str, ast.FunctionDef]:
    """Return the functions of a module or package of steps by their names."""
    inner = sorted(_ROOT.joinpath(*steps.split(".")).glob("*.py"))
    return {
        node.name: node
        for module in [steps, *(f"{steps}.{path.stem}" for path in inner)]
        for node in _parse(module).body
        if isinstance(node, ast.FunctionDef)
    }


def _imports(tree: ast.AST) -> set[str]:
    """Return the modules of the package that code imports anywhere."""
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import name`: the name may be a module.
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                modules.add(inner if _source(inner) else node.module)
    return {module for module in modules if module.split(".")[0] == _PACKAGE}
