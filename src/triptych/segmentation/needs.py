"""GPU memory and operations of a training, counted from its layers; nothing is computed."""

from functools import cache

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from triptych.config.segmentation import FittingParameters
from triptych.job.work import GpuNeed
from triptych.segmentation.losses import TrainingLoss, count_valid
from triptych.segmentation.networks import ModelConfig

_PRECISIONS = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
_BYTES = 4
# Of each trained weight: the gradient, and the moments of the optimizer.
_PER_WEIGHT = {"sgd": 2, "adamw": 3}
# The backward pass computes gradients of inputs and of weights: twice the forward pass.
_PASSES = 3
# Of the forward pass, for each byte that it keeps. Below this number a GPU waits for its memory:
# residual networks have 300 to 650, EfficientNet-Lite0's depthwise convolutions 50 to 170.
_FEWEST_OPERATIONS = 250


@cache
def training_need(config: ModelConfig, training: FittingParameters, processes: int) -> GpuNeed:
    """Count what one process of a training needs of its GPU.

    The memory is that of maps which the forward pass keeps for the backward pass, of weights,
    gradients and the optimizer. Temporary memory is not counted. Operations are those of all
    processes.
    """
    images = max(1, training.batch_size // training.accumulate // processes)
    crop = training.augmentation
    counter = FlopCounterMode(display=False)
    with FakeTensorMode():
        model = config.build().train()
        for backbone in model.backbones:
            backbone.freeze(training.frozen_parts, statistics=training.frozen_statistics)
            backbone.recomputes = training.activation_checkpointing
        memory = _Kept(model)
        batch = torch.zeros(images, 3, crop.crop_height, crop.crop_width)
        masks = torch.zeros(images, crop.crop_height, crop.crop_width, dtype=torch.uint8)
        precision = _PRECISIONS[training.precision_cuda]
        lower = precision != torch.float32
        # The CPU's autocast lowers the same layers, and every machine has it.
        with counter, memory, torch.autocast("cpu", dtype=precision, enabled=lower):
            TrainingLoss(model)(batch, masks, count_valid(masks))
        weights = sum(p.numel() for p in model.parameters())
        trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    operations = counter.get_total_flops()
    passes = _PASSES + training.activation_checkpointing
    steps = training.steps * training.accumulate * processes
    bound_by_memory = operations < _FEWEST_OPERATIONS * memory.bytes
    return GpuNeed(
        name=f"{config.network} {config.method}",
        precision=training.precision_cuda,
        bytes=memory.bytes + _BYTES * (weights + _PER_WEIGHT[training.optimizer] * trained),
        operations=None if bound_by_memory else operations * passes * steps,
    )


class _Kept(saved_tensors_hooks):
    """Notes the memory that the forward pass keeps, beside the weights of a model."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(self._note, lambda tensor: tensor)
        own = (*model.parameters(), *model.buffers())
        self._own = {tensor.untyped_storage()._cdata for tensor in own}
        # Storages, not tensors: two layers may keep the same one.
        self._storages: dict[int, torch.UntypedStorage] = {}

    @property
    def bytes(self) -> int:
        return sum(storage.nbytes() for storage in self._storages.values())

    def _note(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._own:
            self._storages[storage._cdata] = storage
        return tensor
