"""Read ``params.yaml`` and refuse what the schema does not allow, in sentences."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from triptych.config.models import Parameters
from triptych.errors import UserError

Key = tuple[str | int, ...]

# Violations whose input is the section and not the value at the key.
_OF_THE_WHOLE_SECTION = ("missing", "value_error")


def read(path: Path) -> Parameters:
    """Read and check a parameter file.

    Parameters
    ----------
    path
        A YAML file in the form of ``params.yaml``.

    Raises
    ------
    UserError
        The file is missing, is not YAML, or holds a key or value that is not allowed.
    """
    return parse(_load_yaml(path), path)


def parse(values: Mapping[str, Any], path: Path) -> Parameters:
    """Check parameters that were read from ``path`` and perhaps overridden since.

    Parameters
    ----------
    values
        The merged parameters, as Snakemake hands them to the workflow.
    path
        The file that the error names, with the line of the offending key.

    Raises
    ------
    UserError
        An unknown key, or a value outside its allowed range.
    """
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        raise _explain(error, values, path) from None


def _load_yaml(path: Path) -> Any:
    try:
        return YAML(typ="rt").load(path)
    except FileNotFoundError:
        raise UserError(
            expected="a parameter file",
            found="no such file",
            where=str(path),
            remedy="run the command in the folder that holds params.yaml, or name the file",
        ) from None
    except YAMLError as error:
        raise UserError(
            expected="a parameter file in YAML",
            found=" ".join(str(error).split()),
            where=str(path),
            remedy="mend the syntax at that line",
        ) from None


def _explain(error: ValidationError, values: Mapping[str, Any], path: Path) -> UserError:
    """Turn one violation into the four parts of an error.

    An unknown key comes first: it is often a missing one, misspelt.
    """
    violations = error.errors()
    details = next((one for one in violations if one["type"] == "extra_forbidden"), violations[0])
    key = _without_tags(details["loc"], values)
    name = _name(key)
    schema = _schema_at(key)
    remedy = f"set {name or 'the parameters'} to an allowed value in {path}"
    if details["type"] == "extra_forbidden":
        expected = f"one of the keys {', '.join(_schema_at(key[:-1]).get('properties', {}))}"
        found = f"the unknown key {key[-1]!r}"
        remedy = f"remove or rename {name}"
    elif details["type"] == "missing":
        expected = f"the key {key[-1]!r}: {_allowed(schema)}"
        found = "no such key"
        remedy = f"add {name} to {path}"
    elif details["type"] == "value_error":
        expected = f"{name or 'parameters'}: {details['msg'].removeprefix('Value error, ')}"
        found = _short(details["input"])
    else:
        expected = f"{name}: {_allowed(schema)}"
        found = _short(details["input"])
    return UserError(
        expected=expected, found=found, where=_place(key, path, details), remedy=remedy
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def _without_tags(location: Key, values: Any) -> Key:
    """Drop the parts of pydantic's location that name a type and not a key."""
    key: list[str | int] = []
    for position, part in enumerate(location):
        is_last = position == len(location) - 1
        present = (isinstance(values, Mapping) and part in values) or (
            isinstance(part, int) and isinstance(values, Sequence) and part < len(values)
        )
        if present:
            values = values[part]
        if (present or is_last) and part != "[key]":
            key.append(part)
    return tuple(key)


def _name(key: Key) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return text.removeprefix(".")


def _place(key: Key, path: Path, details: ErrorDetails) -> str:
    """The file and line of a key, or of the section that lacks it; or the command line."""
    node, line = YAML(typ="rt").load(path), 0
    for part in key:
        try:
            position = node.lc.item(part) if isinstance(part, int) else node.lc.key(part)
        except (KeyError, AttributeError, IndexError):
            break
        node, line = node[part], position[0] + 1
    else:
        if details["type"] in _OF_THE_WHOLE_SECTION or node == details["input"]:
            return f"{path}, line {line}"
        return f"the command line (--config), in place of {path}, line {line}"
    if details["type"] == "missing":
        return f"{path}, line {max(line, 1)}"
    return "the command line (--config or --configfile)"


def _schema_at(key: Key) -> dict[str, Any]:
    """The JSON schema of one key; empty where the key is unknown."""
    whole = Parameters.model_json_schema()
    node: dict[str, Any] = whole
    for part in key:
        candidates = [
            _child(option, part) for option in _options(node, whole) if _child(option, part)
        ]
        node = candidates[0] if candidates else {}
    resolved = [option for option in _options(node, whole) if option.get("type") != "null"]
    return resolved[0] if resolved else {}


def _options(node: dict[str, Any], whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The alternatives of a schema node with references followed."""
    if "$ref" in node:
        return [whole["$defs"][node["$ref"].rsplit("/", 1)[1]]]
    alternatives = node.get("anyOf") or node.get("oneOf")
    return [o for child in alternatives for o in _options(child, whole)] if alternatives else [node]


def _child(node: dict[str, Any], part: str | int) -> dict[str, Any]:
    if isinstance(part, int):
        return node.get("items", {})
    child = node.get("properties", {}).get(part)
    return child or (
        node["additionalProperties"]
        if isinstance(node.get("additionalProperties"), dict)
        and part in node.get("propertyNames", {}).get("enum", [part])
        else {}
    )


def _allowed(schema: dict[str, Any]) -> str:
    """An allowed range in words, such as ``a number in (0, 1]``."""
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    kind = {
        "integer": "an integer",
        "number": "a number",
        "string": "a text",
        "array": "a list of at least one value",
        "object": "a section",
    }.get(schema.get("type", ""), "another value")
    low = _bound(schema, "minimum", "exclusiveMinimum", "[", "(", "(-inf")
    high = _bound(schema, "maximum", "exclusiveMaximum", "]", ")", "inf)", after=True)
    if schema.get("type") not in ("integer", "number") or (low, high) == (
        "(-inf",
        "inf)",
    ):
        return kind
    return f"{kind} in {low}, {high}"


def _bound(
    schema: dict[str, Any],
    closed: str,
    opened: str,
    closed_mark: str,
    open_mark: str,
    unbounded: str,
    *,
    after: bool = False,
) -> str:
    for name, mark in ((closed, closed_mark), (opened, open_mark)):
        if name in schema:
            return f"{schema[name]:g}{mark}" if after else f"{mark}{schema[name]:g}"
    return unbounded
