"""Drawn scenes, which need no download: small streets, and objects on backgrounds.

They have the classes of Cityscapes and of PASCAL VOC, so that the whole workflow runs
in minutes. Each class has its own color, texture and shape, with variation, so that a
small network learns them within a hundred steps. The scenes are not realistic.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from triptych.config.segmentation import SceneDataset
from triptych.data.classes import IGNORE, class_table
from triptych.data.drawn import silhouettes
from triptych.data.drawn.canvas import Canvas, Frame, Look, Pen
from triptych.data.encoded import as_png
from triptych.data.scenes import Scene
from triptych.job.seeds import derive

Silhouette = Callable[[Pen], None]

_STREET_LOOKS = {
    "road": Look((92, 90, 96), rows=9, contrast=0.06),
    "sidewalk": Look((188, 168, 158), rows=12, columns=6, contrast=0.12),
    "building": Look((196, 150, 104), rows=9, columns=9, contrast=0.24),
    "wall": Look((134, 130, 146), rows=15, contrast=0.16),
    "fence": Look((150, 104, 66), columns=14, contrast=0.32),
    "pole": Look((52, 58, 66)),
    "traffic_light": Look((34, 44, 38)),
    "traffic_sign": Look((34, 92, 214)),
    "vegetation": Look((66, 118, 48), grain=16),
    "terrain": Look((156, 178, 84), columns=10, contrast=0.1, grain=9),
    "sky": Look((150, 196, 236)),
    "person": Look((232, 88, 132), rows=12, contrast=0.12),
    "rider": Look((250, 150, 30), rows=12, contrast=0.12),
    "car": Look((196, 44, 40)),
    "truck": Look((232, 232, 224), columns=12, contrast=0.14),
    "bus": Look((240, 204, 52)),
    "train": Look((40, 158, 146)),
    "motorcycle": Look((112, 50, 140)),
    "bicycle": Look((70, 200, 220)),
}
_OBJECT_LOOKS = {
    "background": Look((152, 150, 144)),
    "aeroplane": Look((120, 170, 250)),
    "bicycle": Look((70, 200, 220)),
    "bird": Look((40, 60, 200)),
    "boat": Look((236, 244, 248), columns=10, contrast=0.08),
    "bottle": Look((34, 120, 70)),
    "bus": Look((240, 204, 52)),
    "car": Look((208, 40, 52)),
    "cat": Look((232, 140, 56), rows=12, contrast=0.2),
    "chair": Look((206, 60, 156)),
    "cow": Look((86, 66, 60), rows=5, columns=5, contrast=0.5),
    "diningtable": Look((168, 110, 60), rows=16, contrast=0.18),
    "dog": Look((226, 196, 140), grain=10),
    "horse": Look((150, 74, 30)),
    "motorbike": Look((112, 50, 150)),
    "person": Look((244, 112, 132)),
    "pottedplant": Look((90, 176, 60), grain=14),
    "sheep": Look((244, 240, 232), grain=20),
    "sofa": Look((110, 60, 78), columns=12, contrast=0.16),
    "train": Look((36, 156, 146)),
    "tvmonitor": Look((24, 26, 34)),
}
# The shape of each object, and its relative width and height.
_OBJECTS: dict[str, tuple[Silhouette, tuple[float, float]]] = {
    "aeroplane": (silhouettes.aeroplane, (1.0, 0.75)),
    "bicycle": (silhouettes.bicycle, (1.0, 0.7)),
    "bird": (silhouettes.bird, (0.9, 0.8)),
    "boat": (silhouettes.boat, (0.9, 1.0)),
    "bottle": (silhouettes.bottle, (0.7, 1.0)),
    "bus": (silhouettes.coach, (1.0, 0.75)),
    "car": (silhouettes.car, (1.0, 0.6)),
    "cat": (silhouettes.pet, (0.85, 0.9)),
    "chair": (silhouettes.chair, (0.75, 1.0)),
    "cow": (silhouettes.quadruped, (1.0, 0.8)),
    "diningtable": (silhouettes.table, (1.0, 0.75)),
    "dog": (silhouettes.pet, (0.85, 0.9)),
    "horse": (silhouettes.quadruped, (0.9, 1.0)),
    "motorbike": (silhouettes.motorcycle, (1.0, 0.7)),
    "person": (silhouettes.person, (0.45, 1.0)),
    "pottedplant": (silhouettes.potted_plant, (0.8, 1.0)),
    "sheep": (silhouettes.quadruped, (0.9, 0.75)),
    "sofa": (silhouettes.sofa, (1.0, 0.75)),
    "train": (silhouettes.train, (1.0, 0.65)),
    "tvmonitor": (silhouettes.television, (0.95, 0.8)),
}
# Optional classes of a street; a scene shows 8 to 12 of them.
_OPTIONAL = (
    *("wall", "fence", "terrain", "pole", "traffic_light", "traffic_sign", "person"),
    *("rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"),
)
# Width and height of objects in a street, in heights of the image.
_FAR_TRAFFIC = (
    ("train", silhouettes.train, (0.62, 0.36)),
    ("bus", silhouettes.coach, (0.54, 0.38)),
    ("truck", silhouettes.truck, (0.5, 0.38)),
)
_NEAR_TRAFFIC = (
    ("car", silhouettes.car, (0.5, 0.27)),
    ("motorcycle", silhouettes.motorcycle, (0.42, 0.27)),
    ("bicycle", silhouettes.bicycle, (0.4, 0.27)),
)
_SIGNALS = (
    ("traffic_light", silhouettes.traffic_light, (0.12, 0.26)),
    ("traffic_sign", silhouettes.sign, (0.19, 0.19)),
)
_HORIZON = 0.46
_LANE_MARK = (214, 212, 204)


def draw(
    dataset: SceneDataset, count: int, *, height: int, width: int, seed: int
) -> Iterator[Scene]:
    """Draw scenes.

    Parameters
    ----------
    dataset
        ``drawn_streets`` or ``drawn_objects``.
    count
        Number of scenes. Each depends only on the seed and its number, so that a longer set
        starts with a shorter one.
    height, width
        Size of the images, pixels; objects grow with the height.

    Yields
    ------
    Scene
        An image as PNG and its mask; 255 is the ego vehicle's hood in streets, as in
        Cityscapes, and the outline of objects, as in VOC.
    """
    layout, looks = {
        "drawn_streets": (_street, _STREET_LOOKS),
        "drawn_objects": (_objects, _OBJECT_LOOKS),
    }[dataset]
    looks = {name: looks[name] for name in class_table(dataset).names}
    for index in range(count):
        rng = np.random.default_rng(derive(seed, index))
        canvas = Canvas(height, width, looks, rng)
        layout(canvas, rng)
        image, mask = canvas.finish()
        if dataset == "drawn_objects":
            mask = _outlined(mask)
        yield Scene(f"{dataset}_{index:05d}", as_png(image), mask)


def _street(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw a street from far to near, because near objects hide far ones."""
    shown = set(rng.permutation(_OPTIONAL)[: rng.integers(8, 13)].tolist())
    _backdrop(canvas, rng)
    _ground(canvas, shown, rng)
    _far_traffic(canvas, shown, rng)
    _roadside(canvas, shown, rng)
    _near_traffic(canvas, shown, rng)
    # The ellipse is wider than the image, so that it reaches both lower corners.
    canvas.pen(None, (-0.4 * canvas.width, 0.94, 1.4 * canvas.width, 1.3)).ellipse(0, 0, 1, 1)


def _backdrop(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw the sky, houses that get lower toward the middle, and trees."""
    width = canvas.width
    canvas.pen("sky", (0, 0, width, _HORIZON)).box(0, 0, 1, 1)
    for outer, inwards in ((0.0, 1), (width, -1)):
        for reach, roof in ((0.36, 0.22), (0.25, 0.13), (0.13, 0.04)):
            edge = outer + inwards * width * (reach + rng.uniform(-0.04, 0.04))
            top = roof + rng.uniform(-0.06, 0.06)
            canvas.pen("building", (outer, top, edge, _HORIZON + 0.06)).box(0, 0, 1, 1)
    for place in _places(rng, 0.08, 0.3, 0.44, 0.56, 0.7, 0.92)[:3]:
        size = rng.uniform(0.32, 0.44)
        _stand(canvas, "vegetation", silhouettes.tree, place, _HORIZON + 0.05, (size, size))


def _ground(canvas: Canvas, shown: set[str], rng: np.random.Generator) -> None:
    """Draw sidewalks with a road between them; outside of them grass, a wall and a fence."""
    width, vanishing, near = canvas.width, rng.uniform(0.44, 0.56), rng.uniform(0.06, 0.12)
    canvas.pen("sidewalk", (0, _HORIZON, width, 1)).box(0, 0, 1, 1)
    sides = rng.permutation([(0.0, width), (width, 0.0)]).tolist()
    if "terrain" in shown:
        left, right = sides[0]
        verge = canvas.pen("terrain", (left, _HORIZON, right, 1))
        verge.polygon((0, 0), (0.38, 0), (0, 0.85))
    for name, (left, right) in zip(("wall", "fence"), sides, strict=True):
        if name in shown:
            reach = left + (right - left) * rng.uniform(0.32, 0.4)
            canvas.pen(name, (left, _HORIZON - 0.1, reach, _HORIZON + 0.08)).box(0, 0, 1, 1)
    road = canvas.pen("road", (0, _HORIZON, width, 1))
    road.polygon((vanishing - 0.14, 0), (vanishing + 0.14, 0), (1 - near, 1), (near, 1))
    for top, bottom in ((0.08, 0.18), (0.34, 0.52), (0.72, 1.0)):
        reach = 0.003 + 0.008 * bottom
        road.dipped(_LANE_MARK).box(vanishing - reach, top, vanishing + reach, bottom)


def _far_traffic(canvas: Canvas, shown: set[str], rng: np.random.Generator) -> None:
    """Draw long vehicles across the road."""
    places = _places(rng, 0.2, 0.5, 0.8)
    for (name, silhouette, (width, height)), place in zip(_FAR_TRAFFIC, places, strict=True):
        if name in shown:
            size = (width * _facing(rng), height)
            _stand(canvas, name, silhouette, place, rng.uniform(0.64, 0.7), size)


def _roadside(canvas: Canvas, shown: set[str], rng: np.random.Generator) -> None:
    """Draw poles at the curbs with a light and a sign, and people next to them."""
    for (name, silhouette, size), place in zip(_SIGNALS, _places(rng, 0.14, 0.86), strict=True):
        if "pole" in shown:
            _stand(canvas, "pole", silhouettes.post, place, 0.84, (0.075, 0.72))
        if name in shown:
            _stand(canvas, name, silhouette, place, rng.uniform(0.3, 0.36), size)
    if "person" in shown:
        for place in _places(rng, 0.05, 0.24, 0.76, 0.95)[:2]:
            _stand(canvas, "person", silhouettes.person, place, 0.88, (0.18, 0.44))


def _near_traffic(canvas: Canvas, shown: set[str], rng: np.random.Generator) -> None:
    """Draw a car and two-wheelers with riders in front of all others."""
    places = _places(rng, 0.28, 0.52, 0.76)
    for (name, silhouette, (width, height)), place in zip(_NEAR_TRAFFIC, places, strict=True):
        if name not in shown:
            continue
        facing = _facing(rng)
        _stand(canvas, name, silhouette, place, 0.93, (width * facing, height))
        if name != "car" and "rider" in shown:
            _stand(canvas, "rider", silhouettes.rider, place, 0.81, (0.22 * facing, 0.36))


def _objects(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw five to seven objects of different classes in the cells of a grid."""
    _setting(canvas, rng)
    names = rng.permutation(list(_OBJECTS))[: rng.integers(5, 8)].tolist()
    columns = math.ceil(math.sqrt(len(names) * canvas.width))
    rows = math.ceil(len(names) / columns)
    for name, cell in zip(names, rng.permutation(rows * columns).tolist(), strict=False):
        row, column = divmod(cell, columns)
        place = (column + 0.5) / columns + rng.uniform(-0.1, 0.1) / columns
        silhouette, (wide, high) = _OBJECTS[name]
        size = min(canvas.width / columns / wide, 1 / rows / high) * rng.uniform(0.85, 1.05)
        foot = (row + 0.5) / rows + size * high / 2
        _stand(canvas, name, silhouette, place, foot, (size * wide * _facing(rng), size * high))


def _setting(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw a background of two surfaces that meet at a random height."""
    floor = rng.uniform(0.5, 0.8)
    canvas.pen("background", (0, 0, canvas.width, 1)).box(0, 0, 1, 1)
    shade = rng.uniform(0.7, 0.85)
    canvas.pen("background", (0, floor, canvas.width, 1)).shaded(shade).box(0, 0, 1, 1)


def _outlined(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ignore pixels at the border to another class."""
    image = Image.fromarray(mask)
    size = 2 * max(1, len(mask) // 64) + 1
    highest = image.filter(ImageFilter.MaxFilter(size))
    lowest = image.filter(ImageFilter.MinFilter(size))
    edge = np.asarray(ImageChops.difference(highest, lowest)) > 0
    return np.where(edge, np.uint8(IGNORE), mask)


def _stand(
    canvas: Canvas,
    name: str,
    silhouette: Silhouette,
    place: float,
    foot: float,
    size: tuple[float, float],
) -> None:
    """Draw an object at a place, in widths of the image; a negative width mirrors it."""
    middle, (width, height) = place * canvas.width, size
    frame: Frame = (middle - width / 2, foot - height, middle + width / 2, foot)
    silhouette(canvas.pen(name, frame))


def _places(rng: np.random.Generator, *places: float) -> list[float]:
    """Shuffle places and shift each slightly."""
    moves = rng.uniform(-0.02, 0.02, size=len(places))
    return (rng.permutation(places) + moves).tolist()


def _facing(rng: np.random.Generator) -> int:
    return 1 if rng.random() < 0.5 else -1
