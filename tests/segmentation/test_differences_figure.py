"""The figure of the differences between methods, beside the paper's."""

import pandas as pd
import pytest
from evaluations import PUBLISHED, evaluations, resampled
from matplotlib.colors import to_hex

from triptych.cli import app
from triptych.drawing.figures import BLUE, GRAY, GREEN
from triptych.drawing.tables import write_csv
from triptych.segmentation.artifacts.differences import draw_differences
from triptych.segmentation.artifacts.evaluations import partners
from triptych.segmentation.artifacts.scores import comparisons_table

_FOLDER = PUBLISHED / "segmentation"
_PUBLISHED = pd.read_csv(_FOLDER / "table1.csv")


@pytest.fixture(scope="module")
def gaps():
    """Differences of all methods of both networks on small masks, one training each."""
    split = evaluations()
    sampled = resampled([*split, *partners(split)])
    return comparisons_table(sampled, pd.read_csv(_FOLDER / "contrasts.csv"))


def _points(axes, marker):
    """The points of a chart with this marker, by the label of their line."""
    labels = [label.get_text() for label in axes.get_yticklabels()]
    lines = [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata())]
    return {labels[line.get_ydata()[0]]: line for line in lines}


def test_a_difference_is_a_point_on_its_interval_beside_the_papers(gaps):
    danet, deeplab = draw_differences({"camvid": gaps}, {"camvid": _PUBLISHED}).axes
    assert [danet.get_title(), deeplab.get_title()] == ["DANet, camvid", "DeepLabv3+, camvid"]
    rows = gaps[gaps["network"] == "danet"].to_dict("records")
    drawn, published = _points(danet, "o"), _points(danet, "D")
    assert len(drawn) == len(rows)
    for row, bar in zip(rows, danet.collections, strict=True):
        label = f"{row['larger'].replace('_', ' ')} minus {row['smaller'].replace('_', ' ')}"
        assert drawn[label].get_xdata() == [row["difference"]]
        assert bar.get_segments()[0][:, 0].tolist() == [row["low"], row["high"]]
    # The paper's mIoU: 79.0 by the same layer, 76.8 by the ensemble. It has no second single.
    assert published["same layer minus ensemble"].get_xdata() == pytest.approx([2.2])
    assert "single minus partner" in drawn
    assert "single minus partner" not in published


def test_the_color_is_the_verdict_and_the_legend_names_what_is_drawn(gaps):
    changed = gaps.copy()
    changed.loc[changed.index[0], "verdict"] = "supported"
    figure = draw_differences({"camvid": changed}, {"camvid": _PUBLISHED})
    points = _points(figure.axes[0], "o")
    colors = [to_hex(point.get_color()).upper() for point in points.values()]
    assert colors == [GREEN, *[GRAY] * (len(points) - 1)]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        *("the paper, on cityscapes", "this run, above zero", "this run, undecided"),
    ]
    assert to_hex(legend.legend_handles[0].get_color()).upper() == BLUE


def test_a_run_of_one_method_has_nothing_to_compare_and_says_so(gaps):
    figure = draw_differences({"camvid": gaps[:0]}, {"camvid": _PUBLISHED})
    assert [text.get_text() for text in figure.texts] == ["no two methods of a network were run"]
    danet = gaps[gaps["network"] == "danet"]
    both = draw_differences(
        {"camvid": danet, "voc": danet[:0]}, {"camvid": _PUBLISHED, "voc": _PUBLISHED}
    )
    assert [axes.get_title() for axes in both.axes] == ["DANet, camvid", "DANet, voc"]


def test_the_command_draws_both_tables_with_equal_bytes(gaps, tmp_path):
    for name in ("streets", "objects"):
        write_csv(gaps, tmp_path / f"{name}.csv")
    for run in ("a", "b"):
        app(
            [
                *("segmentation", "differences-figure"),
                *("--comparisons", str(tmp_path / "streets.csv"), str(tmp_path / "objects.csv")),
                *("--published", *(str(_FOLDER / f"table{number}.csv") for number in (1, 2))),
                *("--datasets", "drawn_streets", "drawn_objects"),
                *("--svg", str(tmp_path / f"{run}.svg"), "--png", str(tmp_path / f"{run}.png")),
            ],
            result_action="return_value",
        )
    for suffix in ("svg", "png"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    drawn = (tmp_path / "a.svg").read_text()
    assert "DANet, drawn_objects" in drawn
    assert "the paper, on cityscapes and voc" in drawn
