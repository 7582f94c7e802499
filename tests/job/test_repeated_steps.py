"""The record of a job: its command repeats it, and a finished job is not repeated for nothing."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from some_images import images

from triptych.adversarial.steps import attack, train
from triptych.cli import app
from triptych.config.adversarial import PgdParameters, TrainingParameters
from triptych.data.images import save
from triptych.data.steps import digits
from triptych.job.step import command_line
from triptych.provenance import making as provenance
from triptych.storage.files import sha256

RECIPE = TrainingParameters(
    recipe="Madry's, in one step",
    steps=1,
    batch_size=10,
    learning_rate=1e-05,
    schedule="cosine",
    log_every=1,
    checkpoint_every=1,
    adversary={"epsilon": 0.3, "steps": 1, "step_size": 0.1},
)


def parsed(command: str) -> tuple[Any, dict[str, Any]]:
    """The function and its arguments, as the command line reads a recorded command."""
    program, *words = shlex.split(command)
    assert program == "triptych"
    function, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    return function, dict(bound.arguments)


@pytest.mark.parametrize("name", ["data", "my data's", "a,b;c", "ä$HOME"])
def test_the_recorded_command_gives_the_same_arguments(in_folder: Path, name: str) -> None:
    arguments = {
        "train": Path(name) / "train.st",
        "test": Path(name) / "test.st",
        "test_images": 100,
        "seed": 2**63 - 1,
    }
    digits(**arguments)

    function, found = parsed(provenance.read(arguments["train"]).command)

    assert function is digits
    assert found == arguments


@pytest.mark.parametrize("random_start", [True, False])
def test_a_command_with_lists_flags_and_a_section_gives_the_same_arguments(
    random_start: bool,
) -> None:
    arguments = {
        "network": Path("a"),
        "data": Path("b"),
        "attacks": Path("c"),
        "epsilons": [0.01, 0.1 + 0.2, 1.0],
        "test_images": 3,
        "pgd": PgdParameters(steps=4, step_size=1e-05, batch_size_cpu=5, batch_size_cuda=6),
        "random_start": random_start,
        "seed": 7,
        "threads": 1,
    }

    assert parsed(command_line("adversarial.attack", arguments)) == (attack, arguments)


def test_a_command_with_underscores_in_its_name_is_one_of_the_command_line() -> None:
    arguments = {"svg": Path("c"), "png": Path("d"), "scale": "tiny", "section": '{"dataset": 1}'}
    command = command_line("adversarial.workflow_figure", arguments)

    assert command.startswith("triptych adversarial workflow-figure ")
    assert parsed(command)[1] == arguments


def test_what_the_runtime_supplies_is_no_option() -> None:
    _, arguments = parsed(command_line("adversarial.train", training_arguments()))

    assert not {"workspace", "device"} & arguments.keys()
    with pytest.raises(Exception, match="--device"):
        parsed(command_line("adversarial.train", training_arguments() | {"device": "cpu"}))


def training_arguments() -> dict[str, Any]:
    return {
        "data": Path("data/train.safetensors"),
        "network": Path("results/network.safetensors"),
        "history": Path("results/history.csv"),
        "training": RECIPE,
        "width": 0.0625,
        "validation_images": 10,
        "seed": 3,
        "threads": 1,
    }


@pytest.fixture(scope="module")
def training_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which a network was trained, once for all tests that look at it."""
    folder = tmp_path_factory.mktemp("training")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TRIPTYCH_DEVICE", "cpu")
        Path("data").mkdir()
        save(images(40), Path("data/train.safetensors"))
        train(**training_arguments())
        yield folder


def test_a_training_records_its_whole_recipe_its_device_and_a_command_that_repeats_it(
    training_folder: Path,
) -> None:
    record = provenance.read(training_folder / "results/network.safetensors")

    assert record.parameters == {
        "training": json.loads(RECIPE.model_dump_json()),
        "width": 0.0625,
        "validation_images": 10,
        "seed": 3,
        "threads": 1,
    }
    assert record.device.startswith("CPU, ")
    assert parsed(record.command) == (train, training_arguments())


def test_a_finished_training_leaves_no_work_behind(training_folder: Path) -> None:
    assert not [path for path in (training_folder / "work").iterdir() if path.is_dir()]


HOLD = """
import sys, time
from filelock import FileLock

with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(0.5)
"""


def test_a_job_that_waited_for_one_that_finished_the_work_does_not_repeat_it(
    training_folder: Path, start: Any
) -> None:
    network = training_folder / "results/network.safetensors"
    record = provenance.read(network)
    before = network.stat().st_ino, provenance.record_path(network).stat().st_ino
    # An orphan of a killed workflow: it holds the job's lock, and its results are there.
    lock = training_folder / "work" / f"adversarial.train-{record.key[:16]}.lock"
    assert start(HOLD, str(lock)).stdout.readline() == "held\n"

    train(**training_arguments())

    assert before == (network.stat().st_ino, provenance.record_path(network).stat().st_ino)
    assert provenance.read(network) == record


def test_a_job_that_waited_in_vain_does_the_work(training_folder: Path, start: Any) -> None:
    network = training_folder / "results/network.safetensors"
    record = provenance.read(network)
    network.write_bytes(b"altered")
    lock = training_folder / "work" / f"adversarial.train-{record.key[:16]}.lock"
    assert start(HOLD, str(lock)).stdout.readline() == "held\n"

    train(**training_arguments())

    assert sha256(network) == record.sha256
