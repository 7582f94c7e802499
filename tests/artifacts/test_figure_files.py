"""The common style of figures, and files that depend on nothing but the figure."""

import re

import matplotlib as mpl
import pytest

from triptych.artifacts.figures import BLUE, new_figure, save_figure


def _draw():
    figure = new_figure(3, 2)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=BLUE, label="one line")
    axes.fill_between([0, 1], [0, 0.5], [0.5, 1], alpha=0.2)
    axes.legend()
    return figure


@pytest.fixture
def files(tmp_path):
    save_figure(_draw(), tmp_path / "one.svg", tmp_path / "one.png")
    return tmp_path


def test_the_same_figure_has_equal_bytes(files):
    save_figure(_draw(), files / "two.svg", files / "two.png")
    assert (files / "one.svg").read_bytes() == (files / "two.svg").read_bytes()
    assert (files / "one.png").read_bytes() == (files / "two.png").read_bytes()


def test_another_figure_has_other_bytes(files):
    figure = _draw()
    figure.axes[0].set_xlabel("other")
    save_figure(figure, files / "two.svg", files / "two.png")
    assert (files / "one.svg").read_bytes() != (files / "two.svg").read_bytes()
    assert (files / "one.png").read_bytes() != (files / "two.png").read_bytes()


def test_no_date_is_written(files):
    svg = (files / "one.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in svg
    assert not re.search(r"20\d\d-\d\d-\d\d", svg)
    png = (files / "one.png").read_bytes()
    assert b"tIME" not in png
    assert b"Creation Time" not in png


def test_the_files_are_of_the_formats_that_they_are_named_for(files):
    assert b"<svg" in (files / "one.svg").read_bytes()
    png = (files / "one.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    # 3 by 2 inches of 160 dots.
    width, height = (int.from_bytes(png[start : start + 4]) for start in (16, 20))
    assert (width, height) == (480, 320)


def test_a_style_that_was_set_elsewhere_does_not_change_a_figure(files):
    with mpl.rc_context({"svg.hashsalt": None, "font.size": 30, "axes.grid": False}):
        save_figure(_draw(), files / "two.svg", files / "two.png")
    assert (files / "one.svg").read_bytes() == (files / "two.svg").read_bytes()
