"""docs/parameters.md: every key of params.yaml, from the classes that check it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from triptych.config.load import read
from triptych.config.models import Parameters
from triptych.config.schema import Key, allowed_values, alternatives

from .markdown import page as whole_page
from .markdown import table

Node = dict[str, Any]

_INTRODUCTION = """\
Every key of [`params.yaml`](../params.yaml): its meaning, its allowed values and its value at each
scale. The classes of [`src/triptych/config`](../src/triptych/config) are the only schema, and this
page is generated from them. An unknown key or a value that is not allowed is refused before
anything runs; the error names the file and the line that set it. A dash means that the scale lacks
the section. Comments in `params.yaml` cite the paper, or give the reason where the paper is
silent."""
_INHERITANCE = """\
## How a scale gets its values

`paper` is written whole. `lab` has `inherits: paper`, `smoke` has `inherits: lab`, and `tiny` has
`inherits: smoke`: each writes only the values that differ.

- Sections are merged at every depth. Any other value is replaced, and a list is replaced whole.
- `unset: [released]` in a section removes inherited keys. `null` does not: it is a value.
- A key that neither the scale nor its ancestors write has the default of the schema.
- A change at one scale also changes the scales that inherit the key. Every scale therefore writes
  the keys that depend on the machine: `chunks`, `jobs` and `processes`.

`epsilons` is a list, or `{from: 0.01, to: 0.50, step: 0.01}`, counted in exact decimals."""
_HOW = """\
## How to change a value

For one run, override it: `--configfile mine.yaml` with the keys that differ, such as
[`workflow/lab-on-cpu.yaml`](../workflow/lab-on-cpu.yaml). Keys at the top level can also be set on
the command line: `--config scale=lab`. Overrides come before inheritance, like an edit of
`params.yaml`: a change of `scales.lab` also changes `smoke` where `smoke` inherits the key. An
override sets values; `inherits` and `unset` belong in `params.yaml`. `snakemake -n` lists the jobs
that the change affects. [running.md](running.md#versions-of-results) describes `dvc exp run -S`.

Snakemake, `triptych` and DVC read these files as YAML 1.2: `1e-3` is a number. Two equal keys in a
section are refused. A whole number with a leading zero such as `040` is also refused: it is 32 in
YAML 1.1 and 40 in YAML 1.2."""
_ABSENT = "-"
_MOST_VALUES = 6


def page(root: Path) -> str:
    """The reference of all parameters, a table for each section."""
    parameters = read(root / "params.yaml")
    whole = Parameters.model_json_schema()
    values = parameters.model_dump()
    scales = values.pop("scales")
    general = _general(whole, values)
    sections = [
        text
        for panel, node in _resolved(whole["properties"]["scales"], whole).items()
        for text in _sections(node, whole, (panel,), scales)
    ]
    return whole_page(
        "Parameters",
        _INTRODUCTION,
        _INHERITANCE,
        _HOW,
        "## For all scales",
        general,
        *sections,
    )


def _general(whole: Node, values: Mapping[str, Any]) -> str:
    """The keys above the scales; a key of a section has a dot."""
    rows = []
    for key, node in whole["properties"].items():
        if key == "scales":
            continue
        (target,) = alternatives(node, whole)
        leaves = target.get("properties")
        named = {(key, inner): leaf for inner, leaf in leaves.items()} if leaves else {(key,): node}
        rows += [
            (f"`{'.'.join(path)}`", leaf["description"], _allowed(path, leaf), _at(values, path))
            for path, leaf in named.items()
        ]
    return table(("key", "meaning", "allowed", "value"), rows)


def _resolved(scales: Node, whole: Node) -> dict[str, Node]:
    """The sections of a scale: the panels."""
    (scale,) = alternatives(scales["additionalProperties"], whole)
    return scale["properties"]


def _sections(
    node: Node, whole: Node, path: tuple[str, ...], scales: Mapping[str, Any]
) -> Iterator[str]:
    """A heading, a sentence and a table for a section, then the same for those within it.

    A section that may take one of several forms has a sentence and a table for each.
    """
    yield f"{'##' if len(path) == 1 else '###'} `{'.'.join(path)}`"
    inner: list[tuple[str, Node]] = []
    for form in alternatives(node, whole):
        if form.get("type") == "null":
            continue
        yield form["description"].split("\n\n")[0]
        leaves = {}
        for key, child in form["properties"].items():
            if _is_section(child, whole):
                inner.append((key, child))
            else:
                leaves[key] = child
        if leaves:
            yield _leaves(leaves, path, scales)
    for key, child in inner:
        yield from _sections(child, whole, (*path, key), scales)


def _leaves(leaves: Mapping[str, Node], path: tuple[str, ...], scales: Mapping[str, Any]) -> str:
    rows = []
    for key, node in leaves.items():
        at = (*path, key)
        # The schema of all scales is the same one.
        allowed = _allowed(("scales", next(iter(scales)), *at), node)
        values = [_at(values, at) for values in scales.values()]
        rows.append((f"`{key}`", node["description"], allowed, *values))
    return table(("key", "meaning", "allowed", *scales), rows)


def _is_section(node: Node, whole: Node) -> bool:
    return any("properties" in form for form in alternatives(node, whole))


def _allowed(key: Key, node: Node) -> str:
    """The allowed values of a key, in the words of the errors, and its default."""
    form = node.get("anyOf", [node])[0]
    if form.get("type") == "boolean":
        words = "true or false"
    elif form.get("type") == "array":
        words = f"a list{', not empty' if form.get('minItems') else ''}; each value: "
        words += allowed_values((*key, 0))
    else:
        words = allowed_values(key)
    words += ", or null" if {"type": "null"} in node.get("anyOf", ()) else ""
    default = node.get("default")
    return words if default is None else f"{words}; default: {_value(default)}"


def _at(values: Any, path: tuple[str, ...]) -> str:
    """The value at a path in the spelling of YAML; a dash where its section is missing."""
    for key in path:
        if not isinstance(values, Mapping) or key not in values:
            return _ABSENT
        values = values[key]
    if isinstance(values, (list, tuple)):
        return _list([_value(value) for value in values])
    return _value(values)


def _list(values: list[str]) -> str:
    if len(values) <= _MOST_VALUES:
        return ", ".join(values) or "none"
    return f"{values[0]}, {values[1]}, ..., {values[-1]} ({len(values)} values)"


def _value(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
