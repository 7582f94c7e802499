"""Figures 2 to 4: their content, and equal bytes for equal numbers."""

import pytest
from support import draw_in_processes

from triptych.adversarial.artifacts.figures import draw_curves

_METRICS = ("tpr", "accuracy", "combined")
_DRAW = """
import sys
from pathlib import Path
import pandas as pd
from triptych.adversarial.artifacts.figures import draw_curves
from triptych.drawing.figures import save_figure
folder, curves, published = sys.argv[1:]
figure = draw_curves(pd.read_csv(curves), pd.read_csv(published), "tpr", "mnist")
save_figure(figure, Path(folder, "a.svg"), Path(folder, "a.png"))
"""


_REPRODUCED, _PUBLISHED = "this run (digits, n = 10000)", "published (mnist, n = 10000)"


@pytest.mark.parametrize("metric", _METRICS)
def test_the_legend_has_both_networks_reproduced_and_published(paper_as_run, published, metric):
    (legend,) = draw_curves(paper_as_run, published["curves"], metric, "digits").legends
    assert [text.get_text() for text in legend.get_texts()] == [
        f"{model}, {source}"
        for model in ("natural", "secret")
        for source in (_REPRODUCED, _PUBLISHED)
    ]


@pytest.mark.parametrize("metric", _METRICS)
def test_every_line_shows_the_points_of_its_table(paper_as_run, published, metric):
    reproduced = paper_as_run.copy()
    reproduced[[metric, f"{metric}_low", f"{metric}_high"]] *= 0.5
    (axes,) = draw_curves(reproduced, published["curves"], metric, "digits").axes
    lines = {line.get_label(): line for line in axes.get_lines()}
    theirs = published["curves"].dropna(subset=[metric])
    for model in ("natural", "secret"):
        expected = theirs.loc[theirs["model"] == model, metric].tolist()
        assert lines[f"{model}, {_PUBLISHED}"].get_ydata().tolist() == expected
        half = [value / 2 for value in expected]
        assert lines[f"{model}, {_REPRODUCED}"].get_ydata().tolist() == pytest.approx(half)


def test_the_reading_as_written_is_not_drawn(paper_as_run, published):
    paper_as_run.loc[paper_as_run["reading"] == "as_written", "tpr"] = 0.123
    (axes,) = draw_curves(paper_as_run, published["curves"], "tpr", "digits").axes
    assert not any(0.123 in line.get_ydata() for line in axes.get_lines())


def test_a_figure_has_equal_bytes_in_every_process(paper_as_run, published_folder, tmp_path):
    curves = tmp_path / "curves.csv"
    paper_as_run.to_csv(curves, index=False)
    published_curves = published_folder / "adversarial" / "curves.csv"
    one, other, third = draw_in_processes(tmp_path, _DRAW, curves, published_curves)
    assert one == other == third
