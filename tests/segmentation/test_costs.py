"""Parameters and multiply-adds, against published ones and by hand."""

import pytest
import torch
from tiny_models import ALL_EIGHT, config, tiny

from triptych.segmentation.costs import costs_table, count


@pytest.mark.parametrize(
    ("network", "method", "stride", "parameters", "gmacs"),
    [
        ("danet", "single", 8, 66.5, 673),
        ("deeplabv3plus", "same_layer", 16, 128.9, 394),
        ("deeplabv3plus", "multiple_layer", 16, 130.9, 408),
    ],
)
def test_the_costs_at_paper_scale_are_those_measured_before(
    network, method, stride, parameters, gmacs
):
    described = config(
        network, method, backbone="resnet101", num_classes=19, output_stride=stride, width=64
    )
    found = count(described, 768, 768)
    assert found["parameters"] == pytest.approx(parameters, abs=0.05)
    assert found["gmacs"] == pytest.approx(gmacs, abs=0.5)


def test_multiply_adds_are_counted_as_by_hand():
    """A quarter more classes cost exactly their part of the classifier: 1x1 over 64 channels."""
    few, many = (count(config(num_classes=classes), 64, 64)["gmacs"] for classes in (4, 5))
    assert (many - few) * 1e9 == pytest.approx(64 * 16 * 16, rel=1e-3)


@pytest.mark.parametrize(("network", "method"), ALL_EIGHT)
def test_all_parameters_of_a_model_are_counted(network, method):
    expected = sum(p.numel() for p in tiny(network, method).parameters()) / 1e6
    assert count(config(network, method), 32, 32)["parameters"] == expected


def test_counting_draws_nothing():
    before = torch.random.get_rng_state()
    count(config(), 32, 32)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_table_has_a_row_for_each_model():
    models = [*ALL_EIGHT[4:], ("deeplabv3plus", "single_longer"), ("deeplabv3plus", "mutual")]
    table = costs_table([config(*one) for one in models], 32, 48, longer=2.5)
    assert list(table) == [
        *("network", "method", "parameters", "gmacs", "training", "height", "width")
    ]
    assert list(zip(table["network"], table["method"], strict=True)) == models
    assert set(table["height"]) == {32}
    assert set(table["width"]) == {48}
    for column in ("gmacs", "parameters"):
        costs = table.set_index("method")[column]
        assert costs["ensemble"] == pytest.approx(2 * costs["single"])
        assert costs["ensemble"] < costs["same_layer"] < costs["multiple_layer"]
        assert costs["single_longer"] == costs["single"]
        assert costs["mutual"] == costs["ensemble"]
    training = table.set_index("method")["training"]
    assert training["single"] == 1
    assert training["ensemble"] == pytest.approx(2)
    assert training["single_longer"] == 2.5
