"""The three outcomes of a replay; tests/workflow runs whole replays."""

from dataclasses import replace

import pytest

from triptych.claims.claims import Basis, Claim, Tolerance, text_claim, value_claim
from triptych.claims.intervals import Estimate
from triptych.claims.replayed import Replay

NUMBER = value_claim(
    *("adversarial", "table2", "0.1", 0.5, Estimate(0.5, 0.4, 0.6)),
    *(Tolerance(0.02, False), Basis("retrained", 1)),
)
SENTENCE = text_claim("adversarial", "section5", "never", 0.0, 1.0, False, "a reason")
MISSING = replace(NUMBER, reproduced=None, low=None, high=None, verdict="missing")


@pytest.mark.parametrize(
    ("claim", "again", "different", "outcome"),
    [
        (NUMBER, NUMBER, (), "same bytes"),
        (NUMBER, NUMBER, ("curves.csv",), "within the interval"),
        (NUMBER, replace(NUMBER, reason="other words"), (), "within the interval"),
        (NUMBER, replace(NUMBER, reproduced=0.6), ("curves.csv",), "within the interval"),
        (NUMBER, replace(NUMBER, reproduced=0.61), ("curves.csv",), "differs"),
        (NUMBER, replace(NUMBER, reproduced=0.39), (), "differs"),
        (NUMBER, MISSING, (), "differs"),
        (NUMBER, None, (), "differs"),
        (MISSING, replace(MISSING, verdict="not_comparable"), (), "differs"),
        (MISSING, MISSING, ("curves.csv",), "within the interval"),
        (SENTENCE, SENTENCE, ("curves.csv",), "within the interval"),
        (SENTENCE, replace(SENTENCE, reproduced=0.99), (), "differs"),
    ],
)
def test_bytes_then_intervals_decide(
    claim: Claim, again: Claim | None, different: tuple[str, ...], outcome: str
) -> None:
    assert Replay(claim, again, 3, different, ()).outcome == outcome
