"""Full disks and read-only folders are explained, and nothing is lost."""

import os
import shutil
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from command_line import parts_of
from safetensors.numpy import save_file
from snakemake.settings.types import ConfigSettings
from support import ROOT, error_of

from triptych.claims.claims import text_claim, write_claims
from triptych.claims.reading import read_claims
from triptych.engine.metadata import export_records
from triptych.engine.start import begin_run, load_parameters
from triptych.storage.disk import require_room, require_writable
from triptych.storage.files import replacing, write_text
from triptych.storage.folders import MANIFEST, publish_folder

Failing = Callable[..., dict[str, str]]
JOIN = ("claims", "join", "--panels", "panel.csv", "--claims", "results/claims.csv",
        "--conclusions", "results/conclusions.csv")  # fmt: skip
# A Snakemake without --configfile and --config.
MAIN = SimpleNamespace(is_main_snakefile=lambda: True)
WITHOUT_OPTIONS = SimpleNamespace(config_settings=ConfigSettings(), modifier=MAIN)
CLAIM = text_claim("adversarial", "section5", "key", 0.5, 0.5, True, "a reason")


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 16 MB, as the current folder; skipped without the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", "size=16m", "none", str(folder))
    if shutil.which("mount") is None or subprocess.run(["mount", *options]).returncode:
        pytest.skip("needs the right to mount a disk")
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, *, left: int = 0) -> Path:
    """Fill a disk up to some bytes and return the file that fills it."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - left)
    return filler


def test_a_step_on_a_full_disk_keeps_what_was_there_and_can_be_repeated(
    disk: Path, triptych: Callable[..., int], failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(disk)
    write_claims([CLAIM], Path("panel.csv"))
    assert triptych(*JOIN) == 0
    write_claims([replace(CLAIM, key=f"{n}") for n in range(200)], Path("panel.csv"))
    filler = fill(disk)

    parts = failing(*JOIN)

    assert parts["found"] == "No space left on device"
    assert "free space" in parts["what to do"]
    assert read_claims(Path("results/claims.csv")) == [CLAIM]
    names = sorted(path.name for path in Path("results").rglob("*"))
    tables = ("claims.csv", "conclusions.csv")
    assert names == sorted([*tables, *(f"{table}.json" for table in tables), "provenance"])

    filler.unlink()
    assert triptych(*JOIN) == 0
    assert len(read_claims(Path("results/claims.csv"))) == 200


def test_a_model_that_does_not_fit_is_told_as_a_full_disk(disk: Path) -> None:
    def save(folder: Path) -> None:
        save_file({"weight": np.zeros(1_000_000)}, folder / "model.safetensors")

    fill(disk, left=100_000)
    with pytest.raises(OSError, match="No space left"), replacing(disk / MANIFEST) as manifest:
        publish_folder(manifest, save)

    assert [path.name for path in disk.iterdir()] == ["filler"]


def test_a_workflow_does_not_begin_on_a_full_disk(disk: Path) -> None:
    fill(disk)

    with pytest.raises(SystemExit) as refused:
        load_parameters(WITHOUT_OPTIONS, {})

    parts = parts_of(str(refused.value).strip())
    assert parts["expected"] == "at least 10 MB free"
    assert parts["found"] == "0.0 MB"
    assert parts["where"] == str(disk)


def test_a_workflow_does_not_begin_where_results_are_on_a_full_disk(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results").symlink_to(disk)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    load_parameters(WITHOUT_OPTIONS, {})
    fill(disk)

    nothing_to_do = SimpleNamespace(
        dag=SimpleNamespace(needrun_jobs=list), executor_plugin=SimpleNamespace(name="local")
    )

    with pytest.raises(SystemExit) as refused:
        begin_run(nothing_to_do, list)

    assert parts_of(str(refused.value).strip())["where"] == str(tmp_path / "results")


def test_records_that_cannot_be_kept_are_told(
    disk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(disk)
    result, known = "results/tiny/adversarial/table2.csv", Path(".snakemake/metadata")
    write_text(Path(result), "a table\n")
    write_text(known / urlsafe_b64encode(result.encode()).decode(), "{}")
    fill(disk)

    export_records("tiny", SimpleNamespace(dag=SimpleNamespace(jobs=[], batch=None)))

    assert "could not be exported: [Errno 28] No space left" in capsys.readouterr().err


def test_a_disk_that_can_only_be_read_is_refused(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    error = error_of(require_writable, disk / "results/tiny")

    assert error.found == "a read-only folder"
    assert error.where == str(disk)


def test_a_step_on_a_disk_that_can_only_be_read_says_so(
    disk: Path, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(disk)
    write_claims([CLAIM], Path("panel.csv"))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    parts = failing(*JOIN)

    assert (parts["found"], parts["where"]) == ("Read-only file system", "results")


def test_room_and_the_right_to_write_pass(tmp_path: Path) -> None:
    require_writable(tmp_path / "results/tiny")
    require_room(tmp_path / "results/tiny")


def test_a_link_that_leads_nowhere_and_a_file_are_no_folders(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "unmounted")
    (tmp_path / "file").touch()

    for name, found in (
        ("link", f"a link to {tmp_path}/unmounted, which does not exist"),
        ("file", "a file of that name"),
    ):
        assert error_of(require_writable, tmp_path / name).found == found
