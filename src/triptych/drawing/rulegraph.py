"""Drawing of a panel's workflow from its rule graph, without graphviz."""

from collections.abc import Sequence

import networkx as nx
from grandalf.graphs import Edge, Vertex, graph_core
from grandalf.layouts import SugiyamaLayout
from grandalf.routing import EdgeViewer, route_with_lines
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from triptych.drawing.figures import BLUE, GRAY, new_figure

_BOX_WIDTH, _BOX_HEIGHT = 150, 36
_LAYER_GAP = 40
_POINTS_AN_INCH = 110

Edges = Sequence[tuple[str, str]]
Point = tuple[float, float]


def draw_rules(edges: Edges) -> Figure:
    """Draw the rules in layers, from raw data at the top to artifacts at the bottom.

    An arrow that other arrows imply is left out: with data to training and training to attack,
    data to attack is not drawn.

    Parameters
    ----------
    edges
        Pairs of rule names, from :func:`triptych.engine.rulegraph.read_rules`.
    """
    names, paths = _layout(nx.transitive_reduction(nx.DiGraph(edges)))
    xs, ys = zip(*names.values(), strict=True)
    left, right = min(xs) - _BOX_WIDTH / 1.6, max(xs) + _BOX_WIDTH / 1.6
    top, bottom = min(ys) - _BOX_HEIGHT, max(ys) + _BOX_HEIGHT
    figure = new_figure((right - left) / _POINTS_AN_INCH, (bottom - top) / _POINTS_AN_INCH)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    for path in paths:
        _draw_arrow(axes, path)
    for name, center in names.items():
        _draw_box(axes, name.replace("_", " "), center)
    return figure


class _Box:
    """The size of a node for the layout library, which sets ``xy``."""

    def __init__(self) -> None:
        self.w, self.h = _BOX_WIDTH, _BOX_HEIGHT
        self.xy = (0.0, 0.0)


def _layout(graph: "nx.DiGraph[str]") -> tuple[dict[str, Point], list[list[Point]]]:
    """Return the center of each rule and the corners of each arrow."""
    vertices = {name: Vertex(name) for name in sorted(graph)}
    for vertex in vertices.values():
        vertex.view = _Box()
    edges = [Edge(vertices[source], vertices[target]) for source, target in sorted(graph.edges)]
    for edge in edges:
        edge.view = EdgeViewer()
    left = 0.0
    for names in sorted(map(sorted, nx.weakly_connected_components(graph))):
        # Not the library's own components: its sets of edges have another order in each process.
        inside = [edge for edge in edges if edge.v[0].data in names]
        layout = SugiyamaLayout(graph_core([vertices[name] for name in names], inside))
        layout.yspace = _LAYER_GAP
        layout.route_edge = route_with_lines
        layout.init_all()
        layout.draw()
        # Place components side by side.
        shift = left - min(vertices[name].view.xy[0] for name in names)
        for name in names:
            x, y = vertices[name].view.xy
            vertices[name].view.xy = x + shift, y
        for edge in inside:
            edge.view._pts = [(x + shift, y) for x, y in edge.view._pts]
        left = max(vertices[name].view.xy[0] for name in names) + 1.2 * _BOX_WIDTH
    centers = {name: vertex.view.xy for name, vertex in vertices.items()}
    inner = [edge.view._pts[1:-1] for edge in edges]
    return centers, [
        [_below(edge.v[0].view.xy), *points, _above(edge.v[1].view.xy)]
        for edge, points in zip(edges, inner, strict=True)
    ]


def _below(center: Point) -> Point:
    return center[0], center[1] + _BOX_HEIGHT / 2


def _above(center: Point) -> Point:
    return center[0], center[1] - _BOX_HEIGHT / 2


def _draw_arrow(axes: Axes, points: Sequence[Point]) -> None:
    axes.plot(*zip(*points[:-1], strict=True), color=GRAY, linewidth=1)
    axes.annotate(
        "",
        xy=points[-1],
        xytext=points[-2],
        arrowprops={"arrowstyle": "-|>", "color": GRAY, "shrinkA": 0, "shrinkB": 0},
    )


def _draw_box(axes: Axes, text: str, center: Point) -> None:
    left, top = center[0] - _BOX_WIDTH / 2, center[1] - _BOX_HEIGHT / 2
    box = FancyBboxPatch(
        (left, top),
        _BOX_WIDTH,
        _BOX_HEIGHT,
        boxstyle="round,pad=0,rounding_size=6",
        facecolor="white",
        edgecolor=BLUE,
        zorder=2,
    )
    axes.add_patch(box)
    axes.text(*center, text, ha="center", va="center", fontsize=9)
