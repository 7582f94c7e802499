"""Model cards: what a folder says of itself when it is copied."""

from pathlib import Path

import pandas as pd
import pytest
from huggingface_hub import ModelCard

from triptych.personalization.artifacts.cards import model_card
from triptych.personalization.steps import model_card as write_card

SCORES = pd.DataFrame(
    [
        ("ip_adapter", "identity", 0.21, 0.18, 0.24, 12),
        ("ip_adapter_max_pool", "identity", 0.23, None, None, 12),
        ("text_only", "identity", 0.05, 0.01, 0.09, 12),
        ("ip_adapter_self_attention", "identity", 0.25, 0.2, 0.3, 12),
    ],
    columns=["method", "metric", "value", "low", "high", "n_generated"],
)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("base", [0.05]),
        ("ip_adapter/0", [0.21, 0.23]),
        ("ip_adapter_self_attention/0", [0.25]),
        # Table 1 has the first training.
        ("ip_adapter_self_attention/1", []),
    ],
)
def test_a_card_has_the_scores_of_the_rows_that_the_model_makes(
    name: str, values: list[float]
) -> None:
    card = ModelCard(model_card(name, "lab", "lfw", 64, SCORES))
    results = card.data.eval_results or []
    assert [result.metric_value for result in results] == values
    assert all(result.dataset_type == "lfw" for result in results)
    assert card.data.library_name == "diffusers"
    assert "64 x 64" in card.text
    for value in values:
        assert f"| {value:.3f} |" in card.text


def test_a_card_names_the_terms_of_the_photos_or_that_they_are_drawn() -> None:
    assert "Labeled Faces in the Wild" in model_card("base", "lab", "lfw", 64, SCORES)
    assert "drawn faces" in model_card("base", "smoke", "drawn_faces", 32, SCORES)
    own = model_card("base", "lab", "folder", 64, SCORES)
    assert "do not exist" not in own
    assert "photos of your own" in own


def test_an_adapter_says_how_stock_diffusers_loads_it_and_a_base_does_not() -> None:
    assert "load_ip_adapter" in model_card("ip_adapter/0", "lab", "lfw", 64, SCORES)
    assert "load_ip_adapter" not in model_card("base", "lab", "lfw", 64, SCORES)
    assert "image_encoder_folder=None" in model_card("ip_adapter_face/0", "lab", "lfw", 64, SCORES)


def test_the_step_writes_the_same_card_twice(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.sha256").write_text(f"{'0' * 64}  model.safetensors\n")
    SCORES.to_csv(tmp_path / "table1.csv", index=False)
    cards = []
    for name in ("a.md", "b.md"):
        write_card(
            manifest=tmp_path / "MANIFEST.sha256",
            scores=tmp_path / "table1.csv",
            card=tmp_path / name,
            name="base",
            scale="tiny",
            dataset="drawn_faces",
            resolution=16,
        )
        cards.append((tmp_path / name).read_bytes())
    assert cards[0] == cards[1]
    assert cards[0].startswith(b"---\n")
