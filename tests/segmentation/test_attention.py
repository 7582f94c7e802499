"""DANet's attention against what the paper writes, in plain sums."""

import pytest
import torch
from tiny_models import noise, stirred, tiny

from triptych.segmentation.networks.danet import ChannelAttention, PositionAttention


def _opened(attention):
    """Attention that adds something from the start."""
    attention.gamma.data.fill_(0.7)
    return attention


@pytest.fixture
def position():
    torch.manual_seed(2)
    return _opened(PositionAttention(16))


@pytest.fixture
def channel():
    return _opened(ChannelAttention())


def _features(count=2, channels=16, height=5, width=7, scale=1.0):
    generator = torch.Generator().manual_seed(3)
    return scale * torch.randn(count, channels, height, width, generator=generator)


def test_position_attention_gathers_over_all_positions(position):
    x = _features()
    query, key, value = (
        layer(x).flatten(2) for layer in (position.query, position.key, position.value)
    )
    assert query.shape[1] == 2
    # Row i: how position i weighs every position j. Not divided by a root, as in DANet.
    weights = torch.softmax(torch.einsum("nci,ncj->nij", query, key), dim=-1)
    gathered = torch.einsum("nij,ncj->nci", weights, value).reshape(x.shape)
    torch.testing.assert_close(position(x), 0.7 * gathered + x, rtol=0, atol=1e-5)


def test_channel_attention_is_over_the_largest_energy_minus_the_energy(channel):
    x = _features(scale=0.4)
    flat = x.flatten(2)
    energy = torch.einsum("nai,nbi->nab", flat, flat)
    weights = torch.softmax(energy.max(dim=-1, keepdim=True).values - energy, dim=-1)
    gathered = torch.einsum("nab,nbi->nai", weights, flat).reshape(x.shape)
    torch.testing.assert_close(channel(x), 0.7 * gathered + x, rtol=0, atol=1e-5)
    # A channel resembles itself most, and so gathers least from itself.
    assert (weights.diagonal(dim1=1, dim2=2).argmax(-1) < 16).all()
    assert torch.equal(weights.argmin(-1), torch.arange(16).expand(2, 16))


def test_channel_attention_computes_in_float32_under_autocast(channel):
    # Large maps have large energies, whose differences bfloat16 does not resolve.
    x = _features(1, 32, 24, 24)
    expected = channel(x)
    with torch.autocast("cpu", torch.bfloat16):
        found = channel(x)
    assert found.dtype == torch.float32
    assert torch.equal(found, expected)


def test_channel_attention_of_a_bfloat16_map_differs_by_its_rounding_alone(channel):
    x = _features(1, 32, 24, 24).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        found = channel(x)
    torch.testing.assert_close(found.float(), channel(x.float()), rtol=2**-7, atol=2**-7)


def test_the_energies_of_channels_do_not_overflow(channel):
    assert channel(_features(scale=1e4)).isfinite().all()


def test_attention_adds_nothing_at_first():
    model, images = tiny("danet").eval(), noise()
    (branch,) = model.branches
    assert [branch.attention[name].gamma.item() for name in ("pam", "cam")] == [0, 0]
    x = _features(1, 64)
    assert all(torch.equal(branch.attention[name](x), x) for name in ("pam", "cam"))
    before = model(images)
    assert (stirred(model)(images) - before).abs().max() > 1e-3


def test_danets_result_is_the_sum_of_both_streams():
    (branch,) = stirred(tiny("danet")).eval().branches
    seen = {}
    for name in ("pam", "cam"):
        branch.after[name].register_forward_hook(
            lambda _, __, out, name=name: seen.__setitem__(name, out)
        )
        branch.classifier[name] = torch.nn.Identity()
    branch.classifier["sum"] = torch.nn.Identity()
    summed, position, channel = branch(noise(1, 32, 32))
    assert position.shape == channel.shape == (1, 64, 32, 32)
    torch.testing.assert_close(summed, position + channel, rtol=0, atol=1e-5)
    assert not torch.equal(seen["pam"], seen["cam"])
