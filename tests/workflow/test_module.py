"""The workflow as a module of another workflow: what docs/module.md promises."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support import ROOT, execute, tree

Snakemake = Callable[..., "subprocess.CompletedProcess[str]"]
MADE = "results/tiny/adversarial/thresholds.csv"


@pytest.fixture
def snakefile(tmp_path: Path) -> Path:
    """The Snakefile of the page, at scale tiny, in a folder of its own."""
    page = (ROOT / "docs/module.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    path = tmp_path / "mine/Snakefile"
    path.parent.mkdir()
    path.write_text(code.replace("/path/to/triptych", str(ROOT)).replace("lab", "tiny"))
    return path


@pytest.fixture
def snakemake(snakefile: Path) -> Snakemake:
    """Run Snakemake in the folder of the other workflow, with the profile of this project."""

    def run(*words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        command = ["snakemake", "--profile", f"{ROOT}/profiles/default", "--cores", "1", *words]
        return execute(snakefile.parent, *command, check=check, PYTHONPATH=f"{ROOT}/src")

    return run


def planned(answer: "subprocess.CompletedProcess[str]") -> set[str]:
    """Return the names of the rules in the table that a dry run prints."""
    rows = re.findall(r"^(\w+) +\d+$", answer.stdout, re.MULTILINE)
    return {*rows} - {"total"}


@pytest.mark.dag
def test_the_rules_work_in_another_workflow_and_its_results_stay_there(
    snakefile: Path, snakemake: Snakemake
) -> None:
    here = tree(ROOT / "results/tiny/adversarial") if (ROOT / "results/tiny").is_dir() else {}
    folder = snakefile.parent

    snakemake()

    assert (folder / "mine.csv").read_bytes() == (folder / MADE).read_bytes()
    assert (folder / "results/tiny/adversarial/provenance/thresholds.csv.json").is_file()
    assert here == (tree(ROOT / "results/tiny/adversarial") if here else {})
    assert planned(snakemake("-n")) == set()
    # The exported records are enough.
    shutil.rmtree(folder / ".snakemake")
    assert planned(snakemake("-n")) == set()
    snakefile.write_text(
        snakefile.read_text().replace(
            '{"scale": "tiny"}',
            '{"scale": "tiny", "scales": {"tiny": {"adversarial":'
            ' {"detector": {"calibration_images": 20}}}}}',
        )
    )
    assert planned(snakemake("-n")) == {"triptych_calibrate_detector", "mine"}


@pytest.mark.dag
def test_every_table_and_claim_of_a_panel_can_be_planned(snakemake: Snakemake) -> None:
    jobs = planned(snakemake("results/tiny/segmentation/claims.csv", "-n"))
    assert {"triptych_train_model", "triptych_count_iou"} < jobs
    assert all(name.startswith("triptych_") for name in jobs)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('{"scale": "huge"}', "huge"),
        ('{"scale": "tiny", "speed": 3}', "speed"),
    ],
)
def test_a_bad_configuration_of_the_module_is_refused_in_four_parts(
    snakefile: Path, snakemake: Snakemake, config: str, said: str
) -> None:
    snakefile.write_text(snakefile.read_text().replace('{"scale": "tiny"}', config))
    answer = snakemake("-n", check=False)
    assert answer.returncode != 0
    assert said in answer.stderr
    assert re.findall(r"^(expected|found|where|what to do): ", answer.stderr, re.MULTILINE) == [
        "expected",
        "found",
        "where",
        "what to do",
    ]
    assert "Traceback" not in answer.stderr


def test_a_module_without_a_configuration_is_refused_in_four_parts(
    snakefile: Path, snakemake: Snakemake
) -> None:
    code = snakefile.read_text()
    snakefile.write_text(code.replace('    config:\n        {"scale": "tiny"}\n', ""))
    assert snakefile.read_text() != code
    answer = snakemake("-n", check=False)
    assert answer.returncode != 0
    assert 'config: {"scale": "smoke"}' in answer.stderr
    assert len(re.findall(r"^(?:expected|found|where|what to do): ", answer.stderr, re.M)) == 4


def test_the_file_for_the_catalog_has_the_same_default_target() -> None:
    words = ("-n", "--forceall", "--config", "scale=tiny")
    one, other = (
        planned(execute(ROOT, "snakemake", "-s", path, *words))
        for path in ("Snakefile", "workflow/Snakefile")
    )
    assert "all" in one
    assert one == other
