"""The shell command of a rule, derived from the signature of its step."""

import inspect
from typing import get_args

from triptych.job.step import Role, is_section, role
from triptych.panels import find_step


def command(name: str) -> str:
    """Write the command that runs a step, with placeholders for Snakemake.

    An input or output becomes ``--data {input.data}``, so a rule uses the names of the step's
    parameters. For a section of the parameters and an option with a default, the rule's param
    contains the whole option text: ``{params.training}``.
    """
    step = find_step(name)
    words = ["triptych", *name.replace("_", "-").split(".")]
    words += [_option(parameter) for parameter in inspect.signature(step).parameters.values()]
    return f"{' '.join(words)} 2> {{log}}"


def _option(parameter: inspect.Parameter) -> str:
    name, hint = parameter.name, parameter.annotation
    source = {Role.OUTPUT: "output", None: "params"}.get(role(hint), "input")
    placeholder = f"{source}.{name}"
    if is_section(hint) or parameter.default not in (parameter.empty, ()):
        return f"{{{placeholder}}}"
    option = f"--{name.replace('_', '-')}"
    if bool in (hint, *get_args(hint)):
        return f"{option}={{{placeholder}}}"
    quoted = f"{{{placeholder}:q}}" if source == "params" else f"{{{placeholder}}}"
    return f"{option} {quoted}"
