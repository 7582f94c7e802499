"""The error that ends what a test kills, and trainings that end before a step."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from triptych.learning import loop


class KilledError(Exception):
    """Raised where a real run would be killed."""


@contextmanager
def killed_before(step: int) -> Iterator[None]:
    """Let the training inside end before a step, counted from 0."""

    def until_death(items: Iterable[tuple[int, Any]], *_: object, **__: object) -> Iterator[Any]:
        for number, batch in items:
            if number == step:
                raise KilledError
            yield number, batch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "bar", until_death)
        with pytest.raises(KilledError):
            yield
