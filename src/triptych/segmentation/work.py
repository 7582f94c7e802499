"""How much the jobs of panel 2 compute, for ``triptych doctor``."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from triptych.config.segmentation import SegmentationParameters
from triptych.job.work import GpuNeed, Work, shape
from triptych.segmentation import files


def training_work(panel: SegmentationParameters, wildcards: Mapping[str, Any]) -> Work:
    """Return the work of training one model."""
    network, member = wildcards["network"], wildcards["member"]
    recipe = files.training_recipe(panel, wildcards["dataset"], network, member)
    training, crop = recipe.training, recipe.training.augmentation
    amount = training.steps * training.batch_size * crop.crop_height * crop.crop_width
    method = files.trained_method(panel, member)
    model = _model_shape(panel, network, method, recipe.output_stride)
    return Work(
        amount,
        f"{model} processes={panel.processes}",
        # The tiny network fits on any GPU.
        gpu=None if panel.backbone == "tiny" else partial(_gpu_need, panel, wildcards),
    )


def evaluation_work(panel: SegmentationParameters, wildcards: Mapping[str, Any]) -> Work | None:
    """Return the work of scoring one model; None of a job that scores all models of a network."""
    if "method" not in wildcards:
        return None
    dataset, network = wildcards["dataset"], wildcards["network"]
    recipe = files.recipe(panel, dataset, network)
    model = _model_shape(panel, network, wildcards["method"], recipe.output_stride)
    protocol = shape(dataset=dataset, protocol=recipe.protocol.kind)
    return Work(1, f"{model} {protocol}")


def _model_shape(
    panel: SegmentationParameters, network: str, method: str, output_stride: int
) -> str:
    return shape(
        network=network,
        method=method,
        backbone=panel.backbone,
        separable=panel.separable,
        points=panel.connections.points,
        width=panel.connections.width,
        output_stride=output_stride,
    )


def _gpu_need(panel: SegmentationParameters, wildcards: Mapping[str, Any]) -> GpuNeed:
    from triptych.data.classes import class_table
    from triptych.segmentation.needs import training_need
    from triptych.segmentation.networks import ModelConfig

    dataset, network, member = (wildcards[name] for name in ("dataset", "network", "member"))
    recipe = files.training_recipe(panel, dataset, network, member)
    config = ModelConfig(
        network=network,
        method=files.trained_method(panel, member),
        backbone=panel.backbone,
        num_classes=len(class_table(dataset)),
        output_stride=recipe.output_stride,
        separable=panel.separable,
        connections=panel.connections,
    )
    need = training_need(config, recipe.training, panel.processes)
    return replace(need, name=f"{need.name} on {dataset}")
