"""The rule graph, read from the workflow."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, error_of

from triptych.config.load import read
from triptych.engine.rulegraph import read_rules

pytestmark = pytest.mark.usefixtures("in_the_project")


def section(scale: str, **changes: Any) -> str:
    """Panel 1's parameters at a scale, as the rule of Figure 1 hands them on."""
    parameters = read(ROOT / "params.yaml").scales[scale].adversarial  # type: ignore[index]
    return parameters.model_copy(update=changes).model_dump_json()


def test_the_rules_are_read_from_the_workflow_without_the_target() -> None:
    edges = read_rules("adversarial", "tiny", section("tiny"))

    assert edges == sorted(set(edges))
    assert {("train_network", "attack_network"), ("score_attacks", "count_curves")} <= set(edges)
    assert not any("adversarial" in edge for edge in edges)


def test_the_rules_follow_the_parameters_of_the_run() -> None:
    """A run may train no networks of several lengths."""
    in_lab, reduced = (
        {rule for edge in read_rules("adversarial", "lab", parameters) for rule in edge}
        for parameters in (section("lab"), section("lab", training_length=None))
    )

    lengths = {"train_lengths", "attack_lengths", "compare_lengths", "draw_lengths"}
    assert in_lab - reduced == lengths
    assert reduced < in_lab


@pytest.mark.parametrize(
    ("text", "part", "named"),
    [
        ("{", "where", "--section"),
        ('{"dataset": "digits"}', "expected", "the key 'networks'"),
        (section("tiny").replace('"digits"', '"letters"'), "found", "letters"),
    ],
    ids=["no JSON", "not whole", "a value that is not allowed"],
)
def test_a_section_that_is_not_allowed_is_a_users_mistake(text: str, part: str, named: str) -> None:
    assert named in getattr(error_of(read_rules, "adversarial", "tiny", text), part)


def test_a_workflow_that_snakemake_cannot_read_is_a_users_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = section("tiny")
    shutil.copy("params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)

    error = error_of(read_rules, "adversarial", "tiny", whole)

    assert error.expected == "a rule graph from Snakemake"
    assert "snakemake adversarial" in error.where
