"""What every step has in common, shown on real steps: inputs, outputs, the record of making."""

import hashlib
import json
import platform
import shlex
import subprocess
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triptych.adversarial.steps import attack, calibrate, train
from triptych.cli import app
from triptych.config import PgdParameters, TrainingParameters
from triptych.data.images import LabelledImages, save
from triptych.data.steps import digits
from triptych.errors import UserError
from triptych.runtime import provenance
from triptych.runtime.codehash import code_hash
from triptych.runtime.files import sha256
from triptych.runtime.step import command_line

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


def images(count: int) -> LabelledImages:
    generator = np.random.default_rng(0)
    return LabelledImages(
        generator.integers(0, 256, (count, 28, 28), dtype=np.uint8),
        np.arange(count, dtype=np.int64) % 10,
    )


def git(*arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def data(in_folder: Path) -> Path:
    path = Path("data") / "train.safetensors"
    path.parent.mkdir()
    save(images(60), path)
    return path


THRESHOLDS = Path("results") / "thresholds.csv"


def files_below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_missing_input_is_named_with_how_to_make_it(in_folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        calibrate(data=Path("data/gone.safetensors"), thresholds=THRESHOLDS, calibration_images=5)

    assert caught.value.where == "data/gone.safetensors"
    assert caught.value.found == "no such file"
    assert "adversarial.calibrate" in caught.value.expected
    assert caught.value.remedy == "make it first: snakemake data/gone.safetensors"
    assert files_below(in_folder) == []


def test_a_step_makes_its_output_and_the_record_and_nothing_else(
    in_folder: Path, data: Path
) -> None:
    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)

    assert files_below(in_folder / "results") == [
        "provenance/thresholds.csv.json",
        "thresholds.csv",
    ]


def test_a_step_that_fails_leaves_no_output(in_folder: Path, data: Path) -> None:
    data.write_bytes(b"not safetensors")

    with pytest.raises(Exception, match=r"(?i)header"):
        calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)

    assert files_below(in_folder / "results") == []


def test_a_step_that_fails_keeps_the_earlier_output_and_its_record(
    in_folder: Path, data: Path
) -> None:
    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)
    before = {name: (in_folder / "results" / name).read_bytes() for name in files_below(
        in_folder / "results")}  # fmt: skip
    data.write_bytes(b"not safetensors")

    with pytest.raises(Exception, match=r"(?i)header"):
        calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)

    assert before == {name: (in_folder / "results" / name).read_bytes() for name in files_below(
        in_folder / "results")}  # fmt: skip


def test_of_several_outputs_none_appears_when_the_last_one_fails(
    in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = []

    def save_the_first_only(data: LabelledImages, path: Path) -> None:
        saved.append(path)
        if len(saved) > 1:
            raise ValueError("the second one")
        save(data, path)

    monkeypatch.setattr("triptych.data.images.save", save_the_first_only)

    with pytest.raises(ValueError, match="the second one"):
        digits(train=Path("train.st"), test=Path("test.st"), test_images=100, seed=1)

    assert len(saved) == 2
    assert files_below(in_folder) == []


def test_the_record_tells_how_the_file_was_made(
    in_folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)
    took = time.monotonic() - began

    record = provenance.read(THRESHOLDS)

    content = THRESHOLDS.read_bytes()
    assert record["artifact"] == "results/thresholds.csv"
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["bytes"] == len(content)
    assert record["step"] == "adversarial.calibrate"
    assert record["inputs"] == {"data/train.safetensors": sha256(data)}
    assert record["parameters"] == {"calibration_images": 50}
    assert record["code"] == code_hash("adversarial.calibrate")
    assert record["device"].startswith("CPU, ")
    assert record["platform"] == platform.platform()
    assert record["software"]["python"] == platform.python_version()
    for package in ("triptych", "numpy", "torch", "snakemake"):
        assert record["software"][package] == version(package)
    assert 0 < record["wall_seconds"] <= took + 0.001
    assert record["started"].endswith("+00:00")


def test_the_record_names_the_commit_and_whether_tracked_files_differ_from_it(
    in_folder: Path, data: Path
) -> None:
    git("init", "-q")
    git("add", "data")
    git("commit", "-q", "-m", "Data")
    head = git("rev-parse", "HEAD")

    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)
    assert provenance.read(THRESHOLDS)["commit"] == {"id": head, "modified": False}

    save(images(61), data)
    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)
    assert provenance.read(THRESHOLDS)["commit"] == {"id": head, "modified": True}


def test_outside_a_repository_there_is_no_commit(
    in_folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The temporary folder may itself lie in a repository.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(in_folder.parent))

    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)

    assert provenance.read(THRESHOLDS)["commit"] == {"id": None, "modified": None}


def test_every_output_has_its_own_record_of_the_same_making(in_folder: Path) -> None:
    digits(train=Path("a/train.st"), test=Path("b/test.st"), test_images=100, seed=1)

    train_record = provenance.read(Path("a/train.st"))
    test_record = provenance.read(Path("b/test.st"))

    assert train_record["sha256"] != test_record["sha256"]
    assert train_record["key"] == test_record["key"]
    assert train_record["command"] == test_record["command"]
    assert [path for path, _ in provenance.records(Path("."))] == [
        Path("a/train.st"),
        Path("b/test.st"),
    ]


def test_a_file_without_a_record_has_none(tmp_path: Path) -> None:
    assert provenance.read(tmp_path / "a.csv") is None
    assert list(provenance.records(tmp_path)) == []


def test_the_key_follows_parameters_and_inputs_and_nothing_else(
    in_folder: Path, data: Path
) -> None:
    def key(calibration_images: int) -> str:
        calibrate(data=data, thresholds=THRESHOLDS, calibration_images=calibration_images)
        return provenance.read(THRESHOLDS)["key"]

    first = key(50)
    assert key(50) == first
    assert key(51) != first
    save(images(61), data)
    assert key(50) != first


def test_the_same_making_gives_the_same_bytes(in_folder: Path, data: Path) -> None:
    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)
    first = THRESHOLDS.read_bytes()
    THRESHOLDS.unlink()

    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=50)

    assert THRESHOLDS.read_bytes() == first


@pytest.mark.parametrize("name", ["data", "my data's", "a,b;c", "ä$HOME"])
def test_the_recorded_command_gives_the_same_arguments(in_folder: Path, name: str) -> None:
    arguments = {
        "train": Path(name) / "train.st",
        "test": Path(name) / "test.st",
        "test_images": 100,
        "seed": 2**63 - 1,
    }
    digits(**arguments)

    function, found = parsed(provenance.read(arguments["train"])["command"])

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
    command = command_line(
        "adversarial.workflow_figure",
        {"rules": [Path("Snakefile"), Path("b")], "svg": Path("c"), "png": Path("d"),
         "scale": "tiny"},
    )  # fmt: skip

    assert command.startswith("triptych adversarial workflow-figure ")
    assert parsed(command)[1]["rules"] == [Path("Snakefile"), Path("b")]


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

    assert record["parameters"] == {
        "training": json.loads(RECIPE.model_dump_json()),
        "width": 0.0625,
        "validation_images": 10,
        "seed": 3,
        "threads": 1,
    }
    assert record["device"].startswith("CPU, ")
    assert parsed(record["command"]) == (train, training_arguments())


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
    lock = training_folder / "work" / f"adversarial.train-{record['key'][:16]}.lock"
    assert start(HOLD, str(lock)).stdout.readline() == "held\n"

    train(**training_arguments())

    assert before == (network.stat().st_ino, provenance.record_path(network).stat().st_ino)
    assert provenance.read(network) == record


def test_a_job_that_waited_in_vain_does_the_work(training_folder: Path, start: Any) -> None:
    network = training_folder / "results/network.safetensors"
    record = provenance.read(network)
    network.write_bytes(b"altered")
    lock = training_folder / "work" / f"adversarial.train-{record['key'][:16]}.lock"
    assert start(HOLD, str(lock)).stdout.readline() == "held\n"

    train(**training_arguments())

    assert sha256(network) == record["sha256"]
