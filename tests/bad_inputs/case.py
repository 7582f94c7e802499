"""The parts of a bad input: the mistake, the command, and the words of the error."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class BadInput:
    """A mistake of a user.

    Attributes
    ----------
    title
        The mistake in words.
    command
        The command, run in the project folder. Variables of the environment may precede it;
        ``...`` stands for the options of :attr:`rest`.
    names
        Words that the error must contain.
    prepare
        Functions that fill the empty folder, in order.
    outside
        Whether the folder is not the project's.
    call
        A Python call instead of the command.
    """

    title: str
    command: str
    names: tuple[str, ...]
    prepare: tuple[Callable[[], object], ...] = ()
    rest: str = ""
    outside: bool = False
    call: Callable[[], object] | None = None
