"""Folders that Snakemake or its jobs cannot write to are refused at once."""

import os
import shutil
from pathlib import Path

import pytest
from support import Run

# Root may write everywhere without this option.
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
TARGET = "data/prepared/tiny/digits/train.safetensors"


@pytest.fixture
def as_a_user() -> tuple[str, ...]:
    """A prefix of a command without root's right to ignore permissions."""
    if os.geteuid():
        return ()
    if shutil.which(UNPRIVILEGED[0]) is None:
        pytest.skip("needs a user other than root, or setpriv")
    return UNPRIVILEGED


@pytest.mark.parametrize(
    ("folder", "options"),
    [
        (".", ("-n",)),
        (".snakemake/metadata", ("--cores", "1")),
        ("logs", ("--cores", "1")),
        ("data/prepared/tiny/digits", ("--cores", "1")),
        ("data/prepared/tiny/digits/provenance", ("--cores", "1")),
        ("logs/tiny/data", ("--cores", "1")),
    ],
)
def test_a_folder_that_cannot_be_written_to_is_named(
    project: Path, run: Run, as_a_user: tuple[str, ...], folder: str, options: tuple[str, ...]
) -> None:
    (project / folder).mkdir(exist_ok=True, parents=True)
    (project / folder).chmod(0o555)

    command = (*as_a_user, "snakemake", *options, TARGET, "--config", "scale=tiny")
    answer = run(project, *command, check=False)

    assert answer.returncode == 1
    told = answer.stdout + answer.stderr
    assert "expected:   a folder that can be written to" in told
    assert f"where:      {(project / folder).resolve()}" in told
    assert "Traceback" not in told
    assert not (project / TARGET).exists()
