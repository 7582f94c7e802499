"""Same commit, same parameters, same CPU: the same bytes, however the jobs are scheduled."""

from pathlib import Path

import pytest
from support import Run, results


@pytest.mark.dag
def test_another_folder_and_another_number_of_cores_give_the_same_bytes(
    finished: Path, project: Path, run: Run
) -> None:
    run(project, "snakemake", "--cores", "1", "--config", "scale=tiny")
    expected, found = results(finished), results(project)
    assert len(expected) >= 10
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


@pytest.mark.dag
def test_weights_and_raw_results_have_the_same_bytes_too(finished: Path) -> None:
    names = set(results(finished, (".safetensors",)))
    assert {"adversarial/models/natural.safetensors", "adversarial/models/secret.safetensors"} <= (
        names
    )
