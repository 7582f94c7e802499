"""Models that are folders, as `triptych verify` and `triptych adopt` see them."""

from pathlib import Path

import pytest
from made_files import record

from triptych.data.registry import redistributable
from triptych.provenance.adoption import adopt_run
from triptych.provenance.making import record_path
from triptych.provenance.verification import verify_scale
from triptych.storage.files import replacing
from triptych.storage.folders import MANIFEST, publish_folder

RESULTS = Path("results/tiny/personalization")
MODEL = RESULTS / "models/base"


def save(folder: Path) -> None:
    (folder / "unet").mkdir()
    (folder / "model_index.json").write_text("{}")
    (folder / "unet/weights.safetensors").write_bytes(b"weights")


@pytest.fixture(autouse=True)
def _published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model folder with its record, and another result beside it."""
    monkeypatch.chdir(tmp_path)
    with replacing(MODEL / MANIFEST) as manifest:
        publish_folder(manifest, save)
    (RESULTS / "table1.csv").write_text("a\n")
    for artifact in (MODEL / MANIFEST, RESULTS / "table1.csv"):
        record(artifact)


def test_the_files_of_a_folder_are_recorded_by_its_manifest() -> None:
    assert verify_scale(RESULTS) == (4, [])


@pytest.mark.parametrize("text", ["", "no manifest\n", None])
def test_a_tampered_or_deleted_manifest_is_named(text: str | None) -> None:
    if text is None:
        (MODEL / MANIFEST).unlink()
    else:
        (MODEL / MANIFEST).write_text(text)

    _, problems = verify_scale(RESULTS)

    (problem,) = [found for found in problems if found.startswith(f"{MODEL / MANIFEST}: ")]
    assert ("gone" if text is None else "altered") in problem
    # Without it nothing speaks for the files.
    assert f"{MODEL}/model_index.json: no record" in " ".join(problems)


def test_a_manifest_without_a_record_speaks_for_nothing() -> None:
    record_path(MODEL / MANIFEST).unlink()

    _, problems = verify_scale(RESULTS)

    assert len(problems) == 3
    assert all("no record" in problem for problem in problems)


def test_the_files_of_a_model_are_not_adopted_but_its_record_is(tmp_path: Path) -> None:
    (RESULTS / "claims.csv").touch()
    record(RESULTS / "claims.csv")
    reference = Path("reference/tiny/personalization")

    adopt_run(
        RESULTS,
        tmp_path / "prepared",
        reference,
        verify=verify_scale,
        redistributable=redistributable,
    )

    kept = {p.relative_to(reference).as_posix() for p in reference.rglob("*") if p.is_file()}
    records = {"provenance/claims.csv.json", "provenance/table1.csv.json"}
    records |= {f"models/base/provenance/{MANIFEST}.json"}
    assert kept == {"claims.csv", "table1.csv", *records}
