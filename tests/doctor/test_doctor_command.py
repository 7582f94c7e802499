"""The command: its answer for a real workflow; tests/bad_inputs has its refusals."""

import json
from itertools import product
from pathlib import Path

import pytest
from support import Run, copy_project, error_of

from triptych.config.segmentation import ARCHITECTURES
from triptych.engine.jobs import list_jobs

# Models that are trained for every network.
TRAINED = ("single", "partner", "same_layer", "multiple_layer")
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
    assert answer.returncode == 0, answer.stderr
    examination = json.loads(answer.stdout)
    camvid, weights = examination["supplies"]
    assert (camvid["name"], camvid["on_network"]) == ("camvid", 1)
    assert (weights["name"], weights["in_package"]) == ("efficientnet_lite0", 1)
    assert not examination["obstacles"]
    jobs = {each["job"]["name"]: each for each in examination["estimates"]}
    assert "lab/data/prepare_camvid/camvid" in jobs
    assert not [name for name in jobs if name.startswith(("lab/adversarial", "lab/personal"))]
    models = {tuple(name.split("/")[4:6]) for name in jobs if "/train_model/" in name}
    assert models >= set(product(ARCHITECTURES, TRAINED))
    model = jobs["lab/segmentation/train_model/camvid/danet/single/0"]
    assert model["job"]["rule"] == "train_model"
    assert (model["job"]["gpus"], model["job"]["memory_mb"]) == (1, 8000)
    assert "data/prepared/lab/camvid/train.safetensors" in model["job"]["inputs"]
    assert any(each["basis"] == "recorded" and each["record"] for each in jobs.values())
    duration = examination["duration"]
    assert 0 < duration["shortest"] <= duration["longest"] <= duration["one_by_one"]
    # Nothing was made, and nothing was fetched.
    assert not (copy / "results").exists()
    assert not (copy / "data/raw").exists()


def test_what_snakemake_refuses_is_told_in_its_words(own_folder: Path) -> None:
    (own_folder / "Snakefile").write_text(SNAKEFILE)
    error = error_of(list_jobs, "tiny")
    assert "Missing input files for rule all" in error.found
    assert "--config scale=tiny" in error.where
