"""How the program ends: what it printed is written, and nothing is taken down one by one."""

import atexit
import os
import select
import sys
import threading
from typing import NoReturn, TextIO


def streams() -> list[TextIO]:
    """Standard output and error; None of them where the program was started without."""
    return [stream for stream in (sys.stdout, sys.stderr) if stream is not None]


def nobody_reads() -> bool:
    """Whether a stream's reader is gone: the pipe that broke may be another, as of a connection."""
    poll = select.poll()
    for stream in streams():
        poll.register(stream, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def drop_what_cannot_be_written() -> None:
    """Give up what a closed pipe did not take: else the interpreter tries again, and complains."""
    for stream in streams():
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def end(code: int) -> NoReturn:
    """Do what the interpreter does at its end, in its order, and leave the objects as they are.

    Parameters
    ----------
    code
        The exit code.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    # Among them: loader workers are ended, temporary folders removed, logs flushed.
    atexit._run_exitfuncs()
    try:
        for stream in streams():
            stream.flush()
    except (OSError, ValueError):
        # A closed pipe or stream: the interpreter has its own words and exit code for it.
        sys.exit(code)
    os._exit(code)
