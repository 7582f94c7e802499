"""What is trained: batches, losses, and what a condition that is taken away leaves."""

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_base import (
    AUTOENCODER,
    DROPOUT,
    FACE_NETWORK,
    SIDE,
    WIDTH,
    WORDS,
    embeddings,
    fresh,
    random_parts,
    stirred_attention,
    with_adapter,
)

from triptych.config import ConditionDropoutParameters
from triptych.data.faces import Faces
from triptych.personalization.denoising import (
    AdapterObjective,
    Captioned,
    ReferenceSets,
    TextObjective,
    noised,
)
from triptych.personalization.identity import IdentityObjective
from triptych.personalization.networks.autoencoder import build_autoencoder
from triptych.personalization.networks.face_network import COSINE_SCALE, FaceNetwork
from triptych.personalization.objectives import (
    ContrastiveObjective,
    ReconstructionObjective,
    held_out,
)
from triptych.personalization.photos import (
    Latents,
    embed_images,
    encode_latents,
    encode_texts,
)
from triptych.personalization.pixels import to_pixels

PERSONS = {"Ann": [0, 2, 4, 6, 8], "Bob": [1, 3, 5, 7, 9]}


@pytest.fixture(scope="module")
def images(photos):
    return Faces(photos[0]).images()


@pytest.fixture(scope="module")
def adapted(pipeline):
    return with_adapter(pipeline)


def _numbered(count):
    """Photos that can be told apart: latents, and all of a caption, are the photo's number."""
    numbers = torch.arange(count).float()
    return Captioned(
        latents=Latents(
            numbers[:, None, None, None].expand(-1, 4, 8, 8), torch.zeros(count, 4, 8, 8)
        ),
        texts=numbers[:, None, None].expand(-1, 16, WIDTH),
        empty_text=torch.full((16, WIDTH), -1.0),
    )


def _clean(scheduler, noisy, noise, timesteps):
    """The latents from which noisy ones were made (Equation 17)."""
    kept = scheduler.alphas_cumprod[timesteps][:, None, None, None]
    return (noisy - (1 - kept).sqrt() * noise) / kept.sqrt()


# Images and texts as the networks take them


def test_pixels_are_between_minus_one_and_one():
    steps = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    pixels = to_pixels(steps, 16)
    assert pixels.shape == (1, 3, 16, 16)
    expected = torch.linspace(-1, 1, 256).reshape(16, 16)
    for channel in pixels[0]:
        torch.testing.assert_close(channel, expected)


def test_pixels_of_another_size_keep_colours_and_bounds():
    halves = np.zeros((1, 32, 32, 3), np.uint8)
    halves[:, :, 16:] = (255, 0, 127)
    pixels = to_pixels(halves, 16)
    assert pixels.shape == (1, 3, 16, 16)
    assert pixels.abs().max() <= 1
    torch.testing.assert_close(pixels[0, :, 8, 14], torch.tensor([1.0, -1.0, -0.0039]), atol=0.01,
                               rtol=0)  # fmt: skip
    torch.testing.assert_close(pixels[0, :, 8, 1], torch.full((3,), -1.0), atol=0.01, rtol=0)


def test_embeddings_and_texts_are_what_the_stock_pipeline_encodes(pipeline, images):
    stock, _ = pipeline.encode_image([Image.fromarray(image) for image in images], "cpu", 1)
    torch.testing.assert_close(embed_images(pipeline, images), stock, rtol=0, atol=1e-6)
    texts = [*WORDS, "", "a " * 50]
    prompts, _ = pipeline.encode_prompt(texts, "cpu", 1, False)
    torch.testing.assert_close(encode_texts(pipeline, texts), prompts, rtol=0, atol=1e-6)


def test_latents_are_drawn_in_the_units_of_the_unet(pipeline, images):
    many = np.concatenate([images] * 5)[:70]
    latents = encode_latents(pipeline.vae, many, SIDE)
    assert len(latents) == 70
    one = pipeline.vae.encode(to_pixels(many[66:67], SIDE)).latent_dist
    factor = pipeline.vae.config.scaling_factor
    torch.testing.assert_close(latents.mean[66:67], one.mean * factor)
    torch.testing.assert_close(latents.std[66:67], one.std * factor)

    drawn = latents.sample(torch.full((4000,), 66), torch.Generator().manual_seed(1))
    assert drawn.shape == (4000, 4, 8, 8)
    torch.testing.assert_close(drawn.mean(0), latents.mean[66], rtol=0, atol=0.1 * factor)
    torch.testing.assert_close(drawn.std(0), latents.std[66], rtol=0.1, atol=0)


def test_noise_is_drawn_for_each_latent_at_each_time_step(pipeline):
    latents = embeddings(500, 4, 8, 8)
    noisy, noise, timesteps = noised(latents, pipeline.scheduler, torch.Generator().manual_seed(1))
    early = timesteps < 500
    torch.testing.assert_close(
        _clean(pipeline.scheduler, noisy, noise, timesteps)[early], latents[early], rtol=0,
        atol=1e-3)  # fmt: skip
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
        noisy, noise, timesteps, texts = objective.batch(step)
        numbers = texts[:, 0, 0]
        assert torch.equal(texts, numbers[:, None, None].expand_as(texts))
        kept = pipeline.scheduler.alphas_cumprod[timesteps][:, None, None, None]
        expected = kept.sqrt() * numbers[:, None, None, None] + (1 - kept).sqrt() * noise
        torch.testing.assert_close(noisy, expected)
        seen += numbers.tolist()
    assert len(set(seen)) == 8


@pytest.mark.parametrize(
    ("share", "low", "high"), [(0.0, 0, 0), (0.3, 225, 375), (1.0, 1000, 1000)]
)
def test_a_share_of_captions_is_left_empty(pipeline, share, low, high):
    objective = _text_objective(pipeline, count=1000, drop_text=share, batch_size=1000)
    # Those that are held out are not among them.
    objective.trained = 1000
    texts = objective.batch(0)[3]
    assert low <= (texts[:, 0, 0] == -1).sum() <= high


def test_held_out_photos_are_seen_in_validation_alone_and_with_their_captions(pipeline):
    assert [held_out(count) for count in (1, 19, 20, 100, 4000)] == [0, 0, 1, 5, 128]
    assert _text_objective(pipeline).validation_batch() is None
    objective = _text_objective(pipeline, count=40, drop_text=1.0, batch_size=38)
    assert {-1.0} == set(objective.batch(0)[3].flatten().tolist())
    validation = objective.validation_batch()
    objective.drop_text = 0.0
    assert set(objective.batch(0)[3].flatten().tolist()) == set(range(38))
    assert validation[3][:, 0, 0].tolist() == [38, 39]
    assert all(map(torch.equal, validation, objective.validation_batch()))


@pytest.mark.parametrize("gamma", [None, 5.0, 1e9])
def test_the_loss_is_the_mean_square_of_what_is_missed(pipeline, gamma):
    objective = _text_objective(pipeline, snr_gamma=gamma)
    noisy, noise, _, texts = objective.batch(0)
    timesteps = torch.tensor([20, 60, 300, 900])
    with torch.no_grad():
        found = objective.unet(noisy, timesteps, texts).sample
        loss = objective(noisy, noise, timesteps, texts)
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
    kept = pipeline.scheduler.alphas_cumprod[timesteps][:, None, None, None]
    numbers = texts[:, 0, 0][:, None, None, None]
    torch.testing.assert_close(noisy, kept.sqrt() * numbers + (1 - kept).sqrt() * noise)


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
    for make in (_adapter_objective, _text_objective):
        subject = adapted if make is _adapter_objective else pipeline
        one, other = make(subject), make(subject)
        one.batch(0)
        assert all(map(torch.equal, one.batch(2), other.batch(2)))
        assert not torch.equal(one.batch(0)[1], one.batch(1)[1])
        assert not torch.equal(one.batch(1)[1], one.batch(2)[1])
        assert not torch.equal(make(subject, seed=4).batch(2)[1], one.batch(2)[1])


# The small parts of a base model


def test_photos_and_their_captions_find_each_other(images):
    parts = random_parts()
    captions = ["very " * k + "bright" for k in range(len(images))]
    objective = ContrastiveObjective(
        parts.encoders, parts.tokenizer, images, captions, batch_size=5, seed=2
    )
    pixels, ids, mask = objective.batch(1)
    processor = [objective.pixels[k] for k in range(15)]
    for photo in range(5):
        number = next(k for k in range(15) if torch.equal(processor[k], pixels[photo]))
        expected = parts.tokenizer(
            captions[number], padding="max_length", max_length=16, truncation=True
        )
        assert ids[photo].tolist() == expected.input_ids
        assert mask[photo].tolist() == expected.attention_mask
    with torch.no_grad():
        logits = parts.encoders(pixel_values=pixels, input_ids=ids, attention_mask=mask)[0]
        rows = torch.diagonal(logits.log_softmax(1)).mean()
        columns = torch.diagonal(logits.log_softmax(0)).mean()
        torch.testing.assert_close(objective(pixels, ids, mask), -(rows + columns) / 2)
    assert objective.validation_batch() is None
    many = np.concatenate([images] * 4)
    objective = ContrastiveObjective(
        parts.encoders, parts.tokenizer, many, captions * 4, batch_size=5, seed=2
    )
    assert len(objective.validation_batch()[0]) == 3


def test_images_come_back_from_their_latents(images):
    torch.manual_seed(0)
    autoencoder = build_autoencoder(AUTOENCODER, SIDE)
    objective = ReconstructionObjective(
        autoencoder, images, SIDE, kl_weight=0.5, batch_size=4, seed=2
    )
    pixels, noise = objective.batch(0)
    assert pixels.shape == (4, 3, SIDE, SIDE)
    assert noise.shape == (4, 4, SIDE // 2, SIDE // 2)
    with torch.no_grad():
        loss = objective(pixels, noise)
        found = autoencoder.encode(pixels).latent_dist
        decoded = autoencoder.decode(found.mean + found.std * noise).sample
        missed = (decoded - pixels).abs().mean()
        divergence = 0.5 * (found.mean**2 + found.var - 1 - found.logvar).sum((1, 2, 3)).mean()
        torch.testing.assert_close(loss, missed + 0.5 * divergence)
    assert not torch.equal(objective.batch(1)[1], noise)
    assert torch.equal(objective.batch(0)[1], noise)


def test_an_identity_batch_holds_two_photos_of_each_of_some_persons():
    # Bars as wide as the photo's number; those of Ann stand, those of Bob lie. Neither a
    # change of light nor a mirror hides that.
    bars = np.full((10, SIDE, SIDE, 3), 20, np.uint8)
    for photo in range(10):
        (bars[photo] if photo % 2 else bars[photo].swapaxes(0, 1))[: photo + 1] = 235
    network = FaceNetwork(FACE_NETWORK.channels, FACE_NETWORK.embedding, 2)
    objective = IdentityObjective(network, bars, list(PERSONS.values()), batch_size=4, seed=2)
    seen = set()
    for step in range(6):
        one, other = objective.batch(step)
        assert one.shape == other.shape == (2, 3, SIDE, SIDE)
        assert max(one.abs().max(), other.abs().max()) <= 1
        first, second = _widths(one), _widths(other)
        assert all((a - b) % 2 == 0 and a != b for a, b in zip(first, second, strict=True))
        assert {number % 2 for number in first} == {0, 1}
        for image, number in zip(one, first, strict=True):
            stands = image[0].std(dim=0).max() < 1e-5
            assert stands == (number % 2 == 0)
        seen |= {*first, *second}
    assert len(seen) >= 8


def _widths(images):
    """How wide a bar is in each image, less one."""
    middle = (images.amax((1, 2, 3)) + images.amin((1, 2, 3))) / 2
    return [int((i[0] > m).sum()) // SIDE - 1 for i, m in zip(images, middle, strict=True)]


def test_partners_are_to_find_each_other_in_both_directions():
    network = FaceNetwork(FACE_NETWORK.channels, FACE_NETWORK.embedding, 2)
    bars = np.zeros((10, SIDE, SIDE, 3), np.uint8)
    objective = IdentityObjective(network, bars, list(PERSONS.values()), batch_size=4, seed=2)
    vectors = torch.nn.functional.normalize(embeddings(4, 8), dim=1)
    objective.network.forward = lambda _: vectors
    logits = COSINE_SCALE * vectors[:2] @ vectors[2:].T
    rows = torch.diagonal(logits.log_softmax(1)).mean()
    columns = torch.diagonal(logits.log_softmax(0)).mean()
    torch.testing.assert_close(objective(*objective.batch(0)), -(rows + columns) / 2)
