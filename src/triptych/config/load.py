"""Read ``params.yaml`` and refuse what the schema does not allow, in sentences."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from triptych.config.inheritance import INHERITS, refuse_inheritance, resolve
from triptych.config.models import Parameters
from triptych.config.schema import allowed_values, is_tag, section_keys
from triptych.config.settings import Place, Setting, given, name_of, overlaid
from triptych.config.yaml_files import load_yaml
from triptych.errors import UserError

_COMMAND_LINE = Place("the command line (--config)")


def read(
    path: Path, overlays: Sequence[Path] = (), overrides: Mapping[str, Any] | None = None
) -> Parameters:
    """Read and check a parameter file: the only way in which the project reads one.

    The overlays and overrides come first, inheritance second: an overlay of scale ``lab`` also
    changes ``smoke`` where ``smoke`` inherits the key from ``lab``.

    Parameters
    ----------
    overlays
        Files whose keys replace those of ``path``, in their order: Snakemake's ``--configfile``.
    overrides
        Keys that replace those of all files: Snakemake's ``--config``.

    Raises
    ------
    UserError
        A file is missing or is not YAML; a scale inherits from none that exists; or a key or a
        value is not allowed. The error names the file and the line that set the value.
    """
    settings = load_yaml(path)
    for overlay in (*map(load_yaml, overlays), given(overrides or {}, _COMMAND_LINE)):
        refuse_inheritance(overlay)
        # The whole is still the first file: a key that is missing at the top is missing there.
        settings = Setting(overlaid(settings, overlay).value, settings.place)
    return check(resolve(settings))


def check(settings: Setting) -> Parameters:
    """Compare settings, all scales whole, with the schema.

    Raises
    ------
    UserError
        A key or a value is not allowed. The error names its place.
    """
    try:
        return Parameters.model_validate(settings.plain())
    except ValidationError as error:
        raise _explain(error, settings) from None


def _explain(error: ValidationError, settings: Setting) -> UserError:
    """Turn one violation into the four parts of an error.

    An unknown key comes first: it is often a missing one, misspelled.
    """
    violations = error.errors()
    details = next((one for one in violations if one["type"] == "extra_forbidden"), violations[0])
    location = details["loc"]
    # Without the parts of pydantic's location that name a type and not a key.
    key = tuple(part for part in location if not is_tag(part))
    name = name_of(key)
    place = settings.place_of(key)
    found = _short(details["input"])
    remedy = f"set {name or 'the parameters'} to an allowed value in {place.source}"
    if details["type"] == "extra_forbidden":
        keys = section_keys(location[:-1])
        if len(key) == 3 and key[0] == "scales":
            keys.append(INHERITS)
        expected = f"one of the keys {', '.join(keys)}"
        found = f"the unknown key {key[-1]!r}"
        remedy = f"remove or rename {name}"
    elif details["type"] == "missing":
        expected = f"the key {key[-1]!r}: {allowed_values(location)}"
        found = "no such key"
        remedy = f"add {name} to {place.source}"
    elif details["type"] == "value_error":
        expected = f"{name or 'parameters'}: {details['msg'].removeprefix('Value error, ')}"
    else:
        expected = f"{name or 'parameters'}: {allowed_values(location)}"
    return UserError(expected=expected, found=found, where=str(place), remedy=remedy)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
