"""Trainings that end before a step, like killed trainings."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from triptych.learning import loop


class _KilledError(Exception):
    pass


@contextmanager
def killed_before(step: int) -> Iterator[None]:
    """Let the training inside end before a step, counted from 0."""

    def until_death(items: Iterable[tuple[int, Any]], *_: object, **__: object) -> Iterator[Any]:
        for number, batch in items:
            if number == step:
                raise _KilledError
            yield number, batch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "bar", until_death)
        with pytest.raises(_KilledError):
            yield
