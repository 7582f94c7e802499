"""Photos and models of one's own in the workflow: what is missing ends a run at its start."""

from pathlib import Path

from support import Run

OVERLAY = """\
scales:
  tiny:
    personalization:
      faces: {dataset: folder, folder: {path: my photos}, corpus: null}
      captions: {provider: statistics}
      base: {folder: my model}
      adapter: {folder: my adapter}
"""


def test_a_run_without_its_photos_base_and_adapter_ends_before_its_first_job(
    project: Path, run: Run
) -> None:
    (project / "own.yaml").write_text(OVERLAY)
    given = ("--configfile", "own.yaml", "--config", "scale=tiny")
    answer = run(project, "snakemake", "personalization", "--cores", "1", *given, check=False)

    assert answer.returncode != 0
    for word in ("my photos", "my model", "my adapter", "base.folder", "adapter.folder"):
        assert word in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (project / "data/prepared").exists()
    assert not (project / "data/own").exists()

    stage = run(project, "snakemake", "-n", *given, check=False, DVC_STAGE="personalization")
    assert stage.returncode != 0
    assert "without dvc repro" in stage.stderr
