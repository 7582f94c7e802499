"""Classes of the segmentation data sets: names, colors, and the ids in the files."""

from dataclasses import dataclass

from triptych.config.segmentation import SceneDataset

Color = tuple[int, int, int]
# In every prepared mask, the id of pixels that are neither trained on nor scored.
IGNORE = 255


@dataclass(frozen=True)
class ClassTable:
    """Classes of a data set, in the order of their training ids.

    Attributes
    ----------
    names
        Spelled as in the published tables.
    colors
        RGB, 0..255, as the data set defines them.
    """

    names: tuple[str, ...]
    colors: tuple[Color, ...]

    def __len__(self) -> int:
        return len(self.names)


def class_table(dataset: SceneDataset) -> ClassTable:
    """Return the classes of a data set; a drawn set has those of the set that it imitates."""
    return _TABLES[dataset]


def _table(classes: dict[str, Color]) -> ClassTable:
    return ClassTable(tuple(classes), tuple(classes.values()))


_CITYSCAPES = _table(
    {
        "road": (128, 64, 128),
        "sidewalk": (244, 35, 232),
        "building": (70, 70, 70),
        "wall": (102, 102, 156),
        "fence": (190, 153, 153),
        "pole": (153, 153, 153),
        "traffic_light": (250, 170, 30),
        "traffic_sign": (220, 220, 0),
        "vegetation": (107, 142, 35),
        "terrain": (152, 251, 152),
        "sky": (70, 130, 180),
        "person": (220, 20, 60),
        "rider": (255, 0, 0),
        "car": (0, 0, 142),
        "truck": (0, 0, 70),
        "bus": (0, 60, 100),
        "train": (0, 80, 100),
        "motorcycle": (0, 0, 230),
        "bicycle": (119, 11, 32),
    }
)
_VOC = _table(
    {
        "background": (0, 0, 0),
        "aeroplane": (128, 0, 0),
        "bicycle": (0, 128, 0),
        "bird": (128, 128, 0),
        "boat": (0, 0, 128),
        "bottle": (128, 0, 128),
        "bus": (0, 128, 128),
        "car": (128, 128, 128),
        "cat": (64, 0, 0),
        "chair": (192, 0, 0),
        "cow": (64, 128, 0),
        "diningtable": (192, 128, 0),
        "dog": (64, 0, 128),
        "horse": (192, 0, 128),
        "motorbike": (64, 128, 128),
        "person": (192, 128, 128),
        "pottedplant": (0, 64, 0),
        "sheep": (128, 64, 0),
        "sofa": (0, 192, 0),
        "train": (128, 192, 0),
        "tvmonitor": (0, 64, 128),
    }
)
# Brostow et al. 2009; eleven classes as in SegNet.
_CAMVID = _table(
    {
        "sky": (128, 128, 128),
        "building": (128, 0, 0),
        "pole": (192, 192, 128),
        "road": (128, 64, 128),
        "sidewalk": (0, 0, 192),
        "tree": (128, 128, 0),
        "sign": (192, 128, 128),
        "fence": (64, 64, 128),
        "car": (64, 0, 128),
        "pedestrian": (64, 64, 0),
        "bicyclist": (0, 128, 192),
    }
)
_TABLES: dict[SceneDataset, ClassTable] = {
    "cityscapes": _CITYSCAPES,
    "voc": _VOC,
    "camvid": _CAMVID,
    "camvid_jpeg": _CAMVID,
    "drawn_streets": _CITYSCAPES,
    "drawn_objects": _VOC,
}
