"""Generation: what is asked for, whose face an image shows, and what a kill leaves of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from interrupted import KilledError
from support import error_of
from tiny_base import (
    CPU,
    SIDE,
    WIDTH,
    drawn,
    embeddings,
    random_face_network,
    sampling,
    stirred_attention,
    with_adapter,
)

from triptych.data.faces import Faces
from triptych.job.workspace import Workspace
from triptych.personalization import base, raw, rows
from triptych.personalization.generate import Row, generate, sample
from triptych.personalization.identity import embed_identity
from triptych.personalization.methods import BY_NAME, FINETUNED, METHODS, RowName
from triptych.personalization.photos import embed_images
from triptych.personalization.references import Subject, condition
from triptych.personalization.requests import RequestSet, plan
from triptych.personalization.rows import adapter_row

CAPTIONS = [f"caption {number}" for number in range(12)]
ANN = Subject("Ann", (0, 1, 2), (3, 4))
BOB = Subject("Bob", (5, 6), (7, 8, 9))


@pytest.fixture(scope="module")
def test_set(photos):
    return RequestSet.read(*photos, references=3, images=4, division_seed=7, seed=9)


def _row(text, test_set, base_manifest, adapter_manifest, **changes):
    name = RowName.parse(text)
    told = adapter_manifest if BY_NAME[name.variant].adapter else None
    return adapter_row(name, test_set, base_manifest, told, sampling(**changes), SIDE, CPU)


# What is asked for


def test_the_prompts_are_the_captions_of_held_out_photos_in_turn():
    ann, bob = plan([ANN, BOB], CAPTIONS, 5, seed=1)
    assert (ann.subject, bob.subject) == (ANN, BOB)
    assert ann.targets == (3, 4, 3, 4, 3)
    assert bob.targets == (7, 8, 9, 7, 8)
    assert bob.prompts == tuple(f"caption {target}" for target in bob.targets)


def test_every_image_has_a_seed_of_its_own_whoever_else_is_generated():
    requests = plan([ANN, BOB], CAPTIONS, 50, seed=1)
    seeds = [seed for request in requests for seed in request.seeds]
    assert len(set(seeds)) == 100
    assert plan([BOB], CAPTIONS, 50, seed=1) == requests[1:]
    # More images are further images.
    assert plan([BOB], CAPTIONS, 70, seed=1)[0].seeds[:50] == requests[1].seeds
    assert set(plan([BOB], CAPTIONS, 50, seed=2)[0].seeds).isdisjoint(seeds)


def test_all_rows_are_asked_for_the_same(photos, test_set):
    assert RequestSet.read(*photos, 3, 4, 7, 9).requests == test_set.requests
    faces = Faces(photos[0])
    for request in test_set.requests:
        shown = {faces.persons[i] for i in (*request.targets, *request.subject.references)}
        assert shown == {request.subject.name}
        assert not set(request.targets) & set(request.subject.references)
        assert request.prompts == tuple(faces.descriptions[i] for i in request.targets)


def test_shares_are_all_persons_once(test_set):
    shares = [test_set.share(job, 2).requests for job in range(2)]
    assert [len(share) for share in shares] == [2, 1]
    assert sorted([*shares[0], *shares[1]], key=_name) == list(test_set.requests)


@pytest.mark.parametrize(("job", "jobs"), [(2, 2), (3, 4), (-1, 2)])
def test_a_job_without_persons_is_a_users_mistake(test_set, job, jobs):
    assert error_of(test_set.share, job, jobs).found == str(job)


def _name(request):
    return request.subject.name


def test_a_person_of_a_single_photo_is_a_users_mistake(tmp_path):
    error = error_of(lambda: RequestSet.read(*drawn(tmp_path, persons=2, photos=1), 3, 3, 7, 9))
    assert error.expected == "at least 2 photos of every person"
    assert error.found == "1 of test_0001"


# The stock pipeline


def test_images_are_made_one_by_one_as_together(pipeline):
    adapted = with_adapter(pipeline)
    prompts = ["a person, smiling", "a sks person", "bright"]
    told = embeddings(3, WIDTH)
    together = sample(adapted, prompts, [1, 2, 3], sampling(), SIDE, told)
    assert together.shape == (3, SIDE, SIDE, 3)
    assert together.dtype == np.uint8
    alone = sample(adapted, prompts, [1, 2, 3], sampling(batch_size=1), SIDE, told)
    assert np.abs(together.astype(int) - alone).max() <= 1
    # Prompts and noise stay with their image.
    swapped = sample(adapted, prompts[::-1], [3, 2, 1], sampling(batch_size=2), SIDE, told)
    assert np.abs(together.astype(int) - swapped[::-1]).max() <= 1
    assert all(np.abs(together[k].astype(int) - together[k - 1]).max() > 20 for k in range(3))


@pytest.mark.parametrize("guidance_scale", [1.0, 3.0])
def test_every_image_is_told_of_the_person_and_guidance_of_nobody(pipeline, guidance_scale):
    adapted = with_adapter(pipeline)
    told, heard = embeddings(3, WIDTH), []

    def listen(_module, _arguments, options):
        heard.extend(options["added_cond_kwargs"]["image_embeds"])

    adapted.unet.register_forward_pre_hook(listen, with_kwargs=True)
    options = sampling(guidance_scale=guidance_scale, steps=1)
    sample(adapted, ["bright", "smiling"], [1, 2], options, SIDE, told)

    person, nobody = told.expand(2, 3, WIDTH), torch.zeros(2, 3, WIDTH)
    expected = torch.cat([nobody, person]) if guidance_scale > 1 else person
    assert len(heard) == 1
    assert torch.equal(heard[0], expected)


@pytest.mark.parametrize(
    "method", [one for one in METHODS if one.adapter in (*FINETUNED, "ip_adapter")], ids=str
)
def test_a_row_is_told_what_its_pooling_makes_of_the_references(
    test_set, pipeline, base_manifest, adapter_manifest, monkeypatch, method
):
    heard = []
    monkeypatch.setattr(rows, "sample", lambda _, *arguments: heard.append(arguments))
    row = _row(method.name, test_set, base_manifest, adapter_manifest)
    row.make(1)
    everything = embed_images(with_adapter(pipeline), test_set.faces.images())
    shown = everything[list(row.describers[1].references)][None]
    expected = condition(shown, method.pooling, stirred_attention())[0]
    ((*asked, told),) = heard
    request = test_set.requests[1]
    assert asked == [request.prompts, request.seeds, sampling(), SIDE]
    torch.testing.assert_close(told, expected)
    images = {"first": 1, "max": 1, "avg": 1, "all": 3, "self_attention": 3}[method.pooling]
    assert told.shape == (images, WIDTH)


def test_the_faces_embeddings_are_averaged(
    test_set, pipeline, base_manifest, face_adapter_manifest, monkeypatch
):
    heard = []
    monkeypatch.setattr(rows, "sample", lambda _, *arguments: heard.append(arguments))
    row = _row("ip_adapter_face", test_set, base_manifest, face_adapter_manifest)
    row.make(1)
    shown = test_set.faces.images()[list(row.describers[1].references)]
    told = torch.from_numpy(embed_identity(random_face_network(), shown, SIDE))
    expected = told.mean(dim=0, keepdim=True) * (WIDTH + 4) ** 0.5
    torch.testing.assert_close(heard[0][-1], expected)


@pytest.fixture(scope="module")
def images(test_set, base_manifest, adapter_manifest):
    """The images of every person in two rows, generated in sequence."""
    return {
        variant: [
            _row(variant, test_set, base_manifest, adapter_manifest).make(k)[0] for k in (0, 1)
        ]
        for variant in ("ip_adapter", "ip_adapter_self_attention")
    }


# A row with a setting of its own


def test_a_row_of_fewer_photos_is_told_of_the_first_alone(
    test_set, images, base_manifest, adapter_manifest
):
    row = _row("ip_adapter_self_attention.references2", test_set, base_manifest, adapter_manifest)
    own = test_set.subjects
    assert [s.references for s in row.describers] == [s.references[:2] for s in own]
    assert not np.array_equal(row.make(1)[0], images["ip_adapter_self_attention"][1])
    # The average of one photo is the photo.
    row = _row("ip_adapter_avg_pool.references1", test_set, base_manifest, adapter_manifest)
    assert row.make(1)[0].tobytes() == images["ip_adapter"][1].tobytes()


@pytest.mark.parametrize(
    ("name", "changes"),
    [("ip_adapter.scale0.2", {"adapter_scale": 0.2}),
     ("ip_adapter.guidance1.0", {"guidance_scale": 1.0})],
)  # fmt: skip
def test_a_row_with_its_own_scale_ignores_the_usual_one(
    test_set, images, base_manifest, adapter_manifest, name, changes
):
    made = _row(name, test_set, base_manifest, adapter_manifest).make(0)[0]
    expected = _row("ip_adapter", test_set, base_manifest, adapter_manifest, **changes).make(0)[0]
    assert made.tobytes() == expected.tobytes()
    assert not np.array_equal(made, images["ip_adapter"][0])


# No face leaks into another person's images


@pytest.mark.parametrize("variant", ["ip_adapter", "ip_adapter_self_attention"])
def test_persons_together_and_alone_give_the_same_images(
    test_set, images, base_manifest, adapter_manifest, variant
):
    for position in (0, 1):
        alone = replace(test_set, requests=test_set.requests[position : position + 1])
        made, weights = _row(variant, alone, base_manifest, adapter_manifest).make(0)
        assert weights == ""
        assert made.tobytes() == images[variant][position].tobytes()


def test_the_control_is_told_of_somebody_else(test_set, images, base_manifest, adapter_manifest):
    row = _row("ip_adapter_other_person", test_set, base_manifest, adapter_manifest)
    own, describers = test_set.subjects, row.describers
    assert sorted(s.name for s in describers) == [s.name for s in own]
    assert all(mine.name != theirs.name for mine, theirs in zip(own, describers, strict=True))

    made, _ = row.make(0)
    assert not np.array_equal(made, images["ip_adapter"][0])
    # With that person's references, prompts and noise would give just these images.
    swapped = replace(test_set, requests=(replace(test_set.requests[0], subject=describers[0]),))
    expected, _ = _row("ip_adapter", swapped, base_manifest, adapter_manifest).make(0)
    assert np.array_equal(made, expected)


def test_from_the_text_alone_no_photo_matters(test_set, base_manifest, adapter_manifest):
    row = _row("text_only", test_set, base_manifest, adapter_manifest)
    request = test_set.requests[2]
    made, _ = row.make(2)
    plain = sample(base.load(base_manifest, CPU), request.prompts, request.seeds, sampling(), SIDE)
    assert np.array_equal(made, plain)


@pytest.mark.parametrize(
    ("variant", "adapted", "expected"),
    [
        ("ip_adapter", False, "an adapter for the row ip_adapter"),
        ("ip_adapter_other_person", False, "an adapter for the row ip_adapter_other_person"),
        ("text_only", True, "no adapter for the row text_only"),
        ("dreambooth", False, "a row that needs no fine-tuning for each person"),
    ],
)
def test_a_row_without_what_makes_it_is_a_users_mistake(
    test_set, base_manifest, adapter_manifest, variant, adapted, expected
):
    manifest = adapter_manifest if adapted else None
    error = error_of(
        adapter_row, RowName(variant), test_set, base_manifest, manifest, sampling(), SIDE, CPU
    )
    assert error.expected == expected


# A killed generation


class _Making:
    """Images that tell the person and how often one was asked for; it may die at a person."""

    def __init__(self, dies_at=None, weights=False):
        self.dies_at, self.weights, self.made = dies_at, weights, []

    def __call__(self, position):
        if position == self.dies_at:
            raise KilledError
        self.made.append(position)
        hashed = f"{position:064d}" if self.weights else ""
        return np.full((4, 8, 8, 3), 10 * position, np.uint8), hashed


def _generate(test_set, make, folder, describers=None):
    row = Row(make, describers or test_set.subjects)
    return generate(RowName("ip_adapter"), test_set, row, Workspace(folder))


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("person", [0, 1, 2])
def test_a_killed_generation_loses_at_most_a_person(test_set, tmp_path, person, weights):
    whole = _generate(test_set, _Making(weights=weights), tmp_path / "whole")
    with pytest.raises(KilledError):
        _generate(test_set, _Making(person, weights), tmp_path / "work")
    left = _Making(weights=weights)
    resumed = _generate(test_set, left, tmp_path / "work")
    assert left.made == list(range(person, 3))
    for name, made in (("whole", whole), ("resumed", resumed)):
        raw.write(made, tmp_path / f"{name}.safetensors")
    one, other = (tmp_path / f"{name}.safetensors" for name in ("whole", "resumed"))
    assert one.read_bytes() == other.read_bytes()
    assert len(resumed.weights) == 3 * weights


def test_every_image_is_traced_to_what_made_it(test_set, tmp_path):
    made = _generate(test_set, _Making(weights=True), tmp_path)
    names, faces = [s.name for s in test_set.subjects], test_set.faces
    assert made.row == "ip_adapter"
    assert made.persons == tuple(name for name in names for _ in range(4))
    assert [int(image[0, 0, 0]) for image in made.images] == [0] * 4 + [10] * 4 + [20] * 4
    assert made.weights == {name: f"{k:064d}" for k, name in enumerate(names)}
    wanted = [
        (target, prompt, seed)
        for r in test_set.requests
        for target, prompt, seed in zip(r.targets, r.prompts, r.seeds, strict=True)
    ]
    assert made.targets == tuple(faces.names[target] for target, _, _ in wanted)
    assert made.prompts == tuple(prompt for _, prompt, _ in wanted)
    assert made.seeds == tuple(seed for _, _, seed in wanted)
    for subject in test_set.subjects:
        assert made.references[subject.name] == tuple(faces.names[i] for i in subject.references)


def test_somebody_elses_references_are_recorded_as_such(test_set, tmp_path):
    own = test_set.subjects
    others = (*own[1:], own[0])
    made = _generate(test_set, _Making(), tmp_path, describers=others)
    for subject, other in zip(own, others, strict=True):
        expected = tuple(test_set.faces.names[index] for index in other.references)
        assert made.references[subject.name] == expected
