"""What the UNet and the adapter learn: batches, losses, and what a lost condition leaves."""

import pytest
import torch
from tiny_base import (
    DROPOUT,
    PERSONS,
    WIDTH,
    embeddings,
    fresh,
    noised_by_hand,
    stirred_attention,
    with_adapter,
)

from triptych.config.personalization import ConditionDropoutParameters
from triptych.personalization.conditioning import AdapterObjective, ReferenceSets
from triptych.personalization.denoising import Captioned, TextObjective, noised
from triptych.personalization.photos import Latents
from triptych.personalization.train import held_out


@pytest.fixture(scope="module")
def adapted(pipeline):
    return with_adapter(pipeline)


MIRRORED = 0.25


def _numbered(count):
    """Photos that can be told apart: latents, and all of a caption, are the photo's number.

    Those of its mirror image are a quarter more.
    """
    numbers = torch.arange(count).float()
    numbers = torch.cat([numbers, numbers + MIRRORED])
    return Captioned(
        latents=Latents(
            numbers[:, None, None, None].expand(-1, 4, 8, 8), torch.zeros(2 * count, 4, 8, 8)
        ),
        texts=numbers[:, None, None].expand(-1, 16, WIDTH),
        empty_text=torch.full((16, WIDTH), -1.0),
    )


def test_noise_is_drawn_for_each_latent_at_each_time_step(pipeline):
    latents = embeddings(500, 4, 8, 8)
    noisy, noise, timesteps = noised(latents, pipeline.scheduler, torch.Generator().manual_seed(1))
    expected = noised_by_hand(pipeline.scheduler, latents, noise, timesteps)
    torch.testing.assert_close(noisy, expected)
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01
    assert 0 <= timesteps.min() < 20
    assert 980 < timesteps.max() < 1000


# The UNet learns from captions


def _text_objective(pipeline, count=10, **changes):
    options = {"drop_text": 0.0, "ema_decay": 0.5, "snr_gamma": None, "batch_size": 4, "seed": 3}
    unet = fresh(pipeline).unet.requires_grad_(True)
    return TextObjective(unet, pipeline.scheduler, _numbered(count), **{**options, **changes})


def test_each_photo_is_restored_from_its_own_caption(pipeline):
    objective = _text_objective(pipeline)
    seen = []
    for step in range(2):
        *_, noise, timesteps = batch = objective.batch(step)
        noisy, texts = objective.gathered(*batch)
        numbers = texts[:, 0, 0]
        assert torch.equal(texts, numbers[:, None, None].expand_as(texts))
        clean = numbers[:, None, None, None]
        expected = noised_by_hand(pipeline.scheduler, clean, noise, timesteps)
        torch.testing.assert_close(noisy, expected)
        seen += numbers.tolist()
    assert len({int(number) for number in seen}) == 8
    assert {number % 1 for number in seen} == {0, MIRRORED}


@pytest.mark.parametrize(
    ("share", "low", "high"), [(0.0, 0, 0), (0.3, 225, 375), (1.0, 1000, 1000)]
)
def test_a_share_of_captions_is_left_empty(pipeline, share, low, high):
    objective = _text_objective(pipeline, count=1000, drop_text=share, batch_size=1000)
    # Those that are held out are not among them.
    objective.trained = 1000
    _, texts = objective.gathered(*objective.batch(0))
    assert low <= (texts[:, 0, 0] == -1).sum() <= high


def test_held_out_photos_are_seen_in_validation_alone_and_with_their_captions(pipeline):
    assert [held_out(count) for count in (1, 19, 20, 100, 4000)] == [0, 0, 1, 5, 128]
    assert _text_objective(pipeline).validation_batch() is None
    objective = _text_objective(pipeline, count=40, drop_text=1.0, batch_size=38)
    _, texts = objective.gathered(*objective.batch(0))
    assert {-1.0} == set(texts.flatten().tolist())
    validation = objective.validation_batch()
    objective.drop_text = 0.0
    _, texts = objective.gathered(*objective.batch(0))
    assert {int(number) for number in texts.flatten()} == set(range(38))
    assert objective.gathered(*validation)[1][:, 0, 0].tolist() == [38, 39]
    assert all(map(torch.equal, validation, objective.validation_batch()))


@pytest.mark.parametrize("gamma", [None, 5.0, 1e9])
def test_the_loss_is_the_mean_square_of_what_is_missed(pipeline, gamma):
    objective = _text_objective(pipeline, snr_gamma=gamma)
    *drawn, noise, _ = objective.batch(0)
    timesteps = torch.tensor([20, 60, 300, 900])
    noisy, texts = objective.gathered(*drawn, noise, timesteps)
    with torch.no_grad():
        found = objective.unet(noisy, timesteps, texts).sample
        loss = objective(*drawn, noise, timesteps)
    errors = ((found - noise) ** 2).mean((1, 2, 3))
    kept = pipeline.scheduler.alphas_cumprod[timesteps]
    ratios = kept / (1 - kept)
    assert ratios[0] > ratios[1] > 10 > 5 > ratios[2] > ratios[3]
    # A time step with little noise counts less, one with much counts fully.
    weights = torch.minimum(torch.ones(4), (gamma or 1e9) / ratios)
    torch.testing.assert_close(loss, (weights * errors).mean())


# The adapter learns from photos


def _adapter_objective(adapted, *, attention=None, dropout=DROPOUT, sets=None, **changes):
    return AdapterObjective(
        adapted,
        _numbered(10),
        torch.arange(10.0)[:, None].expand(-1, WIDTH),
        sets or ReferenceSets(PERSONS, 4, seed=4),
        set_attention=attention,
        dropout=dropout,
        **{"snr_gamma": None, "batch_size": 4, "seed": 3, **changes},
    )


def _dropout(**shares):
    return ConditionDropoutParameters(**{"image": 0.0, "text": 0.0, "both": 0.0, **shares})


def test_a_photo_is_restored_from_its_caption_and_the_others_of_its_person(adapted, pipeline):
    objective = _adapter_objective(adapted, dropout=_dropout())
    noisy, noise, timesteps, texts, told, no_image = objective.batch(0)
    assert not no_image.any()
    assert told.shape == (4, 4, WIDTH)
    for photo in range(4):
        number = int(texts[photo, 0, 0])
        own = PERSONS["Ann" if number in PERSONS["Ann"] else "Bob"]
        assert sorted({number, *map(int, told[photo, :, 0])}) == own
    numbers = texts[:, 0, 0][:, None, None, None]
    expected = noised_by_hand(pipeline.scheduler, numbers, noise, timesteps)
    torch.testing.assert_close(noisy, expected)


@pytest.mark.parametrize(("wanted", "parts"), [(None, {0, MIRRORED}), (4, {0})])
def test_only_a_photo_that_describes_itself_is_mirrored(adapted, wanted, parts):
    sets = ReferenceSets(PERSONS, wanted, seed=4)
    objective = _adapter_objective(adapted, dropout=_dropout(), sets=sets, batch_size=8)
    numbers = objective.batch(0)[3][:, 0, 0]
    assert {number % 1 for number in numbers.tolist()} == parts


def test_the_self_attention_has_its_own_learning_rate(adapted):
    attention = stirred_attention()
    objective = _adapter_objective(adapted, attention=attention, set_attention_factor=20.0)
    adapter, own = objective.parameter_groups()
    assert "factor" not in adapter
    assert own["factor"] == 20.0
    assert set(own["params"]) == set(attention.parameters())


@pytest.mark.parametrize("attention", [None, stirred_attention()], ids=["alone", "attention"])
def test_a_condition_that_is_taken_away_is_zero_after_the_self_attention(adapted, attention):
    objective = _adapter_objective(adapted, attention=attention)
    noisy, noise, timesteps, texts, _, _ = objective.batch(0)
    everyone, nobody = torch.ones(4, dtype=torch.bool), torch.zeros(4, dtype=torch.bool)
    one, other = embeddings(4, 9, WIDTH), embeddings(4, 9, WIDTH, seed=6)

    def loss(told, no_image):
        with torch.no_grad():
            return objective(noisy, noise, timesteps, texts, told, no_image)

    assert torch.equal(loss(one, everyone), loss(other, everyone))
    assert not torch.equal(loss(one, nobody), loss(other, nobody))
    # What a guided generation takes for "no photos" is zeros as well.
    zeros = torch.zeros(4, 9, WIDTH)
    with torch.no_grad():
        found = objective.unet(
            noisy, timesteps, texts, added_cond_kwargs={"image_embeds": [zeros]}
        ).sample
    torch.testing.assert_close(loss(one, everyone), ((found - noise) ** 2).mean())


def test_each_photo_loses_its_own_condition(adapted):
    objective = _adapter_objective(adapted, attention=stirred_attention())
    noisy, noise, timesteps, texts, told, _ = objective.batch(0)
    first = torch.tensor([True, False, False, False])

    def loss(changed):
        with torch.no_grad():
            return objective(noisy, noise, timesteps, texts, told + changed, first)

    nothing, change = torch.zeros(4, 1, 1), torch.zeros(4, 1, 1)
    change[0] = 5
    assert torch.equal(loss(change), loss(nothing))
    change[0], change[1] = 0, 5
    assert not torch.equal(loss(change), loss(nothing))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({"image": 1.0}, (1.0, 0.0, 0.0)),
        ({"text": 1.0}, (0.0, 1.0, 0.0)),
        ({"both": 1.0}, (0.0, 0.0, 1.0)),
        ({"image": 0.3, "text": 0.2, "both": 0.1}, (0.3, 0.2, 0.1)),
    ],
    ids=["image", "text", "both", "some"],
)
def test_conditions_are_taken_away_as_often_as_asked(adapted, shares, expected):
    objective = _adapter_objective(adapted, dropout=_dropout(**shares), batch_size=400)
    _, _, _, texts, told, no_image = objective.batch(0)
    no_text = texts[:, 0, 0] == -1
    # What the photos say still goes through the self-attention.
    assert (told >= 0).all()
    found = (no_image & ~no_text, no_text & ~no_image, no_image & no_text)
    for which, share in zip(found, expected, strict=True):
        assert abs(which.float().mean().item() - share) <= 0.09 * (0 < share < 1)


def test_a_step_is_the_same_whenever_it_comes(adapted, pipeline):
    for make, subject, noise in ((_adapter_objective, adapted, 1), (_text_objective, pipeline, 3)):
        one, other = make(subject), make(subject)
        one.batch(0)
        assert all(map(torch.equal, one.batch(2), other.batch(2)))
        assert not torch.equal(one.batch(0)[noise], one.batch(1)[noise])
        assert not torch.equal(one.batch(1)[noise], one.batch(2)[noise])
        assert not torch.equal(make(subject, seed=4).batch(2)[noise], one.batch(2)[noise])
