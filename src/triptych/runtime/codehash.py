"""A hash of the code that produces a step's numbers, blind to comments and docstrings."""

import ast
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

_PACKAGE = "triptych"

# Code that decides how a job runs, never what it computes. Parameters are
# compared by value, so the classes that check them do not count either.
_NOT_HASHED = (
    "triptych.cli",
    "triptych.config",
    "triptych.data.fetch",
    "triptych.data.registry",
    "triptych.errors",
    "triptych.runtime",
)
_HASHED_ALL_THE_SAME = ("triptych.runtime.seeds",)


@cache
def code_hash(step: str) -> str:
    """Hash a step function and every module of the package that it reaches.

    Comments, docstrings and layout do not count, nor do the command line, the
    error sentences and ``runtime`` but for the seeds (leases, progress,
    checkpoints, provenance).

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
    function = _step_function(f"{_PACKAGE}.{panel}.steps", name)
    sources = {step: ast.unparse(function)}
    pending = _imports(function)
    while pending:
        reached = pending.pop()
        if reached in sources or not _counts(reached):
            continue
        tree = _tree(reached)
        sources[reached] = ast.unparse(tree)
        pending |= _imports(tree)
    text = "\0".join(f"{key}\0{source}" for key, source in sorted(sources.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _counts(module: str) -> bool:
    return module in _HASHED_ALL_THE_SAME or not module.startswith(_NOT_HASHED)


@cache
def _tree(module: str) -> ast.Module:
    spec = find_spec(module)
    assert spec is not None, module
    assert spec.origin is not None, module
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and _is_text(
            node.body[:1]
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _is_text(body: list[ast.stmt]) -> bool:
    return bool(
        body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def _step_function(steps: str, name: str) -> ast.FunctionDef:
    spec = find_spec(steps)
    assert spec is not None, steps
    inner = [f"{steps}.{m.name}" for m in iter_modules(spec.submodule_search_locations or [])]
    for module in [steps, *inner]:
        for node in _tree(module).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node
    raise KeyError(f"{steps} has no step {name}")


def _imports(tree: ast.AST) -> set[str]:
    """Modules of the package that a piece of code imports, wherever it does so."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import name`: name may be a module or a thing inside it.
            found |= {
                inner
                if (inner := f"{node.module}.{alias.name}") and _is_module(inner)
                else node.module
                for alias in node.names
            }
    return {module for module in found if module.split(".")[0] == _PACKAGE}


@cache
def _is_module(name: str) -> bool:
    if not name.startswith(f"{_PACKAGE}."):
        return False
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
