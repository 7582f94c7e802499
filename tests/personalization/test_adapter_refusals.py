"""Adapters that are refused: damaged, or for another base model or image encoder."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from support import error_of
from tiny_base import (
    CPU,
    WIDTH,
    fresh,
)
from transformers import CLIPVisionModelWithProjection

from triptych.personalization import adapter
from triptych.personalization.networks.face_network import FaceNetwork, save_face_network

WEIGHTS = "models/ip-adapter.safetensors"
ENCODER = "models/image_encoder"


# What is refused


def test_an_image_encoder_that_was_published_in_half_precision_speaks_in_whole(
    pipeline, adapter_folder
):
    config = adapter_folder / ENCODER / "config.json"
    half = json.loads(config.read_text()) | {"torch_dtype": "float16", "dtype": "float16"}
    config.write_text(json.dumps(half))
    opened = fresh(pipeline)
    adapter.load(opened, adapter_folder)
    assert {value.dtype for value in opened.image_encoder.parameters()} == {torch.float32}


def _refusal(pipeline, folder):
    return error_of(adapter.load, fresh(pipeline), folder)


def _changed(folder, name, change):
    tensors = load_file(folder / WEIGHTS)
    if change is None:
        del tensors[name]
    else:
        tensors[name] = change(tensors[name]).contiguous()
    save_file(tensors, folder / WEIGHTS)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("image_proj.proj.weight", (64, 16)),
        ("image_proj.proj.bias", (64,)),
        ("image_proj.norm.weight", (16,)),
        ("image_proj.norm.bias", (16,)),
        ("ip_adapter.1.to_k_ip.weight", (8, 16)),
        ("ip_adapter.13.to_v_ip.weight", (16, 16)),
    ],
)
@pytest.mark.parametrize("change", [None, lambda tensor: tensor[:-1]], ids=["missing", "shorter"])
def test_an_adapter_of_the_wrong_shape_is_refused(pipeline, adapter_folder, name, shape, change):
    _changed(adapter_folder, name, change)
    error = _refusal(pipeline, adapter_folder)
    assert error.expected == f"an adapter for this base model: {name} of shape {shape}"
    shorter = (shape[0] - 1, *shape[1:])
    assert error.found == (f"{name} of shape {shorter}" if change else f"no {name}")
    assert error.where == str(adapter_folder / WEIGHTS)


def test_an_adapter_whose_weights_are_not_finite_is_refused(pipeline, adapter_folder):
    _changed(adapter_folder, "ip_adapter.1.to_k_ip.weight", lambda tensor: tensor * float("nan"))
    error = _refusal(pipeline, adapter_folder)
    assert error.found == "NaN or infinity in 1.to_k_ip.weight"
    assert error.where == str(adapter_folder / WEIGHTS)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("image_size", 24, "one of 24 pixels"), ("projection_dim", 20, "of shape (64, 16)")],
)
def test_an_adapter_for_another_image_encoder_is_refused(
    pipeline, adapter_folder, option, value, said
):
    config = CLIPVisionModelWithProjection.config_class.from_pretrained(
        str(adapter_folder / ENCODER)
    )
    setattr(config, option, value)
    CLIPVisionModelWithProjection(config).save_pretrained(adapter_folder / ENCODER)
    error = _refusal(pipeline, adapter_folder)
    assert said in error.found
    assert error.where.startswith(str(adapter_folder / "models"))


def _cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def _forget_a_weight(path):
    tensors = load_file(path)
    del tensors["vision_model.post_layernorm.weight"]
    save_file(tensors, path, {"format": "pt"})


@pytest.mark.parametrize(
    ("damage", "place", "said"),
    [
        (lambda f: (f / WEIGHTS).unlink(), "", "none in models/"),
        (lambda f: shutil.rmtree(f / "models"), "", "none in models/"),
        (lambda f: shutil.copy(f / WEIGHTS, f / "models" / "b.safetensors"), "",
         "b.safetensors, ip-adapter.safetensors in models/"),
        (lambda f: shutil.rmtree(f / ENCODER), ENCODER, "no config.json there"),
        (lambda f: (f / ENCODER / "model.safetensors").unlink(), ENCODER, "model.safetensors"),
        (lambda f: _cut(f / ENCODER / "model.safetensors"), ENCODER, "not fully covered"),
        (lambda f: _forget_a_weight(f / ENCODER / "model.safetensors"), ENCODER,
         "no vision_model.post_layernorm.weight"),
        (lambda f: _cut(f / WEIGHTS), WEIGHTS, "not fully covered"),
        (lambda f: (f / WEIGHTS).write_bytes(b""), WEIGHTS, "header"),
    ],
    ids=["no adapter", "no folder", "two adapters", "no image encoder", "no encoder's weights",
         "cut encoder", "an encoder that lacks a weight", "cut adapter", "empty adapter"],
)  # fmt: skip
def test_a_folder_without_one_whole_adapter_is_refused(
    pipeline, adapter_folder, damage, place, said
):
    damage(adapter_folder)
    error = _refusal(pipeline, adapter_folder)
    assert error.expected.startswith("one IP-Adapter in the public layout")
    assert said in error.found
    assert error.where == str(adapter_folder / place)


@pytest.mark.parametrize("name", ["config.json", "diffusion_pytorch_model.safetensors"])
@pytest.mark.parametrize("damage", [_cut, lambda path: path.unlink()], ids=["cut", "missing"])
def test_a_damaged_self_attention_is_refused(adapter_folder, name, damage):
    damage(adapter_folder / "set_self_attention" / name)
    error = error_of(adapter.load_set_attention, adapter_folder, CPU)
    assert error.where == str(adapter_folder / "set_self_attention")


def test_an_adapter_for_another_face_network_is_refused(pipeline, face_adapter_manifest, tmp_path):
    folder = tmp_path / "adapter"
    shutil.copytree(face_adapter_manifest.parent, folder)
    save_face_network(FaceNetwork((8, 8), WIDTH, 2), folder / "face_network.safetensors")
    assert "of shape (64, 20)" in _refusal(pipeline, folder).found
    _cut(folder / "face_network.safetensors")
    assert _refusal(pipeline, folder).where == str(folder / "face_network.safetensors")
