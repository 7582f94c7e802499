"""What `triptych adopt` does with photos that must not be passed on, and with large files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from made_files import make
from support import ROOT

from triptych.data.registry import redistributable
from triptych.layout import PROVENANCE
from triptych.provenance.making import read, record_path
from triptych.storage.files import sha256

RESULTS, PREPARED = Path("results/tiny/personalization"), Path("data/prepared/tiny")
REFERENCE = Path("reference/tiny/personalization")
ADOPT = ("adopt", "--scale", "tiny", "--panel", "personalization")
FIGURE, SHAREABLE = RESULTS / "fig6.png", RESULTS / "shareable/fig6.png"


@pytest.fixture(params=["lfw", "drawn_faces"])
def dataset(own_folder: Path, request: pytest.FixtureRequest) -> str:
    """A run with a figure that shows photos, and one that shows nothing else."""
    photos = PREPARED / request.param / "test.safetensors"
    make(photos)
    make(RESULTS / "claims.csv", photos)
    for name in ("fig5.png", "fig6.png"):
        make(RESULTS / name, photos)
    return str(request.param)


def test_photos_are_not_copied_and_the_figure_without_them_is(
    dataset: str, triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    if dataset == "lfw":
        make(SHAREABLE, RESULTS / "claims.csv")
        make(SHAREABLE.with_name("fig6_cells.csv"), RESULTS / "claims.csv")

    assert triptych(*ADOPT) == 0

    copied = {
        path.relative_to(REFERENCE).as_posix()
        for path in REFERENCE.rglob("*")
        if path.is_file() and path.parent.name != PROVENANCE
    }
    figure = REFERENCE / FIGURE.name
    made = read(figure)
    assert made.sha256 == sha256(figure)
    if dataset == "lfw":
        assert copied == {"claims.csv", "fig6.png"}
        assert (figure.read_bytes(), made.artifact) == (SHAREABLE.read_bytes(), str(SHAREABLE))
        assert f"left out: {RESULTS}/fig5.png (the images of lfw" in capsys.readouterr().err
    else:
        assert copied == {"claims.csv", "fig5.png", "fig6.png"}
        assert figure.read_bytes() == FIGURE.read_bytes()


@pytest.mark.parametrize("dataset", ["lfw"], indirect=True)
def test_a_figure_that_is_left_out_does_not_touch_the_adopted_figure(
    dataset: str, triptych: Callable[..., int]
) -> None:
    make(SHAREABLE, RESULTS / "claims.csv")
    assert triptych(*ADOPT) == 0
    figure = REFERENCE / FIGURE.name
    adopted = figure.read_bytes(), record_path(figure).read_bytes()
    for path in (SHAREABLE, record_path(SHAREABLE)):
        path.unlink()

    assert triptych(*ADOPT, "--add") == 0

    assert (figure.read_bytes(), record_path(figure).read_bytes()) == adopted


@pytest.mark.parametrize("dataset", ["drawn_faces"], indirect=True)
def test_a_file_that_is_too_large_for_git_is_refused(
    dataset: str, failing: Callable[..., dict[str, str]]
) -> None:
    make(RESULTS / "scores.csv", text="1" * 1_000_001)

    parts = failing(*ADOPT)

    assert parts["where"] == str(RESULTS / "scores.csv")
    assert parts["found"] == "1,000,001 bytes"
    assert not Path("reference").exists()


@pytest.mark.parametrize("dataset", ["folder"], indirect=True)
def test_a_run_on_photos_of_ones_own_is_not_adopted_at_all(
    dataset: str, failing: Callable[..., dict[str, str]]
) -> None:
    parts = failing(*ADOPT)

    assert parts["where"] == str(RESULTS)
    assert f"({dataset})" in parts["found"]
    assert not Path("reference").exists()


def test_the_adopted_runs_have_no_photos_that_must_not_be_passed_on() -> None:
    pictures = [path for path in (ROOT / "reference").rglob("*") if path.suffix in (".png", ".svg")]
    assert pictures
    for path in pictures:
        made = read(path)
        assert made.sha256 == sha256(path)
        prepared = (Path(name).parts for name in made.inputs if name.startswith("data/prepared"))
        if not all(redistributable(parts[3]) for parts in prepared):
            left_out = "left_out" in json.loads(record_path(path).read_text())
            assert left_out or made.parameters.get("photos") is False, path
