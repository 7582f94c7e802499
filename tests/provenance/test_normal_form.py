"""The normal form of code: equal where no number can differ, and only there."""

import ast

import pytest

from triptych.provenance.normal_form import normal_form

CODE = """
def mean(values, *, weight=1.0):
    total = 0.0
    for value in values:
        total += weight * value
    if not total:
        raise UserError(expected="a sum", found=str(total))
    return [total / len(values) for _ in values]
"""


def form(code: str) -> str:
    return normal_form(ast.parse(code))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("total", "amount", id="local variable"),
        pytest.param(
            "value in", "entry in", id="loop variable alone: the other use is not renamed"
        ),
        pytest.param("for _ in", "for each in", id="variable of a comprehension"),
        pytest.param('"a sum"', '"another sum"', id="text of an error"),
        pytest.param("(values, *,", "(values: list[float], *,", id="type hint"),
        pytest.param("    total = 0.0", '    """Text."""\n    total = 0.0', id="docstring"),
        pytest.param("    total = 0.0", "    # why\n    total = 0.0", id="comment"),
    ],
)
def test_what_changes_no_number_is_left_out(old: str, new: str) -> None:
    changed = CODE.replace(old, new)
    if old == "value in":
        changed = changed.replace("* value", "* entry")
    assert changed != CODE
    assert form(changed) == form(CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("0.0", "0.5", id="number"),
        pytest.param("weight *", "len(values) *", id="expression"),
        pytest.param("* value", "* total", id="another local variable"),
        pytest.param("* value", "* scale", id="a global instead of a local variable"),
        pytest.param("weight", "factor", id="parameter: callers name it"),
        pytest.param("mean", "average", id="function: others call it"),
        pytest.param("UserError", "ValueError", id="kind of error"),
        pytest.param("=1.0", "=2.0", id="default"),
        pytest.param("/ len", "* len", id="operator in a comprehension"),
    ],
)
def test_what_may_change_a_number_changes_the_form(old: str, new: str) -> None:
    changed = CODE.replace(old, new)
    assert changed != CODE
    assert form(changed) != form(CODE)


def test_variables_of_an_outer_function_keep_their_relation() -> None:
    outer = "def f():\n    a = 1\n    b = 2\n    def g():\n        return {}\n    return g"
    assert form(outer.format("a")) != form(outer.format("b"))
    renamed = "def f():\n    x = 1\n    y = 2\n    def g():\n        return x\n    return g"
    assert form(outer.format("a")) == form(renamed)


def test_a_variable_that_an_inner_function_sets_is_not_renamed_apart() -> None:
    inner = "    def g():\n        nonlocal a\n        a = 2\n    g()\n    return a"
    code = f"def f():\n    a = 1\n{inner}"
    own = code.replace("        nonlocal a\n", "")
    assert form(code) != form(own)


def test_names_of_a_module_and_of_a_class_count() -> None:
    assert form("A = 1") != form("B = 1")
    assert form("class C:\n    a = 1") != form("class C:\n    b = 1")
