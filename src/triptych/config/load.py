"""Read ``params.yaml`` and refuse what the schema does not allow, in sentences."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML

from triptych.config.models import Parameters
from triptych.config.schema import Key, allowed_values, is_tag, section_keys
from triptych.config.yaml_files import load_yaml
from triptych.errors import UserError

# Violations whose input is the section and not the value at the key.
_OF_THE_WHOLE_SECTION = ("missing", "value_error")


def read(
    path: Path, overlays: Sequence[Path] = (), overrides: Mapping[str, Any] | None = None
) -> Parameters:
    """Read and check a parameter file: the only way in which the project reads one.

    Parameters
    ----------
    path
        A YAML file in the form of ``params.yaml``.
    overlays
        Files whose keys replace those of ``path``, in their order: Snakemake's ``--configfile``.
    overrides
        Keys that replace those of all files: Snakemake's ``--config``.

    Raises
    ------
    UserError
        A file is missing or is not YAML, or holds a key or value that is not allowed.
    """
    values = load_yaml(path)
    for overlay in overlays:
        values = _overlaid(values, load_yaml(overlay))
    return parse(_overlaid(values, overrides or {}), path)


def _overlaid(values: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Sections are merged, all else is replaced; a section shared by an alias stays as it is."""
    below = values if isinstance(values, Mapping) else {}
    return {
        **below,
        **{
            key: _overlaid(below.get(key), change) if isinstance(change, Mapping) else change
            for key, change in changes.items()
        },
    }


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
        raise _explain(error, path) from None


def _explain(error: ValidationError, path: Path) -> UserError:
    """Turn one violation into the four parts of an error.

    An unknown key comes first: it is often a missing one, misspelt.
    """
    violations = error.errors()
    details = next((one for one in violations if one["type"] == "extra_forbidden"), violations[0])
    location = details["loc"]
    key = _without_tags(location)
    name = _name(key)
    remedy = f"set {name or 'the parameters'} to an allowed value in {path}"
    if details["type"] == "extra_forbidden":
        expected = f"one of the keys {', '.join(section_keys(location[:-1]))}"
        found = f"the unknown key {key[-1]!r}"
        remedy = f"remove or rename {name}"
    elif details["type"] == "missing":
        expected = f"the key {key[-1]!r}: {allowed_values(location)}"
        found = "no such key"
        remedy = f"add {name} to {path}"
    elif details["type"] == "value_error":
        expected = f"{name or 'parameters'}: {details['msg'].removeprefix('Value error, ')}"
        found = _short(details["input"])
    else:
        expected = f"{name or 'parameters'}: {allowed_values(location)}"
        found = _short(details["input"])
    return UserError(
        expected=expected, found=found, where=_place(key, path, details), remedy=remedy
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def _without_tags(location: Key) -> Key:
    """Drop the parts of pydantic's location that name a type and not a key."""
    return tuple(part for part in location if not is_tag(part))


def _name(key: Key) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return text.removeprefix(".")


def _place(key: Key, path: Path, details: ErrorDetails) -> str:
    """The file and line of a key, or of the section that lacks it; or the command line."""
    node, line = YAML(typ="rt").load(path), 0
    for part in key:
        try:
            position = node.lc.item(part) if isinstance(part, int) else node.lc.key(part)
            node = node[part]
        except (KeyError, AttributeError, IndexError, TypeError):
            break
        line = position[0] + 1
    else:
        # Not-a-number differs from itself, but is written alike. A key of a section that
        # is itself refused (an unknown scale) is its own input.
        same = (
            not key
            or details["loc"][-1] == "[key]"
            or node == details["input"]
            or repr(node) == repr(details["input"])
        )
        if details["type"] in _OF_THE_WHOLE_SECTION or same:
            return f"{path}, line {max(line, 1)}"
        return f"the command line (--config), in place of {path}, line {line}"
    if details["type"] == "missing":
        return f"{path}, line {max(line, 1)}"
    return "the command line (--config or --configfile)"
