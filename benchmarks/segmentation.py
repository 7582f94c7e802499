"""Benchmark of panel 2: a training step against segmentation_models.pytorch, scoring, loading."""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import timing
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from triptych.config import AugmentationParameters
from triptych.data.classes import IGNORE
from triptych.data.drawn_scenes import draw
from triptych.data.scenes import Scenes, save
from triptych.segmentation.batches import TrainingCrops, training_batches
from triptych.segmentation.losses import TrainingLoss, count_valid
from triptych.segmentation.metrics import ConfusionMatrix
from triptych.segmentation.networks import build

SEED = 0
CLASSES, BATCH, HEIGHT, WIDTH = 19, 4, 96, 192
BACKBONE, OUTPUT_STRIDE = "resnet18", 16
# The ids of Cityscapes' files.
LABEL_IDS = 34
SCORED_HEIGHT, SCORED_WIDTH, SCORED_IMAGES = 512, 1024, 4
LOADED_BATCHES, LOADED_BATCH = 8, 16

_STEP_NOTE = (
    f"Training step: forward, cross-entropy, backward and SGD of DeepLabv3+ single with "
    f"{BACKBONE} from random weights, output stride {OUTPUT_STRIDE}, separable convolutions, "
    f"{CLASSES} classes, a batch of {BATCH} images of {HEIGHT}x{WIDTH}, float32. Ours is in "
    "channels_last, as it is trained; the peer's once in torch's default layout and once in ours."
)
_SCORE_NOTE = (
    f"Scoring: {SCORED_IMAGES} pairs of PNG files of {SCORED_HEIGHT}x{SCORED_WIDTH} with "
    f"{LABEL_IDS} ids are read and counted into a confusion matrix; the peer is evaluatePair of "
    "the official scripts. Checked before timing: both count the same."
)


def main(rounds: int) -> None:
    """Check that the pairs do the same work, time them, and write the results.

    Parameters
    ----------
    rounds
        Timings of each side.
    """
    torch.set_num_threads(1)
    run = timing.describe_run()
    with tempfile.TemporaryDirectory() as folder:
        pairs = [*_step_pairs(), _scoring_pair(Path(folder))]
        records = [timing.measure(pair, rounds) for pair in pairs]
    notes = (_STEP_NOTE, _SCORE_NOTE, _loading_note())
    timing.write("segmentation", "Panel 2: cooperative segmentation", notes, run, records)
    print(timing.README.read_text("utf-8"))


def _step_pairs() -> list[timing.Pair]:
    images = torch.randn(BATCH, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(SEED))
    masks = torch.randint(0, CLASSES, (BATCH, HEIGHT, WIDTH), dtype=torch.uint8)
    ours = timing.Contender("triptych", version("triptych"), BATCH, _our_step(images, masks))
    name = "segmentation_models_pytorch"
    peer_version = version("segmentation-models-pytorch")
    layouts = {
        "training step": torch.contiguous_format,
        "training step, the peer in our layout": torch.channels_last,
    }
    return [
        timing.Pair(
            what=what,
            unit="images",
            ours=ours,
            peer=timing.Contender(name, peer_version, BATCH, _peer_step(images, masks, layout)),
        )
        for what, layout in layouts.items()
    ]


def _our_step(images: Tensor, masks: Tensor) -> Callable[[], object]:
    model = build(
        "deeplabv3plus",
        "single",
        BACKBONE,
        CLASSES,
        output_stride=OUTPUT_STRIDE,
        pretrained=False,
        separable=True,
    ).to(memory_format=torch.channels_last)
    loss = TrainingLoss(model)
    inputs = images.contiguous(memory_format=torch.channels_last)
    return partial(_step, model, lambda: loss(inputs, masks, count_valid(masks)))


def _peer_step(images: Tensor, masks: Tensor, layout: torch.memory_format) -> Callable[[], object]:
    peer = timing.load_peer("segmentation_models_pytorch")
    model = peer.DeepLabV3Plus(
        encoder_name=BACKBONE,
        encoder_weights=None,
        encoder_output_stride=OUTPUT_STRIDE,
        decoder_atrous_rates=(6, 12, 18),
        classes=CLASSES,
    ).to(memory_format=layout)
    inputs = images.contiguous(memory_format=layout)
    return partial(
        _step, model, lambda: cross_entropy(model(inputs), masks.long(), ignore_index=IGNORE)
    )


def _step(model: nn.Module, loss: Callable[[], Tensor]) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
    loss().backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


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
        matrix.update(*(np.asarray(Image.open(path)) for path in pair))
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
    """How fast one process makes training crops, held in memory or decoded each time."""
    crop = AugmentationParameters(
        crop_height=360,
        crop_width=480,
        smallest_scale=0.5,
        largest_scale=2.0,
        flip=True,
        colour_jitter=0.2,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenes.safetensors"
        save("drawn_streets", draw("drawn_streets", 16, height=360, width=480, seed=SEED), path)
        speeds = {
            name: _crops_per_second(TrainingCrops(Scenes(path), crop, SEED, device))
            for name, device in (("held in memory", torch.device("cpu")), ("decoded", None))
        }
    told = ", ".join(f"{speed:.0f} {name}" for name, speed in speeds.items())
    return (
        f"Loading: one process makes {told} of 360x480 crops a second (scale 0.5 to 2, mirror, "
        "colour jitter), on the CPU. Every training says in its log how long it waited for data."
    )


def _crops_per_second(crops: TrainingCrops) -> float:
    batches = training_batches(
        crops,
        batch_size=LOADED_BATCH,
        steps=range(LOADED_BATCHES),
        share=slice(None),
        workers=0,
        pinned=False,
    )
    began = time.process_time()
    count = sum(len(images) for images, _ in batches)
    return count / (time.process_time() - began)


if __name__ == "__main__":
    timing.start(__doc__, main)
