"""The default run, as a new user starts it: every panel at scale smoke."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import Run

from triptych.cli import app
from triptych.data.classes import IGNORE
from triptych.data.scenes import Scenes
from triptych.provenance import making as provenance
from triptych.segmentation.metrics import ConfusionMatrix

ADVERSARIAL = "results/smoke/adversarial"
SEGMENTATION = "results/smoke/segmentation"
SCENES = {"drawn_streets": 19, "drawn_objects": 21}


@pytest.fixture
def curves(smoke: Path) -> pd.DataFrame:
    """The curves in the reading of the published code."""
    table = pd.read_csv(smoke / ADVERSARIAL / "curves.csv")
    assert len(table) == 204
    return table[table["reading"] == "as_published"].set_index(["model", "epsilon"])


@pytest.mark.dag
def test_a_second_run_does_nothing_and_the_tree_is_clean(smoke: Path, run: Run) -> None:
    again = run(smoke, "snakemake")
    assert "Nothing to be done" in again.stdout + again.stderr
    assert run(smoke, "git", "status", "--porcelain").stdout == ""
    assert run(smoke, "triptych", "verify", "--scale", "smoke").returncode == 0


@pytest.mark.dag
def test_every_recorded_command_is_one_of_the_command_line(smoke: Path) -> None:
    recorded = {
        provenance.read(path).command for path in provenance.recorded_files(smoke / "results/smoke")
    }
    assert len(recorded) > 70
    for command in recorded:
        app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)


@pytest.mark.dag
def test_the_secret_network_is_more_robust(curves: pd.DataFrame) -> None:
    for epsilon in (0.15, 0.2, 0.3):
        secret, natural = (curves.loc[(m, epsilon), "accuracy"] for m in ("secret", "natural"))
        assert secret > natural + 0.2


@pytest.mark.dag
def test_both_networks_recognize_clean_digits(curves: pd.DataFrame) -> None:
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
    for figure in ("fig1_workflow", "fig2_tpr", "fig3_accuracy", "fig4_combined", "fig5_roc"):
        assert (smoke / ADVERSARIAL / f"{figure}.svg").stat().st_size > 5_000
        assert (smoke / ADVERSARIAL / f"{figure}.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.dag
def test_claims_are_not_comparable_and_so_do_not_fail(smoke: Path, run: Run) -> None:
    answer = run(smoke, "triptych", "claims", "--scale", "smoke")
    claims = pd.read_csv(smoke / "results/smoke/claims.csv")
    assert set(claims.loc[claims["kind"] == "value", "verdict"]) == {"not_comparable"}
    values = claims.loc[claims["kind"] == "value", "panel"].value_counts()
    assert (
        dict(values).items()
        >= {
            "adversarial": 302 + 30 + 2,
            "segmentation": 8 * 20 + 8,
            "personalization": 5 * 2,
        }.items()
    )
    assert "not_comparable" in answer.stdout


@pytest.mark.dag
def test_histories_logs_and_benchmarks_are_kept(smoke: Path) -> None:
    history = pd.read_csv(smoke / ADVERSARIAL / "models/natural.history.csv")
    assert list(history.columns) == ["step", "loss", "learning_rate", "validation"]
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    jobs = list((smoke / "logs/smoke").rglob("*.benchmark.tsv"))
    assert len(jobs) == len(list((smoke / "logs/smoke").rglob("*.log"))) >= 15


@pytest.mark.dag
@pytest.mark.parametrize("dataset", SCENES)
def test_every_segmentation_model_learns(smoke: Path, dataset: str) -> None:
    table = pd.read_csv(smoke / SEGMENTATION / f"iou_{dataset}.csv")
    assert list(zip(table["network"], table["method"], strict=True)) == [
        (network, method)
        for network in ("danet", "deeplabv3plus")
        for method in ("single", "ensemble", "same_layer", "multiple_layer")
    ]
    assert len(table.filter(regex="^(?!network|method|seed|miou)").columns) == SCENES[dataset]
    assert (table["miou"] >= 0.25).all(), table[["network", "method", "miou"]]


@pytest.mark.dag
@pytest.mark.parametrize("dataset", SCENES)
def test_a_constant_answer_scores_next_to_nothing(smoke: Path, dataset: str) -> None:
    scenes = Scenes(smoke / f"data/prepared/smoke/{dataset}/test.safetensors")
    for constant in range(SCENES[dataset]):
        matrix = ConfusionMatrix(SCENES[dataset], IGNORE)
        for index in range(len(scenes)):
            mask = scenes.mask(index)
            matrix.update(np.full_like(mask, constant), mask)
        assert matrix.miou() < 0.06


@pytest.mark.dag
def test_both_segmentation_tables_and_figures_are_there(smoke: Path) -> None:
    for number, classes in ((1, 19), (2, 21)):
        table = pd.read_csv(smoke / SEGMENTATION / f"table{number}.csv")
        assert list(table.columns) == [
            *("network", "method", "class", "value", "low", "high", "published")
        ]
        assert len(table) == 8 * (classes + 1)
        assert table["value"].notna().mean() > 0.95
    for figure in ("fig3_danet", "fig4_deeplabv3plus"):
        assert (smoke / SEGMENTATION / f"{figure}.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.dag
def test_the_ensemble_costs_twice_the_single_network(smoke: Path) -> None:
    costs = pd.read_csv(smoke / SEGMENTATION / "costs_drawn_streets.csv")
    costs = costs.set_index(["network", "method"])
    assert len(costs) == 8
    for network in ("danet", "deeplabv3plus"):
        single, ensemble = (costs.loc[(network, method)] for method in ("single", "ensemble"))
        assert ensemble["parameters"] == pytest.approx(2 * single["parameters"], abs=2e-6)
        assert ensemble["gmacs"] == pytest.approx(2 * single["gmacs"], abs=2e-6)
