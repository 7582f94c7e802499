"""Models saved as folders: complete or absent, with the bytes that their manifest lists."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import error_of, tree

from triptych.errors import UserError
from triptych.provenance import making as provenance
from triptych.storage.files import replacing
from triptych.storage.folders import (
    MANIFEST,
    new_folder,
    publish_folder,
    read_manifest,
    verified_folder,
)

FILES = {"model_index.json": b"{}", "unet/config.json": b"1", "unet/weights.safetensors": b"2"}


def saving(files: dict[str, bytes]) -> Callable[[Path], None]:
    """Return a function that saves these files into a folder, like a pipeline."""

    def save(folder: Path) -> None:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    return save


def publish(folder: Path, files: dict[str, bytes]) -> Path:
    """Publish as a step does, through a temporary path of the manifest."""
    with replacing(folder / MANIFEST) as temporary:
        publish_folder(temporary, saving(files))
    return folder / MANIFEST


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """The manifest of a published folder."""
    return publish(tmp_path / "model", FILES)


def test_a_folder_holds_what_was_saved_and_a_manifest_that_sha256sum_accepts(
    manifest: Path,
) -> None:
    lines = [f"{hashlib.sha256(FILES[name]).hexdigest()}  {name}\n" for name in sorted(FILES)]

    assert tree(manifest.parent) == {**FILES, MANIFEST: "".join(lines).encode()}
    assert verified_folder(manifest) == manifest.parent
    assert list(read_manifest(manifest)) == sorted(FILES)
    subprocess.run(["sha256sum", "--check", "--strict", MANIFEST], cwd=manifest.parent, check=True)


def test_the_order_in_which_files_are_saved_does_not_matter(tmp_path: Path) -> None:
    other = dict(reversed(FILES.items()))

    first, second = (
        publish(tmp_path / name, files) for name, files in (("a", FILES), ("b", other))
    )

    assert first.read_bytes() == second.read_bytes()


def test_files_that_an_earlier_job_left_are_gone(manifest: Path) -> None:
    # Snakemake deletes a declared output, here only the manifest, before its job.
    manifest.unlink()

    publish(manifest.parent, {"unet": b"a file where a folder was", "vae/config.json": b"3"})

    assert tree(manifest.parent).keys() == {"unet", "vae/config.json", MANIFEST}
    verified_folder(manifest)


def test_a_file_may_become_a_folder(tmp_path: Path) -> None:
    publish(tmp_path, {"unet": b"1"})

    assert verified_folder(publish(tmp_path, FILES)) == tmp_path


def test_records_of_provenance_and_hidden_files_stay(manifest: Path) -> None:
    record = provenance.record_path(manifest)
    record.parent.mkdir()
    record.write_text("{}")
    (manifest.parent / ".hidden").touch()

    publish(manifest.parent, {"a": b"1"})

    assert tree(manifest.parent).keys() == {"a", MANIFEST, ".hidden", f"provenance/{MANIFEST}.json"}


def test_what_only_its_maker_may_read_is_published_for_all(tmp_path: Path) -> None:
    def save(folder: Path) -> None:
        saving(FILES)(folder)
        (folder / "unet/weights.safetensors").chmod(0o600)

    with replacing(tmp_path / MANIFEST) as temporary:
        publish_folder(temporary, save)

    (tmp_path / "usual").touch()
    usual = (tmp_path / "usual").stat().st_mode
    assert {path.stat().st_mode for path in tmp_path.rglob("*") if path.is_file()} == {usual}


@pytest.mark.parametrize("exists", [True, False])
def test_a_new_folder_appears_where_a_link_leads(tmp_path: Path, exists: bool) -> None:
    target, link = tmp_path / "disk/masks", tmp_path / "masks"
    target.parent.mkdir()
    if exists:
        target.mkdir()
    link.symlink_to(target)

    with new_folder(link) as folder:
        (folder / "a.png").write_text("a")

    assert link.is_symlink()
    assert [path.name for path in target.iterdir()] == ["a.png"]
    assert [path.name for path in target.parent.iterdir()] == ["masks"]


def test_a_failure_while_saving_leaves_the_earlier_folder_as_it_was(manifest: Path) -> None:
    before = tree(manifest.parent)

    def fail(folder: Path) -> None:
        saving({"unet/config.json": b"new"})(folder)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError), replacing(manifest) as temporary:
        publish_folder(temporary, fail)

    assert tree(manifest.parent) == before
    verified_folder(manifest)


# Dies without cleaning up at the given renaming, counted from one.
KILLED = """
import os, sys
from pathlib import Path
from triptych.storage.files import replacing
from triptych.storage.folders import publish_folder
folder, files, death = Path(sys.argv[1]), eval(sys.argv[2]), int(sys.argv[3])
rename, count = os.replace, 0
def dying(*paths):
    global count
    count += 1
    if count == death:
        os._exit(1)
    rename(*paths)
os.replace = dying
def save(target):
    for name, content in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
with replacing(folder / "MANIFEST.sha256") as temporary:
    publish_folder(temporary, save)
"""


@pytest.mark.parametrize("death", range(1, 6))
def test_a_job_that_is_killed_on_the_way_leaves_no_manifest_and_its_successor_cleans_up(
    manifest: Path, death: int
) -> None:
    files = {name: content + b"new" for name, content in FILES.items()}
    command = [sys.executable, "-c", KILLED, str(manifest.parent), repr(files), str(death)]
    assert subprocess.run(command).returncode == 1
    assert not manifest.exists()
    with pytest.raises(UserError):
        verified_folder(manifest)

    publish(manifest.parent, files)

    assert tree(manifest.parent).keys() == {*FILES, MANIFEST}
    verified_folder(manifest)


def test_a_killed_job_of_the_same_number_is_cleaned_up_after(tmp_path: Path) -> None:
    left = tmp_path / f".filling-{platform.node()}-{os.getpid()}"
    left.mkdir()
    (left / "stale").touch()

    publish(tmp_path, FILES)

    assert tree(tmp_path).keys() == {*FILES, MANIFEST}


def test_what_another_host_is_filling_is_left_alone(tmp_path: Path) -> None:
    # A host whose name begins like this one's.
    foreign = tmp_path / f".filling-{platform.node()}-2-999999999"
    foreign.mkdir()

    publish(tmp_path, FILES)

    assert foreign.is_dir()


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (Path.unlink, "no such file"),
        (lambda path: path.write_bytes(b"3"), "SHA-256 4e0740"),
        (lambda path: path.write_bytes(b""), "SHA-256 e3b0c4"),
    ],
    ids=["deleted", "altered", "emptied"],
)
def test_a_folder_that_lacks_a_part_is_refused_by_name(
    manifest: Path, spoil: Callable[[Path], object], found: str
) -> None:
    spoil(manifest.parent / "unet/weights.safetensors")

    error = error_of(verified_folder, manifest)

    assert "unet/weights.safetensors" in error.expected
    assert error.found.startswith(found)
    assert error.where == str(manifest.parent)
    assert str(manifest) in error.remedy


@pytest.mark.parametrize(
    "text",
    [None, "", "no manifest\n", "a" * 64, f"{'a' * 63}  name\n", json.dumps({"a": 1}, indent=2)],
    ids=["missing", "empty", "words", "no name", "short hash", "JSON"],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / MANIFEST).write_text(text)

    assert error_of(verified_folder, tmp_path / MANIFEST).where == str(tmp_path / MANIFEST)
