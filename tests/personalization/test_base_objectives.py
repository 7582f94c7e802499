"""What the small parts of a base model and the face network learn: inputs, batches, losses."""

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_base import (
    AUTOENCODER,
    FACE_NETWORK,
    PERSONS,
    SIDE,
    WORDS,
    embeddings,
    loop,
    random_parts,
)

from triptych.data.faces import Faces
from triptych.personalization.captions import mirrored
from triptych.personalization.contrast import ContrastiveObjective, supervised_contrast
from triptych.personalization.identity import IdentityObjective
from triptych.personalization.networks.autoencoder import build_autoencoder
from triptych.personalization.networks.face_network import COSINE_SCALE, FaceNetwork
from triptych.personalization.networks.patch_code import PatchCode
from triptych.personalization.photos import embed_images, encode_latents, encode_texts
from triptych.personalization.pixels import to_pixels
from triptych.personalization.reconstruction import ReconstructionObjective


@pytest.fixture(scope="module")
def images(photos):
    return Faces(photos[0]).images()


# Images and texts as the networks take them


def test_pixels_are_between_minus_one_and_one():
    steps = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    pixels = to_pixels(steps, 16)
    assert pixels.shape == (1, 3, 16, 16)
    expected = torch.linspace(-1, 1, 256).reshape(16, 16)
    for channel in pixels[0]:
        torch.testing.assert_close(channel, expected)


def test_pixels_of_another_size_keep_colors_and_bounds():
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


# The small parts of a base model


def _contrast(parts, images, captions, **changes):
    options = {"identity_weight": 0.0, "batch_size": 5, "seed": 2, **changes}
    persons = [str(number // 5) for number in range(len(images))]
    return ContrastiveObjective(
        parts.encoders, parts.tokenizer, images, captions, persons, **options
    )


def _is_shifted(photo, other):
    """Whether the middle of a photo is in the other, at most a sixteenth of the side away."""
    side = photo.shape[-1]
    most = side // 16
    middle = photo[:, most:-most, most:-most]
    places = range(2 * most + 1)
    inner = side - 2 * most
    return any(
        torch.equal(middle, other[:, top : top + inner, left : left + inner])
        for top in places
        for left in places
    )


def test_photos_and_their_captions_find_each_other(images):
    parts = random_parts()
    captions = ["very " * k + "bright, left" for k in range(len(images))]
    objective = _contrast(parts, images, captions)
    pixels, ids, mask, persons = objective.batch(1)
    for photo in range(5):
        number, mirror = next(
            (k, mirror)
            for k in range(15)
            for mirror in (False, True)
            if _is_shifted(
                objective.pixels[k].flip(-1) if mirror else objective.pixels[k], pixels[photo]
            )
        )
        expected = parts.tokenizer(
            mirrored(captions[number]) if mirror else captions[number],
            padding="max_length",
            max_length=16,
            truncation=True,
        )
        assert ids[photo].tolist() == expected.input_ids
        assert mask[photo].tolist() == expected.attention_mask
        assert persons[photo] == number // 5
    with torch.no_grad():
        logits = parts.encoders(pixel_values=pixels, input_ids=ids, attention_mask=mask)[0]
        rows = torch.diagonal(logits.log_softmax(1)).mean()
        columns = torch.diagonal(logits.log_softmax(0)).mean()
        loss = objective(pixels, ids, mask, persons)
        torch.testing.assert_close(loss, -(rows + columns) / 2)
        embedded = parts.encoders(
            pixel_values=pixels, input_ids=ids, attention_mask=mask
        ).image_embeds
        with_persons = _contrast(parts, images, captions, identity_weight=2.0)
        torch.testing.assert_close(
            with_persons(pixels, ids, mask, persons),
            loss + 2 * supervised_contrast(embedded, persons),
        )
    assert objective.validation_batch() is None
    objective = _contrast(parts, np.concatenate([images] * 4), captions * 4)
    assert len(objective.validation_batch()[0]) == 3


def test_a_batch_that_teaches_persons_has_four_photos_of_each(images):
    parts = random_parts()
    captions = [f"light {number}" for number in range(len(images))]
    objective = _contrast(parts, images, captions, identity_weight=1.0, batch_size=8)
    _, ids, _, persons = objective.batch(0)
    assert persons.unique(return_counts=True)[1].tolist() == [4, 4]
    assert len({tuple(row.tolist()) for row in ids}) == 8
    assert not torch.equal(objective.batch(1)[0], objective.batch(0)[0])


def test_photos_of_a_person_are_compared_with_those_of_others():
    embedded = torch.nn.functional.normalize(embeddings(5, 8), dim=1)
    persons = torch.tensor([0, 0, 1, 0, 2])
    cosines = COSINE_SCALE * embedded @ embedded.T
    terms = []
    # The third and the fifth photo have no partner.
    for photo, partners in ((0, (1, 3)), (1, (0, 3)), (3, (0, 1))):
        others = [k for k in range(5) if k != photo]
        total = cosines[photo, others].logsumexp(0)
        terms.append(sum(total - cosines[photo, one] for one in partners) / 2)
    loss = supervised_contrast(embedded, persons)
    torch.testing.assert_close(loss, torch.stack(terms).mean())
    assert supervised_contrast(embedded, torch.arange(5)) == 0


@pytest.mark.parametrize(
    ("caption", "other"),
    [
        ("lit from the left, looking right", "lit from the right, looking left"),
        ("leftover, bright", "leftover, bright"),
    ],
)
def test_a_mirrored_photo_has_a_mirrored_caption(caption, other):
    assert mirrored(caption) == other


def _reconstruction(images, **changes):
    torch.manual_seed(0)
    parameters = AUTOENCODER.model_copy(
        update={"kl_weight": 0.3, "training": loop(steps=4, batch_size=4), **changes}
    )
    network = build_autoencoder(parameters, SIDE)
    return ReconstructionObjective(network, images, SIDE, parameters=parameters, seed=2)


def test_images_come_back_from_latents_near_their_code(images):
    objective = _reconstruction(images)
    pixels, code, encoded, noise = objective.batch(2)
    assert pixels.shape == (4, 3, SIDE, SIDE)
    assert code.shape == noise.shape == (4, 4, SIDE // 2, SIDE // 2)
    with torch.no_grad():
        posterior = objective.network.encode(pixels).latent_dist
        latents = torch.where(
            encoded[:, None, None, None],
            posterior.mean + posterior.std * noise,
            code + AUTOENCODER.noise * noise,
        )
        missed = (objective.network.decode(latents).sample - pixels).abs().mean()
        divergence = torch.distributions.kl_divergence(
            torch.distributions.Normal(posterior.mean, posterior.std),
            torch.distributions.Normal(code, AUTOENCODER.noise),
        ).mean()
        loss = objective(pixels, code, encoded, noise)
    torch.testing.assert_close(loss, missed + 0.3 * divergence)

    photos = to_pixels(images, SIDE)
    plain = [any(torch.equal(one, photo) for photo in photos) for one in pixels]
    assert {True, False} == set(plain)
    for one, is_plain in zip(pixels, plain, strict=True):
        assert is_plain or any(torch.equal(one.flip(-1), photo) for photo in photos)
    assert not torch.equal(objective.batch(1)[3], noise)
    assert torch.equal(objective.batch(2)[3], noise)


def test_the_encoder_takes_over_from_the_code(images):
    objective = _reconstruction(images, training=loop(steps=100, batch_size=8))
    shares = [objective.batch(step)[2].float().mean() for step in range(100)]
    assert shares[0] == 0
    assert 0.35 < torch.stack(shares).mean() < 0.65
    assert torch.stack(shares[90:]).mean() > 0.85
    many = np.concatenate([images] * 2)
    assert _reconstruction(many).validation_batch()[2].all()


def test_a_linear_code_holds_the_largest_part_of_a_patch(images):
    pixels = to_pixels(images, SIDE)
    whole = PatchCode.of(pixels, 4, 48)
    code = whole.encode(pixels)
    assert code.shape == (len(images), 48, SIDE // 4, SIDE // 4)
    # All components together lose nothing.
    norms = (whole.filters**2).sum(dim=1, keepdim=True)
    patches = code.permute(0, 2, 3, 1) @ (whole.filters / norms) + whole.mean
    cut = pixels.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).flatten(3)
    torch.testing.assert_close(patches, cut, rtol=0, atol=1e-3)
    # The coarse channels come first, and a channel's variance is the square root of its own.
    deviations = PatchCode.of(pixels, 4, 6).encode(pixels).std(dim=(0, 2, 3))
    assert (deviations.diff() < 0.02).all()
    torch.testing.assert_close(PatchCode.of(pixels, 4, 6).filters, whole.filters[:6])


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
