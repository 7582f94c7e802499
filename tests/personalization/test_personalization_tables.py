"""Table 1 for a reader: a line a method, honest names, published numbers in own columns."""

import pandas as pd
import pytest
from scored_faces import PUBLISHED, features_of

from triptych.personalization.artifacts.scores import networks_table, scores_table
from triptych.personalization.artifacts.scoring import score_all
from triptych.personalization.artifacts.tables import caption, table_layout
from triptych.personalization.steps import reporting

_PUBLISHED = PUBLISHED / "personalization" / "table1.csv"
_METHODS = [
    "IP-Adapter",
    "DreamBooth",
    "IP-Adapter + max pooling",
    "IP-Adapter + average pooling",
    "IP-Adapter + self-attention",
]
_CONTROLS = [
    "text only",
    "IP-Adapter with references of another person",
    "IP-Adapter fine-tuned without self-attention",
    "real photos",
    "real photos through the autoencoder",
]


def _scores(**options):
    seen = features_of(**options)
    return scores_table(score_all(seen, 1), seen), networks_table(seen)


def _layout(extractor="face_network", **options):
    scores, _ = _scores(extractor=extractor, **options)
    return table_layout(scores, pd.read_csv(_PUBLISHED), extractor)


def _made_up(values, metric="identity", half=0.5):
    """Scores of methods, by method."""
    rows = [
        {"method": method, "metric": metric, "value": v, "low": v - half, "high": v + half}
        for method, v in values.items()
    ]
    return pd.DataFrame(rows)


def test_the_methods_stand_in_the_papers_order_and_the_controls_apart():
    assert _layout()["method"].tolist() == [
        *(*_METHODS, "Extensions", "IP-Adapter on embeddings of faces, averaged"),
        "DreamBooth with LoRA",
        *("Controls", *_CONTROLS),
    ]


def test_published_numbers_have_columns_of_their_own():
    layout = _layout().set_index("method")
    assert layout.loc[_METHODS, "published FID"].tolist() == [
        "8.92",
        "9.61",
        "10.10",
        "11.82",
        "7.56",
    ]
    assert layout.loc["IP-Adapter + self-attention", "published IS"] == "18.72"
    assert set(layout.loc[_CONTROLS, "published FID"]) == {""}


def test_a_stand_in_is_named_and_never_called_fid_or_is():
    ours = list(_layout().columns[1:-2])
    assert ours == [
        "kernel distance (face_network)",
        "Fréchet distance (face_network)",
        "class score, marginal p(y) (face_network)",
        "class score, uniform p(y) (face_network)",
        "identity",
        "share of identity kept",
        "rank-1",
    ]
    assert not any(word in title for title in ours for word in ("FID", "IS,", "KID"))


def test_scores_of_inception_have_their_names():
    ours = list(_layout("inception_v3").columns[1:-2])
    assert ours == [
        *("KID", "FID", "IS, marginal p(y)", "IS, uniform p(y)"),
        *("identity", "share of identity kept", "rank-1"),
    ]


def test_faces_and_fidelity_have_columns_where_they_were_measured():
    layout = _layout(measured=True).set_index("method")
    assert list(layout.columns[-4:-2]) == ["face found", "prompt fidelity"]
    assert layout.loc["IP-Adapter", "prompt fidelity"] == "0.600 ± 0.000"
    assert layout.loc["real photos", "prompt fidelity"] == "-"
    assert layout.loc["real photos", "face found"] == "0.750 ± 0.000"


def test_a_distance_is_a_multiple_of_the_floor_at_the_same_number_of_images():
    layout = _layout(photos=9, images=2).set_index("method")
    floors = layout["times the floor"]
    assert floors["real photos"] == "1.00"
    distances = layout["Fréchet distance (face_network)"]
    ratio = float(distances["text only"]) / float(distances["real photos"].split()[0])
    assert float(floors["text only"]) == pytest.approx(ratio, rel=0.01)
    # Here the rows have more images than the floor.
    assert "times the floor" not in _layout()


def test_a_method_that_was_not_run_keeps_its_published_numbers():
    layout = _layout(rows=["ip_adapter", "text_only"]).set_index("method")
    row = layout.loc["DreamBooth"].tolist()
    assert row == ["-"] * 7 + ["9.61", "17.64"]
    assert list(layout.index[5:]) == ["Controls", "text only", *_CONTROLS[-2:]]


def test_a_cell_has_value_and_half_of_its_interval():
    values = {"ip_adapter": 19.64, "dreambooth": 7.0, "text_only": -0.04}
    layout = table_layout(_made_up(values), pd.read_csv(_PUBLISHED), "face_network")
    column = layout.set_index("method")["identity"]
    assert column["IP-Adapter"] == "19.6 ± 0.5"
    assert column["DreamBooth"] == "7.0 ± 0.5"
    # No minus before a zero.
    assert column["text only"] == "0.0 ± 0.5"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.01234, "0.0123"), (0.6, "0.600"), (432.1, "432"), (0.0, "0.000")]
)
def test_numbers_have_three_digits_of_the_largest_of_their_column(value, shown):
    scores = _made_up({"ip_adapter": value}, half=float("nan"))
    layout = table_layout(scores, pd.read_csv(_PUBLISHED), "face_network")
    assert layout["identity"][0] == shown


def test_the_caption_says_of_what_the_numbers_are():
    scores, networks = _scores()
    text = caption(scores, networks, "drawn faces at 32 pixels", "faces are drawn")
    for part in (
        "drawn faces at 32 pixels",
        "n_real = 20 photos, n_generated = 20 images of each method",
        "face_network, SHA-256 abababababab.",
        "SHA-256 cdcdcdcdcdcd",
        "AUC of 0.950 and a rank-1 of 0.90 (30 persons)",
        "distances of 10 photos to the 10 others",
        "mean and range of 5 random draws",
        "a perfect generator with 10 images",
        "The rows have 20 images, so their distances are not multiples",
        "No number is comparable: faces are drawn.",
    ):
        assert part in text
    assert "comparable" not in caption(scores, networks, "the paper's setting", None)


def test_the_step_makes_equal_bytes_in_two_formats(scored, tmp_path):
    paths = scored(features_of())
    written = []
    for name in ("a", "b"):
        markdown, latex = tmp_path / f"{name}.md", tmp_path / f"{name}.tex"
        reporting.table(
            scores=paths["scores"],
            networks=paths["networks"],
            published=_PUBLISHED,
            markdown=markdown,
            latex=latex,
            words="drawn faces",
            dataset="drawn_faces",
            resolution=32,
            base="trained",
            adapter="trained",
        )
        written.append((markdown.read_bytes(), latex.read_bytes()))
    assert written[0] == written[1]
    markdown, latex = (text.decode() for text in written[0])
    assert "scored by face_network, in the paper by inception_v3; faces of drawn_faces" in markdown
    assert markdown.count("\n| ") == 1 + 5 + 1 + 2 + 1 + 5
    assert r"\label{tab:personalization-table1}" in latex
    assert r"Fréchet distance (face\_network)" in latex
