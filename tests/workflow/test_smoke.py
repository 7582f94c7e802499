"""The default run, as a new user starts it: real digits, both networks, all 50 epsilons."""

from pathlib import Path

import pandas as pd
import pytest
from support import Run, copy_project, execute

ADVERSARIAL = "results/smoke/adversarial"


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a plain `snakemake --cores 8` has run."""
    folder = tmp_path_factory.mktemp("smoke") / "project"
    copy_project(folder)
    execute(folder, "snakemake", "--cores", "8", "--resources", "gpu=2")
    return folder


@pytest.fixture
def curves(smoke: Path) -> pd.DataFrame:
    """The curves in the reading of the published code."""
    table = pd.read_csv(smoke / ADVERSARIAL / "curves.csv")
    assert len(table) == 204
    return table[table["reading"] == "as_published"].set_index(["model", "epsilon"])


@pytest.mark.dag
def test_a_second_run_does_nothing_and_the_tree_is_clean(smoke: Path, run: Run) -> None:
    again = run(smoke, "snakemake", "--cores", "8")
    assert "Nothing to be done" in again.stdout + again.stderr
    assert run(smoke, "git", "status", "--porcelain").stdout == ""
    assert run(smoke, "triptych", "verify", "--scale", "smoke").returncode == 0


@pytest.mark.dag
def test_the_secret_network_is_more_robust(curves: pd.DataFrame) -> None:
    for epsilon in (0.15, 0.2, 0.3):
        secret, natural = (curves.loc[(m, epsilon), "accuracy"] for m in ("secret", "natural"))
        assert secret > natural + 0.2


@pytest.mark.dag
def test_both_networks_recognise_clean_digits(curves: pd.DataFrame) -> None:
    assert curves.loc[("natural", 0.0), "accuracy"] > 0.9
    assert curves.loc[("secret", 0.0), "accuracy"] > 0.7


@pytest.mark.dag
@pytest.mark.parametrize("model", ["natural", "secret"])
def test_detection_rises_with_epsilon(curves: pd.DataFrame, model: str) -> None:
    tpr = curves.loc[model]["tpr"].dropna()
    assert tpr.loc[0.01] < 0.1
    assert tpr.loc[0.5] > 0.9
    # Up to the noise of 200 images, it never falls.
    assert (tpr.diff().dropna() > -0.05).all()


@pytest.mark.dag
def test_every_table_and_figure_is_there(smoke: Path) -> None:
    table2 = pd.read_csv(smoke / ADVERSARIAL / "table2.csv")
    assert list(table2.columns) == ["model", "epsilon", "tpr", "published"]
    assert len(table2) == 30
    assert table2["tpr"].notna().all()
    for figure in ("fig1_workflow", "fig2_tpr", "fig3_accuracy", "fig4_combined"):
        assert (smoke / ADVERSARIAL / f"{figure}.svg").stat().st_size > 5_000
        assert (smoke / ADVERSARIAL / f"{figure}.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.dag
def test_claims_are_not_comparable_and_so_do_not_fail(smoke: Path, run: Run) -> None:
    answer = run(smoke, "triptych", "claims", "--scale", "smoke")
    claims = pd.read_csv(smoke / "results/smoke/claims.csv")
    assert set(claims.loc[claims["kind"] == "value", "verdict"]) == {"not_comparable"}
    assert (claims["kind"] == "value").sum() == 302 + 30 + 2
    assert "not_comparable" in answer.stdout


@pytest.mark.dag
def test_histories_logs_and_benchmarks_are_kept(smoke: Path) -> None:
    history = pd.read_csv(smoke / ADVERSARIAL / "models/natural.history.csv")
    assert list(history.columns) == ["step", "loss", "learning_rate", "validation_accuracy"]
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    jobs = list((smoke / "logs/smoke").rglob("*.benchmark.tsv"))
    assert len(jobs) == len(list((smoke / "logs/smoke").rglob("*.log"))) >= 15
