"""Which photos describe a person, and how what they say is brought together."""

from collections import Counter

import pytest
import torch
from tiny_base import WIDTH, embeddings, stirred_attention, with_adapter

from triptych.personalization.conditioning import ReferenceSets
from triptych.personalization.networks.set_attention import SetSelfAttention
from triptych.personalization.references import choose, condition, divide_photos

NINE = embeddings(2, 9, WIDTH)
UNTRAINED = SetSelfAttention(WIDTH, heads=2)
POOLINGS = ("first", "max", "avg", "all", "self_attention")
# Ten photos of each of three persons, the persons' photos not in one piece.
PERSONS = {name: list(range(k, 30, 3)) for k, name in enumerate(("Ann", "Bob", "Cid"))}


# Pooling


def test_each_pooling_is_what_its_name_says():
    assert torch.equal(condition(NINE, "first"), NINE[:, :1])
    assert torch.equal(condition(NINE, "max"), NINE.max(dim=1).values[:, None])
    torch.testing.assert_close(condition(NINE, "avg"), NINE.sum(dim=1)[:, None] / 9)
    assert torch.equal(condition(NINE, "all"), NINE)
    attention = stirred_attention()
    assert torch.equal(condition(NINE, "self_attention", attention), attention(NINE))


def test_self_attention_does_not_go_without_its_module():
    with pytest.raises(ValueError, match="needs the trained module"):
        condition(NINE, "self_attention")


@pytest.fixture(scope="module")
def predict(pipeline):
    """The noise that a UNet with an adapter finds for conditions of two persons."""
    adapted = with_adapter(pipeline)
    adapted.set_ip_adapter_scale(1.0)
    noisy, texts = embeddings(2, 4, 8, 8), embeddings(2, 16, WIDTH, seed=6)

    def unet(told):
        with torch.no_grad():
            return adapted.unet(noisy, 7, texts, added_cond_kwargs={"image_embeds": [told]}).sample

    return unet


def test_nine_times_the_same_photo_is_that_photo_however_pooled(predict):
    same = NINE[:, :1].expand(-1, 9, -1)
    alone = predict(NINE[:, :1])
    for pooling in POOLINGS:
        found = predict(condition(same, pooling, UNTRAINED))
        torch.testing.assert_close(found, alone, rtol=0, atol=1e-5)


def test_nine_photos_are_told_apart_by_how_they_are_pooled(predict):
    found = [predict(condition(NINE, pooling)) for pooling in ("first", "max", "avg", "all")]
    for index, one in enumerate(found):
        assert all((one - other).abs().max() > 1e-3 for other in found[:index])
    # Untrained, the module adds nothing to the adapter with nine photos.
    attended = predict(condition(NINE, "self_attention", UNTRAINED))
    torch.testing.assert_close(attended, found[-1], rtol=0, atol=1e-6)


# More than nine photos, and fewer


@pytest.mark.parametrize("count", [9, 10, 20])
def test_of_more_photos_the_first_are_kept(count):
    photos = list(range(100, 100 + count))
    assert choose(photos, 9, seed=1) == tuple(photos[:9])


@pytest.mark.parametrize("count", [1, 2, 8])
def test_fewer_photos_are_all_kept_and_drawn_from_again(count):
    photos = list(range(100, 100 + count))
    chosen = choose(photos, 9, seed=1)
    assert len(chosen) == 9
    assert chosen[:count] == tuple(photos)
    assert set(chosen) == set(photos)
    assert chosen == choose(photos, 9, seed=1)


def test_the_draws_are_uniform_with_replacement_and_the_seeds():
    photos = [5, 6, 7]
    drawn = [choose(photos, 9, seed)[3:] for seed in range(200)]
    assert len(set(drawn)) > 150
    counts = Counter(photo for six in drawn for photo in six)
    # 1200 draws: five standard deviations.
    assert all(abs(counts[photo] - 400) < 82 for photo in photos)


# References and targets of the test persons


def test_references_and_targets_are_different_photos_of_the_person():
    for subject in divide_photos(PERSONS, 7, seed=2):
        photos = PERSONS[subject.name]
        assert len(subject.references) == 7
        assert sorted(subject.references + subject.targets) == photos
        assert list(subject.targets) == sorted(subject.targets)


@pytest.mark.parametrize("count", [2, 3, 9, 10])
def test_every_person_keeps_a_photo_to_be_restored(count):
    (subject,) = divide_photos({"Ann": list(range(count))}, 9, seed=2)
    assert len(subject.references) == 9
    assert len(subject.targets) == 1
    assert set(subject.references) | set(subject.targets) == set(range(count))
    assert not set(subject.references) & set(subject.targets)


def test_the_division_is_the_seeds_and_each_persons_own():
    divided = divide_photos(PERSONS, 7, seed=2)
    assert [subject.name for subject in divided] == list(PERSONS)
    assert divided == divide_photos(PERSONS, 7, seed=2)
    assert divided != divide_photos(PERSONS, 7, seed=3)
    alone = divide_photos({"Bob": PERSONS["Bob"]}, 7, seed=2)
    assert alone == divided[1:2]
    # Persons with as many photos are not divided at the same places.
    places = [[PERSONS[s.name].index(photo) for photo in s.references] for s in divided]
    assert places[0] != places[1] != places[2]


def test_any_photo_may_be_held_out():
    held = {divide_photos(PERSONS, 9, seed)[0].targets for seed in range(100)}
    assert held == {(photo,) for photo in PERSONS["Ann"]}


# One photo removed, the others describe it


def _drawn(sets, steps, batch_size=4):
    return [pair for step in range(steps) for pair in sets.draw(step, batch_size)]


def test_the_removed_photo_is_described_by_all_others_of_its_person():
    owner = {photo: name for name, photos in PERSONS.items() for photo in photos}
    for removed, references in _drawn(ReferenceSets(PERSONS, 9, seed=4), 30):
        assert sorted((removed, *references)) == PERSONS[owner[removed]]


def test_every_photo_is_removed_equally_often():
    pairs = _drawn(ReferenceSets(PERSONS, 9, seed=4), 300, batch_size=5)
    counts = Counter(removed for removed, _ in pairs)
    # 1500 draws of 30 photos; 58.3 is the 99.9th percentile of chi-square for 29 degrees.
    assert sum((counts[photo] - 50) ** 2 / 50 for photo in range(30)) < 58.3
    # Persons come in epochs: no person is omitted.
    people = Counter(photo % 3 for photo in counts.elements())
    assert set(people.values()) == {500}


def test_of_more_than_nine_others_each_is_dropped_equally_often():
    pairs = _drawn(ReferenceSets({"Ann": list(range(5))}, 2, seed=4), 100, batch_size=5)
    kept = Counter(photo for _, references in pairs for photo in references)
    assert all(len(set(references)) == 2 for _, references in pairs)
    # 1000 places for 5 photos; 18.5 is the 99.9th percentile for 4 degrees.
    assert sum((kept[photo] - 200) ** 2 / 200 for photo in range(5)) < 18.5


def test_fewer_than_nine_others_are_bootstrapped_without_the_removed_one():
    seen = set()
    for removed, references in _drawn(ReferenceSets({"Ann": [3, 4, 5]}, 9, seed=4), 20):
        assert len(references) == 9
        assert set(references) == {3, 4, 5} - {removed}
        seen.add(references)
    assert len(seen) > 20


def test_a_step_is_drawn_the_same_whenever_it_comes():
    sets = ReferenceSets(PERSONS, 9, seed=4)
    undisturbed = [sets.draw(step, 4) for step in range(6)]
    again = ReferenceSets(PERSONS, 9, seed=4)
    assert [again.draw(step, 4) for step in (5, 3)] == [undisturbed[5], undisturbed[3]]
    assert ReferenceSets(PERSONS, 9, seed=5).draw(0, 4) != undisturbed[0]
    assert undisturbed[0] != undisturbed[1]


def test_without_sets_each_photo_describes_itself():
    pairs = _drawn(ReferenceSets(PERSONS, None, seed=4), 3, batch_size=10)
    assert all(references == (photo,) for photo, references in pairs)
    # An epoch is all photos once.
    assert sorted(photo for photo, _ in pairs) == list(range(30))
