"""Models on disk: what is read is what was written, and nothing else is read."""

import json

import pytest
import torch
from support import error_of
from tiny_models import ALL_EIGHT, CPU, STREETS, config, noise, stirred
from weights import assert_same_weights

from triptych.adversarial import networks as adversarial
from triptych.data.classes import class_table
from triptych.errors import UserError
from triptych.segmentation.networks import Ensemble, initialize, load, load_row, save
from triptych.storage.tensors import read_tensors, write_tensors


def _saved(path, network="deeplabv3plus", method="single", *, seed=2, **changes):
    described = config(network, method, **{"num_classes": len(STREETS), **changes})
    model = stirred(initialize(described, seed, None)).eval()
    save(model, described, path)
    return model


@pytest.mark.parametrize(
    "changes",
    [
        *({"network": network, "method": method} for network, method in ALL_EIGHT),
        {"method": "same_layer", "points": "head"},
        {"method": "multiple_layer", "width": 5, "init": "kaiming"},
        {"method": "same_layer", "detach": True},
        {"output_stride": 16},
        {"separable": True},
        {"backbone": "resnet18"},
    ],
)
def test_a_model_survives_its_file(tmp_path, changes):
    model = _saved(tmp_path / "model", **changes)
    loaded = load(tmp_path / "model", CPU, STREETS)
    assert_same_weights(model, loaded)
    assert str(loaded) == str(model)
    assert getattr(loaded, "detach", False) == changes.get("detach", False)
    torch.testing.assert_close(loaded(noise()), model(noise()), rtol=0, atol=1e-4)
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_weights_that_are_not_finite_are_refused(tmp_path):
    described = config(num_classes=len(STREETS))
    model = initialize(described, 2, None)
    model.branches[0].classifier.bias.data[1] = float("nan")
    save(model, described, tmp_path / "model")
    with pytest.raises(UserError, match=r"classifier\.bias") as caught:
        load(tmp_path / "model", CPU, STREETS)
    assert caught.value.where == str(tmp_path / "model")


def test_the_layout_in_memory_does_not_reach_the_file(tmp_path):
    described = config()
    model = initialize(described, 1, None)
    save(model, described, tmp_path / "a")
    save(model.to(memory_format=torch.channels_last), described, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_model_of_another_number_of_classes_is_a_users_mistake(tmp_path):
    _saved(tmp_path / "model")
    error = error_of(lambda: load(tmp_path / "model", CPU, class_table("voc")))
    assert error.expected.startswith("a model of 21 classes")
    assert error.found == "a model of 19 classes"
    assert error.where == str(tmp_path / "model")


def _rewritten(path, **changes):
    """Describe the weights of a file otherwise."""
    arrays, metadata = read_tensors(path)
    described = json.loads(metadata["config"]) | changes
    write_tensors(path, arrays, {"config": json.dumps(described)})


@pytest.mark.parametrize(
    "changes",
    [
        {"network": "danet"},
        {"method": "same_layer"},
        {"backbone": "resnet18"},
        {"backbone": "resnet7"},
        {"num_classes": 21},
        {"connections": {"points": "some"}},
        {"width": 3},
    ],
    ids=str,
)
def test_weights_that_do_not_fit_their_description_are_a_users_mistake(tmp_path, changes):
    _saved(tmp_path / "model")
    _rewritten(tmp_path / "model", **changes)
    assert error_of(load, tmp_path / "model", CPU, STREETS).where == str(tmp_path / "model")


def _of_panel_1(path):
    adversarial.save(adversarial.initialize(0.0625, 1), path)


def _no_description(path):
    _saved(path)
    write_tensors(path, read_tensors(path)[0])


def _one_tensor_too_few(path):
    _saved(path)
    arrays, metadata = read_tensors(path)
    arrays.pop("networks.0.classifier.bias")
    write_tensors(path, arrays, metadata)


@pytest.mark.parametrize(
    "make",
    [_of_panel_1, _no_description, _one_tensor_too_few, lambda path: path.write_bytes(b"")],
    ids=["panel 1", "no description", "a tensor too few", "empty"],
)
def test_a_file_that_holds_no_model_is_a_users_mistake(tmp_path, make):
    path = tmp_path / "model.safetensors"
    make(path)
    assert error_of(load, path, CPU, STREETS).where == str(path)


# Ensembles


def test_two_single_networks_are_an_ensemble(tmp_path):
    paths = [tmp_path / "single", tmp_path / "partner"]
    models = [_saved(path, "danet", seed=seed) for seed, path in enumerate(paths)]
    joined = load_row(paths, "danet", "ensemble", CPU, STREETS)
    assert isinstance(joined, Ensemble)
    mean = torch.stack([model(noise()).softmax(1) for model in models]).mean(0)
    torch.testing.assert_close(joined(noise()).exp(), mean, rtol=0, atol=1e-4)


def test_one_model_is_a_row_as_it_is(tmp_path):
    model = _saved(tmp_path / "model", method="same_layer")
    row = load_row([tmp_path / "model"], "deeplabv3plus", "same_layer", CPU, STREETS)
    assert_same_weights(model, row)


@pytest.mark.parametrize(
    "kinds",
    [
        [("danet", "single"), ("deeplabv3plus", "single")],
        [("danet", "single"), ("danet", "same_layer")],
        [("danet", "single")] * 3,
    ],
    ids=["two networks", "a pair", "three"],
)
def test_what_makes_no_ensemble_is_a_users_mistake(tmp_path, kinds):
    paths = [tmp_path / str(number) for number in range(len(kinds))]
    for path, kind in zip(paths, kinds, strict=True):
        _saved(path, *kind)
    error = error_of(load_row, paths, "danet", "ensemble", CPU, STREETS)
    assert str(paths[0]) in error.where
    assert "danet single" in error.found


def test_the_same_network_twice_is_no_ensemble(tmp_path):
    _saved(tmp_path / "single", "danet")
    error = error_of(load_row, [tmp_path / "single"] * 2, "danet", "ensemble", CPU, STREETS)
    assert error.found == "the same weights twice"
