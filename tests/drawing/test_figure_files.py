"""The common style of figures, and files that depend on nothing but the figure."""

import os
import re
import subprocess
import sys

import matplotlib as mpl
import pytest
from support import ROOT

from triptych.drawing.figures import BLUE, new_figure, save_figure


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


@pytest.mark.parametrize("label", ["", "other"])
def test_the_same_figure_has_equal_bytes_and_another_one_has_others(files, label):
    figure = _draw()
    figure.axes[0].set_xlabel(label)
    # Settings that were made elsewhere do not count.
    with mpl.rc_context({"svg.hashsalt": None, "font.size": 30, "axes.grid": False}):
        save_figure(figure, files / "two.svg", files / "two.png")
    for suffix in ("svg", "png"):
        equal = (files / f"one.{suffix}").read_bytes() == (files / f"two.{suffix}").read_bytes()
        assert equal == (label == "")


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


_USERS_STYLE = """
axes.linewidth: 3
axes.unicode_minus: False
savefig.bbox: tight
savefig.facecolor: red
svg.fonttype: none
"""
_COMMAND = """
import sys
from pathlib import Path
from triptych.system import environment
environment.settle()
from triptych.drawing.figures import new_figure, save_figure
figure = new_figure(3, 2)
figure.add_subplot().plot([0, 1], [-1, 1], label="one line")
save_figure(figure, Path(sys.argv[1], "a.svg"), Path(sys.argv[1], "a.png"))
"""


def _drawn(folder, style, backend):
    """The bytes of a figure that is drawn in a folder with a user's settings of matplotlib."""
    folder.mkdir()
    if style:
        (folder / "matplotlibrc").write_text(style)
    subprocess.run(
        [sys.executable, "-c", _COMMAND, str(folder)],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": backend},
        check=True,
    )
    return (folder / "a.svg").read_bytes(), (folder / "a.png").read_bytes()


@pytest.mark.parametrize(
    ("style", "backend"),
    [
        (_USERS_STYLE, "agg"),
        ("text.usetex: True", "agg"),
        ("", "module://matplotlib_inline.backend_inline"),
    ],
)
def test_a_users_settings_of_matplotlib_do_not_reach_a_figure(tmp_path, style, backend):
    plain = _drawn(tmp_path / "plain", "", "agg")
    assert _drawn(tmp_path / "styled", style, backend) == plain


def test_every_figure_is_made_in_the_common_style():
    made = {
        path.relative_to(ROOT).as_posix()
        for folder in ("src", "benchmarks", "docs/example")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"[^\w_]Figure\(|pyplot", path.read_text())
    }
    assert made == {"src/triptych/drawing/figures.py"}
