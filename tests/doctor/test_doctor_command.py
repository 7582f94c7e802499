"""The command: what it finds of a real workflow, and its refusals in four parts."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import parts_of
from support import Run, copy_project

from triptych.engine.jobs import list_jobs
from triptych.errors import UserError

# Without words a program shows its help; cyclopts wonders about that in a test.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked")

MEMBERS = ("same_layer", "single")
SNAKEFILE = 'rule all:\n    input: "x"\n'


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project without results; not to be changed."""
    folder = tmp_path_factory.mktemp("doctor") / "project"
    copy_project(folder)
    return folder


def test_a_panel_of_lab_without_a_mirror(copy: Path, run: Run) -> None:
    words = ("triptych", "doctor", "--scale", "lab", "--panel", "segmentation", "--json")
    overlay = ("--configfile", "workflow/lab-on-cpu.yaml")
    answer = run(copy, *words, *overlay, check=False, TRIPTYCH_MIRROR="")
    assert answer.returncode == 1, answer.stderr
    found = json.loads(answer.stdout)
    assert [supply["name"] for supply in found["supplies"]] == ["camvid"]
    (obstacle,) = found["obstacles"]
    assert set(obstacle) == {"expected", "found", "where", "remedy"}
    assert obstacle["where"] == "data/raw/camvid"
    jobs = {each["job"]["name"]: each for each in found["estimates"]}
    assert "lab/data/prepare_camvid" in jobs
    assert not [name for name in jobs if name.startswith(("lab/adversarial", "lab/personal"))]
    # The overlay has two models, of one seed.
    models = sorted(name for name in jobs if "/train_model/" in name)
    assert models == [f"lab/segmentation/train_model/camvid/deeplabv3plus/{m}/0" for m in MEMBERS]
    model = jobs[models[0]]
    assert model["job"]["rule"] == "train_model"
    assert (model["job"]["gpus"], model["job"]["memory_mb"]) == (1, 8000)
    assert "data/prepared/lab/camvid/train.safetensors" in model["job"]["inputs"]
    assert (model["basis"], model["record"]["name"]) == ("recorded", models[0])
    duration = found["duration"]
    assert 3600 < duration["shortest"] <= duration["longest"] <= duration["one_by_one"]
    # Nothing was made, and nothing was fetched.
    assert not (copy / "results").exists()
    assert not (copy / "data/raw").exists()


@pytest.mark.parametrize(
    ("overlay", "told"),
    [
        (None, "no such file"),
        ("a: [", "expected the node content"),
        ("- a list", "no keys and values"),
        ("sed: 1", "the unknown key 'sed'"),
    ],
)
def test_a_bad_overlay_is_refused(
    copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture,
    own_folder: Path,
    overlay: str | None,
    told: str,
) -> None:
    path = own_folder / "overlay.yaml"
    if overlay is not None:
        path.write_text(overlay)
    monkeypatch.chdir(copy)
    assert triptych("doctor", "--configfile", str(path)) == 1
    assert told in parts_of(capsys.readouterr().err)["found"]


def test_what_snakemake_refuses_is_told_in_its_words(own_folder: Path) -> None:
    (own_folder / "Snakefile").write_text(SNAKEFILE)
    with pytest.raises(UserError) as refused:
        list_jobs("tiny")
    assert "Missing input files for rule all" in refused.value.found
    assert "--config scale=tiny" in refused.value.where
