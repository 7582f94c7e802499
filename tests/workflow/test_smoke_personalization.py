"""Panel 3 of the default run: the identity of persons comes through the photos."""

import json
from pathlib import Path

import pandas as pd
import pytest

PANEL = "results/smoke/personalization"
METHODS = (
    "dreambooth",
    "ip_adapter",
    "ip_adapter_max_pool",
    "ip_adapter_avg_pool",
    "ip_adapter_self_attention",
)
CONTROLS = ("text_only", "ip_adapter_other_person", "ip_adapter_finetuned")


@pytest.fixture
def scores(smoke: Path) -> pd.DataFrame:
    """Table 1, a row a method and a column a metric."""
    table = pd.read_csv(smoke / PANEL / "table1.csv")
    return table.pivot(index="method", columns="metric", values="value")


@pytest.mark.dag
@pytest.mark.parametrize("method", METHODS)
def test_images_resemble_the_person_of_the_photos(scores: pd.DataFrame, method: str) -> None:
    identity, without_photos = scores["identity"], scores.loc["text_only", "identity"]
    least = 0.05 if method == "ip_adapter_max_pool" else 0.10
    assert identity[method] - without_photos >= least
    assert scores.loc["real_photos", "identity"] > identity[method]


@pytest.mark.dag
def test_the_photos_of_another_person_do_not_make_a_likeness(scores: pd.DataFrame) -> None:
    identity = scores["identity"] - scores.loc["text_only", "identity"]
    assert identity["ip_adapter_other_person"] < identity["ip_adapter"] / 3


@pytest.mark.dag
def test_the_networks_know_strangers(smoke: Path) -> None:
    networks = pd.read_csv(smoke / PANEL / "networks.csv").set_index("role")
    assert networks.loc["identity", "auc"] > 0.9
    # An adapter shows no more of a person than the encoder that conditions it.
    assert networks.loc["condition", "auc"] >= 0.85


@pytest.mark.dag
def test_the_autoencoder_keeps_the_identity_of_real_photos(scores: pd.DataFrame) -> None:
    assert scores.loc["autoencoded_photos", "kept"] >= 0.8


@pytest.mark.dag
def test_the_self_attention_changes_the_images(smoke: Path) -> None:
    layer = pd.read_csv(smoke / PANEL / "layer.csv")
    assert layer["pixels"].min() >= 2


@pytest.mark.dag
def test_table_1_has_every_method_and_control(smoke: Path, scores: pd.DataFrame) -> None:
    assert set(scores.index) == {*METHODS, *CONTROLS, "real_photos", "autoencoded_photos"}
    # Surrogate scores never have the names of the real metrics.
    assert not {"fid", "is_marginal", "is_uniform", "kid_inception_v3"} & set(scores.columns)
    table = pd.read_csv(smoke / PANEL / "table1.csv")
    assert list(table.columns) == [
        *("method", "metric", "value", "low", "high"),
        *("n_real", "n_generated", "extractor", "extractor_sha256"),
    ]
    # No network measures the fidelity to a prompt of drawn faces.
    measured = table[~table["metric"].str.startswith("fidelity")]
    assert measured["extractor_sha256"].str.fullmatch("[0-9a-f]{64}").all()


@pytest.mark.dag
def test_one_training_of_the_self_attention_decides_nothing(smoke: Path) -> None:
    gaps = pd.read_csv(smoke / PANEL / "comparisons.csv")
    tuned = gaps[["first", "second"]].eq("ip_adapter_self_attention").any(axis=1)
    assert tuned.any()
    assert set(gaps.loc[tuned, "verdict"]) == {"undecided"}
    layer = pd.read_csv(smoke / PANEL / "layer.csv")
    assert layer["seed"].tolist() == [0]


@pytest.mark.dag
def test_every_cell_of_figure_6_leads_to_a_file(smoke: Path) -> None:
    cells = pd.read_csv(smoke / PANEL / "fig6_cells.csv")
    assert set(cells["method"]) == set(METHODS)
    assert all((smoke / path).is_file() for path in cells["file"])
    for _, row in cells.groupby("row"):
        # The same person, target and noise in every column.
        assert row[["person", "target", "seed"]].nunique().eq(1).all()
    for figure in ("fig5_dataset", "fig6_generations"):
        assert (smoke / PANEL / f"{figure}.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.dag
def test_dreambooths_weights_are_not_kept_but_their_hashes_are(smoke: Path) -> None:
    weights = list((smoke / PANEL).rglob("*.safetensors"))
    assert not [path for path in weights if "dreambooth" in path.name and "raw" not in path.parts]
    record = json.loads(
        (smoke / PANEL / "raw/provenance/dreambooth_0.safetensors.json").read_text()
    )
    assert record["parameters"]["training_seed"]
