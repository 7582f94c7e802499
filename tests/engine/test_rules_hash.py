"""The hash of the rules: words do not change it, anything else does."""

from pathlib import Path

import pytest

from triptych.engine.rules_hash import panel_rules, rules_hash

RULES = '''"""Rules of a panel."""


rule train:
    input:
        "data.csv",
    params:
        steps=3,
    message:
        "Train {wildcards.network}."
    shell:
        "train --steps {params.steps}"


# The last rule.
rule all:
    input:
        "model",
'''


def digest(tmp_path: Path, text: str, name: str = "panel.smk") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return rules_hash([str(path)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Rules of a panel.", "What a panel does."),
        ("# The last rule.", "# This rule is the last."),
        ('"Train {wildcards.network}."', '"Fit it."\n        " Now."'),
        ("\n\nrule train", "\n\n\n\nrule train"),
    ],
)
def test_words_and_layout_do_not_count(tmp_path: Path, old: str, new: str) -> None:
    assert old in RULES
    assert digest(tmp_path, RULES.replace(old, new)) == digest(tmp_path, RULES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("steps=3", "steps=4"),
        ("--steps", "--epochs"),
        ("rule train", "rule fit"),
        ('"model"', '"other"'),
        ('        "model",\n', '        "model",\n    threads: 2\n'),
    ],
)
def test_everything_else_counts(tmp_path: Path, old: str, new: str) -> None:
    assert old in RULES
    assert digest(tmp_path, RULES.replace(old, new)) != digest(tmp_path, RULES)


def test_other_files_count_by_their_content(tmp_path: Path) -> None:
    assert digest(tmp_path, "# a", "environment.yml") != digest(tmp_path, "# b", "environment.yml")


def test_the_files_themselves_count(tmp_path: Path) -> None:
    first = digest(tmp_path, RULES)
    (tmp_path / "more.smk").write_text(RULES, encoding="utf-8")
    assert rules_hash([str(tmp_path / "panel.smk"), str(tmp_path / "more.smk")]) != first


@pytest.mark.usefixtures("in_the_project")
def test_a_panel_has_the_rules_that_its_file_includes_and_those_of_the_data() -> None:
    files = panel_rules("adversarial")

    assert all(Path(file).is_file() for file in files)
    assert {Path(file).stem for file in files} == {
        "Snakefile",
        "common",
        "data",
        "adversarial",
        "adversarial_artifacts",
        "adversarial_further",
        "adversarial_lengths",
    }
