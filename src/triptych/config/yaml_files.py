"""The one reader of parameter files: YAML 1.2, without numbers that YAML 1.1 reads differently.

Snakemake's own reader takes the last of two equal keys, and reads ``040`` as 32.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from triptych.config.settings import Place, Setting, given
from triptych.errors import UserError

_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_MERGE = "tag:yaml.org,2002:merge"


def load_yaml(path: Path) -> Setting:
    """Read the keys and values of a file, each with its line.

    Raises
    ------
    UserError
        The file cannot be read, is not YAML, holds a key twice, holds no keys, or holds a number
        whose value depends on the version of YAML.
    """
    try:
        values = YAML(typ="safe").load(path)
        node = YAML(typ="safe").compose(path)
        _refuse_octals(path, node)
        if isinstance(values, dict):
            return _located(values, node, Place(str(path), 1))
        found = "no keys and values"
    except (OSError, YAMLError, RecursionError) as error:
        found = _problem(error)
    raise UserError(
        expected="a parameter file in YAML",
        found=found,
        where=str(path),
        remedy="correct the file; or run the command in the folder that holds params.yaml, "
        "or name another file",
    ) from None


def _problem(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError):
        return str(error.strerror)
    if isinstance(error, RecursionError):
        return "a section that contains itself"
    if isinstance(error, MarkedYAMLError) and error.problem and error.problem_mark:
        return f"{error.problem.removeprefix('found ')}, line {error.problem_mark.line + 1}"
    return " ".join(str(error).split())


def _located(value: Any, node: Node, place: Place) -> Setting:
    """A value with the lines of its keys, taken from the node that it was made from."""

    def inner(part: Any, name: Node, below: Node) -> Setting:
        return _located(part, below, Place(place.source, name.start_mark.line + 1))

    if isinstance(value, dict) and isinstance(node, MappingNode):
        entries = _entries(node)
        parts = {
            key: inner(part, *entries[str(key)]) if str(key) in entries else given(part, place)
            for key, part in value.items()
        }
        return Setting(parts, place)
    if isinstance(value, list) and isinstance(node, SequenceNode):
        items = zip(value, node.value, strict=True)
        return Setting([inner(part, item, item) for part, item in items], place)
    return given(value, place)


def _entries(node: MappingNode) -> dict[str, tuple[Node, Node]]:
    """The nodes of the keys and values of a section, by key, those of merged sections too."""
    merged: dict[str, tuple[Node, Node]] = {}
    own: dict[str, tuple[Node, Node]] = {}
    for name, value in node.value:
        if name.tag == _MERGE:
            sections = value.value if isinstance(value, SequenceNode) else [value]
            for section in reversed(sections):
                merged |= _entries(section)
        else:
            own[str(name.value)] = (name, value)
    return merged | own


def _refuse_octals(path: Path, root: Node | None) -> None:
    for key, node in _scalars(root):
        text = node.value
        # Quoted, it is text to everybody.
        if node.style in (None, "") and _OCTAL.fullmatch(text):
            octal, decimal = int(text.replace("_", ""), 8), int(text.replace("_", ""))
            if octal != decimal:
                raise UserError(
                    expected="a number with one value in all versions of YAML",
                    found=f"{key}: {text}, which is {octal} in YAML 1.1 (Snakemake) "
                    f"and {decimal} in YAML 1.2 (triptych, DVC)",
                    where=f"{path}, line {node.start_mark.line + 1}",
                    remedy=f"write {decimal}, or {octal}",
                )


def _scalars(node: Node | None, key: str = "") -> Iterator[tuple[str, ScalarNode]]:
    """The values of a file with their keys, such as ``scales.tiny.segmentation.networks[0]``."""
    if isinstance(node, ScalarNode):
        yield key, node
    elif isinstance(node, MappingNode):
        for name, value in node.value:
            yield from _scalars(value, f"{key}.{name.value}".removeprefix("."))
    elif node is not None:
        for index, value in enumerate(node.value):
            yield from _scalars(value, f"{key}[{index}]")
