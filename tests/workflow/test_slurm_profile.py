"""The profile for SLURM and its guide fit the workflow; tests/slurm runs it on a cluster."""

import re
from pathlib import Path

import pytest
from support import ROOT, Run

GUIDE = (ROOT / "docs/clusters.md").read_text(encoding="utf-8")
# Made before a training or an attack: a group with these would depend on itself.
_EARLY = ("prepare_", "calibrate_", "convert_")


def test_snakemake_takes_the_profile(project: Path, run: Run) -> None:
    answer = run(
        project, "snakemake", "--profile", "profiles/slurm", "-n", "--config", "scale=tiny"
    )
    used = "Using profiles profiles/slurm and workflow specific profile profiles/default"
    assert used in answer.stdout + answer.stderr


def test_the_guide_names_every_rule_that_asks_for_a_gpu() -> None:
    asking = set()
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for rule in re.split(r"^rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            if re.search(r"^ {8}gpu=", rule, re.MULTILINE):
                asking.add(rule.split(":")[0])
                asking |= set(re.findall(r"use rule \w+ as (\w+) with:", rule))
    assert set(re.findall(r"^  (\w+): \{gpu: 0\}$", GUIDE, re.MULTILINE)) == asking


def test_the_guide_groups_every_short_job_and_no_early_one() -> None:
    short = set()
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for rule in re.split(r"^ *rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            minutes = re.search(r"runtime=(\d+),", rule)
            name = rule.split(":")[0]
            if minutes and int(minutes[1]) <= 10 and "gpu=" not in rule:
                short |= {name} if not name.startswith(_EARLY) else set()
    assert set(re.findall(r"^  (\w+): tables$", GUIDE, re.MULTILINE)) == short


@pytest.mark.parametrize("scale", ["tiny", "lab"])
def test_snakemake_groups_the_short_jobs(
    project: Path, run: Run, tmp_path: Path, scale: str
) -> None:
    (block,) = re.findall(r"^```yaml\n(groups:\n.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    profile = tmp_path / "profile"
    profile.mkdir()
    own = (project / "profiles/slurm/config.yaml").read_text(encoding="utf-8")
    (profile / "config.yaml").write_text(f"{own}\n{block}", encoding="utf-8")
    words = ("snakemake", "--profile", str(profile), "-n", "--config", f"scale={scale}")
    said = run(project, *words).stdout
    assert "Group job tables" in said
