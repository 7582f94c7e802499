"""A fast end of the process: output is written, objects are not destroyed one by one."""

import atexit
import os
import select
import sys
import threading
from io import TextIOWrapper
from typing import NoReturn, TextIO


def streams() -> list[TextIO]:
    """Return standard output and error, as far as the process has them."""
    return [stream for stream in (sys.stdout, sys.stderr) if stream is not None]


def replace_unprintable() -> None:
    """Let standard output print "?" for a character that the terminal's encoding lacks.

    Otherwise the lines of a tree would end a command with a traceback.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def nobody_reads() -> bool:
    """Return whether the reader of a stream is gone; another pipe may have broken instead."""
    poll = select.poll()
    for stream in streams():
        poll.register(stream, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def drop_unwritable_output() -> None:
    """Discard output for a closed pipe, which the interpreter would try to write again."""
    for stream in streams():
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def end(code: int) -> NoReturn:
    """Exit with a code: do what the interpreter does at its end, but destroy no objects."""
    threading._shutdown()  # type: ignore[attr-defined]
    # This ends loader workers, removes temporary folders and flushes logs.
    atexit._run_exitfuncs()
    try:
        for stream in streams():
            stream.flush()
    except (OSError, ValueError):
        # A closed pipe or stream: the interpreter has its own message and exit code for it.
        sys.exit(code)
    os._exit(code)
