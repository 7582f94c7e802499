"""Evaluations of models that were never trained, and drawn scenes for the figures."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
from support import ROOT

from triptych.config.load import read
from triptych.config.section import Scale
from triptych.config.segmentation import ARCHITECTURES, METHODS, SegmentationParameters
from triptych.data import scenes
from triptych.data.classes import IGNORE, class_table
from triptych.segmentation.artifacts.counts import counts_of
from triptych.segmentation.artifacts.resampling import Sampled, resample
from triptych.segmentation.raw import Evaluation, write

PUBLISHED = ROOT / "data" / "published"
# How often a method is right: the order that the paper has on DANet.
_SKILL = {"single": 0.60, "ensemble": 0.64, "same_layer": 0.70, "multiple_layer": 0.66}
_SKILL |= {"single_longer": 0.65, "same_layer_detached": 0.67, "mutual": 0.63}
_PIXELS = 400


def panel(scale: Scale) -> SegmentationParameters:
    """The panel's section of params.yaml at a scale."""
    return read(ROOT / "params.yaml").scales[scale].segmentation


def evaluation(
    network="danet", method="single", seed=0, *, dataset="camvid", images=30, predictions=()
):
    """One evaluation; images have the same difficulty for every model, seeds a luck of their own.

    Cooperating networks have a top output that is worse than the bottom one. An ensemble's
    partner is as good as a single network.
    """
    names = tuple(f"image_{index}" for index in range(images))
    luck = 0.01 * (seed - 1)
    confusion = _matrices(_SKILL[method] + luck, dataset, images)
    alternatives = {}
    if "_layer" in method:
        alternatives = {
            "top": _matrices(_SKILL[method] - 0.1, dataset, images),
            "mean_of_both": _matrices(_SKILL[method] + 0.02, dataset, images),
        }
    if method == "ensemble":
        alternatives = {"partner": _matrices(_SKILL["single"] + 0.005 * seed, dataset, images)}
    return Evaluation(
        dataset, network, method, seed, names, confusion, alternatives, tuple(predictions)
    )


def evaluations(
    networks=ARCHITECTURES, methods=METHODS, seeds: Sequence[int] = (0,), **options
) -> list[Evaluation]:
    """Models and seeds, in the paper's order."""
    return [evaluation(*one, **options) for one in product(networks, methods, seeds)]


def resampled(split, resamples=100, block=1, seed=1) -> dict[tuple[str, str], Sampled]:
    """The scores of evaluations, on all images and in each resample."""
    return resample([counts_of(one) for one in split], resamples, block, seed)


def written(all_of_them, folder: Path) -> list[Path]:
    """Write evaluations, each to a file of its own."""
    paths = []
    for number, one in enumerate(all_of_them):
        folder.mkdir(exist_ok=True)
        paths.append(folder / f"{number:02d}.safetensors")
        write(one, paths[-1])
    return paths


def draw_masks(dataset, sizes, seed=0):
    """Masks of blocks of classes with a border of ignored pixels below, one a size (h, w)."""
    generator = np.random.default_rng(seed)
    classes = len(class_table(dataset))
    masks = []
    for height, width in sizes:
        blocks = generator.integers(0, classes, (-(-height // 8), -(-width // 8)))
        mask = blocks.repeat(8, axis=0).repeat(8, axis=1)[:height, :width].astype(np.uint8)
        mask[-height // 8 :] = IGNORE
        masks.append(mask)
    return masks


def save_scenes(dataset, masks, path: Path) -> scenes.Scenes:
    """Scenes with masks; each image is noise about its classes' colors."""
    generator = np.random.default_rng(1)
    palette = np.zeros((IGNORE + 1, 3))
    palette[: len(class_table(dataset))] = class_table(dataset).colors
    drawn = []
    for index, mask in enumerate(masks):
        image = np.clip(palette[mask] + generator.normal(40, 20, (*mask.shape, 3)), 0, 255)
        encoded = scenes.as_png(image.astype(np.uint8))
        drawn.append(scenes.Scene(f"image_{index}", encoded, mask))
    scenes.save(dataset, drawn, path)
    return scenes.Scenes(path)


def _matrices(skill, dataset, images):
    """Confusion matrices (n, C, C): some images are harder, for every model alike."""
    classes = len(class_table(dataset))
    generator = np.random.default_rng(7)
    sizes = generator.integers(_PIXELS // 4, _PIXELS, (images, classes))
    # The later classes occur in few images.
    sizes *= generator.random((images, classes)) < np.linspace(1, 0.3, classes)
    right = np.clip(skill + generator.normal(0, 0.15, (images, classes)), 0.05, 0.99)
    hits = np.round(sizes * right).astype(np.int64)
    confusion = np.zeros((images, classes, classes), np.int64)
    diagonal = np.arange(classes)
    confusion[:, diagonal, diagonal] = hits
    # What is missed is taken for the next class.
    confusion[:, diagonal, (diagonal + 1) % classes] = sizes - hits
    return confusion
