"""The findings have all topics, and their numbers follow the tables."""

import numpy as np
import pytest

from triptych.adversarial.artifacts.convergence import convergence_table
from triptych.adversarial.artifacts.findings import findings_text
from triptych.adversarial.artifacts.roc import auc_table
from triptych.adversarial.artifacts.tables import thresholds_table
from triptych.adversarial.artifacts.worst_case import largest_share


@pytest.fixture(scope="module")
def calibrated(digits):
    return thresholds_table(digits[0].first(80).images)


@pytest.fixture
def inputs(paper_as_run, controls, aware, calibrated, published, make_scores):
    auc = auc_table({model: make_scores(1, [0, 0.1, 0.2]) for model in ("natural", "secret")})
    return {
        "curves": paper_as_run.copy(),
        "controls": controls.copy(),
        "adaptive": aware.copy(),
        "thresholds": calibrated.copy(),
        "published": published["curves"].copy(),
        "auc": auc.assign(epsilon=auc["epsilon"].astype(float)),
        "recipes": {"natural": "a short recipe", "secret": "a long recipe"},
        "steps": 40,
        "reach": 0.4,
        "dataset": "mnist",
        "class_share": 0.1135,
    }


def _set(table, column, value, **where):
    rows = table[column].notna()
    for key, wanted in where.items():
        rows &= table[key] == wanted
    assert rows.any()
    table.loc[rows, column] = value


def test_each_topic_has_a_section_with_numbers_and_equal_tables_give_equal_findings(inputs):
    text = findings_text(**inputs)
    topics = [
        "overflow",
        "equation 3",
        "random start",
        "noise",
        "knows",
        "false positives",
        "published curves",
        "worst case",
    ]
    for topic, section in zip(topics, text.split("\n## ")[1:], strict=True):
        heading, paragraph = section.split("\n", 1)
        assert topic in heading.lower()
        assert any(character.isdigit() for character in paragraph)
    assert "nan" not in text
    assert text == findings_text(**inputs)


@pytest.mark.parametrize(
    ("table", "column", "value", "where"),
    [
        ("curves", "n", 777, {}),
        ("thresholds", "threshold", "0.123456", {"reading": "as_written"}),
        ("thresholds", "threshold", "0.123456", {"reading": "as_published"}),
        ("thresholds", "threshold", "0.123456", {"reading": "signed"}),
        ("thresholds", "undefined", 7, {"reading": "as_published"}),
        ("thresholds", "n", 77, {"reading": "as_published"}),
        ("curves", "tpr", 0.111, {"reading": "as_written", "model": "natural"}),
        ("curves", "tpr", 0.111, {"reading": "as_published", "model": "natural"}),
        ("curves", "accuracy", 0.111, {"reading": "as_published", "epsilon": 0.45}),
        ("curves", "accuracy", 0.111, {"reading": "as_published", "model": "secret"}),
        ("curves", "combined", 0.111, {"reading": "as_published", "model": "secret"}),
        ("curves", "detected", 0.111, {"reading": "as_published", "model": "secret"}),
        ("controls", "tpr", 0.111, {"control": "signed", "model": "natural"}),
        ("controls", "tpr", 0.111, {"control": "signed", "model": "secret"}),
        ("controls", "accuracy", 0.111, {"control": "zero_start", "model": "natural"}),
        ("controls", "accuracy", 0.111, {"control": "zero_start", "model": "secret"}),
        ("controls", "detected", 0.111, {"control": "noise", "reading": "as_written"}),
        ("controls", "detected", 0.111, {"control": "noise", "reading": "as_published"}),
        ("adaptive", "combined", 0.555, {"model": "natural", "epsilon": 0.1}),
        ("adaptive", "flagged", 0.111, {"model": "secret"}),
        ("auc", "auc", 0.111, {"reading": "as_published", "model": "secret"}),
        ("auc", "tpr_at_1pct", 0.111, {"reading": "as_published", "model": "natural"}),
        ("published", "tpr", 0.111, {"model": "natural"}),
        ("published", "accuracy", 0.111, {"model": "secret"}),
        ("published", "combined", 0.111, {"model": "secret"}),
        ("published", "combined", 0.111, {"model": "natural", "epsilon": 0.5}),
        ("curves", "combined", 0.111, {"reading": "as_published", "epsilon": 0.2}),
    ],
    ids=lambda value: ",".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_the_findings_follow_their_tables(inputs, table, column, value, where):
    before = findings_text(**inputs)
    _set(inputs[table], column, value, **where)
    assert findings_text(**inputs) != before


def test_a_check_of_the_attack_has_a_section(inputs, make_scores, thresholds):
    assert "Convergence" not in findings_text(**inputs)
    settings = [("pgd", 10, 1), ("pgd", 40, 1), ("pgd", 40, 5), ("square", 2000, 1)]
    runs = {setting: [make_scores(3, [0, 0.1])] for setting in settings}
    table = convergence_table({"natural": runs}, thresholds)
    table["epsilon"] = table["epsilon"].astype(float)
    section = findings_text(**inputs, convergence=table).split("## Convergence")[1]
    assert "2000 queries without gradients" in section
    assert "nan" not in section


def test_the_largest_class_bounds_what_withstands_a_gray_image(inputs):
    text = findings_text(**{**inputs, "class_share": 0.2345})
    assert "at most 0.2345 of the images" in text
    assert "42 of 50 points (by up to 0.5037, at epsilon" in text


def test_another_data_set_is_named(inputs):
    text = findings_text(**{**inputs, "dataset": "digits"})
    assert text != findings_text(**inputs)
    assert "digits" in text


def test_the_published_curve_is_compared_with_the_classifier_at_half_the_epsilon(inputs):
    """A note: Tramèr's classifier is not the printed one."""
    section = findings_text(**inputs).split("\n## The combined curve as a worst case")[1]
    assert "35 of 50 published points imply a classifier that is more robust" in section
    inputs["published"]["combined"] = inputs["published"]["accuracy"]
    section = findings_text(**inputs).split("\n## The combined curve as a worst case")[1]
    assert "0 of 50 published points imply" in section


def test_the_largest_share_is_that_of_the_most_frequent_class():
    assert largest_share(np.array([3, 3, 1, 3, 9])) == 0.6
    assert largest_share(np.arange(10)) == 0.1
