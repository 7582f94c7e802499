"""The form in which code is compared: what changes no number is gone, all else stays."""

import ast

import pytest

from triptych.provenance.plain_code import plain

CODE = """
TOTAL = 3

def add(values, *, scale=1):
    total = 0
    try:
        for value in values:
            total += value * scale
    except ValueError as error:
        raise TypeError(f"no number: {error}") from error
    if total < 0:
        raise UserError(expected="a sum", found=f"{total} is negative", where="a", remedy="b")
    print("added", total, file=sys.stderr)
    squares = [value**2 for value in values if (last := value)]
    def inner(value):
        nonlocal total
        total += value
        return total + TOTAL + last
    return map(lambda each: each + inner(each), squares)
"""
EQUAL = {
    "a local variable": ("total", "amount"),
    "the variable of a comprehension": ("[value**2 for value in", "[each**2 for each in"),
    "a variable of a comprehension, used after it": ("last", "final"),
    "the name of an exception": ("error", "problem"),
    "the message of an exception": ("no number: ", "not a number: "),
    "the text of an error": ("is negative", "is less than zero"),
    "a printed message": ("added", "the sum is"),
}
OTHER = {
    "a number": ("total = 0", "total = 1"),
    "a parameter, by which it is called": ("scale", "factor"),
    "a global variable": ("TOTAL", "SUM"),
    "another variable": ("total += value * scale", "total += value * total"),
    "another variable of the same kind": ("map(lambda each: each +", "map(lambda each: last +"),
    "the condition of an error": ("total < 0", "total <= 0"),
    "a name that is called": ("inner", "outer"),
}


def changed(old: str, new: str) -> str:
    assert old in CODE
    # TOTAL is another name than total: case counts.
    source = CODE.replace(old, new)
    if old == "[value**2 for value in":
        source = source.replace("(last := value)", "(last := each)")
    return plain(ast.parse(source))


@pytest.mark.parametrize("change", EQUAL.values(), ids=EQUAL)
def test_what_changes_no_number_leaves_the_code(change: tuple[str, str]) -> None:
    assert changed(*change) == plain(ast.parse(CODE))


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_what_may_change_a_number_changes_the_code(change: tuple[str, str]) -> None:
    assert changed(*change) != plain(ast.parse(CODE))


def test_a_variable_that_hides_an_outer_one_is_told_from_it() -> None:
    hiding = "def f(x):\n    y = x\n    return [y for y in x]"
    using = "def f(x):\n    y = x\n    return [y for z in x]"

    assert plain(ast.parse(hiding)) != plain(ast.parse(using))


def test_names_of_a_class_are_kept() -> None:
    text = plain(ast.parse('class A:\n    """A class."""\n    steps: int = 1'))

    assert text == "class A:\n    steps: int = 1"
