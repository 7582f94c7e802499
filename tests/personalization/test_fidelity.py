"""How much of its prompt an image shows: by what was drawn, by statistics, by CLIP."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scored_faces import features_of
from support import ROOT, error_of
from tiny_clip import publish_clip

from triptych.config.load import read
from triptych.data.drawn.faces import draw
from triptych.data.faces import Faces, save
from triptych.job.seeds import derive
from triptych.personalization import captions
from triptych.personalization.describing import describe_image
from triptych.personalization.features import Described
from triptych.personalization.fidelity import add_fidelity, measure_fidelity, open_judge
from triptych.personalization.raw import Generated
from triptych.storage.files import sha256
from triptych.storage.folders import manifest_text, read_manifest

CPU = torch.device("cpu")
ROWS = ("text_only", "dreambooth")
SMILES, DARK = "a photo of a person, smiling", "a dark room, bright light"


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """The test persons of scale smoke."""
    parameters = read(ROOT / "params.yaml")
    about = parameters.scales["smoke"].personalization.faces
    seed = derive(parameters.seed, "data", "smoke", "drawn_faces")
    path = tmp_path_factory.mktemp("faces") / "test.safetensors"
    photos = draw("test", about.test_persons, about.photos, side=about.side, seed=seed)
    save("drawn_faces", photos, path)
    return Faces(path)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return publish_clip(tmp_path_factory.mktemp("clip"))


def plain(*values, side=20):
    """images of one gray each."""
    return np.stack([np.full((side, side, 3), value, dtype=np.uint8) for value in values])


# Statements


def test_a_drawn_photo_shows_its_own_description_and_less_of_those_of_others(faces):
    judge = open_judge("drawn", None, CPU)

    pairs = judge(faces.images(), faces.descriptions)

    assert pairs.shape == (len(faces), len(faces))
    np.testing.assert_array_equal(pairs.diagonal(), 1.0)
    # Other photos may have the same background and light.
    assert (pairs < 1).mean(axis=1).min() > 0.8


def test_half_of_the_statements_give_a_half(faces):
    judge = open_judge("drawn", None, CPU)
    lit = next(words for words in faces.descriptions if "lit from the left" in words)
    image = faces.images()[[faces.descriptions.index(lit)]]

    other_side = lit.replace("left", "right")

    assert judge(image, [lit, other_side, other_side + ", smiling"]).tolist() == [[1.0, 0.5, 0.5]]


def test_a_photo_shows_its_own_statistics():
    images = plain(40, 128, 220)
    prompts = [describe_image(image) for image in images]

    pairs = open_judge("statistics", None, CPU)(images, prompts)

    # Low contrast is common to all; brightness, where it is named, and background are not.
    np.testing.assert_allclose(pairs, [[1, 0.5, 1 / 3], [1 / 3, 1, 1 / 3], [1 / 3, 0.5, 1]])


def test_the_name_of_a_person_is_no_statement():
    judge = open_judge("statistics", None, CPU)

    pairs = judge(plain(40), ["a photo of a sks person, dark", "a photo of a person, dark"])

    assert pairs.tolist() == [[1.0, 1.0]]


# Chance


def test_chance_is_the_mean_over_the_prompts_of_the_other_persons():
    persons = ["Ann", "Ann", "Bob", "Cid"]
    prompts = ["dark", "bright", "dark", "bright"]

    measured = measure_fidelity(
        open_judge("statistics", None, CPU), plain(40, 40, 40, 220), prompts, persons
    )

    assert measured.own.tolist() == [1.0, 0.0, 1.0, 1.0]
    np.testing.assert_allclose(measured.by_chance, [1 / 2, 1 / 2, 1 / 3, 1 / 3])


def test_images_that_ignore_their_prompts_are_at_chance():
    rng = np.random.default_rng(1)
    persons = [f"person {number // 10}" for number in range(100)]
    prompts = rng.choice(["dark", "bright"], size=100).tolist()

    measured = measure_fidelity(
        open_judge("statistics", None, CPU), plain(*[40] * 100), prompts, persons
    )

    assert measured.own.mean() == pytest.approx(measured.by_chance.mean(), abs=0.02)


# Rows


def test_rows_are_compared_with_the_captions_of_the_photos_that_they_restore(faces, tmp_path):
    captions.write(tmp_path / "captions.csv", faces.names, faces.descriptions)
    order = np.arange(len(faces))
    rows = [_row(faces, "text_only", order), _row(faces, "dreambooth", (order + 13) % len(faces))]
    nothing = np.full(len(faces), np.nan, np.float32)
    seen = Described(faces.persons, *[nothing[:, None]] * 3, fidelity=nothing)
    features = replace(features_of(), photos=seen, generated=dict.fromkeys(ROWS, seen))

    filled = add_fidelity(
        features, faces, rows, tmp_path / "captions.csv", open_judge("drawn", None, CPU)
    )

    for exact in (filled.photos, filled.generated["text_only"]):
        np.testing.assert_array_equal(exact.fidelity, 1.0)
        assert exact.fidelity_by_chance.max() < 0.5
    assert filled.generated["dreambooth"].fidelity.mean() < 0.5


def _row(faces, name, order):
    """A row whose images are the photos in an order; only DreamBooth's prompts name the person."""
    named = "a photo of a sks person" if name == "dreambooth" else ""
    return Generated(
        row=name,
        persons=faces.persons,
        targets=faces.names,
        prompts=tuple(named or words for words in faces.descriptions),
        seeds=tuple(range(len(faces))),
        references={},
        images=faces.images()[order],
        weights={},
    )


# CLIP


def test_clip_s_score_is_the_cosine_that_transformers_computes(clip):
    from transformers import CLIPModel, CLIPProcessor

    images = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 3), dtype=np.uint8)
    prompts = [SMILES, DARK]

    pairs = open_judge("llava", clip, CPU)(images, prompts)

    model = CLIPModel.from_pretrained(clip.parent)
    processor = CLIPProcessor.from_pretrained(clip.parent)
    inputs = processor(images=list(images), text=prompts, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(**inputs).logits_per_image / model.logit_scale.exp()
    assert pairs.dtype == np.float32
    np.testing.assert_allclose(pairs, logits.clamp(0, 1), atol=1e-6)
    assert len(set(pairs.ravel().tolist())) > 1


def test_more_images_than_fit_at_once_keep_their_order(clip, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    judge = open_judge("llava", clip, CPU)
    together = judge(images, [SMILES, DARK])
    monkeypatch.setattr("triptych.personalization.fidelity._IMAGES_AT_ONCE", 2)

    np.testing.assert_allclose(judge(images, [SMILES, DARK]), together, atol=1e-6)


def test_a_prompt_longer_than_the_encoder_reads_is_cut(clip):
    judge = open_judge("llava", clip, CPU)

    long = judge(plain(40), [SMILES + " a photo" * 100])

    assert np.isfinite(long).all()


def test_without_its_folder_clip_is_to_be_fetched():
    error = error_of(open_judge, "llava", None, CPU)

    assert error.where == "the option --clip"
    assert error.remedy == "fetch it: triptych fetch clip_vit_b32"


def test_a_missing_weight_is_not_filled_with_random_numbers(tmp_path):
    manifest = publish_clip(tmp_path)
    weights = tmp_path / "model.safetensors"
    tensors = load_file(weights)
    del tensors["text_projection.weight"]
    save_file(tensors, weights, {"format": "pt"})
    hashes = {name: sha256(tmp_path / name) for name in read_manifest(manifest)}
    manifest.write_text(manifest_text(hashes))

    error = error_of(open_judge, "llava", manifest, CPU)

    assert "text_projection.weight" in error.found
    assert error.remedy.endswith("triptych fetch clip_vit_b32")


def test_an_altered_file_is_refused(tmp_path):
    manifest = publish_clip(tmp_path)
    (tmp_path / "config.json").write_text("{}")

    error = error_of(open_judge, "llava", manifest, CPU)

    assert "config.json" in error.expected + error.where
