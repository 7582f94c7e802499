"""Numbers as the page shows them."""

import pytest

from triptych.report.page.numbers import exact, is_number, padded, significant


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((0.274, 0.243434, 0.302469), ["0.2740", "0.2434", "0.3025"]),
        ((27.195542, 26.527547, None), ["27.20", "26.53", ""]),
        ((0.0, 0.0, 0.003827), ["0.0000", "0.0000", "0.0038"]),
        ((0.00058, 0.0001, 0.00105), ["0.0006", "0.0001", "0.0010"]),
        ((0.00058, 0.0001, 0.00095), ["0.000580", "0.000100", "0.000950"]),
        ((1000000.0, None, None), ["1,000,000", "", ""]),
        ((-1.92, -12.5, 0.0), ["-1.92", "-12.50", "0.00"]),
        ((None, None, None), ["", "", ""]),
    ],
)
def test_a_number_and_its_interval_have_equal_decimals(
    values: tuple[float | None, ...], shown: list[str]
) -> None:
    assert significant(values) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.5290, "0.529"), (75.9, "75.9"), (0.0, "0"), (100000.0, "100,000"), (2979.0, "2979"),
     (-1.92, "-1.92"), (None, "")],
)  # fmt: skip
def test_a_published_number_has_the_digits_that_it_has(value: float | None, shown: str) -> None:
    assert exact(value) == shown


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (["0.274000", "1.000000", ""], ["0.274", "1.000", ""]),
        (["8.92", "15.37", "10.1"], ["8.92", "15.37", "10.10"]),
        (["1", "20", "300"], ["1", "20", "300"]),
        (["7034304356177005007"], ["7034304356177005007"]),
        (["1e-05", "nan", "a_2.50"], ["1e-05", "nan", "a_2.50"]),
        (["0.013054912714780873", "-0.002610117621294773"],
         ["0.013054912714780873", "-0.002610117621294773"]),
    ],
)  # fmt: skip
def test_the_numbers_of_a_column_have_equal_decimals_and_lose_no_digit(
    column: list[str], shown: list[str]
) -> None:
    assert padded(column) == shown


def test_what_counts_as_a_number() -> None:
    assert [is_number(text) for text in ("1", "-0.5", "1e-5")] == [True] * 3
    assert [is_number(text) for text in ("", "nan", "inf", "0.1 to 0.2")] == [False] * 4
