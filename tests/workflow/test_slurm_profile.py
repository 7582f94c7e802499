"""The profile for SLURM and its guide fit the workflow; tests/slurm runs it on a cluster."""

import re
from pathlib import Path

from support import ROOT, Run


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
    guide = (ROOT / "docs/clusters.md").read_text()
    assert set(re.findall(r"^  (\w+): \{gpu: 0\}$", guide, re.MULTILINE)) == asking
