"""``triptych replay`` on a finished run, and what each claim depends on."""

import json
import shutil
from pathlib import Path

import pytest
from support import Run, tree

PANEL = "results/tiny/adversarial"
CLAIMS = f"{PANEL}/claims.csv"
KEY = "adversarial/fig3_accuracy/natural/0.50/accuracy"


def replay(project: Path, run: Run, *words: str) -> tuple[int, str, str]:
    answer = run(project, "triptych", "replay", *words, "--scale", "tiny", check=False)
    return answer.returncode, answer.stdout, answer.stderr


@pytest.mark.dag
def test_a_replay_from_models_gives_the_same_bytes_and_trains_nothing(
    finished: Path, tmp_path: Path, run: Run
) -> None:
    before = tree(finished / "results")

    words = (KEY, "--from", "model", "--folder", str(tmp_path / "again"))
    code, said, steps = replay(finished, run, *words)

    assert code == 0, steps
    assert said.splitlines()[0] == f"{KEY}: same bytes"
    assert tree(finished / "results") == before
    assert "adversarial.attack" in steps
    assert "adversarial.train" not in steps
    made = [path for path in (tmp_path / "again" / PANEL).rglob("*") if not path.is_symlink()]
    assert not [path for path in made if path.is_file() and "secret" in path.as_posix()]


@pytest.mark.dag
def test_a_changed_raw_result_makes_the_number_differ(
    finished: Path, tmp_path: Path, run: Run
) -> None:
    project = tmp_path / "project"
    shutil.copytree(finished, project, symlinks=True)
    scores = project / PANEL / "scores"
    natural, secret = (
        scores / f"{name}/random_start.safetensors" for name in ("natural", "secret")
    )
    shutil.copyfile(secret, natural)

    code, said, _ = replay(project, run, "adversarial/fig3_accuracy/natural/0.00/accuracy")

    assert code == 1
    assert said.splitlines()[0].endswith(": differs")
    assert f"  other bytes: {PANEL}/curves.csv" in said.splitlines()
    assert f"  changed since the run: {natural.relative_to(project)}" in said.splitlines()
    assert not list((project / "work").glob("replay-*"))


@pytest.mark.dag
def test_the_chain_of_a_finished_run_ends_at_its_data(finished: Path, run: Run) -> None:
    said = run(finished, "triptych", "explain", KEY, "--scale", "tiny", "--json").stdout

    files = {file["file"]: file for file in json.loads(said)["files"]}
    ends = [name for name, file in files.items() if not file["followed"]]
    assert {files[name]["level"] for name in ends} == {"data", "published"}
    assert {file["state"] for file in files.values()} == {"equals its record"}
