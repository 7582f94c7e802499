"""What a run reads from outside is there before its first job, or all of it is named."""

from pathlib import Path
from typing import Any

import pytest
from support import ROOT, error_of

from triptych.config.load import read
from triptych.config.models import Parameters
from triptych.data import hub_models, own
from triptych.data.sources import check_sources
from triptych.data.steps import hub_model
from triptych.errors import UserError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = {"model_index.json": "{}", "unet/config.json": "{}", "vae/a.safetensors": "weights",
         "unet/b.fp16.safetensors": "half", "unet/c.bin": "other", "README.md": "words",
         "safety_checker/config.json": "{}"}  # fmt: skip
USED = ["model_index.json", "unet/config.json", "vae/a.safetensors"]


@pytest.fixture(autouse=True)
def nothing_answers(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, and no mirror."""
    monkeypatch.delenv("TRIPTYCH_MIRROR", raising=False)
    monkeypatch.setattr("triptych.data.hub.listing", _silent)


def _silent(repository: str, revision: str) -> set[str]:
    raise UserError(expected=f"the files of {repository}", found="no answer", where="the hub",
                    remedy="connect")  # fmt: skip


def parameters(**changes: Any) -> Parameters:
    """Scale paper with other sections of panel 3."""
    shipped = read(ROOT / "params.yaml", overrides={"scale": "paper"})
    panel = shipped.active.personalization.model_dump() | changes
    whole = shipped.model_dump()
    whole["scales"]["paper"]["personalization"] = panel
    return Parameters.model_validate(whole)


def written(folder: str, *names: str) -> None:
    for name in names:
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MODEL.get(name, name))


OWN = parameters(
    base={"folder": "my base"},
    adapter={"folder": "my adapter"},
    faces={"dataset": "folder", "folder": {"path": "my photos"}, "train_persons": 1,
           "test_persons": 2, "photos": 10, "most_photos": 10, "crop": 16, "side": 16},
)  # fmt: skip
LINKED = [own.linked("paper", part) for part in ("photos", "base", "adapter")]


def test_every_missing_folder_is_named_with_what_to_do() -> None:
    error = error_of(check_sources, LINKED, OWN)
    assert error.where == "my photos; my base; my adapter"
    for option in ("faces.folder.path", "base.folder", "adapter.folder"):
        assert option in error.remedy

    written("my photos", "Ada/1.jpg")
    written("my base", "model_index.json")
    error = error_of(check_sources, LINKED, OWN)
    assert (error.where, error.found) == ("my adapter", "no such folder")
    written("my adapter", "models/x.safetensors")
    error = error_of(check_sources, LINKED, OWN)
    assert error.found == "no models/image_encoder/config.json"
    written("my adapter", "models/image_encoder/config.json")
    check_sources(LINKED, OWN)


def test_a_run_that_links_nothing_needs_no_folder() -> None:
    check_sources(["results/paper/personalization/table1.csv"], OWN)


def test_an_adapter_that_is_trained_needs_an_image_encoder_in_the_base() -> None:
    smoke = read(ROOT / "params.yaml").scales["smoke"].personalization.adapter.model_dump()
    chosen = parameters(base={"folder": "my base"}, adapter=smoke)
    written("my base", "model_index.json")
    error = error_of(check_sources, [own.linked("paper", "base")], chosen)
    assert error.found == "no image_encoder/config.json"


def test_released_weights_and_a_model_of_the_hub_are_all_named() -> None:
    names = ("cityscapes", "lfw")
    fetched = [f"data/raw/{name}/MANIFEST.sha256" for name in names]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("triptych.data.availability._silence", lambda *_: "no answer")
        error = error_of(check_sources, [*fetched, own.hub_manifest("me/model", COMMIT)], OWN)
    for word in ("me/model", "gtFine_trainvaltest.zip of cityscapes", "tar of lfw"):
        assert word in str(error)


def test_a_model_of_the_hub_comes_from_a_mirror_and_keeps_its_hashes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written("mirror/me/model", *MODEL)
    monkeypatch.setenv("TRIPTYCH_MIRROR", "mirror")
    manifest = Path(own.hub_manifest("me/model", COMMIT))
    check_sources([str(manifest)], OWN)
    hub_model(manifest=manifest, repository="me/model", revision=COMMIT)
    assert [line.split("  ")[1] for line in manifest.read_text().splitlines()] == USED
    assert (manifest.parent / "vae/a.safetensors").read_text() == "weights"

    (manifest.parent / "vae/a.safetensors").write_text("altered")
    error = error_of(hub_model, manifest=manifest, repository="me/model", revision=COMMIT)
    assert "vae/a.safetensors" in error.where


def test_a_model_of_the_hub_is_downloaded_at_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(hub: Any, name: str, folder: Path) -> None:
        asked.append((hub.repository, hub.revision))
        written(str(folder), name)

    monkeypatch.setattr("triptych.data.hub.listing", lambda *_: set(MODEL))
    monkeypatch.setattr("triptych.data.hub.download", download)
    manifest = Path(own.hub_manifest("me/model", COMMIT))
    hub_model(manifest=manifest, repository="me/model", revision=COMMIT)
    assert asked == [("me/model", COMMIT)] * len(USED)


def test_a_repository_without_a_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triptych.data.hub.listing", lambda *_: {"README.md"})
    error = error_of(hub_models.model_entry, "me/model", COMMIT, Path("there"), None)
    assert "model_index.json" in error.expected
