"""Parse the command of a job, to compare two commands by what they do."""

import shlex
from typing import Any

from cyclopts import App, CycloptsError


def call_of(command: str, app: App) -> Any:
    """Return the step that a command runs, with all arguments; None where it runs no step.

    Parameters
    ----------
    command
        The shell command of a job; its log redirection is ignored.
    app
        The command line that parses it.
    """
    try:
        words = shlex.split(command.partition(" 2> ")[0])[1:]
        step, bound, *_ = app.parse_args(words, exit_on_error=False, print_error=False)
    except (CycloptsError, ValueError):
        return None
    bound.apply_defaults()
    return step, bound.arguments
