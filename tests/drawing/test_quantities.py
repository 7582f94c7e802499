"""Times and sizes of files in words."""

import pytest

from triptych.drawing.quantities import duration, file_size


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (0.852, "0.9 s"), (119, "119 s"), (150, "2.5 min"), (5400, "90 min"),
     (9000, "2.5 h"), (40 * 3600, "40 h"), (2.6e6, "30 days")],
)  # fmt: skip
def test_a_time_has_the_unit_that_fits(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (60533, "61 kB"), (3.2e9, "3.2 GB")],
)
def test_a_size_has_the_unit_that_fits(count: float, said: str) -> None:
    assert file_size(count) == said
