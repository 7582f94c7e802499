"""Every key of the schema: its bounds are enforced, and a refusal names key, value and range."""

import math
from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin

import annotated_types
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from refusals import CHANGED, PARAMS, refusal_of, with_changes

from triptych.config.load import read
from triptych.config.settings import name_of
from triptych.errors import UserError

_KINDS = {int: "an integer", float: "a number", bool: "true or false", str: "a text"}


class Leaf(NamedTuple):
    """A key that holds a value, at one of the places where the shipped file has it."""

    key: str
    types: tuple[Any, ...]
    bounds: list[tuple[str, float]]
    is_required: bool


def _bounds(metadata: list[Any]) -> list[tuple[str, float]]:
    names = {annotated_types.Ge: "ge", annotated_types.Gt: "gt",
             annotated_types.Le: "le", annotated_types.Lt: "lt"}  # fmt: skip
    return [(name, getattr(one, name)) for one in metadata if (name := names.get(type(one)))]


def _leaf(key: str, field: FieldInfo) -> Leaf:
    annotation = field.annotation
    types = get_args(annotation) if NoneType in get_args(annotation) else (annotation,)
    return Leaf(key, types, _bounds(field.metadata), field.is_required())


def _fields(section: Any, key: tuple[str, ...] = ()) -> Iterator[tuple[type, str, str, FieldInfo]]:
    if isinstance(section, dict):
        for name, inner in section.items():
            yield from _fields(inner, (*key, name))
    elif isinstance(section, BaseModel):
        for name, field in type(section).model_fields.items():
            value = getattr(section, name)
            yield type(section), name, name_of((*key, name)), field
            yield from _fields(value, (*key, name))


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


# The last place of each: the classes of several scales are the same.
FIELDS = {(section, name): (key, field) for section, name, key, field in _fields(read(PARAMS))}
# Sections within a form of a union have no description of their own.
DESCRIBED = [_leaf(key, field) for key, field in FIELDS.values() if field.description]
LEAVES = [leaf for leaf in DESCRIBED if not any(map(_is_section, leaf.types))]
NUMBERS = [leaf for leaf in LEAVES if {int, float} & set(leaf.types)]


def _interval(bounds: list[tuple[str, float]]) -> str:
    low = next((f"{'[' if name == 'ge' else '('}{bound:g}"
                for name, bound in bounds if name[0] == "g"), "(-inf")  # fmt: skip
    high = next((f"{bound:g}{']' if name == 'le' else ')'}"
                 for name, bound in bounds if name[0] == "l"), "inf)")  # fmt: skip
    return f"{low}, {high}"


def _beyond(name: str, bound: float, whole: bool) -> float:
    """The nearest number that a bound excludes."""
    if name in ("gt", "lt"):
        return bound
    direction = -1 if name == "ge" else 1
    return bound + direction if whole else math.nextafter(bound, direction * math.inf)


def _assert_refused(leaf: Leaf, value: Any, allowed: str, item: str = "") -> None:
    error = refusal_of({leaf.key: [value] if item else value})

    assert error.expected == f"{leaf.key}{item}: {allowed}"
    assert error.found == repr(value)
    assert error.where == str(CHANGED)
    assert leaf.key in error.remedy


def _is_refused(leaf: Leaf, value: float, allowed: str) -> bool:
    """Whether a value is refused for its range, and not because it contradicts another key."""
    try:
        with_changes({leaf.key: value})
    except UserError as error:
        return error.expected == f"{leaf.key}: {allowed}"
    return False


@pytest.mark.parametrize("leaf", NUMBERS, ids=[leaf.key for leaf in NUMBERS])
def test_a_number_is_refused_beyond_its_bounds_alone(leaf: Leaf) -> None:
    whole = int in leaf.types
    allowed = f"{_KINDS[int if whole else float]} in {_interval(leaf.bounds)}"
    # A number without a lower bound could be negative: none of these may.
    assert any(name[0] == "g" for name, _ in leaf.bounds)
    for name, bound in leaf.bounds:
        _assert_refused(leaf, _beyond(name, bound, whole), allowed)
        if name in ("ge", "le"):
            assert not _is_refused(leaf, bound, allowed)
    for value in ("many", [1], 0.5 if whole else math.nan):
        _assert_refused(leaf, value, allowed)
    if NoneType not in leaf.types:
        _assert_refused(leaf, None, allowed)


OTHERS = [leaf for leaf in LEAVES if leaf not in NUMBERS]


def _choices(kind: Any) -> list[str]:
    """The values of a choice; none of another kind."""
    return [str(choice) for choice in get_args(kind)] if get_origin(kind) is Literal else []


@pytest.mark.parametrize("leaf", OTHERS, ids=[leaf.key for leaf in OTHERS])
def test_a_choice_a_truth_value_a_text_and_a_list_refuse_all_else(leaf: Leaf) -> None:
    (kind,) = set(leaf.types) - {NoneType}
    if choices := _choices(kind):
        _assert_refused(leaf, "other", "one of " * (len(choices) > 1) + ", ".join(choices))
    elif get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        if choices := _choices(inner):
            _assert_refused(
                leaf, "other", "one of " * (len(choices) > 1) + ", ".join(choices), "[0]"
            )
        elif inner is not str:
            number, *metadata = get_args(inner)
            bounds = _bounds([*metadata[0].metadata])
            allowed = f"{_KINDS[number]} in {_interval(bounds)}"
            for name, bound in bounds:
                _assert_refused(leaf, _beyond(name, bound, number is int), allowed, "[0]")
        _assert_refused(leaf, "other", "a list of at least one value")
        if not leaf.key.endswith(("controls", "extensions", "further_detectors")):
            _assert_refused(leaf, [], "a list of at least one value")
    elif kind is bool:
        _assert_refused(leaf, "maybe", _KINDS[bool])
    else:
        assert kind is str
        _assert_refused(leaf, 5, _KINDS[str])
        if not leaf.key.endswith("mirror"):
            _assert_refused(leaf, "", _KINDS[str])


# Without `released` a section is one that is trained.
REQUIRED = [leaf for leaf in LEAVES if leaf.is_required and not leaf.key.endswith(".released")]


@pytest.mark.parametrize("leaf", REQUIRED, ids=[leaf.key for leaf in REQUIRED])
def test_a_missing_key_is_named_with_its_range(leaf: Leaf) -> None:
    error = refusal_of({}, without=(leaf.key,))

    assert error.expected.startswith(f"the key {leaf.key.rsplit('.', 1)[-1]!r}: ")
    assert error.found == "no such key"
    assert error.remedy.startswith(f"add {leaf.key} to {PARAMS}")


SECTIONS = {section: key.rpartition(".")[0] for (section, _), (key, _) in FIELDS.items()}


@pytest.mark.parametrize("section", SECTIONS, ids=[section.__name__ for section in SECTIONS])
def test_an_unknown_key_is_refused_with_the_known_keys(section: type[BaseModel]) -> None:
    key = f"{SECTIONS[section]}.foo".removeprefix(".")

    error = refusal_of({key: 1})

    known = list(section.model_fields)
    assert error.expected.removeprefix("one of the keys ").split(", ")[: len(known)] == known
    assert error.found == "the unknown key 'foo'"
    assert error.where == str(CHANGED)
    assert error.remedy == f"remove or rename {key}"
