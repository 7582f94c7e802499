"""Compare ImageNet weights with random weights: ``python -m benchmarks.pretrained``.

The single DeepLabv3+ of scale lab is trained on CamVid by the recipe for two cores, once from each
start, and scored on the test set.
"""

import sys
import time
from pathlib import Path
from typing import Annotated

import pandas as pd
import torch
from cyclopts import App, Parameter
from cyclopts.validators import Number

from triptych.config.load import read
from triptych.config.segmentation import Architecture
from triptych.data.classes import class_table
from triptych.data.fetch import verified
from triptych.data.scenes import Scenes
from triptych.errors import UserError
from triptych.job.processes import Team
from triptych.job.workspace import Workspace
from triptych.layout import PARAMETERS, RAW
from triptych.segmentation.networks import ModelConfig
from triptych.segmentation.train import Task, fit

OVERLAY = Path("workflow/lab-on-cpu.yaml")
NETWORK: Architecture = "deeplabv3plus"
ENTRY = "efficientnet_lite0"
# Nothing is known yet that could be frozen.
FROM_SCRATCH = {"frozen_parts": 0, "frozen_statistics": False, "backbone_factor": 1.0}

app = App(name="python -m benchmarks.pretrained", help="Compare ImageNet with random weights.")


@app.default
def compare(
    *,
    steps: Annotated[int, Parameter(validator=Number(gte=1))] = 200,
    seed: int = 0,
    prepared: Path = Path("data/prepared/lab/camvid"),
    work: Path = Path("work/pretrained"),
) -> None:
    """Train from both starts, and print CPU minutes and mIoU.

    Parameters
    ----------
    steps
        Optimizer steps of each training; the rate decays over them.
    prepared
        Folder of the prepared splits: ``snakemake data --config scale=lab``.
    work
        Folder of checkpoints: a restarted comparison continues.
    """
    torch.set_num_threads(1)
    rows = [_row(_task(prepared, steps, seed, pretrained), work) for pretrained in (True, False)]
    print(pd.DataFrame(rows).to_markdown(index=False, floatfmt=(".0f", ".0f", ".1f", ".3f")))


def _task(prepared: Path, steps: int, seed: int, pretrained: bool) -> Task:
    panel = read(PARAMETERS, [OVERLAY], {"scale": "lab"}).active.segmentation
    recipe = panel.table1.recipes()[NETWORK]
    changes = {"steps": steps, "validate_every": steps, **({} if pretrained else FROM_SCRATCH)}
    train = Scenes(prepared / "train.safetensors")
    config = ModelConfig(
        network=NETWORK,
        method="single",
        backbone=panel.backbone,
        num_classes=len(class_table(train.dataset)),
        output_stride=recipe.output_stride,
        separable=panel.separable,
        connections=panel.connections,
    )
    (weights,) = verified(ENTRY, RAW / ENTRY).values() if pretrained else (None,)
    return Task(
        config=config,
        parameters=recipe.training.model_copy(update=changes),
        protocol=recipe.protocol,
        train=train,
        # The last validation is then that of the test set.
        val=Scenes(prepared / "test.safetensors"),
        seed=seed,
        pretrained=weights,
        loader_workers=0,
    )


def _row(task: Task, work: Path) -> dict[str, object]:
    start = "ImageNet" if task.pretrained else "random"
    began = time.process_time()
    _, history = fit(task, Team(torch.device("cpu")), Workspace(work / start))
    minutes = (time.process_time() - began) / 60
    return {
        "start": start,
        "steps": task.parameters.steps,
        "CPU minutes": minutes,
        "mIoU on test": history[-1].validation,
    }


if __name__ == "__main__":
    try:
        app()
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
