"""The direction of imports, the room of Snakemake, and the one place of paths, by syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ROOT

from triptych import layout
from triptych.panels import PANELS

SOURCE = ROOT / "src/triptych"
FILES = sorted(SOURCE.rglob("*.py"))
# A room imports only from rooms of earlier rows.
ROWS = (
    {"errors", "layout"},
    {"config", "system"},
    {"storage"},
    {"provenance"},
    {"job"},
    {"engine"},
    {"drawing", "learning", "data"},
    {"audit"},
    {"claims"},
    set(PANELS),
    {"panels"},
    {"report", "doctor"},
    {"summary", "release"},
    {"rules", "scaffold"},
    {"the command line"},
)
LEVELS = {room: level for level, rooms in enumerate(ROWS) for room in rooms}
_COMMAND_LINE = {"cli", "commands", "run_commands", "claim_commands", "member"}
# Words that also have other meanings: they are paths only where they are used as one.
_PATHS = {str(value) for name, value in vars(layout).items() if name.isupper() and name != "Path"}
_WORDS = {path for path in _PATHS if path.isalpha() and path.islower()}


def room_of(name: str) -> str:
    return "the command line" if name in _COMMAND_LINE else name


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of each module, or thing in it, that a file imports anywhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_run_one_way(path: Path) -> None:
    own = room_of(path.relative_to(SOURCE).parts[0].removesuffix(".py"))
    names = [name.split(".") for name in imported(parse(path))]
    rooms = {room_of(parts[1]) for parts in names if parts[0] == "triptych"} - {own}

    upward = {room for room in rooms if own != "__init__" and LEVELS[room] >= LEVELS[own]}

    assert not upward, f"{own} imports {upward}, which do not belong below it"


def strings(tree: ast.Module) -> Iterator[tuple[ast.Constant, ast.AST | None]]:
    """Yield each text that is no docstring, with the call that it is nearest to."""
    pending: list[tuple[ast.AST, ast.AST | None]] = [(tree, None)]
    while pending:
        node, call = pending.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, call
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            inner = node if isinstance(node, ast.Call) else call
            pending += [(child, inner) for child in ast.iter_child_nodes(node)]


def is_path(constant: ast.Constant, call: ast.AST | None, tree: ast.Module) -> bool:
    """Tell whether a text is a path of the layout: by itself, before a slash, or in a Path."""
    text = str(constant.value)
    if any(text.startswith(f"{path}/") for path in _PATHS):
        return True
    if text not in _WORDS:
        return text in _PATHS
    joined = any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and constant in (node.left, node.right)
        for node in ast.walk(tree)
    )
    in_path = isinstance(call, ast.Call) and ast.unparse(call.func) == "Path"
    return joined or in_path


def test_paths_of_the_project_are_written_in_the_layout_alone() -> None:
    repeated = [
        f"{path.relative_to(SOURCE)}:{constant.lineno}: {constant.value!r}"
        for path in FILES
        if path.name != "layout.py"
        for tree in [parse(path)]
        for constant, call in strings(tree)
        if is_path(constant, call, tree)
    ]

    assert repeated == []


def test_the_layout_imports_nothing_of_the_package() -> None:
    assert list(imported(parse(SOURCE / "layout.py"))) == ["pathlib.Path"]


def test_only_the_engine_knows_snakemakes_modules_and_its_folder() -> None:
    outside = [path for path in FILES if path.relative_to(SOURCE).parts[0] != "engine"]
    for path in outside:
        tree = parse(path)
        assert not [name for name in imported(tree) if name.startswith("snakemake")], path
        named = [str(constant.value) for constant, _ in strings(tree)]
        assert not [text for text in named if ".snakemake" in text], path
