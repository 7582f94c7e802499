"""A clone with pulled results has nothing to do, and notices every change."""

import json
import shutil
from pathlib import Path

import pytest
from support import IDENTITY, Run, dry_run, edit, execute

from triptych.config.load import read

NOTHING = "Nothing to be done"


@pytest.fixture(scope="module")
def pulled(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of a finished project after `dvc pull` from a local remote."""

    folder = tmp_path_factory.mktemp("clone")
    origin, clone, remote = folder / "origin", folder / "clone", folder / "remote"
    shutil.copytree(finished, origin, symlinks=True)

    execute(origin, "dvc", "remote", "add", "-d", "local", str(remote))
    execute(origin, "git", "add", "dvc.lock", ".dvc/config")
    execute(origin, "git", *IDENTITY, "commit", "-qm", "results")
    execute(origin, "dvc", "push", "-q")
    execute(folder, "git", "clone", "-q", str(origin), str(clone))
    # Scales that nobody has run have nothing to pull; a plain `dvc pull` would fail.
    execute(clone, "dvc", "pull", "-q", "dvc.yaml")
    return clone


@pytest.fixture
def clone(pulled: Path, tmp_path: Path) -> Path:
    """A copy of the pulled clone that a test may change; its files are as new as can be."""
    shutil.copytree(pulled, tmp_path / "clone", symlinks=True, copy_function=shutil.copyfile)
    return tmp_path / "clone"


@pytest.mark.dag
def test_nothing_is_to_be_done_after_a_pull(clone: Path, run: Run) -> None:
    assert NOTHING in dry_run(run, clone)
    for target in ("dvc.yaml", "adversarial"):
        assert "are up to date" in run(clone, "dvc", "status", target).stdout
    assert run(clone, "triptych", "verify", "--scale", "tiny").returncode == 0


@pytest.mark.dag
def test_a_changed_parameter_is_noticed(clone: Path, run: Run) -> None:
    edit(clone / "params.yaml", "calibration_images: 500\n", "calibration_images: 400\n")
    answer = dry_run(run, clone)
    assert "calibrate_detector" in answer
    assert "train_network" not in answer


@pytest.mark.dag
@pytest.mark.parametrize(
    ("ancestor", "recipe"),
    [("paper", "DANet's, 240 epochs"), ("lab", "AdamW, class weights"), ("smoke", "recipe: brief")],
)
def test_a_stage_of_dvc_depends_on_the_scales_that_its_scale_inherits_from(
    clone: Path, run: Run, ancestor: str, recipe: str
) -> None:
    edit(clone / "params.yaml", recipe, f"{recipe}, renamed")
    status = run(clone, "dvc", "status", "segmentation", "adversarial").stdout
    assert f"scales.{ancestor}.segmentation" in status
    assert ".adversarial" not in status
    # Tiny has a recipe of its own: DVC's stage has no more to do than to call Snakemake.
    assert "train_model" not in dry_run(run, clone)


@pytest.mark.dag
def test_a_changed_module_is_noticed_and_words_and_names_are_not(clone: Path, run: Run) -> None:
    detector = clone / "src/triptych/adversarial/detector.py"
    detector.write_text(detector.read_text() + "\n# A remark that changes no number.\n")
    pgd = clone / "src/triptych/adversarial/pgd.py"
    pgd.write_text(pgd.read_text().replace("others", "rest"))
    rules = clone / "workflow/rules/adversarial.smk"
    edit(rules, '"Train the {wildcards.network} network', '"Fit the {wildcards.network} network')
    assert NOTHING in dry_run(run, clone)
    edit(detector, "STABILIZER = 5", "STABILIZER = 6")
    answer = dry_run(run, clone)
    assert "calibrate_detector" in answer
    assert "score_attacks" in answer
    assert "train_network" not in answer


@pytest.mark.dag
def test_a_tampered_input_is_noticed(clone: Path, run: Run) -> None:
    model = clone / "results/tiny/adversarial/models/natural.safetensors"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    answer = dry_run(run, clone)
    assert "attack_network" in answer
    assert NOTHING not in answer


@pytest.mark.dag
def test_a_deleted_raw_result_is_made_again(clone: Path, run: Run) -> None:
    (clone / "results/tiny/adversarial/scores/natural/random_start.safetensors").unlink()
    answer = dry_run(run, clone)
    assert "score_attacks" in answer
    assert "attack_network" not in answer


@pytest.mark.dag
def test_experiments_and_metrics_compare_two_runs(clone: Path, run: Run) -> None:
    written = "scales.tiny.adversarial.detector.calibration_images"
    inherited = "scales.tiny.adversarial.networks.natural.schedule"
    changes = ("-S", f"{written}=300", "-S", f"+{inherited}=constant")
    run(clone, "dvc", "exp", "run", "-q", *changes)
    changed = run(clone, "dvc", "params", "diff").stdout
    assert written in changed
    assert inherited in changed
    network = read(clone / "params.yaml").scales["tiny"].adversarial.networks.natural
    assert (network.schedule, network.steps) == ("constant", 40)
    compared = json.loads(run(clone, "dvc", "metrics", "diff", "--all", "--json").stdout)
    panel = compared["results/tiny/adversarial/metrics.json"]
    # The values of the last commit exist, which DVC would not have with links for files. A
    # verdict that only one run has is counted there alone.
    scores = {name: value for name, value in panel.items() if not name.startswith("claims.")}
    assert scores
    assert all(value["old"] is not None for value in scores.values())
    assert panel.keys() >= {"natural.tpr_0.50", "secret.accuracy_clean"}
    shown = run(clone, "dvc", "metrics", "show").stdout
    assert "metrics.json" in shown
    run(clone, "dvc", "plots", "show", "-o", "plots")
    assert (clone / "plots/index.html").is_file()
