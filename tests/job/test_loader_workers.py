"""Worker processes of a data loader: where they deliver, and what a dead one does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOAD = """
import torch
from torch.utils.data import DataLoader
from triptych.job.workers import keep_sockets_short

keep_sockets_short()
loader = DataLoader(torch.arange(3.0), num_workers=1, timeout=60)
print([value.item() for value in loader])
"""


def _load(temporary: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("length", [60, 116])
def test_workers_deliver_with_a_long_folder_for_temporary_files(
    tmp_path: Path, length: int
) -> None:
    folder = Path("/tmp", f"{tmp_path.name}-".ljust(length - len("/tmp/"), "x"))
    folder.mkdir()
    try:
        answer = _load(folder)
        assert answer.stdout == "[0.0, 1.0, 2.0]\n", answer.stderr
        assert list(folder.iterdir()) == []
    finally:
        folder.rmdir()


# A command like any other, whose workers do as they are told.
FAIL = """
import os, signal, sys, time
import torch
from torch.utils.data import DataLoader, Dataset
from triptych import cli

class Numbers(Dataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        if index == 2:
            {fault}
        return torch.tensor(index)

def work():
    for _ in DataLoader(Numbers(), num_workers=1, timeout=3):
        time.sleep(0.1)

cli.app.command(work)
sys.argv[1:] = ["work"]
cli.main()
"""


def _fail(fault: str) -> "subprocess.CompletedProcess[str]":
    code = FAIL.replace("{fault}", fault)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "DataLoader worker (pid"),
        ("signal.pause()", "DataLoader timed out"),
    ],
)
def test_a_worker_that_delivers_no_more_ends_the_command(fault: str, found: str) -> None:
    answer = _fail(fault)
    assert answer.returncode == 1
    assert f"found:      {found}" in answer.stderr
    assert "loader_workers in params.yaml" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_fault_of_the_examples_is_not_taken_for_one_of_the_workers() -> None:
    answer = _fail("raise RuntimeError('broken')")
    assert answer.returncode == 1
    assert "Traceback" in answer.stderr
    assert "broken" in answer.stderr
