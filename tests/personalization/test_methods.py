"""The table of rows agrees with the parameters' names and with what each row claims."""

import re
from typing import get_args

import pytest

from triptych.config.personalization import AdapterName, Pooling, Variant
from triptych.personalization.methods import (
    ADAPTERS,
    BY_NAME,
    METHODS,
    PAPER_METHODS,
    ROW_PATTERN,
    VARIANTS,
    RowName,
)


def test_the_table_has_every_row_that_the_parameters_know_in_their_order():
    assert tuple(name for part in get_args(Variant) for name in get_args(part)) == VARIANTS
    assert set(ADAPTERS) == set(get_args(AdapterName))
    assert {method.pooling for method in METHODS} - {None} == set(get_args(Pooling))


def test_photos_need_an_adapter_and_an_adapter_needs_photos():
    for method in METHODS:
        assert (method.adapter is None) == (method.pooling is None), method.name
        assert not (method.tuned_per_person and method.adapter), method.name
        assert method.adapter or not method.next_person, method.name


def test_labels_and_headings_tell_the_rows_apart():
    assert len({method.label for method in METHODS}) == len(METHODS)
    assert len({method.heading for method in METHODS if method.heading}) == len(PAPER_METHODS)


def test_each_row_has_its_pooling():
    assert {name: method.pooling for name, method in BY_NAME.items() if method.adapter} == {
        "ip_adapter": "first",
        "ip_adapter_max_pool": "max",
        "ip_adapter_avg_pool": "avg",
        "ip_adapter_self_attention": "self_attention",
        "ip_adapter_finetuned": "all",
        "ip_adapter_other_person": "first",
        "ip_adapter_face": "avg",
    }
    assert [name for name, method in BY_NAME.items() if method.next_person] == [
        "ip_adapter_other_person"
    ]


@pytest.mark.parametrize(
    "name",
    [
        RowName("ip_adapter"),
        RowName("ip_adapter_finetuned", seed=2),
        RowName("ip_adapter_avg_pool", references=3),
        RowName("ip_adapter", scale=0.5),
        RowName("text_only", guidance=1.5),
    ],
)
def test_row_names_are_read_as_they_are_written(name):
    assert RowName.parse(str(name)) == name
    assert re.fullmatch(ROW_PATTERN, str(name))


@pytest.mark.parametrize(
    "text",
    ["ip_adapters", "ip_adapter.seeds1", "ip_adapter.seed", "ip_adapter.", "dreambooth_0", ""],
)
def test_other_row_names_are_refused(text):
    with pytest.raises(ValueError, match="no row of this panel"):
        RowName.parse(text)
    assert not re.fullmatch(ROW_PATTERN, text)
