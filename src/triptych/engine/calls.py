"""Parse the command of a job, to compare two commands by what they do."""

import shlex
from typing import Any

from cyclopts import App, CycloptsError


def call_of(command: str, app: App) -> Any:
    """Return the step that a job's command runs, with all arguments; None where it runs no step.

    The command line ``app`` parses the command; its log redirection is ignored.
    """
    try:
        words = shlex.split(command.partition(" 2> ")[0])[1:]
        step, bound, *_ = app.parse_args(words, exit_on_error=False, print_error=False)
    except (CycloptsError, ValueError):
        return None
    bound.apply_defaults()
    return step, bound.arguments
