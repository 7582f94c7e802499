"""The rule graph, read from the workflow."""

import pytest
from support import error_of

from triptych.engine.rulegraph import read_rules

pytestmark = pytest.mark.usefixtures("in_the_project")


def test_the_rules_are_read_from_the_workflow_without_the_target() -> None:
    edges = read_rules("adversarial", "tiny")

    assert edges == sorted(set(edges))
    assert {("train_network", "attack_network"), ("score_attacks", "count_curves")} <= set(edges)
    assert not any("adversarial" in edge for edge in edges)


def test_a_target_that_does_not_exist_is_a_users_mistake() -> None:
    assert "no_such_panel" in error_of(read_rules, "no_such_panel", "tiny").where
