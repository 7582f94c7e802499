"""Figure 1: the layout of the rule graph, and equal bytes for equal rules."""

import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch
from support import draw_in_processes

from triptych.drawing.figures import save_figure
from triptych.drawing.rulegraph import draw_rules

_EDGES = [
    ("attack_network", "score_attacks"),
    ("calibrate_detector", "count_controls"),
    ("calibrate_detector", "count_curves"),
    ("count_controls", "write_findings"),
    ("count_curves", "draw_curves"),
    ("count_curves", "make_table2"),
    ("count_curves", "write_findings"),
    ("prepare_digits", "attack_network"),
    ("prepare_digits", "calibrate_detector"),
    ("prepare_digits", "train_network"),
    ("score_attacks", "count_controls"),
    ("score_attacks", "count_curves"),
    ("train_network", "attack_network"),
    ("train_network", "score_attacks"),
]
_RULES = sorted({rule for edge in _EDGES for rule in edge})
_DRAW = """
import sys
from pathlib import Path
from triptych.drawing.figures import save_figure
from triptych.drawing.rulegraph import draw_rules
folder, *names = sys.argv[1:]
edges = list(zip(names[::2], names[1::2]))
save_figure(draw_rules(edges), Path(folder, "a.svg"), Path(folder, "a.png"))
"""


def _boxes(figure):
    """The boxes around each text on the screen, by text."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    (axes,) = figure.axes
    patches = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    found = {}
    for text in axes.texts:
        if not text.get_text():
            continue
        extent = text.get_window_extent(renderer)
        center = (extent.x0 + extent.x1) / 2, (extent.y0 + extent.y1) / 2
        around = [p.get_window_extent(renderer) for p in patches]
        found[text.get_text()] = extent, [box for box in around if box.contains(*center)]
    return found


def test_every_rule_is_named_once():
    (axes,) = draw_rules(_EDGES).axes
    named = sorted(text.get_text() for text in axes.texts if text.get_text())
    assert named == [rule.replace("_", " ") for rule in _RULES]


def test_every_name_fits_into_a_box_of_its_own():
    for text, boxes in _boxes(draw_rules(_EDGES)).values():
        (box,) = boxes
        assert box.x0 < text.x0 < text.x1 < box.x1
        assert box.y0 < text.y0 < text.y1 < box.y1


@pytest.mark.parametrize(
    "edges",
    [_EDGES, [("a", "b")], [("a", "b"), ("c", "d")]],
    ids=["panel 1", "one arrow", "two groups"],
)
def test_boxes_do_not_overlap(edges):
    boxes = [found[0] for _, found in _boxes(draw_rules(edges)).values()]
    assert len(boxes) == len({rule for edge in edges for rule in edge})
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)


def test_a_rule_is_above_the_rules_that_read_its_output():
    figure = draw_rules(_EDGES)
    boxes = {name: found[0] for name, (_, found) in _boxes(figure).items()}
    for source, target in _EDGES:
        assert boxes[source.replace("_", " ")].y0 > boxes[target.replace("_", " ")].y1


def test_an_arrow_that_others_imply_is_left_out():
    (axes,) = draw_rules([("a", "b"), ("b", "c")]).axes
    (with_shortcut,) = draw_rules([("a", "b"), ("b", "c"), ("a", "c")]).axes
    assert len(with_shortcut.get_lines()) == len(axes.get_lines()) == 2


def test_the_order_of_the_arrows_does_not_change_the_drawing(tmp_path):
    for name, edges in (("a", _EDGES), ("b", _EDGES[::-1])):
        save_figure(draw_rules(edges), tmp_path / f"{name}.svg", tmp_path / f"{name}.png")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_drawing_has_equal_bytes_in_every_process(tmp_path):
    one, other, third = draw_in_processes(tmp_path, _DRAW, *itertools.chain.from_iterable(_EDGES))
    assert one == other == third
