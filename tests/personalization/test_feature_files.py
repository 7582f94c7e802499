"""What networks see in photos: the file, who may be compared, and how good the judge is."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scored_faces import features_of
from support import error_of
from tiny_base import CPU, FACE_NETWORK, SIDE, drawn, embeddings, fingerprint, stir

from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.workspace import Workspace
from triptych.personalization.artifacts.scores import networks_table
from triptych.personalization.base import load as load_base
from triptych.personalization.evaluate import see_everything, separation
from triptych.personalization.features import Separation, read, write
from triptych.personalization.identity import embed_identity
from triptych.personalization.judges.trained import TrainedJudge
from triptych.personalization.networks.face_network import (
    FaceNetwork,
    load_face_network,
    save_face_network,
)
from triptych.personalization.photos import embed_images
from triptych.personalization.pixels import to_pixels
from triptych.personalization.raw import Generated, shortened
from triptych.storage.files import sha256
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
        save_face_network(_network(), path)
    else:
        path.write_bytes(b"no tensors" if kind == "text" else path.read_bytes()[:-10])
    assert error_of(read, path).where == str(path)


# The face network


def _network(persons=4):
    """A face network with the weights of a training."""
    torch.manual_seed(1)
    network = FaceNetwork(FACE_NETWORK.channels, FACE_NETWORK.embedding, persons)
    stir(network, seed=1, amount=0.3)
    network.prototypes = embeddings(persons, FACE_NETWORK.embedding)
    return network.eval().requires_grad_(False)


@pytest.fixture
def network_path(tmp_path):
    save_face_network(_network(), tmp_path / "network.safetensors")
    return tmp_path / "network.safetensors"


def test_a_face_network_survives_its_file(network_path):
    loaded = load_face_network(network_path, CPU)
    assert fingerprint(loaded) == fingerprint(_network())
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
def test_what_is_no_face_network_is_a_users_mistake(network_path, damage):
    write_tensors(network_path, *damage(*read_tensors(network_path)))
    assert error_of(load_face_network, network_path, CPU).where == str(network_path)


def test_a_face_network_whose_weights_are_not_finite_is_refused(network_path):
    arrays, about = read_tensors(network_path)
    arrays["prototypes"][1, 2] = np.nan
    write_tensors(network_path, arrays, about)
    error = error_of(load_face_network, network_path, CPU)
    assert "prototypes" in error.found
    assert error.where == str(network_path)


def test_images_are_embedded_at_the_side_of_the_photos(photos):
    images = Faces(photos[0]).images()
    found = embed_identity(_network(), images, SIDE)
    assert found.shape == (15, FACE_NETWORK.embedding)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    # Photos shown larger are the same photos, and their number does not matter.
    large = images.repeat(2, axis=1).repeat(2, axis=2)
    near = embed_identity(_network(), large, SIDE)
    np.testing.assert_allclose(near, _network()(to_pixels(large, SIDE)).numpy(), atol=1e-5)
    assert (found * near).sum(axis=1).min() > 0.95
    np.testing.assert_allclose(embed_identity(_network(), images[3:4], SIDE), found[3:4], atol=1e-5)


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


# Everything together


@pytest.fixture
def see(network_path, photos, tmp_path):
    """Look at rows with a new network and the workspace of a name."""

    def looking(rows, work="work", shown=photos[0], base=None):
        judge, workspace = TrainedJudge(network_path, CPU), Workspace(tmp_path / work)
        return see_everything(judge, judge, Faces(shown), rows, base, workspace, CPU)

    return looking


def _row(photos, variant, seed=1, **changes):
    faces = Faces(photos[0])
    places = faces.by_person()
    images = np.random.default_rng(seed).integers(0, 256, (6, 32, 32, 3)).astype(np.uint8)
    row = Generated(
        row=variant,
        persons=tuple(person for person in places for _ in range(2)),
        targets=tuple(faces.names[index] for indices in places.values() for index in indices[3:]),
        prompts=("a photo of a person",) * 6,
        seeds=tuple(range(6)),
        references={
            person: tuple(faces.names[index] for index in indices[:3])
            for person, indices in places.items()
        },
        images=images,
        weights={},
    )
    return replace(row, **changes)


def _turned(row):
    """The references of the next person."""
    first, *others = row.references.values()
    return dict(zip(row.references, [*others, first], strict=True))


def test_all_photos_and_all_rows_are_seen(see, photos, network_path):
    rows = [_row(photos, "ip_adapter"), _row(photos, "text_only", seed=2)]
    seen, faces, network = see(rows), Faces(photos[0]), _network()
    assert (seen.dataset, seen.resolution) == ("drawn_faces", 32)
    assert seen.photo_names == faces.names
    assert seen.photos.persons == faces.persons
    assert seen.extractor.name == "face_network"
    assert seen.extractor.sha256 == seen.identity_network.sha256 == sha256(network_path)
    assert seen.extractor.dimension == FACE_NETWORK.embedding
    assert seen.references == rows[0].references
    np.testing.assert_array_equal(
        seen.photos.identity, embed_identity(network, faces.images(), SIDE)
    )
    for row in rows:
        found = seen.generated[row.row]
        assert found.persons == row.persons
        assert seen.targets[row.row] == row.targets
        # Larger images are brought to the side of the photos.
        np.testing.assert_array_equal(found.identity, embed_identity(network, row.images, SIDE))
        logits = 16 * found.identity @ network.prototypes.numpy().T
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        np.testing.assert_allclose(
            found.probabilities, odds / odds.sum(axis=1, keepdims=True), atol=1e-5
        )


def test_a_base_model_is_judged_by_its_autoencoder_and_its_image_encoder(
    see, photos, base_manifest
):
    rows, faces = [_row(photos, "ip_adapter")], Faces(photos[0])
    nothing = see(rows, work="none")
    assert nothing.autoencoded is None
    assert nothing.image_encoder is None

    seen = see(rows, base=base_manifest)

    pipeline = load_base(base_manifest, CPU)
    with torch.no_grad():
        pixels = to_pixels(faces.images(), 32)
        decoded = pipeline.vae.decode(pipeline.vae.encode(pixels).latent_dist.mean).sample
    bytes_ = ((decoded.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(
        seen.autoencoded.identity, embed_identity(_network(), bytes_, SIDE), atol=1e-3
    )
    embeddings = torch.nn.functional.normalize(embed_images(pipeline, faces.images()), dim=1)
    assert seen.image_encoder == separation(faces.persons, embeddings.numpy())
    condition = networks_table(seen).set_index("role").loc["condition"]
    assert condition["auc"] == seen.image_encoder.auc
    assert "condition" not in set(networks_table(nothing)["role"])


def test_the_row_with_somebody_elses_references_does_not_say_who_is_who(see, photos):
    right = _row(photos, "ip_adapter")
    wrong = replace(right, row="ip_adapter_other_person", references=_turned(right))
    assert see([wrong, right]).references == right.references


def test_a_row_of_a_sweep_has_the_first_images_and_references_of_the_others(see, photos):
    whole = _row(photos, "ip_adapter_avg_pool")
    swept = shortened(replace(whole, row="ip_adapter_avg_pool.references2"), 1, 2)
    assert len(swept.images) == 3
    assert {len(names) for names in swept.references.values()} == {2}
    seen = see([swept, whole])
    assert seen.targets[swept.row] == whole.targets[::2]
    assert seen.references == whole.references
    for changed, part in (
        (replace(swept, seeds=swept.seeds[::-1]), "seeds"),
        (replace(swept, references=whole.references), "references"),
    ):
        error = error_of(see, [whole, changed])
        assert error.expected == f"the {part} of ip_adapter_avg_pool in every row"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("seeds", tuple(range(1, 7))),
        ("persons", ("test_0001",) * 6),
        ("targets", ("test_0001/test_0001_0001",) * 6),
        ("references", None),
    ],
)
def test_rows_that_were_asked_for_something_else_are_refused(see, photos, part, value):
    first = _row(photos, "ip_adapter")
    other = replace(first, row="text_only", **{part: value or _turned(first)})
    error = error_of(see, [first, other])
    assert error.expected == f"the {part} of ip_adapter in every row"
    assert error.found == "others in text_only"


def test_the_row_of_other_persons_is_compared_in_all_but_its_references(see, photos):
    right = _row(photos, "ip_adapter")
    wrong = replace(right, row="ip_adapter_other_person", references=_turned(right))
    with pytest.raises(UserError, match="the seeds of ip_adapter"):
        see([right, replace(wrong, seeds=tuple(range(1, 7)))])
    assert error_of(see, [wrong]).expected == "a row in which the references are the person's own"


def test_a_row_that_is_there_twice_is_refused(see, photos):
    error = error_of(lambda: see([_row(photos, "ip_adapter"), _row(photos, "ip_adapter", seed=2)]))
    assert error.found == "ip_adapter 2 times"


def test_photos_of_others_are_refused(see, photos, tmp_path):
    others, _ = drawn(tmp_path, split="train")
    error = error_of(see, [_row(photos, "ip_adapter")], shown=others)
    assert error.found == "no test_0001/test_0001_0001"
    assert error.where == str(others)


class _KilledError(Exception):
    pass


def test_what_was_seen_before_a_kill_is_not_looked_at_again(see, photos, tmp_path, monkeypatch):
    rows = [_row(photos, "ip_adapter"), _row(photos, "text_only", seed=2)]
    whole = see(rows, work="whole")
    looked, real = [], TrainedJudge.describe

    def until_death(judge, images, side):
        if len(looked) == 2:
            raise _KilledError
        looked.append(len(images))
        return real(judge, images, side)

    monkeypatch.setattr(TrainedJudge, "describe", until_death)
    with pytest.raises(_KilledError):
        see(rows)
    assert looked == [15, 6]
    looked.clear()
    resumed = see(rows)
    assert looked == [6]
    for name, content in (("whole", whole), ("resumed", resumed)):
        write(content, tmp_path / f"{name}.safetensors")
    one, other = (tmp_path / f"{name}.safetensors" for name in ("whole", "resumed"))
    assert one.read_bytes() == other.read_bytes()
