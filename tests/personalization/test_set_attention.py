"""The self-attention over a person's photos, as a module of its own."""

import pytest
import torch
from diffusers import ModelMixin
from tiny_base import WIDTH, embeddings, stirred_attention
from weights import assert_same_weights

from triptych.personalization.networks.set_attention import SetSelfAttention

NINE = embeddings(2, 9, WIDTH)


@pytest.mark.parametrize("layers", [1, 3])
def test_untrained_it_leaves_embeddings_as_they_are(layers):
    attention = SetSelfAttention(WIDTH, layers=layers, heads=4)
    assert len(attention.blocks) == layers
    assert torch.equal(attention(NINE), NINE)


def test_it_is_a_residual_over_normalized_photos_in_plain_sums():
    attention = stirred_attention()
    block = attention.blocks[0]
    normalized = torch.nn.functional.layer_norm(
        NINE, (WIDTH,), block.norm.weight, block.norm.bias, block.norm.eps
    )
    inner = block.attention
    projected = normalized @ inner.in_proj_weight.T + inner.in_proj_bias
    # Two heads of half the width each.
    query, key, value = (
        part.reshape(2, 9, 2, WIDTH // 2) for part in projected.split(WIDTH, dim=-1)
    )
    scores = torch.einsum("bihc,bjhc->bhij", query, key) / (WIDTH // 2) ** 0.5
    gathered = torch.einsum("bhij,bjhc->bihc", scores.softmax(dim=-1), value).reshape(NINE.shape)
    expected = NINE + gathered @ inner.out_proj.weight.T + inner.out_proj.bias
    torch.testing.assert_close(attention(NINE), expected, rtol=0, atol=1e-5)


def test_the_photos_are_a_set():
    attention, nine = stirred_attention(layers=2).double(), NINE.double()
    order = torch.tensor([4, 0, 8, 2, 6, 1, 7, 3, 5])
    permuted = attention(nine[:, order])
    torch.testing.assert_close(permuted, attention(nine)[:, order], rtol=0, atol=1e-6)
    assert (permuted - attention(nine)).abs().max() > 0.1


def test_photos_speak_with_those_of_their_person_alone():
    attention = stirred_attention()
    changed = NINE.clone()
    # One component: layer norm cancels what all of them share.
    changed[0, 3, 0] += 1
    before, after = attention(NINE), attention(changed)
    assert all((before[0, photo] != after[0, photo]).any() for photo in range(9))
    assert torch.equal(before[1], after[1])


def test_once_trained_it_answers_zeros_with_something():
    assert stirred_attention()(torch.zeros(1, 9, WIDTH)).abs().max() > 0.1


def test_the_mean_of_its_photos_can_go_on():
    tokens, mean = stirred_attention(), stirred_attention(output="mean")
    assert_same_weights(tokens, mean)
    assert mean(NINE).shape == (2, 1, WIDTH)
    torch.testing.assert_close(mean(NINE), tokens(NINE).mean(dim=1, keepdim=True))


def test_its_number_of_heads_matters():
    two, four = stirred_attention(heads=2), stirred_attention(heads=4)
    assert_same_weights(two, four)
    assert (two(NINE) - four(NINE)).abs().max() > 1e-3


def test_it_survives_diffusers_model_format(tmp_path):
    attention = stirred_attention(layers=2, heads=4, output="mean")
    attention.save_pretrained(tmp_path)
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {"config.json", "diffusion_pytorch_model.safetensors"}

    loaded = SetSelfAttention.from_pretrained(str(tmp_path), local_files_only=True)
    loaded.requires_grad_(False)

    assert isinstance(loaded, ModelMixin)
    assert_same_weights(attention, loaded)
    for option in ("width", "layers", "heads", "output"):
        assert loaded.config[option] == attention.config[option]
    assert torch.equal(loaded(NINE), attention(NINE))
