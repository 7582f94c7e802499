"""Draw a panel's workflow from Snakemake's rule graph, without graphviz."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pydot
from grandalf.graphs import Edge, Graph, Vertex
from grandalf.layouts import SugiyamaLayout
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from triptych.artifacts.figures import BLUE, GREY, new_figure
from triptych.errors import UserError

_BOX_WIDTH, _BOX_HEIGHT = 150, 36
_POINTS_AN_INCH = 110
_WORKFLOW = ("Snakefile", "workflow", "profiles", "params.yaml", "data/published")

Edges = Sequence[tuple[str, str]]


def read_rules(panel: str, scale: str) -> list[tuple[str, str]]:
    """Ask Snakemake which rule feeds which.

    Parameters
    ----------
    panel
        The panel's target rule.
    scale
        The scale that is run.

    Returns
    -------
    list
        Pairs of rule names, sorted; the target rule itself is left out.

    Raises
    ------
    UserError
        Snakemake cannot read the workflow.
    """
    command = [sys.executable, "-m", "snakemake", panel, "--rulegraph", "dot"]
    with TemporaryDirectory() as folder:
        # A copy without results: else files that other jobs are writing would be read.
        for name in _WORKFLOW:
            link = Path(folder) / name
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(Path(name).resolve())
        answer = subprocess.run(
            [*command, "--config", f"scale={scale}"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    start = answer.stdout.find("digraph")
    if answer.returncode or start < 0:
        raise UserError(
            expected="a rule graph from Snakemake",
            found=" ".join(answer.stderr.split())[-300:],
            where=" ".join(command[1:]),
            remedy="run that command and mend what it complains of",
        )
    return _named_edges(answer.stdout[start:], panel)


def _named_edges(dot: str, target: str) -> list[tuple[str, str]]:
    (graph,) = pydot.graph_from_dot_data(dot) or []
    labels = {node.get_name(): node.get("label") for node in graph.get_nodes()}
    # A label is quoted, and may go on with the rule's wildcards after a line break.
    names = {key: str(label).strip('"').split("\\n")[0] for key, label in labels.items() if label}
    edges = {
        (names[str(edge.get_source())], names[str(edge.get_destination())])
        for edge in graph.get_edges()
    }
    return sorted(edge for edge in edges if target not in edge)


def draw_rules(edges: Edges) -> Figure:
    """Lay the rules out in layers, from raw data at the top to artefacts at the bottom.

    Parameters
    ----------
    edges
        Pairs of rule names, from :func:`read_rules`.
    """
    vertices = _layout(edges)
    xs = [vertex.view.xy[0] for vertex in vertices.values()]
    ys = [vertex.view.xy[1] for vertex in vertices.values()]
    width = max(xs) - min(xs) + 2 * _BOX_WIDTH
    height = max(ys) - min(ys) + 2 * _BOX_HEIGHT
    figure = new_figure(width / _POINTS_AN_INCH, height / _POINTS_AN_INCH)
    axes = figure.add_subplot()
    axes.set_axis_off()
    for source, target in edges:
        _draw_arrow(axes, vertices[source].view.xy, vertices[target].view.xy)
    for name, vertex in vertices.items():
        _draw_box(axes, name.replace("_", " "), vertex.view.xy)
    axes.set_xlim(min(xs) - _BOX_WIDTH / 1.8, max(xs) + _BOX_WIDTH / 1.8)
    axes.set_ylim(max(ys) + _BOX_HEIGHT, min(ys) - _BOX_HEIGHT)
    return figure


class _Box:
    """What the layout library needs to know of a node: its size; it sets ``xy``."""

    def __init__(self) -> None:
        self.w, self.h = _BOX_WIDTH, _BOX_HEIGHT
        self.xy = (0.0, 0.0)


def _layout(edges: Edges) -> dict[str, Vertex]:
    names = sorted({name for edge in edges for name in edge})
    vertices = {name: Vertex(name) for name in names}
    for vertex in vertices.values():
        vertex.view = _Box()
    links = [Edge(vertices[source], vertices[target]) for source, target in edges]
    for component in Graph(list(vertices.values()), links).C:
        layout = SugiyamaLayout(component)
        layout.init_all()
        layout.draw()
    return vertices


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    half = _BOX_HEIGHT / 2
    axes.annotate(
        "",
        xy=(end[0], end[1] - half),
        xytext=(start[0], start[1] + half),
        arrowprops={"arrowstyle": "-|>", "color": GREY, "shrinkA": 0, "shrinkB": 0},
    )


def _draw_box(axes: Axes, text: str, centre: tuple[float, float]) -> None:
    axes.text(
        *centre,
        text,
        ha="center",
        va="center",
        fontsize=9,
        bbox={"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": BLUE},
    )
