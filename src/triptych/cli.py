"""The command line: ``triptych PANEL STEP`` for each step, and the commands on whole results.

``triptych audit`` needs no results.
"""

import errno
import gc
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from cyclopts import App, CycloptsError, Parameter

from triptych import claim_commands, run_commands
from triptych.audit.command import audit
from triptych.commands import COMMANDS, claims, report
from triptych.errors import UserError
from triptych.job import workers
from triptych.panels import PANELS, heading, steps
from triptych.system import ending, environment

app = App(
    name="triptych",
    help="Three computer-vision papers, one pipeline: every table and figure regenerated.",
    # `--epsilons 0.1 0.2` instead of an option for each value.
    default_parameter=Parameter(consume_multiple=1, negative_iterable=()),
    # main() says what to do next.
    suppress_keyboard_interrupt=False,
)

_Group = tuple[str, Callable[..., None] | None]
# Groups of steps: the help, and the command that runs without the name of a step.
_GROUPS: dict[str, _Group] = {
    **{str(panel): (heading(panel), None) for panel in PANELS},
    "data": ("Prepare data sets.", None),
    "claims": ("Show how far the papers' claims were reproduced.", claims),
    "report": ("Write the report of a scale from the results that exist.", report),
}
for _name, (_help, _default) in _GROUPS.items():
    _group = App(name=_name.replace("_", "-"), help=_help)
    for _step in steps(_name):
        _group.command(_step)
    if _default is not None:
        _group.default(_default)
    app.command(_group)
for _command in (*COMMANDS, *run_commands.COMMANDS, *claim_commands.COMMANDS, audit):
    app.command(_command)


def main() -> None:
    """Run the command line; print a user's mistake as a message and exit with code 1.

    After Ctrl-C, a line says so, and the exit code is that of a program that SIGINT ended. If the
    reader of the output is gone, as after ``| head -1``, exit silently with the code of a program
    that SIGPIPE ended.
    """
    try:
        try:
            ending.replace_unprintable()
            # Early: the libraries of a step read the environment when they are imported.
            if removed := environment.settle():
                print(f"Not used, see docs/running.md: {', '.join(removed)}", file=sys.stderr)
            _run()
        finally:
            # Not at the interpreter's end, where an error can no longer be explained.
            for stream in ending.streams():
                stream.flush()
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from what is finished", file=sys.stderr)
        raise SystemExit(128 + signal.SIGINT) from None
    except OSError as error:
        unread = isinstance(error, BrokenPipeError) and ending.nobody_reads()
        ending.drop_unwritable_output()
        if unread:
            raise SystemExit(128 + signal.SIGPIPE) from None
        _fail(_explain(error))


def _run() -> None:
    try:
        app(exit_on_error=False, print_error=False)
    except UserError as error:
        _fail(error)
    except CycloptsError as error:
        _fail(
            UserError(
                expected="a command of triptych with its options",
                found=" ".join(str(error).split()),
                where="triptych " + " ".join(sys.argv[1:])[:300],
                remedy="see: triptych --help, or --help after a command",
            )
        )
    except RuntimeError as error:
        if explained := workers.explain(error):
            _fail(explained)
        raise


def run() -> None:
    """Run :func:`main` and end the process without destroying every object.

    Destroying the libraries' objects takes 5 % of the CPU time of the workflow's jobs.
    """
    # Imports make hundreds of thousands of objects and almost no garbage. Searching them for
    # garbage takes another 4 %.
    gc.set_threshold(100_000, 50, 100)
    code = 0
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code or 0
    ending.end(code)


def _explain(error: OSError) -> UserError:
    if error.errno == errno.ENOSPC:
        remedy = "free space on that disk and run again; finished work is kept"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = "get permission for that file or folder, or use another"
    else:
        remedy = "fix the file or folder and run again"
    return UserError(
        expected="files that can be read and written",
        found=error.strerror or str(error),
        # For a copy, the second file is the one that was written.
        where=str(error.filename2 or error.filename or "the current disk"),
        remedy=remedy,
    )


def _fail(error: UserError) -> NoReturn:
    print(error, file=sys.stderr)
    raise SystemExit(1) from None
