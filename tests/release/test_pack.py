"""Packed runs: what is in them, the same bytes twice, and every later change is named."""

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from made_files import make, record
from support import ROOT, error_of

from triptych.claims.claims import text_claim, write_claims
from triptych.layout import PUBLISHED
from triptych.release.packing import check

Triptych = Callable[..., int]
Printed = pytest.CaptureFixture[str]
RESULTS, PREPARED = Path("results/tiny"), Path("data/prepared/tiny")
PACK = ("pack", "--scale", "tiny")
PACKED = Path("triptych-tiny.zip")
PHOTO, DRAWING = "a face of LFW", "the figure without photos"
PNG = "\x89PNG of "


@pytest.fixture(autouse=True)
def _finished_run(own_folder: Path, request: pytest.FixtureRequest) -> None:
    """A small finished run with a figure that shows photos of a data set, LFW by default."""
    shutil.copytree(ROOT / PUBLISHED, PUBLISHED)
    dataset = getattr(request, "param", "lfw")
    photos = PREPARED / dataset / "test.safetensors"
    make(photos, text=PHOTO)
    panel = RESULTS / "personalization"
    claim = text_claim("personalization", "section5", "key", 0.5, 0.5, True, "a reason")
    for path in (panel / "claims.csv", RESULTS / "claims.csv"):
        write_claims([claim], path)
        record(path, [photos])
    make(panel / "fig6_generations.png", photos, text=PNG + PHOTO)
    make(panel / "shareable/fig6_generations.png", text=PNG + DRAWING)
    make(panel / "models/base/model.safetensors", photos, text="weights")
    for name in ("conclusions.csv", "ro-crate-metadata.json"):
        make(RESULTS / name)
    make(RESULTS / "report/index.html", text=PNG + PHOTO)
    Path("requirements.lock").write_text("torch==2\n")


def contents(packed: Path) -> dict[str, bytes]:
    with ZipFile(packed) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_a_pack_has_the_run_without_models_and_without_photos(
    triptych: Triptych, capsys: Printed
) -> None:
    assert triptych(*PACK) == 0

    files = contents(PACKED)
    claims = f"{RESULTS}/personalization/claims.csv"
    assert files[claims] == Path(claims).read_bytes()
    assert f"{RESULTS}/personalization/provenance/claims.csv.json" in files
    assert {f"{RESULTS}/ro-crate-metadata.json", "requirements.lock"} < files.keys()
    assert files[f"{RESULTS}/personalization/fig6_generations.png"].decode() == PNG + DRAWING
    page = files[f"{RESULTS}/report/index.html"].decode()
    assert base64.b64encode((PNG + DRAWING).encode()).decode() in page
    assert not any(name.endswith(".safetensors") for name in files)
    encoded = base64.b64encode((PNG + PHOTO).encode()).decode()
    assert not any(PHOTO.encode() in text or encoded.encode() in text for text in files.values())
    assert triptych("verify", str(PACKED)) == 0
    assert capsys.readouterr().out == f"{len(files) - 1} files checked, 0 problems\n"


def test_the_same_run_gives_the_same_bytes_and_the_same_claims(
    triptych: Triptych, capsys: Printed
) -> None:
    assert triptych(*PACK) == 0
    assert triptych(*PACK, "--output", "again.zip") == 0
    assert PACKED.read_bytes() == Path("again.zip").read_bytes()
    assert triptych("compare", str(PACKED), str(RESULTS)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing differs."


def repack(change: Callable[[dict[str, bytes]], object]) -> None:
    """Write the pack again with other contents."""
    files = contents(PACKED)
    change(files)
    with ZipFile(PACKED, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"triptych-tiny/{name}", content)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda files: files.update({"requirements.lock": b"torch==3\n"}), "lock: altered"),
        (lambda files: files.pop("requirements.lock"), "lock: gone"),
        (lambda files: files.update({"more.csv": b""}), "more.csv: not in the manifest"),
    ],
    ids=["altered", "gone", "added"],
)
def test_a_change_of_a_pack_is_named(
    triptych: Triptych, capsys: Printed, change: Callable[[dict[str, bytes]], object], said: str
) -> None:
    triptych(*PACK)
    repack(change)
    assert triptych("verify", str(PACKED)) == 1
    problem, count = capsys.readouterr().out.splitlines()
    assert said in problem
    assert count.endswith("1 problems")


def test_damaged_bytes_of_a_pack_are_named(triptych: Triptych, capsys: Printed) -> None:
    triptych(*PACK)
    content = bytearray(PACKED.read_bytes())
    content[content.index(b"requirements.lock") + len("requirements.lock") + 2] ^= 0xFF
    PACKED.write_bytes(content)
    assert triptych("verify", str(PACKED)) == 1
    assert "requirements.lock: altered; SHA-256 unknown" in capsys.readouterr().out


@pytest.mark.parametrize("listing", ["", "no hash\n", "\n"], ids=["empty", "damaged", "blank"])
def test_a_manifest_that_lists_nothing_is_no_manifest(
    failing: Callable[..., dict[str, str]], listing: str
) -> None:
    with ZipFile(PACKED, "w") as archive:
        archive.writestr("triptych-tiny/MANIFEST.sha256", listing)
    assert "MANIFEST.sha256" in failing("verify", str(PACKED))["found"]


def _with_a_name_in_no_encoding(content: bytes) -> bytes:
    return content.replace("é".encode(), b"\xff\xff")


def _with_an_empty_name(content: bytes) -> bytes:
    return content.replace("é".encode(), b"\0\0")


@pytest.mark.parametrize("command", ["verify", "compare"])
@pytest.mark.parametrize("damage", [_with_a_name_in_no_encoding, _with_an_empty_name])
def test_a_zip_file_with_damaged_names_is_refused(
    failing: Callable[..., dict[str, str]], command: str, damage: Callable[[bytes], bytes]
) -> None:
    with ZipFile(PACKED, "w") as archive:
        archive.writestr("é/claims.csv" if damage is _with_a_name_in_no_encoding else "é", "")
    PACKED.write_bytes(damage(PACKED.read_bytes()))
    runs = (PACKED,) if command == "verify" else (PACKED, RESULTS)
    assert failing(command, *map(str, runs))["where"] == str(PACKED)


@pytest.mark.parametrize("output", [".", ""])
def test_a_folder_is_no_output(failing: Callable[..., dict[str, str]], output: str) -> None:
    assert failing(*PACK, "--output", output)["found"] == "a folder"


@pytest.mark.parametrize("_finished_run", ["folder"], indirect=True)
def test_a_run_on_photos_of_ones_own_is_not_packed(
    failing: Callable[..., dict[str, str]],
) -> None:
    assert "(folder)" in failing(*PACK)["found"]
    assert not PACKED.exists()


def test_a_pack_that_is_not_there_names_the_command_that_writes_it(own_folder: Path) -> None:
    error = error_of(check, Path("triptych-smoke.zip"))
    assert (error.found, error.where) == ("no such file", "triptych-smoke.zip")
    assert error.remedy == "pack a finished run: triptych pack --scale SCALE"
