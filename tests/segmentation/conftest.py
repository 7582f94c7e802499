"""Peers that the environment itself lacks."""

import importlib
import os
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from support import ROOT

_PEERS = ROOT / ".venv-bench"


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a module of the peers that ``make env-bench`` installs.

    Skipped where they are missing; an error where TRIPTYCH_REQUIRE_MIRROR says that
    nothing may be skipped.
    """
    # Last: what the environment itself has comes first.
    monkeypatch.setattr(sys, "path", [*sys.path, str(_PEERS)])

    def load(name: str) -> ModuleType:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            reason = f"needs {error.name}: run `make env-bench`"
        if os.environ.get("TRIPTYCH_REQUIRE_MIRROR"):
            pytest.fail(f"TRIPTYCH_REQUIRE_MIRROR is set, but the test {reason}")
        pytest.skip(reason)

    return load
