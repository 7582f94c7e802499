"""One list of dependencies: pyproject.toml; the lock and environment.yml follow it."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from support import ROOT, Run

Plan = Callable[..., list[str]]


@pytest.fixture
def dependencies() -> list[str]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


def test_environment_yml_lists_the_same_packages(dependencies: list[str]) -> None:
    environment = YAML(typ="safe").load(ROOT / "environment.yml")
    by_pip = next(part for part in environment["dependencies"] if isinstance(part, dict))["pip"]
    assert by_pip == dependencies
    assert "python>=3.11" in environment["dependencies"]


@pytest.mark.parametrize("lock", [*ROOT.glob("requirements*.lock")])
def test_locks_hold_names_versions_and_hashes_only(lock: Path) -> None:
    package = r"[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==\S+( ; [^/]+)? \\"
    digest = r"    --hash=sha256:[0-9a-f]{64}( \\)?"
    for line in lock.read_text().splitlines():
        assert re.fullmatch(f"{package}|{digest}", line), line


def test_the_lock_holds_every_dependency(dependencies: list[str]) -> None:
    lock = (ROOT / "requirements.lock").read_text().lower()
    for dependency in dependencies:
        name = re.split(r"[><=,;]", dependency)[0].lower().replace(".", "-")
        assert re.search(rf"^{re.escape(name)}(\[[a-z,]+\])?==", lock, re.MULTILINE), name


def test_no_file_of_the_code_is_longer_than_300_lines() -> None:
    files = [*Path(ROOT / "src").rglob("*.py"), *Path(ROOT / "workflow").rglob("*.smk")]
    assert [path.name for path in files if len(path.read_text().splitlines()) > 300] == []
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 52


def test_every_rule_has_message_log_benchmark_threads_and_resources() -> None:
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for rule in re.split(r"^rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            name = rule.split(":", 1)[0]
            assert "    message:" in rule, name
            if "    shell:" in rule:
                for directive in ("output", "log", "benchmark", "threads", "resources", "conda"):
                    assert f"    {directive}:" in rule, f"{name} lacks {directive}"


@pytest.mark.parametrize("scale", ["lab", "paper"])
def test_dvc_has_stages_of_each_scale_in_one_text(scale: str, project: Path, run: Run) -> None:
    assert (project / scale / "dvc.yaml").read_bytes() == (project / "dvc.yaml").read_bytes()
    stages = run(project, "dvc", "stage", "list", f"{scale}/dvc.yaml").stdout
    assert f"results/{scale}/adversarial" in stages
    assert f"results/{scale}/segmentation" in stages
    assert "smoke" not in stages


@pytest.mark.parametrize("overlay", [(), ("--configfile", "workflow/lab-on-gpu.yaml")])
def test_the_natural_network_has_madrys_full_recipe(
    planned: Plan, overlay: tuple[str, ...]
) -> None:
    told = planned("lab", *overlay)
    natural, secret = sorted(line for line in told if "adversarial train " in line)
    assert "--steps 100000" in natural
    assert "--restart" not in natural
    assert "--adversary.epsilon 0.3" in secret
    assert sum("adversarial train-lengths " in line for line in told) == 5


@pytest.mark.parametrize(
    ("scale", "trainings", "controls", "weights"),
    [("lab", 24, 18, "efficientnet_lite0"), ("paper", 48, 0, "resnet101_imagenet")],
)
def test_every_model_of_panel_2_is_trained_and_scored_with_every_seed(
    planned: Plan, scale: str, trainings: int, controls: int, weights: str
) -> None:
    told = planned(scale)
    trained = [line for line in told if "segmentation train " in line]
    scored = [line for line in told if "segmentation evaluate " in line]
    assert len(trained) == len(scored) == trainings + controls
    # A partner has its own seed; the other three methods share one.
    assert len({re.search(r"--seed (\d+)", line)[1] for line in trained}) == trainings // 2
    pretrained = f"--pretrained data/raw/{weights}/MANIFEST.sha256"
    assert all(pretrained in line for line in trained)
    assert sum(line.count("/partner/") for line in scored) == trainings // 4


def test_the_chunks_of_an_attack_share_its_epsilons(planned: Plan) -> None:
    attacks = [line for line in planned("lab") if "adversarial attack " in line]
    for network in ("natural", "secret"):
        mine = [line for line in attacks if f"/{network}/random_start/" in line]
        chunks = [re.search(r"--epsilons ([\d. ]+)", line)[1].split() for line in mine]
        assert [len(chunk) for chunk in chunks] == [25, 25]
        assert {epsilon for chunk in chunks for epsilon in chunk} == {
            str(number / 100) for number in range(1, 51)
        }


def test_figures_are_drawn_without_photos_too_where_these_must_not_be_passed_on(
    planned: Plan,
) -> None:
    drawn = {
        scale: re.findall(r"--png (\S*/shareable/\S+)", "\n".join(planned(scale)))
        for scale in ("smoke", "lab")
    }
    assert drawn["smoke"] == []
    names = {Path(path).name for path in drawn["lab"]}
    assert names == {"fig3_danet.png", "fig4_deeplabv3plus.png", "fig6_generations.png"}


def test_a_page_and_a_crate_are_those_of_their_own_scale(planned: Plan) -> None:
    told = planned("smoke", "--", "results/tiny/ro-crate-metadata.json")
    for step in ("write-page", "write-crate"):
        (line,) = (line for line in told if f"report {step} " in line)
        assert "--scale tiny" in line
        assert "results/tiny/adversarial/curves.csv" in line
        assert "smoke" not in line


@pytest.mark.parametrize(
    ("panel", "rules"),
    [("segmentation", ["train_model"]), ("personalization", ["train_denoiser", "train_adapter"])],
)
def test_each_process_of_a_training_has_processors_memory_and_a_gpu(
    project: Path, run: Run, panel: str, rules: list[str]
) -> None:
    asked = []
    for processes in (1, 2):
        overlay = f"scales: {{lab: {{{panel}: {{processes: {processes}}}}}}}\n"
        (project / "overlay.yaml").write_text(overlay)
        options = ("--cores", "64", "--config", "scale=lab", "--configfile", "overlay.yaml")
        run(project, "python", "-m", "triptych.engine.listing", "jobs.json", panel, *options)
        jobs = json.loads((project / "jobs.json").read_text())
        first = [next(job for job in jobs if job["rule"] == rule) for rule in rules]
        asked.append([(job["threads"], job["memory_mb"], job["gpus"]) for job in first])
    alone, together = asked
    assert together == [tuple(2 * amount for amount in one) for one in alone]
