"""The figure of all rows of Table 1 with their intervals."""

import pytest
from matplotlib.colors import to_hex
from scored_faces import features_of

from triptych.drawing.figures import BLUE, GRAY, GREEN
from triptych.drawing.tables import write_csv
from triptych.personalization.artifacts.methods_figure import draw_methods
from triptych.personalization.artifacts.names import AUTOENCODED, LABELS, REAL
from triptych.personalization.artifacts.scores import scores_table
from triptych.personalization.artifacts.scoring import score_all
from triptych.personalization.steps import drawing


@pytest.fixture(scope="module")
def table():
    """Scores of five synthetic persons, with prompt fidelity."""
    seen = features_of(measured=True)
    return scores_table(score_all(seen, 1), seen)


def _points(axes, methods):
    """The points of a chart by method."""
    lines = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    return {methods[int(line.get_ydata()[0])]: line for line in lines}


def test_every_row_is_a_point_on_its_interval_in_three_charts(table):
    charts = draw_methods(table).axes
    assert [axes.get_xlabel().split("\n")[0] for axes in charts] == [
        *("identity", "prompt fidelity", "kernel distance (face_network)"),
    ]
    methods = [name for name in LABELS if name in set(table["method"])]
    labels = [label.get_text() for label in charts[0].get_yticklabels()]
    assert labels == [LABELS[name] for name in methods]
    for axes, metric in zip(charts, ("identity", "fidelity", "kid_face_network"), strict=True):
        rows = table[table["metric"] == metric].set_index("method")
        points = _points(axes, methods)
        assert set(points) == set(rows.index)
        for name, point in points.items():
            assert point.get_xdata() == [rows.loc[name, "value"]]
        ends = [tuple(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2]
        assert (rows.loc["dreambooth", "low"], rows.loc["dreambooth", "high"]) in ends
    assert AUTOENCODED not in _points(charts[1], methods)


def test_colors_tell_the_papers_methods_from_controls_and_photos(table):
    methods = [name for name in LABELS if name in set(table["method"])]
    figure = draw_methods(table)
    points = _points(figure.axes[0], methods)
    colors = {name: to_hex(point.get_color()).upper() for name, point in points.items()}
    assert colors["dreambooth"] == colors["ip_adapter_self_attention"] == BLUE
    assert colors["text_only"] == colors["ip_adapter_face"] == GRAY
    assert colors[REAL] == colors[AUTOENCODED] == GREEN
    (legend,) = figure.legends
    entries = zip(legend.get_texts(), legend.legend_handles, strict=True)
    kinds = {text.get_text(): to_hex(line.get_color()).upper() for text, line in entries}
    assert kinds == {"a method of the paper": BLUE, "a further row": GRAY, "real photos": GREEN}


def test_scores_without_fidelity_have_two_charts(table):
    assert len(draw_methods(table[table["metric"] != "fidelity"]).axes) == 2


def test_the_step_writes_equal_bytes(table, tmp_path):
    write_csv(table, tmp_path / "table1.csv")
    for name in ("a", "b"):
        drawing.draw_methods(
            scores=tmp_path / "table1.csv",
            svg=tmp_path / f"{name}.svg",
            png=tmp_path / f"{name}.png",
        )
    for suffix in ("svg", "png"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
