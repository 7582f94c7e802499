"""DreamBooth: a model of each person's own, made from the base model and nobody else's photos."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_base import (
    ALONE,
    CPU,
    SIDE,
    dreambooth,
    fingerprint,
    fresh,
    loop,
    noised_by_hand,
    sampling,
)

from triptych.personalization.dreambooth import (
    Pictures,
    PriorPreservingObjective,
    encode_pictures,
    name_person,
    personalize,
)
from triptych.personalization.generate import sample
from triptych.personalization.photos import Latents
from triptych.personalization.requests import RequestSet
from triptych.personalization.rows import dreambooth_row

WORDS = ("person", "man", "woman")
PROMPTS = ["a photo of a sks person, smiling", "a photo of a sks man"]


@pytest.mark.parametrize(
    ("caption", "named"),
    [
        ("a photo of a person, smiling", "a photo of a sks person, smiling"),
        ("A man with a man's hat", "A sks man with a man's hat"),
        ("A woman and a man", "A sks woman and a man"),
        ("Woman with a hat", "sks Woman with a hat"),
        ("a salesperson who is human", "sks person, a salesperson who is human"),
        ("personal light, two persons", "sks person, personal light, two persons"),
        ("a person.", "a sks person."),
        ("dark, brown background", "sks person, dark, brown background"),
    ],
)
def test_the_rare_word_is_put_before_the_first_word_for_the_class(caption, named):
    assert name_person(caption, "sks", WORDS) == named


def test_class_words_are_words_and_no_patterns():
    assert name_person("one of a kind", "sks", ("o.e",)) == "sks o.e, one of a kind"


# The loss


def _pictures(pipeline, count=4, seed=1):
    images = np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE, 3)).astype(np.uint8)
    prompts = [PROMPTS[k % len(PROMPTS)] for k in range(count)]
    return encode_pictures(pipeline, images, prompts, SIDE)


def _objective(pipeline, prior, instance=None, **changes):
    copied = fresh(pipeline)
    return PriorPreservingObjective(
        copied.unet,
        copied.text_encoder,
        copied.scheduler,
        instance or _pictures(pipeline),
        prior,
        parameters=dreambooth(**changes),
        snr_gamma=None,
        seed=3,
    )


def test_the_loss_is_that_of_the_person_and_so_much_of_the_class(pipeline):
    prior = _pictures(pipeline, 2, seed=2)
    losses = {}
    for weight in (0.0, 1.0, 2.5):
        objective = _objective(pipeline, prior, prior_weight=weight)
        batch = objective.batch(0)
        with torch.no_grad():
            losses[weight] = objective(*batch)
    noisy, noise, timesteps, prompts = (part[1::2] for part in batch)
    base = fresh(pipeline)
    with torch.no_grad():
        texts = base.text_encoder(objective.ids[prompts])[0]
        found = base.unet(noisy, timesteps, texts).sample
    of_class = ((found - noise) ** 2).mean()
    torch.testing.assert_close(losses[1.0] - losses[0.0], of_class)
    torch.testing.assert_close(losses[2.5] - losses[0.0], 2.5 * of_class)


def test_the_loss_of_a_batch_is_that_of_its_equal_pieces(pipeline):
    objective = _objective(pipeline, _pictures(pipeline, 2, seed=2), prior_weight=2.0)
    batch = objective.batch(0)
    with torch.no_grad():
        pieces = [objective(*(part[k : k + 2] for part in batch)) for k in (0, 2)]
        torch.testing.assert_close(torch.stack(pieces).mean(), objective(*batch))


def _numbered(start):
    numbers = torch.arange(6.0) + start
    return Pictures(
        Latents(numbers[:, None, None, None].expand(-1, 4, 8, 8), torch.zeros(6, 4, 8, 8)),
        numbers.long()[:, None].expand(-1, 16),
    )


def test_photos_go_with_their_prompts(pipeline):
    objective = _objective(pipeline, _numbered(6), _numbered(0))
    seen = []
    for step in range(3):
        noisy, noise, timesteps, prompts = objective.batch(step)
        ids = objective.ids[prompts][:, 0]
        expected = noised_by_hand(pipeline.scheduler, ids[:, None, None, None], noise, timesteps)
        torch.testing.assert_close(noisy, expected)
        assert not torch.equal(noise[0], noise[1])
        seen += ids[::2].tolist()
        # The others are images of the class.
        assert ids[1::2].min() >= 6
    # An epoch is every photo of the person once.
    assert sorted(seen) == list(range(6))


def test_a_frozen_text_encoder_encodes_every_prompt_once(pipeline):
    calls = []
    copied = fresh(pipeline)
    copied.text_encoder.register_forward_hook(lambda *_: calls.append(1))
    for trained, expected in ((False, 1), (True, 2)):
        calls.clear()
        personalize(
            copied,
            _pictures(pipeline),
            _pictures(pipeline, 2, seed=2),
            dreambooth(train_text_encoder=trained),
            snr_gamma=None,
            seed=3,
            team=ALONE,
            description="fit",
        )
        assert len(calls) == expected


# One person's model


def _personalize(pipeline, prior=None, seed=3, **changes):
    return personalize(
        pipeline,
        _pictures(pipeline),
        prior or _pictures(pipeline, 2, seed=2),
        dreambooth(**changes),
        snr_gamma=None,
        seed=seed,
        team=ALONE,
        description="fit",
    )


def test_the_base_model_is_left_as_it_was(pipeline):
    parts = ("unet", "text_encoder", "vae", "image_encoder")
    before = [fingerprint(getattr(pipeline, part)) for part in parts]
    personal, weights = _personalize(pipeline, train_text_encoder=True)
    assert [fingerprint(getattr(pipeline, part)) for part in parts] == before
    assert not any(p.requires_grad for p in pipeline.unet.parameters())
    assert fingerprint(personal.unet) != before[0]
    assert len(weights) == 64
    for part in parts:
        network = getattr(personal, part)
        assert not any(p.requires_grad for p in network.parameters())
        assert not network.training


@pytest.mark.parametrize("trained", [False, True])
def test_the_text_encoder_is_trained_where_asked_for(pipeline, trained):
    personal, _ = _personalize(pipeline, train_text_encoder=trained)
    same = fingerprint(personal.text_encoder) == fingerprint(pipeline.text_encoder)
    assert same is not trained


def test_without_weight_the_images_of_the_class_do_not_matter(pipeline):
    def weights(seed, prior_weight):
        prior = _pictures(pipeline, 3, seed=seed)
        return _personalize(pipeline, prior, prior_weight=prior_weight)[1]

    assert weights(5, 0.0) == weights(6, 0.0)
    assert weights(5, 1.0) != weights(6, 1.0)


def test_the_hash_tells_weights_apart(pipeline):
    _, one = _personalize(pipeline)
    _, again = _personalize(pipeline)
    _, other = _personalize(pipeline, seed=4)
    longer = dreambooth().training.model_copy(update={"steps": 3})
    _, later = _personalize(pipeline, training=longer)
    assert one == again
    assert len({one, other, later}) == 3


# All persons


@pytest.fixture(scope="module")
def test_set(photos):
    whole = RequestSet.read(*photos, references=3, images=2, division_seed=7, seed=9)
    return whole.named("sks", WORDS)


@pytest.fixture(scope="module")
def make_row(base_manifest):
    prior = np.random.default_rng(1).integers(0, 256, (2, SIDE, SIDE, 3)).astype(np.uint8)

    def make(persons, **changes):
        # A rate at which two steps show in the images.
        training = loop(steps=2, batch_size=2, learning_rate=0.05, schedule="constant")
        return dreambooth_row(
            persons,
            base_manifest,
            prior,
            dreambooth(training=training, **changes),
            sampling(),
            SIDE,
            snr_gamma=None,
            seed=5,
            device=CPU,
        )

    return make


@pytest.fixture(scope="module")
def everyone(test_set, make_row):
    """The images and the hash of every person, made one after another."""
    row = make_row(test_set)
    return [row.make(position) for position in range(3)]


def test_nobody_begins_where_another_person_ended(test_set, make_row, everyone):
    # The last one first, and alone.
    images, weights = make_row(replace(test_set, requests=test_set.requests[2:])).make(0)
    assert weights == everyone[2][1]
    assert images.tobytes() == everyone[2][0].tobytes()


def test_a_model_of_ones_own_is_not_the_base_model(test_set, pipeline, everyone):
    request = test_set.requests[0]
    plain = sample(fresh(pipeline), request.prompts, request.seeds, sampling(), SIDE)
    assert not np.array_equal(plain, everyone[0][0])


def test_a_bootstrapped_photo_is_one_photo_however_often_it_was_drawn(test_set, make_row, everyone):
    request = test_set.requests[0]
    first, second, third = request.subject.references
    repeated = replace(request.subject, references=(third, first, second, third, third))
    row = make_row(replace(test_set, requests=(replace(request, subject=repeated),)))
    assert row.make(0)[1] == everyone[0][1]


def test_another_persons_photos_do_not_matter_and_ones_own_do(test_set, make_row, everyone):
    faces, request = test_set.faces, test_set.requests[0]
    own = set(request.subject.references)

    def weights(changed):
        class Changed:
            def images(self):
                images = faces.images().copy()
                images[changed] = 255 - images[changed]
                return images

        altered = replace(test_set, faces=Changed(), requests=(request,))
        return make_row(altered).make(0)[1]

    others = [index for index in range(len(faces)) if index not in own]
    # Neither another person's photos nor those of the own that are to be restored.
    assert set(request.targets) <= set(others)
    assert weights(others) == everyone[0][1]
    assert weights(sorted(own)) != everyone[0][1]


def test_prompts_and_captions_name_the_person(photos, test_set):
    plain = RequestSet.read(*photos, references=3, images=2, division_seed=7, seed=9)
    for named, request in zip(test_set.requests, plain.requests, strict=True):
        assert named.prompts == tuple(
            prompt.replace("a person", "a sks person", 1) for prompt in request.prompts
        )
        assert replace(named, prompts=request.prompts) == request
    assert all(caption.startswith("a photo of a sks person") for caption in test_set.captions)


def test_another_name_makes_another_model(test_set, make_row, photos, everyone):
    plain = RequestSet.read(*photos, references=3, images=2, division_seed=7, seed=9)
    renamed = plain.named("light", WORDS).share(0, 3)
    assert make_row(renamed).make(0)[1] != everyone[0][1]
