"""A job's private folder: what a killed job leaves, the next one finds."""

import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from triptych.job.workspace import Workspace, open_workspace

STEP, KEY = "panel.train", "0123456789abcdef0123"
FOLDER = Path("work/panel.train-0123456789abcdef")

# Takes the workspace, says whether it had to wait, and keeps it for a while.
HOLD = """
import sys, time
from triptych.job.workspace import open_workspace

print("trying", flush=True)
with open_workspace("panel.train", "0123456789abcdef0123") as (workspace, waited):
    (workspace.folder / "note").write_text("half")
    print("waited" if waited else "at once", flush=True)
    time.sleep(float(sys.argv[1]))
"""


def test_tensors_and_values_come_back_as_they_were_saved(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "job")
    tensors = {
        "weights": torch.arange(6, dtype=torch.float32).reshape(2, 3).T,
        "labels": torch.tensor([1, 2], dtype=torch.int64),
        "images": torch.tensor([[0, 255]], dtype=torch.uint8),
    }
    state = {"step": 3, "rows": [{"loss": 0.1 + 0.2}], "name": "ε"}

    workspace.save("checkpoint", tensors, state)
    loaded, loaded_state = workspace.load("checkpoint")

    assert loaded_state == state
    assert loaded.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert loaded[name].dtype == tensor.dtype
        assert torch.equal(loaded[name], tensor)


def test_a_later_checkpoint_replaces_the_earlier_one_and_another_name_does_not(
    tmp_path: Path,
) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.load("a") is None
    workspace.save("a", {"x": torch.zeros(1)}, 1)
    workspace.save("b", {"x": torch.zeros(1)}, 2)
    workspace.save("a", {"x": torch.ones(1)}, 3)

    # Found by the next workspace in that folder.
    assert Workspace(tmp_path).load("a")[1] == 3
    assert Workspace(tmp_path).load("b")[1] == 2


def test_a_save_that_fails_half_way_keeps_the_earlier_checkpoint(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.save("a", {"x": torch.ones(2)}, {"step": 1})

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            workspace.save("a", {"x": torch.ones(2000)}, {"step": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert workspace.load("a")[1] == {"step": 1}
    assert len(list(tmp_path.iterdir())) == 1


# What a power cut can leave: nothing, a part, noughts in place of the content, another's content.
DAMAGE = {
    "empty": lambda content: b"",
    "half a header": lambda content: content[:20],
    "a part": lambda content: content[:-4],
    "noughts": lambda content: bytes(len(content)),
    "another's": lambda content: b"<html>" * 20,
    "without a state": lambda content: content.replace(b"state", b"stale"),
    "half a state": lambda content: content.replace(b'"state":"{', b'"state":" '),
}


@pytest.fixture(params=DAMAGE.values(), ids=DAMAGE)
def damage(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(request.param(path.read_bytes())) and None


def _saved_twice(folder: Path) -> Workspace:
    workspace = Workspace(folder)
    for step in (1, 2):
        workspace.save("a", {"x": torch.full((2,), float(step))}, {"step": step})
    return workspace


def test_of_a_damaged_checkpoint_the_one_before_is_taken_and_said(
    tmp_path: Path, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = _saved_twice(tmp_path)
    damage(tmp_path / "a.safetensors")

    tensors, state = workspace.load("a")

    assert state == {"step": 1}
    assert torch.equal(tensors["x"], torch.ones(2))
    damaged, taken = capsys.readouterr().err.splitlines()
    assert damaged.startswith(f"{tmp_path}/a.safetensors is damaged (")
    assert taken.endswith("a.earlier.safetensors")
    # Said once; and a save does not put the damaged one in the place of the sound one.
    workspace.save("a", {"x": torch.ones(2)}, {"step": 2})
    damage(tmp_path / "a.safetensors")
    assert workspace.load("a")[1] == {"step": 1}


def test_of_two_damaged_checkpoints_none_is_taken_and_that_is_said(
    tmp_path: Path, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = _saved_twice(tmp_path)
    assert workspace.has("a")
    for path in tmp_path.iterdir():
        damage(path)

    assert workspace.load("a") is None

    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert said[2].endswith("starting again")
    assert not workspace.has("a")
    assert capsys.readouterr().err == ""


def test_a_kill_between_two_renames_costs_one_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = _saved_twice(tmp_path)
    (tmp_path / "a.safetensors").unlink()

    assert workspace.load("a")[1] == {"step": 1}
    assert capsys.readouterr().err == ""


def test_what_is_stored_once_is_on_the_disk_once(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for name in ("epsilon-0.1", "epsilon-0.2"):
        workspace.save(name, {"x": torch.ones(2)}, {})

    assert len(list(tmp_path.iterdir())) == 2


def test_the_folder_goes_when_the_job_ends_well(in_folder: Path) -> None:
    with open_workspace(STEP, KEY) as (workspace, waited):
        workspace.save("a", {"x": torch.ones(1)}, 1)
        assert workspace.folder == FOLDER
        assert FOLDER.is_dir()
        assert waited is False

    assert not FOLDER.exists()


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_the_folder_stays_when_the_job_fails_and_the_next_one_carries_on(
    in_folder: Path, failure: type[BaseException]
) -> None:
    def fail_after_a_checkpoint() -> None:
        with open_workspace(STEP, KEY) as (workspace, _):
            workspace.save("a", {"x": torch.ones(1)}, {"step": 9})
            raise failure

    with pytest.raises(failure):
        fail_after_a_checkpoint()

    with open_workspace(STEP, KEY) as (workspace, waited):
        assert workspace.load("a")[1] == {"step": 9}
        assert waited is False


def test_another_key_is_another_folder(in_folder: Path) -> None:
    with (
        open_workspace(STEP, "a" * 64) as (one, _),
        open_workspace(STEP, "b" * 64) as (other, waited),
    ):
        assert one.folder != other.folder
        assert waited is False


def test_a_second_process_waits_and_is_told_that_it_waited(in_folder: Path, start) -> None:
    with open_workspace(STEP, KEY):
        child = start(HOLD, "0")
        assert child.stdout.readline() == "trying\n"
        time.sleep(0.5)
        assert child.poll() is None
        assert not (FOLDER / "note").exists()

    assert child.stdout.read() == "waited\n"
    assert child.wait() == 0


def test_a_killed_job_frees_the_lock_and_leaves_its_work(in_folder: Path, start) -> None:
    child = start(HOLD, "60")
    assert child.stdout.readline() == "trying\n"
    assert child.stdout.readline() == "at once\n"
    child.kill()
    child.wait()

    with open_workspace(STEP, KEY) as (workspace, waited):
        assert waited is False
        assert (workspace.folder / "note").read_text() == "half"
