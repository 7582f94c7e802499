"""Everything that the judges see: all photos, all rows, and which rows may be compared."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from interrupted import KilledError
from support import error_of
from tiny_base import CPU, FACE_NETWORK, SIDE, drawn, stirred_face_network

from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.workspace import Workspace
from triptych.personalization.artifacts.scores import networks_table
from triptych.personalization.base import load as load_base
from triptych.personalization.evaluate import see_everything, separation
from triptych.personalization.features import write
from triptych.personalization.identity import embed_identity
from triptych.personalization.judges.trained import TrainedJudge
from triptych.personalization.photos import embed_images
from triptych.personalization.pixels import to_pixels
from triptych.personalization.raw import Generated, shortened
from triptych.storage.files import sha256


@pytest.fixture
def see(face_network_path, photos, tmp_path):
    """Look at rows with a new network and the workspace of a name."""

    def looking(rows, work="work", shown=photos[0], base=None):
        judge, workspace = TrainedJudge(face_network_path, CPU), Workspace(tmp_path / work)
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


def test_all_photos_and_all_rows_are_seen(see, photos, face_network_path):
    rows = [_row(photos, "ip_adapter"), _row(photos, "text_only", seed=2)]
    seen, faces, network = see(rows), Faces(photos[0]), stirred_face_network()
    assert (seen.dataset, seen.resolution) == ("drawn_faces", 32)
    assert seen.photo_names == faces.names
    assert seen.photos.persons == faces.persons
    assert seen.extractor.name == "face_network"
    assert seen.extractor.sha256 == seen.identity_network.sha256 == sha256(face_network_path)
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
        seen.autoencoded.identity, embed_identity(stirred_face_network(), bytes_, SIDE), atol=1e-3
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


def test_what_was_seen_before_a_kill_is_not_looked_at_again(see, photos, tmp_path, monkeypatch):
    rows = [_row(photos, "ip_adapter"), _row(photos, "text_only", seed=2)]
    whole = see(rows, work="whole")
    looked, real = [], TrainedJudge.describe

    def until_death(judge, images, side):
        if len(looked) == 2:
            raise KilledError
        looked.append(len(images))
        return real(judge, images, side)

    monkeypatch.setattr(TrainedJudge, "describe", until_death)
    with pytest.raises(KilledError):
        see(rows)
    assert looked == [15, 6]
    looked.clear()
    resumed = see(rows)
    assert looked == [6]
    for name, content in (("whole", whole), ("resumed", resumed)):
        write(content, tmp_path / f"{name}.safetensors")
    one, other = (tmp_path / f"{name}.safetensors" for name in ("whole", "resumed"))
    assert one.read_bytes() == other.read_bytes()
