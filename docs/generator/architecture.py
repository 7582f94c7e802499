"""docs/architecture.svg: the rooms of the package in layers, drawn from its imports."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from textwrap import wrap

import networkx as nx

from triptych.provenance import codehash

_PACKAGE = "triptych"
# Modules beside the rooms, by the room that stands for them; every room may import the others.
_TOP = {
    "cli": "cli",
    "commands": "cli",
    "run_commands": "cli",
    "claim_commands": "cli",
    "member": "cli",
}
_SHARED = ("errors", "layout")

# The docstring of each module, and the modules of the package that it imports.
Modules = Mapping[str, tuple[str, frozenset[str]]]
Lines = Iterable[tuple[str, str]]

_WIDTH, _GAP, _MARGIN, _LINE = 206, 12, 16, 14
_CHARACTERS = 31
_COLORS = {
    "a change makes results stale": "#fde3c8",
    "a change makes the report stale": "#fdf6c8",
    "a change makes nothing stale": "#e3eefa",
}
_STALE, _STALE_REPORT, _NOT_STALE = _COLORS


def picture(root: Path) -> str:
    """Return the picture as SVG: a box for each room, above the rooms that it imports."""
    modules = dict(_modules(root / "src" / _PACKAGE))
    edges = {
        (_room(module), _room(target))
        for module, (_, targets) in modules.items()
        for target in targets
        if _room(module) not in (_room(target), None) and _room(target)
    }
    graph = nx.DiGraph(sorted(edges))
    layers = _layers(graph)
    effects = _effects(modules)
    lines = {room: [*_text(modules, room, sorted(graph.successors(room)))] for room in graph}
    width = 2 * _MARGIN + max(map(len, layers)) * (_WIDTH + _GAP) - _GAP
    boxes, y = [], _MARGIN
    for rooms in layers:
        left = (width - len(rooms) * (_WIDTH + _GAP) + _GAP) // 2
        box_height = (max(len(lines[room]) for room in rooms) + 1) * _LINE
        for column, room in enumerate(rooms):
            x = left + column * (_WIDTH + _GAP)
            boxes += [*_box(x, y, box_height, _COLORS[effects[room]], lines[room])]
        y += box_height + _GAP
    height = y + _LINE + _MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *boxes,
        *_legend(height - _MARGIN),
        "</svg>",
        "",
    ])  # fmt: skip


def _modules(package: Path) -> Iterator[tuple[str, tuple[str, frozenset[str]]]]:
    """Yield each module with its docstring and the modules of the package that it imports."""
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, (ast.get_docstring(tree) or "", frozenset(_imports(tree, package.parent)))


def _imports(tree: ast.Module, source: Path) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == _PACKAGE:
            for alias in node.names:
                inner = source.joinpath(*f"{node.module}.{alias.name}".split("."))
                is_module = inner.with_suffix(".py").is_file() or inner.is_dir()
                yield f"{node.module}.{alias.name}" if is_module else str(node.module)


def _room(module: str) -> str | None:
    """Return the room of a module; None for what every room may import."""
    parts = module.split(".")
    if len(parts) == 1 or parts[1] in _SHARED:
        return None
    return _TOP.get(parts[1], parts[1])


def _layers(graph: "nx.DiGraph[str]") -> list[list[str]]:
    """Return the rooms from the top down; each imports from lower layers, or in a circle."""
    circles = nx.condensation(graph)
    depths: dict[int, int] = {}
    for node in reversed(list(nx.topological_sort(circles))):
        depths[node] = 1 + max((depths[below] for below in circles.successors(node)), default=-1)
    layers: list[list[str]] = [[] for _ in range(1 + max(depths.values()))]
    for node, depth in depths.items():
        layers[-1 - depth] += circles.nodes[node]["members"]
    return [sorted(rooms) for rooms in layers]


def _effects(modules: Modules) -> dict[str | None, str]:
    """Return what a change of each room makes stale, as the hash of the code follows imports."""
    effects: dict[str | None, str] = dict.fromkeys(map(_room, modules), _NOT_STALE)
    for of_report, effect in ((True, _STALE_REPORT), (False, _STALE)):
        pending = {
            name
            for name in modules
            if name.split(".")[2:3] == ["steps"] and (_room(name) == "report") is of_report
        }
        reached: set[str] = set()
        while pending:
            module = pending.pop()
            if module not in reached and module in modules and codehash._counts(module):
                reached.add(module)
                pending |= modules[module][1]
        effects |= dict.fromkeys(map(_room, reached), effect)
    return effects


def _text(modules: Modules, room: str, below: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the lines of a box, each with its style."""
    yield room, ' font-weight="bold" font-size="13"'
    purpose = modules[f"{_PACKAGE}.{room}"][0].split("\n")[0].replace("`", "")
    for line in wrap(purpose, _CHARACTERS):
        yield line, ""
    for line in wrap(_exceptions(modules, room), _CHARACTERS):
        yield line, ' font-weight="bold"'
    for line in wrap(f"imports {', '.join(below)}" if below else "", _CHARACTERS):
        yield line, ' fill="#4a4a4a" font-style="italic"'


def _exceptions(modules: Modules, room: str) -> str:
    """Name the modules that the hash of the code treats unlike the rest of their room."""
    inside = [name for name in modules if name.startswith(f"{_PACKAGE}.{room}.")]
    counted = {name: codehash._counts(name) for name in inside}
    if len(set(counted.values())) < 2:
        return ""
    few = sum(counted.values()) * 2 < len(counted)
    names = (name.split(".", 2)[2] for name, counts in counted.items() if counts is few)
    return f"{'only' if few else 'except'} {', '.join(names)}"


def _box(x: int, y: int, height: int, color: str, lines: Lines) -> Iterator[str]:
    yield (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{height}" rx="6" fill="{color}"'
        ' stroke="#5a6b7b"/>'
    )
    for number, (line, style) in enumerate(lines, 1):
        yield f'<text x="{x + 8}" y="{y + 4 + number * _LINE}"{style}>{escape(line)}</text>'


def _legend(y: int) -> Iterator[str]:
    for number, (text, color) in enumerate(_COLORS.items()):
        x = _MARGIN + number * (_WIDTH + _GAP)
        yield (
            f'<rect x="{x}" y="{y - 11}" width="14" height="14" fill="{color}" stroke="#5a6b7b"/>'
        )
        yield f'<text x="{x + 20}" y="{y}">{text}</text>'
