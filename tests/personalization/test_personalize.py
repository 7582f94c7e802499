"""``triptych personalization personalize``: images of one person, or nothing at all."""

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from diffusers import StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file, save_file
from support import ROOT, error_of, tree
from test_killed_personalization import killed_at
from tiny_base import SIDE

from triptych.personalization import steps

METHODS = (
    "text_only",
    "dreambooth",
    "dreambooth_lora",
    "ip_adapter",
    "ip_adapter_max_pool",
    "ip_adapter_avg_pool",
    "ip_adapter_self_attention",
    "ip_adapter_face",
)
NEEDS_ADAPTER = METHODS[3:]


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch, base_manifest, adapter_manifest, face_adapter_manifest):
    """A project with three photos of a person, a base model and two adapters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cpu")
    Path("Snakefile").touch()
    shutil.copy(ROOT / "params.yaml", "params.yaml")
    shutil.copytree(base_manifest.parent, "base")
    shutil.copytree(adapter_manifest.parent, "adapter")
    shutil.copytree(face_adapter_manifest.parent, "face adapter")
    Path("photos").mkdir()
    draws = np.random.default_rng(1)
    for name, size in (("a.jpg", (40, 30)), ("b.png", (16, 21)), ("c d.webp", (50, 50))):
        picture(name, draws.integers(0, 256, (*size, 3), np.uint8))


def picture(name, pixels) -> None:
    """A photo of the person."""
    Image.fromarray(pixels).save(Path("photos") / name)


def personalize(method="ip_adapter", out="out", **changes) -> dict[str, bytes]:
    """Run the command and return the bytes of the images by name."""
    folder = "face adapter" if method == "ip_adapter_face" else "adapter"
    adapter = Path(folder) if method in NEEDS_ADAPTER else None
    given = {"photos": Path("photos"), "base": Path("base"), "adapter": adapter, "number": 5}
    given |= {"prompt": "a photo of a person, smiling", "method": method, "out": Path(out)}
    steps.personalize(**given | {"seed": 3, "scale": "tiny", "allow_faceless": True} | changes)
    return {name: content for name, content in tree(Path(out)).items() if name.endswith(".png")}


def refused(**changes) -> str:
    """Run the command, which must fail and write no image; return its error."""
    error = error_of(personalize, **changes)
    assert not Path("out").exists()
    return str(error)


def test_every_method_makes_other_images_and_the_same_again():
    images = {method: personalize(method, method) for method in METHODS}
    for method, files in images.items():
        assert list(files) == [f"{k:04}.png" for k in range(5)], method
        assert len(set(files.values())) == 5, method
    assert len({tuple(files.values()) for files in images.values()}) == len(METHODS)
    assert personalize("dreambooth", "again") == images["dreambooth"]
    assert not list(Path("work").glob("*/"))
    with Image.open("dreambooth/0000.png") as image:
        assert (image.mode, image.size) == ("RGB", (SIDE, SIDE))


def test_each_image_has_a_description():
    personalize()
    described = [json.loads(path.read_text()) for path in sorted(Path("out").glob("*.json"))]
    assert len({one["seed"] for one in described}) == 5
    first = described[0]
    assert (first["prompt"], first["method"]) == ("a photo of a person, smiling", "ip_adapter")
    assert list(first["photos"]) == ["a.jpg", "b.png", "c d.webp"]
    assert first["base"]["folder"] == "base"
    assert first["command"].startswith("triptych personalization personalize --photos photos")
    assert first["software"]["torch"]


def test_photos_decide_the_images_and_another_seed_gives_others():
    before = personalize()
    assert personalize(out="other seed", seed=4) != before
    assert personalize("text_only", "text") == personalize("text_only", "text again")
    picture("a.jpg", np.zeros((30, 30, 3), np.uint8))
    assert personalize(out="other photos") != before


def test_a_base_without_a_manifest_gives_the_same_images():
    before = personalize("text_only")
    Path("base/MANIFEST.sha256").unlink()
    assert personalize("text_only", "out without") == before


@pytest.mark.parametrize(("method", "dies_at"), [("ip_adapter", 2), ("dreambooth", 3)])
def test_a_killed_command_continues_to_the_same_bytes(method, dies_at):
    expected = personalize(method, "expected")
    killed_at(dies_at, StableDiffusionPipeline, "__call__", partial(personalize, method))
    assert not Path("out").exists()
    # One batch of four images, and DreamBooth's class images.
    kept = {path.stem for path in Path("work").rglob("*.safetensors")}
    assert kept >= {"images_0"} | ({"class_images"} if method == "dreambooth" else set())
    assert "images_4" not in kept
    calls, real = [], StableDiffusionPipeline.__call__

    def counted(*arguments, **options):
        calls.append(1)
        return real(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StableDiffusionPipeline, "__call__", counted)
        assert personalize(method) == expected
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"adapter": None}, ("--adapter", "ip_adapter")),
        ({"method": "text_only", "adapter": Path("adapter")}, ("--adapter", "no adapter")),
        ({"photos": Path("nowhere")}, ("nowhere", "no such folder")),
        ({"photos": Path("base")}, ("base/feature_extractor", "photos alone")),
        ({"base": Path("nowhere")}, ("nowhere", "no such folder", "--base")),
        ({"base": Path("photos")}, ("photos", "no model_index.json")),
        ({"adapter": Path("base")}, ("base", "IP-Adapter", "--adapter")),
        ({"adapter": Path("face adapter")}, ("face adapter", "no models/image_encoder")),
        ({"method": "ip_adapter_face", "adapter": Path("adapter")}, ("no face_network",)),
        ({"method": "ip_adapter_self_attention", "adapter": Path("plain")},
         ("plain/set_self_attention",)),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(changes, words):
    shutil.copytree("adapter", "plain")
    shutil.rmtree("plain/set_self_attention")
    error = refused(**changes)
    for word in words:
        assert word in error


def test_methods_that_combine_photos_need_two():
    for name in ("b.png", "c d.webp"):
        Path("photos", name).unlink()
    for method in ("dreambooth", "ip_adapter_max_pool", "ip_adapter_self_attention"):
        assert "a single photo, a.jpg" in refused(method=method)
    assert personalize("ip_adapter")


def test_a_photo_that_cannot_be_used_is_named():
    Path("photos/d.jpg").write_bytes(Path("photos/a.jpg").read_bytes()[:200])
    assert "photos/d.jpg" in refused()
    Path("photos/d.jpg").unlink()
    picture("e.png", np.full((20, 20), 40_000, np.uint16))
    assert "16 bits" in refused()


def test_folders_of_several_persons_are_refused():
    for person in ("Ann", "Bob"):
        shutil.copytree("photos", f"persons/{person}")
    error = refused(photos=Path("persons"))
    assert "persons/Ann/a.jpg" in error
    assert "the photos of one person" in error


def test_photos_without_a_face_are_refused():
    assert "photos/a.jpg" in refused(allow_faceless=False)


def test_a_base_without_a_tensor_and_an_adapter_for_another_base_are_refused():
    Path("base/MANIFEST.sha256").unlink()
    weights = Path("base/text_encoder/model.safetensors")
    tensors = load_file(weights)
    first = sorted(tensors)[0]
    save_file({name: value for name, value in tensors.items() if name != first}, weights)
    error = refused()
    assert first in error
    assert "where:      base\n" in error
    save_file(tensors, weights)

    path = next(Path("adapter/models").glob("*.safetensors"))
    wide = load_file(path)
    wide["image_proj.norm.weight"] = wide["image_proj.norm.weight"].repeat(2)
    save_file(wide, path)
    assert "an adapter for this base model: image_proj.norm.weight" in refused()


def test_a_folder_with_files_is_never_written_to():
    before = tree(Path("photos"))
    assert "a folder with files" in str(error_of(personalize, out="photos"))
    assert tree(Path("photos")) == before
