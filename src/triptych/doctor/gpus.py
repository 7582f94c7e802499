"""What jobs need of a GPU, compared with those of this machine."""

from collections import Counter
from collections.abc import Iterator, Sequence

from triptych.doctor.estimates import Estimate
from triptych.doctor.machine import Machine
from triptych.errors import UserError
from triptych.job.work import GpuNeed

# Floating-point operations a second: 32 crops of DANet, by a roofline of an H200 in bfloat16.
THROUGHPUT = 130e12
LESS_MEMORY = (
    "lower batch_size, raise accumulate, set activation_checkpointing: true, or lower"
    " precision_cuda to bfloat16 or float16"
)


def group_needs(estimates: Sequence[Estimate]) -> Counter[GpuNeed]:
    """Return what jobs need of a GPU, each with the number of such jobs."""
    return Counter(each.gpu for each in estimates if each.gpu is not None)


def gpu_seconds(need: GpuNeed) -> float | None:
    """Return the estimated time of a job on one GPU; None where it is not estimated."""
    return None if need.operations is None else need.operations / THROUGHPUT


def misfits(estimates: Sequence[Estimate], machine: Machine) -> Iterator[UserError]:
    """Yield why the GPUs of this machine do not fit: too little memory, no bfloat16."""
    needs = group_needs(estimates)
    if not needs or not machine.gpus:
        return
    largest = max(needs, key=lambda need: need.bytes)
    smallest = min(machine.gpus, key=lambda gpu: gpu.memory_bytes)
    if largest.bytes > smallest.memory_bytes:
        yield UserError(
            expected=f"{largest.bytes / 1e9:.1f} GB of GPU memory, estimated for {largest.name}",
            found=f"{smallest.memory_bytes / 1e9:.1f} GB",
            where=smallest.name,
            remedy=f"{LESS_MEMORY} in params.yaml; or use a GPU with more memory",
        )
    lacking = [gpu.name for gpu in machine.gpus if not gpu.bfloat16]
    if lacking and any(need.precision == "bfloat16" for need in needs):
        yield UserError(
            expected="a GPU that computes in bfloat16, precision_cuda of this scale",
            found="a GPU that imitates it, slowly",
            where=lacking[0],
            remedy="set precision_cuda: float16 or float32 in params.yaml, or use a newer GPU",
        )
