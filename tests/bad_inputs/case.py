"""What a bad input is: what is wrong, how it comes about, and what its error must name."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class BadInput:
    """One mistake of a user's.

    Attributes
    ----------
    title
        What is wrong, in words.
    command
        What the user runs, in the project's folder. Variables of the environment may stand
        before it; for ``...`` stand the options of :attr:`rest`.
    names
        What the error must name, whatever else it says.
    prepare
        What makes the folder, which is empty before, in order.
    rest
        Options that are no part of the mistake.
    outside
        Whether the folder is another one than the project's.
    call
        What runs in place of the command, where that is a call from Python.
    """

    title: str
    command: str
    names: tuple[str, ...]
    prepare: tuple[Callable[[], object], ...] = ()
    rest: str = ""
    outside: bool = False
    call: Callable[[], object] | None = None
