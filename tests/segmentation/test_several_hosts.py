"""A launcher of the user's starts the processes of a training, on this host and others."""

import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support import execute
from tiny_models import config, protocol, recipe, streets

from triptych.config.options import as_options
from triptych.config.segmentation import RecipeParameters
from triptych.provenance import making as provenance

ROOT = Path(__file__).parents[2]
# Starts a process on each of two hosts, as far as the processes can tell.
ON_TWO_HOSTS = f"""#!/bin/sh
export WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=127.0.0.1 MASTER_PORT=PORT GLOO_SOCKET_IFNAME=lo
: > called
RANK=1 {sys.executable} "$@" &
RANK=0 {sys.executable} "$@" && wait $!
"""
RECIPE = RecipeParameters(output_stride=8, training=recipe(steps=2), protocol=protocol())
TRAIN = f"""triptych segmentation train --train train.safetensors --val train.safetensors
    --pretrained --network deeplabv3plus --method same_layer --backbone tiny --no-separable
    {as_options(config().connections)} {as_options(RECIPE)}
    --seed 1 --loader-workers 0 --processes 2 --threads 1"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a few drawn streets and this package."""
    streets(tmp_path)
    next(tmp_path.glob("streets*")).rename(tmp_path / "train.safetensors")
    (tmp_path / "src").symlink_to(ROOT / "src")
    return tmp_path


def _train(project: Path, name: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    outputs = ("--model", f"{name}.safetensors", "--history", f"{name}.csv")
    return execute(project, *shlex.split(TRAIN), *outputs, check=False, **environment)


def test_processes_of_two_hosts_train_what_two_forked_ones_train(project: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launcher = project / "on-two-hosts"
    launcher.write_text(ON_TWO_HOSTS.replace("PORT", str(port)))
    launcher.chmod(0o755)

    # Which other numbers a user's environment asks for does not matter.
    launched = _train(
        project, "hosts", TRIPTYCH_LAUNCHER=str(launcher), ACCELERATE_MIXED_PRECISION="bf16"
    )
    assert launched.returncode == 0, launched.stderr
    assert (project / "called").exists()
    assert _train(project, "forked").returncode == 0

    for suffix in (".safetensors", ".csv"):
        hosts, forked = (project / f"{name}{suffix}" for name in ("hosts", "forked"))
        assert hosts.read_bytes() == forked.read_bytes()
    # Published once, by the step; the members left nothing behind.
    record = provenance.read(project / "hosts.safetensors")
    assert record is not None
    assert "triptych.member" not in record.command
    assert [path.name for path in (project / "work").iterdir() if path.is_dir()] == []
    assert list(project.glob(".writing-*")) == []


@pytest.mark.parametrize(
    ("launcher", "told"),
    [
        ("no-such-launcher", "found:      No such file or directory"),
        # Starts one, alone.
        (sys.executable, "expected:   2 processes on all hosts together"),
    ],
)
def test_a_launcher_that_fails_is_the_users_mistake(
    project: Path, launcher: str, told: str
) -> None:
    answer = _train(project, "hosts", TRIPTYCH_LAUNCHER=launcher)
    assert answer.returncode == 1
    assert told in answer.stderr
    assert "where:      TRIPTYCH_LAUNCHER" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (project / "hosts.safetensors").exists()
