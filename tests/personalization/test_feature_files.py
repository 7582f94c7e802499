"""What networks see in photos: the file, who may be compared, and how good the judge is."""

from dataclasses import replace

import numpy as np
import pytest
from scored_faces import features_of
from support import error_of
from tiny_base import CPU, FACE_NETWORK, SIDE, fingerprint, stirred_face_network

from triptych.data.faces import Faces
from triptych.personalization.evaluate import separation
from triptych.personalization.features import Separation, read, write
from triptych.personalization.identity import embed_identity
from triptych.personalization.networks.face_network import (
    load_face_network,
    save_face_network,
)
from triptych.personalization.pixels import to_pixels
from triptych.storage.tensors import read_tensors, write_tensors

PARTS = ("features", "probabilities", "identity", "fidelity")


# The file


def test_everything_survives_the_file(tmp_path):
    made = features_of()
    write(made, tmp_path / "features")
    found = read(tmp_path / "features")
    for part in ("dataset", "resolution", "extractor", "identity_network", "photo_names"):
        assert getattr(found, part) == getattr(made, part)
    assert found.references == made.references
    assert found.targets == made.targets
    assert set(found.generated) == set(made.generated)
    for name in made.generated:
        _assert_equal(found.generated[name], made.generated[name])
    _assert_equal(found.photos, made.photos)
    _assert_equal(found.autoencoded, made.autoencoded)


def test_a_detector_and_a_base_model_may_be_absent(tmp_path):
    made = features_of()
    photos = replace(made.photos, face_found=None)
    write(replace(made, photos=photos, autoencoded=None), tmp_path / "features")

    found = read(tmp_path / "features")

    assert found.photos.face_found is None
    assert found.autoencoded is None
    assert found.generated.keys() == made.generated.keys()


def test_a_chance_level_is_kept_where_it_was_measured(tmp_path):
    made = features_of()
    by_chance = np.linspace(0, 1, len(made.photos.persons), dtype=np.float32)
    photos = replace(made.photos, fidelity_by_chance=by_chance)
    write(replace(made, photos=photos, autoencoded=None), tmp_path / "features")

    found = read(tmp_path / "features")

    assert np.array_equal(found.photos.fidelity_by_chance, by_chance)


def _assert_equal(one, other):
    assert one.persons == other.persons
    if other.face_found is not None:
        assert one.face_found.dtype == bool
        assert np.array_equal(one.face_found, other.face_found)
    for part in PARTS:
        assert getattr(one, part).dtype == np.float32
        assert np.array_equal(getattr(one, part), getattr(other, part), equal_nan=True)


def test_equal_content_gives_equal_bytes(tmp_path):
    made = features_of()
    turned = replace(
        made,
        references=dict(reversed(made.references.items())),
        generated=dict(reversed(made.generated.items())),
        targets=dict(reversed(made.targets.items())),
    )
    for name, content in (("a", made), ("b", turned), ("c", replace(made, resolution=64))):
        write(content, tmp_path / name)
    one, other, third = ((tmp_path / name).read_bytes() for name in "abc")
    assert one == other != third


@pytest.mark.parametrize("kind", ["text", "cut", "network"])
def test_any_other_file_is_a_users_mistake(tmp_path, kind):
    path = tmp_path / "features"
    write(features_of(("text_only",)), path)
    if kind == "network":
        save_face_network(stirred_face_network(), path)
    else:
        path.write_bytes(b"no tensors" if kind == "text" else path.read_bytes()[:-10])
    assert error_of(read, path).where == str(path)


# The face network


def test_a_face_network_survives_its_file(face_network_path):
    loaded = load_face_network(face_network_path, CPU)
    assert fingerprint(loaded) == fingerprint(stirred_face_network())
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())


@pytest.mark.parametrize(
    "damage",
    [
        lambda arrays, about: (arrays, None),
        lambda arrays, about: (arrays, {"config": "{}"}),
        lambda arrays, about: (arrays, {"config": about["config"].replace("[8, 8]", "[8, 4]")}),
        lambda arrays, about: (
            {name: array for name, array in arrays.items() if name != "prototypes"}, about
        ),
    ],
    ids=["no shape", "empty shape", "another shape", "a tensor too few"],
)  # fmt: skip
def test_what_is_no_face_network_is_a_users_mistake(face_network_path, damage):
    write_tensors(face_network_path, *damage(*read_tensors(face_network_path)))
    assert error_of(load_face_network, face_network_path, CPU).where == str(face_network_path)


def test_a_face_network_whose_weights_are_not_finite_is_refused(face_network_path):
    arrays, about = read_tensors(face_network_path)
    arrays["prototypes"][1, 2] = np.nan
    write_tensors(face_network_path, arrays, about)
    error = error_of(load_face_network, face_network_path, CPU)
    assert "prototypes" in error.found
    assert error.where == str(face_network_path)


def test_images_are_embedded_at_the_side_of_the_photos(photos):
    images, network = Faces(photos[0]).images(), stirred_face_network()
    found = embed_identity(network, images, SIDE)
    assert found.shape == (15, FACE_NETWORK.embedding)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    # Photos shown larger are the same photos, and their number does not matter.
    large = images.repeat(2, axis=1).repeat(2, axis=2)
    near = embed_identity(network, large, SIDE)
    np.testing.assert_allclose(near, network(to_pixels(large, SIDE)).numpy(), atol=1e-5)
    assert (found * near).sum(axis=1).min() > 0.95
    np.testing.assert_allclose(embed_identity(network, images[3:4], SIDE), found[3:4], atol=1e-5)


# How good it is


def test_persons_who_stand_apart_are_told_apart(photos):
    faces = Faces(photos[0])
    persons = sorted(set(faces.persons))
    apart = np.eye(3, dtype=np.float32)[[persons.index(person) for person in faces.persons]]
    assert separation(faces.persons, apart) == Separation(auc=1.0, rank1=1.0, persons=3)


def test_chance_is_a_half_and_the_opposite_is_nought(photos):
    persons = Faces(photos[0]).persons
    alike = np.ones((15, 4), np.float32) / 2
    assert separation(persons, alike).auc == 0.5
    # The photos of a person differ, and each equals one photo of every other person.
    mixed = np.eye(5, dtype=np.float32)[[k % 5 for k in range(15)]]
    judged = separation(persons, mixed)
    assert judged.auc < 0.5
    assert judged.rank1 == 0


def test_auc_is_the_share_of_pairs_in_the_right_order(photos):
    faces = Faces(photos[0])
    vectors = np.random.default_rng(4).normal(size=(15, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [(i, j) for i in range(15) for j in range(i)]
    similarities = {True: [], False: []}
    for i, j in pairs:
        alike = faces.persons[i] == faces.persons[j]
        similarities[alike].append(float(vectors[i] @ vectors[j]))
    same, other = similarities[True], similarities[False]
    expected = np.mean([[a > b for b in other] for a in same])
    assert separation(faces.persons, vectors).auc == pytest.approx(expected)
