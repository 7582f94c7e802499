"""The network: its shape, its initial values, its layout in memory, its file."""

import pytest
import torch
from safetensors.torch import save_file
from support import error_of

from triptych.adversarial import networks
from triptych.adversarial.networks import MadryNetwork, initialize
from triptych.errors import UserError

_CPU = torch.device("cpu")


@pytest.fixture
def images():
    return torch.rand(7, 1, 28, 28, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("width", "conv1", "conv2", "hidden"),
    [(1.0, 32, 64, 1024), (0.25, 8, 16, 256), (0.0625, 2, 4, 64), (1e-4, 1, 1, 1)],
)
def test_the_width_scales_channels_and_hidden_units(width, conv1, conv2, hidden, images):
    network = MadryNetwork(width)
    assert {name: tuple(value.shape) for name, value in network.named_parameters()} == {
        "conv1.weight": (conv1, 1, 5, 5),
        "conv1.bias": (conv1,),
        "conv2.weight": (conv2, conv1, 5, 5),
        "conv2.bias": (conv2,),
        "fc1.weight": (hidden, 49 * conv2),
        "fc1.bias": (hidden,),
        "fc2.weight": (10, hidden),
        "fc2.bias": (10,),
    }
    assert network(images).shape == (7, 10)


def test_logits_equal_those_of_plain_layers_in_the_common_layout(images):
    network = initialize(0.25, 4)
    values = {name: value.contiguous() for name, value in network.state_dict().items()}
    x = images.contiguous()
    for layer in ("conv1", "conv2"):
        x = torch.conv2d(x, values[f"{layer}.weight"], values[f"{layer}.bias"], padding=2)
        x = torch.max_pool2d(torch.relu(x).contiguous(), 2)
    # Madry's network is TensorFlow's: the channel is the last axis of what the hidden layer reads.
    x = torch.stack([x[:, :, r, c] for r in range(7) for c in range(7)], dim=1).flatten(1)
    hidden = torch.relu(x @ values["fc1.weight"].T + values["fc1.bias"])
    expected = hidden @ values["fc2.weight"].T + values["fc2.bias"]
    torch.testing.assert_close(network(images), expected, rtol=0, atol=1e-5)


def test_initial_weights_are_a_truncated_normal_and_biases_a_tenth():
    for name, value in initialize(1.0, 2018).named_parameters():
        if name.endswith("bias"):
            assert torch.equal(value, torch.full_like(value, 0.1))
            continue
        assert value.abs().max() <= 0.2
        # A normal distribution of deviation 0.1, cut off at two deviations, has 0.088 left.
        if value.numel() > 10_000:
            assert value.std().item() == pytest.approx(0.08796, abs=0.001)
            assert value.mean().item() == pytest.approx(0, abs=0.001)


def test_initial_weights_come_from_the_seed_alone():
    # The second network is drawn after the first: the global generator has no effect.
    one, same, other = (
        torch.cat([value.flatten() for value in initialize(0.25, seed).parameters()])
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("width", [1.0, 0.3, 0.0625])
def test_a_network_survives_its_file(width, tmp_path, images):
    network = initialize(width, 5)
    networks.save(network, tmp_path / "network.safetensors")
    loaded = networks.load(tmp_path / "network.safetensors", _CPU)
    assert loaded.width == width
    assert list(loaded.state_dict()) == list(network.state_dict())
    assert all(map(torch.equal, loaded.state_dict().values(), network.state_dict().values()))
    assert torch.equal(network(images), loaded(images))
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_the_same_network_is_written_as_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        networks.save(initialize(0.0625, 5), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


_NARROW = {name: value.contiguous() for name, value in MadryNetwork(0.0625).state_dict().items()}


@pytest.mark.parametrize(
    ("tensors", "metadata"),
    [
        ({"weight": torch.zeros(3)}, None),
        (_NARROW, None),
        (_NARROW, {"width": "0.125"}),
        ({k: v for k, v in _NARROW.items() if k != "fc2.bias"}, {"width": "0.0625"}),
    ],
    ids=["other names", "no width", "another width", "a tensor too few"],
)
def test_the_file_of_another_network_is_a_users_mistake(tensors, metadata, tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_file(tensors, path, metadata=metadata)
    error = error_of(networks.load, path, _CPU)
    assert error.where == str(path)
    assert next(iter(tensors)) in error.found


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_a_users_mistake(value, tmp_path):
    path = tmp_path / "network.safetensors"
    network = initialize(0.0625, 5)
    network.fc1.bias.data[3] = value
    networks.save(network, path)
    with pytest.raises(UserError, match=r"fc1\.bias") as caught:
        networks.load(path, _CPU)
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 a zip archive", b"\x80\x02 a pickle" * 9],
    ids=["empty", "zip", "pickle"],
)
def test_a_file_that_holds_no_tensors_is_a_users_mistake(content, tmp_path):
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(content)
    assert error_of(networks.load, path, _CPU).where == str(path)
