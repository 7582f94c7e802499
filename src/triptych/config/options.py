"""Parameters as options of the command line: a rule passes them to a step in this form."""

import shlex
from typing import Any

from pydantic import BaseModel


def as_options(section: BaseModel, name: str = "") -> str:
    """Write a section as command line options.

    ``steps: 40`` becomes ``--steps 40``, ``flip: true`` becomes ``--flip=true``. A nested section
    is spelled with dots, ``--adversary.epsilon 0.3``. A list is one option with several values.
    null has no option.

    Parameters
    ----------
    name
        Name of the step's parameter, as a prefix of the options: ``--training.steps``.

    Returns
    -------
    str
        Options, quoted for a shell, that the command line parses back into an equal section.
    """
    return shlex.join(_options(section.model_dump(), f"{name}." if name else ""))


def _options(values: dict[str, Any], prefix: str) -> list[str]:
    options: list[str] = []
    for key, value in values.items():
        name = f"{prefix}{key.replace('_', '-')}"
        if isinstance(value, dict):
            options += _options(value, f"{name}.")
        elif isinstance(value, (list, tuple)):
            options += [f"--{name}", *(str(item) for item in value)]
        elif isinstance(value, bool):
            options.append(f"--{name}={str(value).lower()}")
        elif isinstance(value, str) and value.startswith("-"):
            options.append(f"--{name}={value}")
        elif value is not None:
            options += [f"--{name}", str(value)]
    return options
