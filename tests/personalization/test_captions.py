"""Photos described in words: by what was drawn, by statistics, by LLaVA."""

import json

import numpy as np
import pytest
import torch
from random_faces import QUESTION, SMILES
from safetensors.torch import load_file, save_file
from support import error_of
from tiny_llava import publish_llava

from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.personalization import describing as describing_module
from triptych.personalization.describing import describe, describe_image
from triptych.storage.files import sha256
from triptych.storage.folders import manifest_text, read_manifest

CPU = torch.device("cpu")


@pytest.fixture
def describing(tmp_path):
    """Describes on the CPU with a workspace that lives as long as the test."""
    workspace = Workspace(tmp_path / "work")

    def run(faces, provider, model=None):
        return describe(
            faces, provider, question=QUESTION, model=model, seed=1, device=CPU, workspace=workspace
        )

    return run


# What was drawn


def test_drawn_photos_keep_the_words_of_the_drawing_program(make_faces, describing):
    assert describing(make_faces("Ann", 2), "drawn") == [SMILES, SMILES]


def test_real_photos_have_no_words_of_a_drawing_program(make_faces, describing):
    error = error_of(lambda: describing(make_faces("Ann", 1, description=""), "drawn"))

    assert "Ann/Ann_0000" in error.expected
    assert "statistics" in error.remedy


# Statistics


def plain(*rgb):
    return np.full((20, 20, 3), rgb, dtype=np.uint8)


def on(background, face):
    image = plain(*background)
    image[2:-2, 2:-2] = face
    return image


@pytest.mark.parametrize(
    ("rgb", "color"),
    [
        ((0, 0, 0), "black"), ((128, 128, 128), "grey"), ((255, 255, 255), "white"),
        ((200, 20, 20), "red"), ((230, 20, 60), "red"), ((230, 140, 20), "orange"),
        ((110, 70, 30), "brown"), ((220, 200, 30), "yellow"), ((40, 160, 60), "green"),
        ((50, 80, 220), "blue"), ((150, 40, 200), "purple"), ((20, 0, 0), "black"),
    ],
)  # fmt: skip
def test_the_background_is_named_by_the_border_alone(rgb, color):
    for face in (0, 128, 255):
        assert f", {color} background" in describe_image(on(rgb, face))


def test_brightness_is_named_when_it_is_out_of_the_ordinary():
    dark, middle, bright = (describe_image(plain(v, v, v)) for v in (40, 128, 220))

    assert dark == "a photo of a person, dark, black background, low contrast"
    assert middle == "a photo of a person, grey background, low contrast"
    assert bright == "a photo of a person, bright, white background, low contrast"


def test_the_side_of_the_light_is_named():
    image = plain(120, 120, 120)
    image[:, :10] += 40

    assert describe_image(image).endswith("light from the left")
    assert describe_image(image[:, ::-1]).endswith("light from the right")


def test_contrast_is_named_when_it_is_out_of_the_ordinary():
    stripes = plain(0, 0, 0)
    stripes[::2] = 255
    soft = plain(78, 78, 78)
    soft[::2] = 178

    assert "high contrast" in describe_image(stripes)
    assert "contrast" not in describe_image(soft)


def test_every_photo_is_described_by_its_own_statistics(make_faces, describing):
    faces = make_faces("Ann", 3)

    said = describing(faces, "statistics")

    assert said == [describe_image(faces.image(index)) for index in range(3)]
    assert len(set(said)) > 1
    assert all("person" in text for text in said)


# LLaVA


def test_llava_answers_about_each_photo_on_one_line(make_faces, describing, llava):
    said = describing(make_faces("Ann", 10), "llava", llava)

    assert len(set(said)) == 10
    for text in said:
        assert text == " ".join(text.split())
        # The answer alone, without the question and the photo's place in it.
        assert not text.startswith("USER:")
        assert "<" not in text


def test_llavas_answer_does_not_depend_on_the_other_photos_of_a_batch(
    make_faces, describing, llava, tmp_path
):
    many, one = make_faces("Ann", 5), make_faces("Bob", 1)

    assert describing(many, "llava", llava)[0] == describing(one, "llava", llava)[0]


def test_llavas_answer_depends_on_the_question(make_faces, tmp_path, llava):
    faces = make_faces("Ann", 3)
    # Greedy: the same question gives the same answer, whatever the model's own settings say.
    one, same, other = (
        describe(
            faces,
            "llava",
            question=question,
            model=llava,
            seed=1,
            device=CPU,
            workspace=Workspace(tmp_path / question),
        )
        for question in (QUESTION, f"{QUESTION} ", "What")
    )
    assert one == same != other


def test_an_altered_folder_of_llava_is_refused(make_faces, describing, tmp_path):
    manifest = publish_llava(tmp_path / "llava")
    path = manifest.parent / "generation_config.json"
    path.write_text(path.read_text() + " ")

    error = error_of(lambda: describing(make_faces("Ann", 1), "llava", manifest))

    assert path.name in error.expected


def test_a_llava_that_lacks_weights_is_refused(make_faces, describing, tmp_path):
    manifest = publish_llava(tmp_path / "llava")
    shard = manifest.parent / "model-00001-of-00002.safetensors"
    tensors = load_file(shard)
    lost = next(name for name in tensors if name.startswith("language_model"))
    del tensors[lost]
    save_file(tensors, shard, {"format": "pt"})
    hashes = read_manifest(manifest) | {shard.name: sha256(shard)}
    manifest.write_text(manifest_text(hashes))

    error = error_of(lambda: describing(make_faces("Ann", 1), "llava", manifest))

    assert error.found.startswith("1 are missing")


@pytest.fixture
def stand_in(monkeypatch):
    """Puts a fast function in the place of LLaVA."""

    def replace_by(answer):
        name = "triptych.personalization.describing._open_llava"
        monkeypatch.setattr(name, lambda *_: answer)

    return replace_by


def test_a_killed_job_asks_again_for_few_photos(make_faces, describing, stand_in, tmp_path):
    counts = []

    def answer(images, question, seed):
        counts.append(len(images))
        if sum(counts) == 72:
            raise KeyboardInterrupt
        return [f"{question} {image.sum()}" for image in images]

    stand_in(answer)
    faces = make_faces("Ann", 80)
    with pytest.raises(KeyboardInterrupt):
        describing(faces, "llava", tmp_path)
    counts.clear()

    said = describing(faces, "llava", tmp_path)

    assert sum(counts) == 80 - 64
    assert said == [f"{QUESTION} {faces.image(index).sum()}" for index in range(80)]


def test_after_an_empty_answer_llava_is_asked_again_with_a_seed_of_the_photo(
    make_faces, describing, stand_in, tmp_path
):
    seeds = []

    def answer(images, question, seed):
        seeds.append(seed)
        return ["", "a person"] if seed is None else [f"said with {seed}" * (len(seeds) > 2)]

    stand_in(answer)

    said = describing(make_faces("Ann", 2), "llava", tmp_path)

    assert said == [f"said with {seeds[2]}", "a person"]
    assert seeds == [None, derive(1, "Ann/Ann_0000", 0), derive(1, "Ann/Ann_0000", 1)]


def test_a_photo_that_llava_says_nothing_about_is_named_and_ends_nothing(
    make_faces, describing, stand_in, tmp_path, capsys
):
    stand_in(lambda images, question, seed: [""] * len(images))

    assert describing(make_faces("Ann", 1), "llava", tmp_path) == ["a photo of a person"]

    assert "LLaVA says nothing about Ann/Ann_0000" in capsys.readouterr().err


def test_repeated_questions_draw_words_by_the_seed(llava, make_faces):
    answer = describing_module._open_llava(llava, CPU)
    images = [make_faces("Ann", 1).image(0).copy()]

    said = [answer(images, QUESTION, seed) for seed in (1, 1, 2, 3, None)]

    assert said[0] == said[1]
    assert len({text for (text,) in said}) > 2


@pytest.mark.parametrize("lost", [["num_additional_image_tokens"], ["patch_size"]])
def test_what_the_processor_s_file_lacks_comes_from_the_model(
    lost, make_faces, describing, llava, tmp_path
):
    faces = make_faces("Ann", 2)
    whole = describing(faces, "llava", llava)
    manifest = publish_llava(tmp_path / "llava")
    path = manifest.parent / "processor_config.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in about.items() if key not in lost}))
    manifest.write_text(manifest_text(read_manifest(manifest) | {path.name: sha256(path)}))

    again = describe(
        faces,
        "llava",
        question=QUESTION,
        model=manifest,
        seed=1,
        device=CPU,
        workspace=Workspace(tmp_path / "other"),
    )

    assert again == whole
