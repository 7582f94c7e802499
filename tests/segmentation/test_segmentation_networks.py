"""The eight models: shapes, what an ensemble is, the backbones and their ImageNet weights."""

import math
from typing import get_args

import numpy as np
import pytest
import torch
from support import error_of
from timm.models.resnet import BasicBlock, ResNet
from tiny_models import ALL_EIGHT, config, noise, stirred, tiny
from torch import nn
from torchvision.models.segmentation import deeplabv3

from triptych.config.segmentation import ROWS, Architecture, Backbone
from triptych.segmentation.networks import build, initialize
from triptych.segmentation.networks.backbones import BACKBONES, build_backbone
from triptych.segmentation.networks.building import METHODS, NETWORKS
from triptych.segmentation.networks.deeplabv3plus import ASPP
from triptych.segmentation.networks.models import mean_softmax
from triptych.segmentation.networks.network import leave, stage_maps
from triptych.segmentation.networks.tiny_resnet import CHANNELS, TinyResNet
from triptych.storage.tensors import write_tensors


def _build(network="deeplabv3plus", method="single", backbone="tiny", **changes):
    values = {"output_stride": 8, "pretrained": False, "separable": False}
    return build(network, method, backbone, 5, **{**values, **changes})


def _size(model) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_every_name_in_the_parameters_has_a_builder_and_no_other_name_has():
    assert tuple(NETWORKS) == get_args(Architecture)
    assert tuple(METHODS) == ROWS
    assert tuple(BACKBONES) == get_args(Backbone)


@pytest.mark.parametrize(("network", "method"), ALL_EIGHT)
# Divisible by the stride; by nothing; hardly larger than it.
@pytest.mark.parametrize(("height", "width"), [(32, 64), (33, 47), (9, 17)])
def test_logits_have_the_size_of_the_images(network, method, height, width):
    model = _build(network, method).eval()
    logits = model(noise(2, height, width))
    assert logits.shape == (2, 5, height, width)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@pytest.mark.parametrize(("network", "method"), ALL_EIGHT)
def test_each_image_has_logits_of_its_own(network, method):
    model, images = stirred(tiny(network, method)).eval(), noise(3)
    together = model(images)
    apart = torch.cat([model(images[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(together, apart, rtol=0, atol=1e-4)
    assert (together[0] - together[1]).abs().max() > 1e-3


@pytest.mark.parametrize("network", ["danet", "deeplabv3plus"])
def test_an_ensemble_is_the_mean_of_the_softmaxes_of_two_single_networks(network):
    ensemble, images = stirred(tiny(network, "ensemble")).eval(), noise()
    found = ensemble(images)
    one, other = (branch(images)[0].double().softmax(1) for branch in ensemble.branches)
    torch.testing.assert_close(found.double().exp(), (one + other) / 2, rtol=0, atol=1e-5)
    torch.testing.assert_close(found.exp().sum(1), torch.ones(2, 32, 64), rtol=0, atol=1e-5)
    # The mean of the logits would be another network.
    assert (found.double().exp() - (one * other).sqrt()).abs().max() > 1e-3


def test_the_mean_softmax_of_enormous_logits_is_finite():
    sure, unsure = torch.tensor([[1e4, -1e4]]), torch.tensor([[0.0, 0.0]])
    found = mean_softmax([sure[..., None, None], unsure[..., None, None]]).flatten()
    assert found.tolist() == pytest.approx([math.log(0.75), math.log(0.25)], abs=1e-6)
    assert mean_softmax([-sure[..., None, None]] * 2).isfinite().all()


@pytest.mark.parametrize("network", ["danet", "deeplabv3plus"])
@pytest.mark.parametrize("stride", [8, 16])
def test_the_output_stride_is_that_of_the_last_map(network, stride):
    (branch,) = tiny(network, output_stride=stride).branches
    maps = stage_maps(branch.eval().backbone, noise(1, 64, 96), leave)
    sizes = {name: 64 // values.shape[2] for name, values in maps.items()}
    assert sizes == {"layer1": 4, "layer2": 8, "layer3": stride, "layer4": stride}
    assert [values.shape[1] for values in maps.values()] == [32, 64, 128, 256]


@pytest.mark.parametrize("name", ["resnet50", "resnet101"])
@pytest.mark.parametrize(("stride", "expected"), [(8, [4, 8, 16]), (16, [2, 4, 8])])
def test_the_last_stage_of_danet_has_multi_grid_dilations(name, stride, expected):
    with torch.device("meta"):
        backbone = build_backbone(name, stride, multi_grid=True)
    convolutions = [block.conv2 for block in backbone.resnet.layer4]
    assert [c.dilation for c in convolutions] == [(d, d) for d in expected]
    assert [c.padding for c in convolutions] == [(d, d) for d in expected]


def test_danet_has_the_multi_grid_and_deeplabv3plus_the_rates_of_its_stride():
    last = [tiny(n, backbone="resnet18").branches[0] for n in ("danet", "deeplabv3plus")]
    dilations = [b.backbone.resnet.layer4[1].conv2.dilation for b in last]
    assert dilations == [(8, 8), (4, 4)]
    for stride, rates in ((8, [12, 24, 36]), (16, [6, 12, 18])):
        aspp = tiny(output_stride=stride).branches[0].aspp
        found = [m.dilation[0] for m in aspp.modules() if isinstance(m, nn.Conv2d)]
        assert [dilation for dilation in found if dilation > 1] == rates


def test_separable_convolutions_are_depthwise_then_pointwise_and_save_parameters():
    plain, separable = (tiny(separable=flag) for flag in (False, True))
    assert _size(separable) < _size(plain)
    (branch,) = separable.branches
    spatial = [
        m
        for part in (branch.aspp, branch.decoder)
        for m in part.modules()
        if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)
    ]
    assert [(m.groups, m.dilation[0]) for m in spatial] == [
        (256, 12), (256, 24), (256, 36), (76, 1),
    ]  # fmt: skip
    assert all(m.groups == m.in_channels == m.out_channels for m in spatial)
    # The residual network keeps its own.
    assert all(m.groups == 1 for m in branch.backbone.modules() if isinstance(m, nn.Conv2d))
    assert separable.eval()(noise(2, 33, 47)).shape == (2, 5, 33, 47)


def test_danet_has_no_separable_convolutions():
    assert _size(tiny("danet", separable=True)) == _size(tiny("danet"))


def test_initial_weights_come_from_the_seed_alone():
    first = tiny("danet", "multiple_layer", seed=9)
    torch.rand(100)
    before = torch.random.get_rng_state()
    second, other = (tiny("danet", "multiple_layer", seed=seed) for seed in (9, 8))
    assert torch.equal(torch.random.get_rng_state(), before)
    weights = [torch.cat([p.flatten() for p in m.parameters()]) for m in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize("method", ["ensemble", "same_layer", "multiple_layer"])
def test_two_networks_begin_with_different_weights(method):
    one, other = tiny("deeplabv3plus", method).branches
    assert not torch.equal(one.classifier.weight, other.classifier.weight)


# In plain torch what libraries have that take seconds to import


def _drawn(build):
    """A module with the initial weights of a seed, its inner statistics and dropout aside."""
    torch.manual_seed(3)
    return build().eval()


def _same(ours, library, forward):
    """Equal names and weights; equal bytes come out, and flow back into every weight."""
    assert list(ours.state_dict()) == list(library.state_dict())
    assert all(map(torch.equal, ours.state_dict().values(), library.state_dict().values()))
    for mode in (True, False):
        found = []
        for module in (ours, library):
            module.train(mode).zero_grad()
            torch.manual_seed(5)
            out = forward(module)
            out.square().sum().backward()
            found.append([out, *(p.grad for p in module.parameters())])
        assert all(map(torch.equal, *found))


@pytest.mark.parametrize("stride", [8, 16])
def test_the_tiny_backbone_is_the_network_that_timm_builds(stride):
    layers = (1, 1, 1, 1)
    ours = _drawn(lambda: TinyResNet(stride))
    library = _drawn(lambda: ResNet(BasicBlock, layers, 0, output_stride=stride, channels=CHANNELS))

    def forward(net):
        x = net.maxpool(net.act1(net.bn1(net.conv1(noise(2, 40, 56)))))
        return net.layer4(net.layer3(net.layer2(net.layer1(x))))

    _same(ours, library, forward)


@pytest.mark.parametrize("rates", [[6, 12, 18], [12, 24, 36]])
def test_the_pyramid_pooling_is_torchvisions(rates):
    ours = _drawn(lambda: ASPP(16, rates, 8))
    library = _drawn(lambda: deeplabv3.ASPP(16, rates, 8))
    features = torch.rand(2, 16, 9, 14, generator=torch.Generator().manual_seed(1))
    _same(ours, library, lambda module: module(features))


# ImageNet weights


def _imagenet(path, backbone="tiny", **changes):
    """Weights in torchvision's names, which include those of the classifier."""
    with torch.random.fork_rng():
        torch.manual_seed(77)
        weights = dict(build_backbone(backbone, 8, multi_grid=False).resnet.state_dict())
    weights |= {"fc.weight": torch.ones(10, 256), "fc.bias": torch.ones(10), **changes}
    if path.suffix == ".pth":
        torch.save(weights, path)
    else:
        write_tensors(path, {name: value.numpy() for name, value in weights.items()})
    return weights


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
@pytest.mark.parametrize("network", ["danet", "deeplabv3plus"])
def test_pretrained_weights_are_those_of_every_backbone(tmp_path, name, network):
    weights = _imagenet(tmp_path / name)
    built = _build(network, "same_layer", pretrained=tmp_path / name)
    drawn = initialize(config(network, "same_layer"), 5, tmp_path / name)
    for branch in (*built.branches, *drawn.branches):
        taken = branch.backbone.resnet.state_dict()
        assert taken.keys() == weights.keys() - {"fc.weight", "fc.bias"}
        assert all(torch.equal(value, weights[key]) for key, value in taken.items())


def test_pretrained_weights_leave_the_head_as_the_seed_draws_it(tmp_path):
    _imagenet(tmp_path / "weights.pth")
    begun, plain = (
        initialize(config(), 5, path).branches[0] for path in (tmp_path / "weights.pth", None)
    )
    assert torch.equal(begun.classifier.weight, plain.classifier.weight)
    assert torch.equal(begun.decoder[0].weight, plain.decoder[0].weight)
    assert not torch.equal(begun.backbone.resnet.conv1.weight, plain.backbone.resnet.conv1.weight)


def test_statistics_that_old_files_lack_are_no_mistake(tmp_path):
    weights = _imagenet(tmp_path / "whole.pth")
    old = {k: v for k, v in weights.items() if not k.endswith("num_batches_tracked")}
    torch.save(old, tmp_path / "old.pth")
    model = _build(pretrained=tmp_path / "old.pth")
    assert torch.equal(model.branches[0].backbone.resnet.conv1.weight, weights["conv1.weight"])


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
def test_weights_of_another_backbone_are_a_users_mistake(tmp_path, name):
    _imagenet(tmp_path / name, "resnet18")
    error = error_of(_build, pretrained=tmp_path / name)
    assert error.where == str(tmp_path / name)
    assert "layer1" in error.found


class _Mischief:
    def __reduce__(self):
        return (print, ("a pickle was executed",))


@pytest.mark.parametrize(
    "content", [b"", b"no weights at all", None], ids=["empty", "text", "pickle"]
)
def test_a_file_that_holds_no_weights_is_a_users_mistake(tmp_path, content, capsys):
    path = tmp_path / "weights.pth"
    if content is None:
        torch.save({"conv1.weight": _Mischief()}, path)
    else:
        path.write_bytes(content)
    assert error_of(_build, pretrained=path).where == str(path)
    assert capsys.readouterr().out == ""


def test_missing_imagenet_weights_say_what_to_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = error_of(_build, backbone="resnet101", pretrained=True)
    assert error.remedy == "run: triptych fetch resnet101_imagenet"
    assert error.found == "no such file"


def test_altered_imagenet_weights_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data/raw/resnet101_imagenet/resnet101-63fe2227.pth"
    path.parent.mkdir(parents=True)
    _imagenet(path)
    error = error_of(_build, backbone="resnet101", pretrained=True)
    assert error.where.endswith(path.name)
    assert np.all(["SHA-256" in part for part in (error.expected, error.found)])
