"""docs/personalize.md: its commands run on a tiny base model, its overlay is allowed."""

import io
import shlex
from pathlib import Path

import pytest
from command_line import run_here
from following import blocks
from PIL import Image
from support import ROOT

from triptych.config.load import read
from triptych.data.drawn.faces import draw
from triptych.data.face_detector import has_face
from triptych.data.own import folders
from triptych.personalization import files

PAGE = (ROOT / "docs/personalize.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)[1:]
    for block in blocks(PAGE, "sh")
    for line in block.splitlines()
    if line.startswith("triptych personalization")
]


def after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


@pytest.fixture
def with_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with the photos and the models that the page names, all tiny."""
    from tiny_base import CPU, save_random_base, stirred_attention, with_adapter

    from triptych.personalization import adapter, base
    from triptych.storage.folders import publish_folder

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cpu")
    Path("Snakefile").touch()
    Path("params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    for words in COMMANDS:
        manifest = Path(after(words, "--base"), "MANIFEST.sha256")
        save_random_base(manifest)
        if "--adapter" in words:
            trained = with_adapter(base.load(manifest, CPU))
            place = Path(after(words, "--adapter"), "MANIFEST.sha256")
            publish_folder(
                place, lambda folder, it=trained: adapter.save(folder, it, stirred_attention())
            )
    Path("photos").mkdir()
    # The detector sees a face in some of the drawn photos.
    faces = (Image.open(io.BytesIO(one.image)) for one in draw("test", 10, 2, side=64, seed=3))
    for number, face in enumerate(list(filter(has_face, faces))[:2]):
        face.save(Path("photos", f"{number}.png"))


@pytest.mark.usefixtures("with_models")
def test_the_commands_make_images(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {after(words, "--method") for words in COMMANDS} == {
        "ip_adapter_avg_pool", "dreambooth", "ip_adapter_self_attention"}  # fmt: skip
    for words in COMMANDS:
        recipe = [] if "--scale" in words else ["--scale", "tiny"]
        assert run_here(monkeypatch, [*words, *recipe]) == 0
        number = int(after(words, "--number")) if "--number" in words else 4
        made = sorted(path.name for path in Path(after(words, "--out")).iterdir())
        assert made == [f"{k:04}.{kind}" for k in range(number) for kind in ("json", "png")]


def test_the_page_names_the_models_of_scale_tiny() -> None:
    panel = read(ROOT / "params.yaml").scales["tiny"].personalization
    method = "ip_adapter_self_attention"
    (words,) = (words for words in COMMANDS if method in words)
    adapter = files.adapter_model(panel, "tiny", method)
    assert f"{after(words, '--adapter')}/MANIFEST.sha256" == adapter
    assert f"{after(words, '--base')}/MANIFEST.sha256" == files.base_model(panel, "tiny")
    assert adapter in PAGE


def test_the_overlay_is_allowed_and_replaces_photos_base_and_adapter(tmp_path: Path) -> None:
    (overlay,) = blocks(PAGE, "yaml")
    path = tmp_path / "own.yaml"
    path.write_text(overlay)
    parameters = read(ROOT / "params.yaml", [path], {"scale": "lab"})
    assert folders(parameters.active.personalization) == {
        "photos": "photos", "base": "models/my-base", "adapter": "models/my-adapter"}  # fmt: skip


def test_the_page_says_whom_to_ask_and_what_lfw_forbids() -> None:
    asked, _, _ = PAGE.partition("## The command")
    assert "Ask every person in the photos." in asked
    assert "must not be passed on" in asked
