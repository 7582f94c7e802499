"""Every mistake is explained in four parts, ends with exit code 1, and writes nothing.

docs/bad-inputs.md shows the errors; tests/docs check that page.
"""

import pytest
from bad_inputs import GROUPS
from bad_inputs.case import BadInput
from bad_inputs.running import outcome
from command_line import parts_of

CASES = [case for cases in GROUPS.values() for case in cases]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_mistake_is_explained_in_four_parts_and_nothing_is_written(case: BadInput) -> None:
    result = outcome(case)

    assert result.code == 1
    assert result.printed == ""
    parts_of(result.error)
    missing = [name for name in case.names if name not in result.error]
    assert not missing, result.error
    assert result.changed == ()


def test_no_mistake_is_listed_twice() -> None:
    assert len({case.title for case in CASES}) == len(CASES)
