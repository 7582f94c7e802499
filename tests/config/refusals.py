"""What a refused parameter file is told, and the line that the error names."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from support import error_of

from triptych.config.inheritance import resolve
from triptych.config.load import check, read
from triptych.config.models import Parameters
from triptych.config.settings import Place, Setting, given, overlaid
from triptych.config.yaml_files import load_yaml
from triptych.errors import UserError

PARAMS = Path(__file__).parents[2] / "params.yaml"
CHANGED = Place("changed.yaml", 7)


def overlay(folder: Path, text: str, name: str = "overlay.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def refusal(path: Path) -> UserError:
    """The error of reading a file."""
    return error_of(read, path)


def line_of(error: UserError, path: Path) -> str:
    """The text of the line that an error names."""
    match = re.fullmatch(rf"{re.escape(str(path))}, line (\d+)", error.where)
    assert match, f"no file and line in {error.where!r}"
    return path.read_text(encoding="utf-8").splitlines()[int(match[1]) - 1].strip()


def with_changes(changes: dict[str, Any], without: tuple[str, ...] = ()) -> Parameters:
    """The shipped parameters with other values, by keys such as ``scales.lab.adversarial``.

    Parameters
    ----------
    changes
        Values by key: a section is merged.
    without
        Keys that are removed first.
    """
    settings = _shipped()
    for key in without:
        settings = _removed(settings, key.split("."))
    for key, value in changes.items():
        for name in reversed(key.split(".")):
            value = {name: value}
        settings = overlaid(settings, given(value, CHANGED))
    return check(settings)


def refusal_of(changes: dict[str, Any], without: tuple[str, ...] = ()) -> UserError:
    """The error of the shipped parameters with other values; it names ``CHANGED``."""
    return error_of(with_changes, changes, without)


@cache
def _shipped() -> Setting:
    """The shipped parameters, every scale whole: a change at one scale changes no other."""
    return resolve(load_yaml(PARAMS))


def _removed(settings: Setting, names: list[str]) -> Setting:
    inner = dict(settings.section)
    first = inner.pop(names[0])
    if names[1:]:
        inner[names[0]] = _removed(first, names[1:])
    return Setting(inner, settings.place)
