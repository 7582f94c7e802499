"""Benchmark of panel 2: a training step compared with two libraries, scoring, loading."""

import tempfile
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks import timing, training_step
from benchmarks.records import Measured
from triptych.config.segmentation import AugmentationParameters
from triptych.data.classes import IGNORE
from triptych.data.drawn.scenes import draw
from triptych.data.scenes import Scenes, save
from triptych.segmentation.batches import TrainingCrops, training_batches
from triptych.segmentation.metrics import ConfusionMatrix

TITLE = "Panel 2: cooperative segmentation"

SEED = 0
# The ids of Cityscapes' files.
LABEL_IDS = 34
SCORED_HEIGHT, SCORED_WIDTH, SCORED_IMAGES = 512, 1024, 4
LOADED_BATCHES, LOADED_BATCH = 8, 16

_SCORE_NOTE = (
    f"Scoring: {SCORED_IMAGES} pairs of PNG files of {SCORED_HEIGHT}x{SCORED_WIDTH} with "
    f"{LABEL_IDS} ids are read and counted into a confusion matrix; the peer is evaluatePair of "
    "the official scripts. Checked before timing: both counts are equal."
)


def measure(rounds: int) -> Measured:
    """Check that the pairs do the same work, and time each side once a round."""
    pairs, notes = training_step.pairs_and_notes()
    with tempfile.TemporaryDirectory() as folder:
        pairs.append(_scoring_pair(Path(folder)))
        return timing.measure(pairs, rounds, [*notes, _SCORE_NOTE, _loading_note()])


def _scoring_pair(folder: Path) -> timing.Pair:
    generator = np.random.default_rng(SEED)
    files = []
    for index in range(SCORED_IMAGES):
        pair = folder / f"prediction{index}.png", folder / f"truth{index}.png"
        for path in pair:
            ids = generator.integers(0, LABEL_IDS, (SCORED_HEIGHT, SCORED_WIDTH), dtype=np.uint8)
            Image.fromarray(ids).save(path)
        files.append(pair)
    np.testing.assert_array_equal(_our_count(files), _official_count(files))
    name = "cityscapesscripts"
    return timing.Pair(
        what="confusion matrix of PNG files",
        unit="images",
        ours=timing.Contender(
            "triptych", version("triptych"), SCORED_IMAGES, partial(_our_count, files)
        ),
        peer=timing.Contender(name, version(name), SCORED_IMAGES, partial(_official_count, files)),
    )


def _our_count(files: list[tuple[Path, Path]]) -> np.ndarray:
    matrix = ConfusionMatrix(LABEL_IDS, IGNORE)
    for pair in files:
        matrix.update(*(np.array(Image.open(path)) for path in pair))
    return matrix.matrix


def _official_count(files: list[tuple[Path, Path]]) -> np.ndarray:
    official = timing.load_peer("cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling")
    # Its scores of instances, which we have none of, fail under numpy 2.4.
    official.args.evalInstLevelScore = False
    official.args.evalLabels = list(range(LABEL_IDS))
    matrix = np.zeros((LABEL_IDS, LABEL_IDS), np.ulonglong)
    for prediction, truth in files:
        official.evaluatePair(str(prediction), str(truth), matrix, {}, {}, official.args)
    return matrix.astype(np.int64)


def _loading_note() -> str:
    """Return how fast one process makes training crops from images in memory or from files."""
    crop = AugmentationParameters(
        crop_height=360,
        crop_width=480,
        smallest_scale=0.5,
        largest_scale=2.0,
        flip=True,
        color_jitter=0.2,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenes.safetensors"
        save("drawn_streets", draw("drawn_streets", 16, height=360, width=480, seed=SEED), path)
        speeds = {
            name: _crops_per_second(TrainingCrops(Scenes(path), crop, SEED, device))
            for name, device in (("held", torch.device("cpu")), ("decoded", None))
        }
    return (
        f"Loading: one process makes {speeds['held']:.0f} crops of 360x480 a second from images in "
        f"memory, and {speeds['decoded']:.0f} from files that it decodes (scale 0.5 to 2, mirror, "
        "color jitter), on the CPU. Every training's log says how long it waited for data."
    )


def _crops_per_second(crops: TrainingCrops) -> float:
    batches = training_batches(
        crops,
        batch_size=LOADED_BATCH,
        accumulate=1,
        steps=range(LOADED_BATCHES),
        share=slice(None),
        workers=0,
        pinned=False,
    )
    began = time.process_time()
    count = sum(len(images) for images, _ in batches)
    return count / (time.process_time() - began)
