"""What every step has in common, shown on real steps: inputs, outputs, the record of making."""

import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from some_images import images
from support import error_of, tree

from triptych.adversarial.steps import calibrate
from triptych.data.images import LabeledImages, save
from triptych.data.steps import digits
from triptych.job.step import Output, ShownFiles, step
from triptych.provenance import making as provenance
from triptych.provenance.codehash import code_hash
from triptych.provenance.making import Commit
from triptych.storage.files import sha256

THRESHOLDS = Path("results") / "thresholds.csv"


def git(*arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def data(in_folder: Path) -> Path:
    path = Path("data") / "train.safetensors"
    path.parent.mkdir()
    save(images(60), path)
    return path


def calibrate_on(data: Path, images: int = 50) -> None:
    calibrate(data=data, thresholds=THRESHOLDS, calibration_images=images)


def test_a_missing_input_is_named_with_how_to_make_it(in_folder: Path) -> None:
    error = error_of(calibrate_on, Path("data/gone.safetensors"))

    assert error.where == "data/gone.safetensors"
    assert error.found == "no such file"
    assert "adversarial.calibrate" in error.expected
    assert error.remedy == "make it first: snakemake data/gone.safetensors"
    assert tree(in_folder) == {}


def test_a_folder_in_the_place_of_an_input_is_named_as_a_folder(in_folder: Path) -> None:
    Path("photos").mkdir()
    error = error_of(calibrate_on, Path("photos"))

    assert (error.found, error.where) == ("a folder", "photos")
    assert error.remedy == "name a file in it"


def pipe_at(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "thresholds", "fault"),
    [
        (Path.mkdir, Path("thresholds"), "a folder"),
        (pipe_at, Path("thresholds"), "a device or a pipe"),
        (Path, Path("data/../data/train.safetensors"), "a file that the step reads"),
        (Path, Path(), "a folder"),
    ],
)
def test_an_output_replaces_no_input_folder_or_device(
    in_folder: Path, data: Path, make: Callable[[Path], object], thresholds: Path, fault: str
) -> None:
    make(thresholds)
    before = tree(in_folder)

    error = error_of(calibrate, data=data, thresholds=thresholds, calibration_images=50)

    assert (error.found, error.where) == (fault, str(thresholds))
    assert tree(in_folder) == before


def test_two_outputs_have_two_paths(in_folder: Path) -> None:
    one = Path("digits.safetensors")
    error = error_of(digits, train=one, test=one, seed=1, test_images=5)

    assert error.found == "the same path for two outputs"
    assert tree(in_folder) == {}


@pytest.mark.parametrize("earlier", [[], ["provenance/thresholds.csv.json", "thresholds.csv"]])
def test_a_step_makes_its_output_and_the_record_alone_and_one_that_fails_changes_nothing(
    in_folder: Path, data: Path, earlier: list[str]
) -> None:
    if earlier:
        calibrate_on(data)
    before = tree(in_folder / "results")
    assert list(before) == earlier
    data.write_bytes(b"not safetensors")

    with pytest.raises(Exception, match=r"(?i)header"):
        calibrate_on(data)

    assert tree(in_folder / "results") == before


def test_of_several_outputs_none_appears_when_the_last_one_fails(
    in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = []

    def save_the_first_only(data: LabeledImages, path: Path) -> None:
        saved.append(path)
        if len(saved) > 1:
            raise ValueError("the second one")
        save(data, path)

    monkeypatch.setattr("triptych.data.images.save", save_the_first_only)

    with pytest.raises(ValueError, match="the second one"):
        digits(train=Path("train.st"), test=Path("test.st"), test_images=100, seed=1)

    assert len(saved) == 2
    assert tree(in_folder) == {}


def test_the_record_tells_how_the_file_was_made(in_folder: Path, data: Path) -> None:
    began = time.monotonic()
    calibrate_on(data)
    took = time.monotonic() - began

    record = provenance.read(THRESHOLDS)

    content = THRESHOLDS.read_bytes()
    assert record.artifact == "results/thresholds.csv"
    assert record.sha256 == hashlib.sha256(content).hexdigest()
    assert record.bytes == len(content)
    assert record.step == "adversarial.calibrate"
    assert record.inputs == {"data/train.safetensors": sha256(data)}
    assert record.parameters == {"calibration_images": 50}
    assert record.code == code_hash("adversarial.calibrate")
    assert record.device.startswith("CPU, ")
    assert record.platform == platform.platform()
    assert record.software["python"] == platform.python_version()
    for package in ("triptych", "numpy", "torch", "snakemake"):
        assert record.software[package] == version(package)
    assert 0 < record.wall_seconds <= took + 0.001
    assert json.loads(provenance.record_path(THRESHOLDS).read_text())["started"].endswith("+00:00")


def test_the_record_names_the_commit_and_whether_tracked_files_differ_from_it(
    in_folder: Path, data: Path
) -> None:
    git("init", "-q")
    Path("Snakefile").touch()
    git("add", "data", "Snakefile")
    git("commit", "-q", "-m", "Data")
    head = git("rev-parse", "HEAD")

    calibrate_on(data)
    assert provenance.read(THRESHOLDS).commit == Commit(id=head, modified=False)

    save(images(61), data)
    calibrate_on(data)
    assert provenance.read(THRESHOLDS).commit == Commit(id=head, modified=True)


@pytest.mark.parametrize("place", ["outside a repository", ".", "unpacked"])
def test_a_project_that_is_no_repository_of_its_own_has_no_commit(
    in_folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    # The temporary folder may itself lie in a repository.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(in_folder.parent))
    if place != "outside a repository":
        git("init", "-q")
        git("add", "data")
        git("commit", "-q", "-m", "Another project")
    project = in_folder / place
    project.mkdir(exist_ok=True)
    (project / "Snakefile").touch()
    if place == "unpacked":
        # Tracked, but by a repository that has more than the project.
        git("add", "unpacked/Snakefile")
        git("commit", "-q", "-m", "A copy of the project")
    monkeypatch.chdir(project)

    calibrate_on(in_folder / data)

    assert provenance.read(THRESHOLDS).commit == Commit(id=None, modified=None)


def test_every_output_has_its_own_record_of_the_same_making(in_folder: Path) -> None:
    digits(train=Path("a/train.st"), test=Path("b/test.st"), test_images=100, seed=1)

    train_record = provenance.read(Path("a/train.st"))
    test_record = provenance.read(Path("b/test.st"))

    assert train_record.sha256 != test_record.sha256
    assert train_record.key == test_record.key
    assert train_record.command == test_record.command
    assert list(provenance.recorded_files(Path("."))) == [Path("a/train.st"), Path("b/test.st")]


def test_a_step_that_reports_altered_files_itself_gets_them(in_folder: Path, data: Path) -> None:
    def join(*, panels: ShownFiles, claims: Output) -> None:
        claims.write_text(f"{len(panels)} files\n")

    # Its code is hashed by the name of a step that there is.
    join.__module__ = "triptych.claims.steps"
    calibrate_on(data)
    THRESHOLDS.write_text("altered")

    step(join)(panels=(THRESHOLDS,), claims=Path("joined.csv"))

    assert Path("joined.csv").read_text() == "1 files\n"
    inputs = provenance.read(Path("joined.csv")).inputs
    assert inputs == {str(THRESHOLDS): sha256(THRESHOLDS)}


def test_key_and_bytes_follow_parameters_and_inputs_and_nothing_else(
    in_folder: Path, data: Path
) -> None:
    def made(images: int) -> tuple[str, bytes]:
        THRESHOLDS.unlink(missing_ok=True)
        calibrate_on(data, images)
        return provenance.read(THRESHOLDS).key, THRESHOLDS.read_bytes()

    first = made(50)
    assert made(50) == first
    assert made(51)[0] != first[0]
    save(images(61), data)
    assert made(50)[0] != first[0]
