"""Killed in the middle of panel 3, the next run ends with the bytes of an undisturbed one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from killing import SECONDS, kill_jobs, start, wait_for
from support import Run, choose_tiny, copy_project, results

RAW = "results/tiny/personalization/raw"
IP_ADAPTER, DREAMBOOTH = f"{RAW}/ip_adapter.safetensors", f"{RAW}/dreambooth.safetensors"


@pytest.fixture
def slow(tmp_path: Path) -> Callable[[str], Path]:
    """Makes copies of the project whose tiny jobs last long enough to be killed in the middle."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        copy_project(folder)
        parameters = folder / "params.yaml"
        before, after = parameters.read_text().split("  tiny:\n", 1)
        start, panel = after.split("    personalization:\n", 1)
        panel = _longer(panel, "denoiser:", "steps: 4\n", "steps: 100\n")
        panel = _longer(panel, "dreambooth:", "steps: 2\n", "steps: 60\n")
        panel = _longer(panel, "sampling:", "steps: 2\n", "steps: 60\n")
        parameters.write_text(f"{before}  tiny:\n{start}    personalization:\n{panel}")
        choose_tiny(folder)
        return folder

    return make


@pytest.mark.dag
def test_killed_trainings_and_generations_are_carried_on(
    slow: Callable[[str], Path], run: Run
) -> None:
    undisturbed, killed = slow("undisturbed"), slow("killed")
    run(undisturbed, *_make(IP_ADAPTER, DREAMBOOTH))

    for target, step, kept in (
        (IP_ADAPTER, "train-denoiser", "personalization.train_denoiser-*/checkpoint.safetensors"),
        (IP_ADAPTER, "generate", "personalization.generate-*/test_0001.safetensors"),
        (DREAMBOOTH, "dreambooth", "personalization.dreambooth-*/test_0001.safetensors"),
    ):
        workflow = start(killed, *_make(target))
        wait_for(killed, kept)
        assert kill_jobs(killed, f"personalization {step} ") > 0
        workflow.wait(SECONDS)
        assert workflow.returncode != 0
    run(killed, *_make(IP_ADAPTER, DREAMBOOTH))

    suffixes = (".csv", ".safetensors", ".sha256")
    assert results(killed, suffixes) == results(undisturbed, suffixes)
    assert not list((killed / "work").glob("*/*.safetensors"))


def _make(*targets: str) -> tuple[str, ...]:
    return ("snakemake", *targets, "--cores", "2", "--config", "scale=tiny")


def _longer(panel: str, section: str, old: str, new: str) -> str:
    """Replace the first number of steps within a section."""
    before, after = panel.split(section, 1)
    assert old in after
    return before + section + after.replace(old, new, 1)
