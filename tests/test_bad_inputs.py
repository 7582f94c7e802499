"""Every mistake is told in four parts that name it, with exit code 1, and nothing is written.

docs/bad-inputs.md shows what they say: tests/docs hold that page.
"""

import pytest
from bad_inputs import GROUPS
from bad_inputs.case import BadInput
from bad_inputs.running import outcome
from command_line import parts_of

CASES = [case for cases in GROUPS.values() for case in cases]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_mistake_is_told_in_four_parts_and_nothing_is_written(case: BadInput) -> None:
    found = outcome(case)

    assert found.code == 1
    assert found.printed == ""
    parts_of(found.error)
    missing = [name for name in case.names if name not in found.error]
    assert not missing, found.error
    assert found.changed == ()


def test_no_mistake_is_listed_twice() -> None:
    assert len({case.title for case in CASES}) == len(CASES)
