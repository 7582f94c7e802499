"""EfficientNet-Lite0 with its released weights, as a network and as a backbone."""

import importlib
import random
from pathlib import Path

import pytest
import torch
from support import error_of
from tiny_models import noise
from torch import Tensor

from triptych.data.fetch import fetch
from triptych.learning.efficientnet import efficientnet_lite0, load_released, scaled
from triptych.segmentation.networks import build
from triptych.segmentation.networks.network import leave, stage_maps
from triptych.segmentation.normalization import normalize


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released file, from the installed package."""
    folder = tmp_path_factory.mktemp("efficientnet_lite0")
    fetch("efficientnet_lite0", folder, None)
    return folder / "efficientnet-lite0-57934424.pth"


def _bytes(height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 256, (1, 3, height, width), dtype=torch.uint8, generator=generator)


def _pretrained(weights: Path | bool, network="deeplabv3plus", method="single", stride=16):
    torch.manual_seed(0)
    return build(
        network,
        method,
        "tf_efficientnet_lite0",
        5,
        output_stride=stride,
        pretrained=weights,
        separable=False,
    ).eval()


def test_logits_are_those_of_a_second_implementation(weights):
    second = pytest.importorskip("efficientnet_lite_pytorch")
    expected = second.EfficientNet.from_name("efficientnet-lite0")
    expected.load_state_dict(torch.load(weights, weights_only=True))
    network = efficientnet_lite0()
    load_released(network, weights)
    images = scaled(_bytes(224, 224).float())
    with torch.no_grad():
        logits = network.eval()(images)
        torch.testing.assert_close(logits, expected.eval()(images), rtol=0, atol=1e-4)
    assert logits.std() > 0.1


def test_the_backbone_sees_the_pixels_as_its_weights_want_them(weights):
    """The maps at output stride 32, where timm's network is the same, from normalized images."""
    network = efficientnet_lite0()
    load_released(network, weights)
    images = _bytes(64, 96)
    backbone = _pretrained(weights).branches[0].backbone
    with torch.no_grad():
        found = backbone.stage("layer1", backbone.stem(normalize(images)))
        x = network.eval().bn1(network.conv_stem(scaled(images.float())))
        expected = network.blocks[1](network.blocks[0](x))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("stride", [8, 16])
def test_stages_have_the_sizes_of_a_residual_networks(stride):
    backbone = _pretrained(False, stride=stride).branches[0].backbone
    maps = stage_maps(backbone, noise(1, 64, 96), leave)
    assert {name: 64 // x.shape[2] for name, x in maps.items()} == {
        "layer1": 4,
        "layer2": 8,
        "layer3": stride,
        "layer4": stride,
    }
    assert {name: x.shape[1] for name, x in maps.items()} == backbone.channels


@pytest.mark.parametrize("network", ["danet", "deeplabv3plus"])
@pytest.mark.parametrize("method", ["same_layer", "multiple_layer", "same_layer_detached"])
@pytest.mark.parametrize("stride", [8, 16])
def test_a_cooperating_network_begins_as_the_single_network(weights, network, method, stride):
    images = noise(1, 48, 64)
    alone = _pretrained(weights, network, "single", stride)(images)
    assert torch.equal(_pretrained(weights, network, method, stride)(images), alone)
    assert alone.std() > 0


def test_altered_weights_are_refused_by_name(weights, tmp_path):
    altered = bytearray(weights.read_bytes())
    altered[random.Random(1).randrange(len(altered))] ^= 1
    (tmp_path / weights.name).write_bytes(altered)
    error = error_of(fetch, "efficientnet_lite0", tmp_path, None)
    assert error.where.endswith(weights.name)


def test_weights_of_another_network_are_refused(tmp_path):
    other = importlib.import_module("timm.models.efficientnet").tf_efficientnet_lite1()
    path = tmp_path / "lite1.pth"
    torch.save(other.state_dict(), path)
    error = error_of(_pretrained, path)
    assert error.where == str(path)
    assert error.expected == "the weights of the backbone that the parameters name"
