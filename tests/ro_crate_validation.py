"""Validate an RO-Crate against its profiles, without a network.

The validator brings the profiles with it and would fetch two JSON-LD contexts.
`ro_crate_contexts.json` has the terms of both that our crates use, as published; any other
term in a crate counts as undefined.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from rocrate_validator.models import Severity
from rocrate_validator.services import ValidationSettings, validate
from rocrate_validator.utils.http import OFFLINE_CACHE_MISS_STATUS, HttpRequester

# It includes the profiles Workflow Run Crate, Process Run Crate, Workflow RO-Crate and RO-Crate.
PROFILE = "provenance-run-crate-0.5"
_CONTEXTS: dict[str, Any] = json.loads(
    Path(__file__).with_name("ro_crate_contexts.json").read_text()
)


@dataclass(frozen=True)
class Answer:
    """What the validator reads of an HTTP response."""

    url: str

    @property
    def status_code(self) -> int:
        return 200 if self.url in _CONTEXTS else OFFLINE_CACHE_MISS_STATUS

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/ld+json"}

    def json(self) -> dict[str, Any]:
        return {"@context": _CONTEXTS[self.url]}


def complaints(folder: Path, recommended: bool = False) -> list[tuple[str, str]]:
    """What is wrong with a crate: the name of each failed check, and its message.

    If ``recommended``, also what is recommended and not required.
    """
    with (
        TemporaryDirectory() as cache,
        patch.object(HttpRequester, "get", lambda _, url, **__: Answer(url), create=True),
    ):
        result = validate(
            ValidationSettings(
                rocrate_uri=folder,
                profile_identifier=PROFILE,
                requirement_severity=Severity.RECOMMENDED if recommended else Severity.REQUIRED,
                offline=True,
                cache_path=Path(cache) / "http",
            )
        )
    return [(issue.check.name, issue.message or "") for issue in result.get_issues()]
