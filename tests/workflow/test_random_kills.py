"""Kills at random moments change no byte of what a run makes."""

from collections import Counter
from pathlib import Path

import pytest
from random_kills import VICTIMS, Course, Kill, disturb, draw
from support import choose_tiny, copy_project, made

SEED = 20


@pytest.fixture
def disturbed(tmp_path: Path) -> Path:
    """A project like the finished one, in another folder."""
    copy_project(tmp_path / "project")
    choose_tiny(tmp_path / "project")
    return tmp_path / "project"


def disturb_and_compare(
    folder: Path, finished: Path, target: str, kills: list[Kill], panel: str = ""
) -> tuple[Course, int]:
    """Kill the jobs of a target, and compare each finished run with the undisturbed run."""
    expected = made(finished, panel)
    assert {Path(name).suffix for name in expected} > {".csv", ".md", ".png", ".safetensors"}

    def check() -> None:
        found = made(folder, panel)
        assert found.keys() == expected.keys()
        assert [name for name in expected if found[name] != expected[name]] == []

    command = ("snakemake", target, "--cores", "2", "--config", "scale=tiny")
    return disturb(folder, command, kills, check), len(expected)


def test_the_same_seed_draws_the_same_kills_of_every_kind() -> None:
    assert draw(1, 20, 4) == draw(1, 20, 4) != draw(2, 20, 4)
    assert {kill.victim for kill in draw(1, 20, 4)} == set(VICTIMS)


@pytest.mark.dag
def test_three_kills_change_no_byte_of_a_panel(disturbed: Path, finished: Path) -> None:
    kills = draw(SEED, 3, most_jobs=7)
    course, _ = disturb_and_compare(disturbed, finished, "adversarial", kills, "adversarial")
    assert course.victims == Counter(VICTIMS)


@pytest.mark.dag
@pytest.mark.long
def test_twenty_kills_change_no_byte_of_any_result(disturbed: Path, finished: Path) -> None:
    course, compared = disturb_and_compare(disturbed, finished, "all", draw(SEED, 20, most_jobs=4))

    print(f"\n{course}; {compared} files compared after each")
    assert course.victims.total() == 20
