"""What jobs need of a GPU, against the GPUs of a machine."""

from doctor_cases import CPU, job

from triptych.doctor.estimates import Estimate
from triptych.doctor.gpus import THROUGHPUT, gpu_seconds, misfits
from triptych.doctor.machine import Gpu, Machine
from triptych.errors import UserError
from triptych.job.work import GpuNeed

LARGE, SMALL = Gpu("H200", 141_000_000_000, True), Gpu("RTX", 24_000_000_000, True)
OLD = Gpu("V100", 34_000_000_000, False)


def need(size: float = 30e9, precision: str = "bfloat16", operations: float | None = 1.0):
    """What a training needs."""
    return GpuNeed("danet single on voc", precision, size, operations)


def faults(*needs: GpuNeed | None, gpus: tuple[Gpu, ...]) -> list[UserError]:
    """What is wrong with the GPUs of a machine."""
    machine = Machine(CPU, 2, gpus, 16, 8, 90)
    return list(misfits([Estimate(job("a"), "unknown", gpu=each) for each in needs], machine))


def test_gpus_that_are_large_enough_are_no_obstacle() -> None:
    assert faults(need(), need(100e9), None, gpus=(LARGE,)) == []


def test_the_largest_need_is_compared_with_the_smallest_gpu() -> None:
    (error,) = faults(need(10e9), need(30e9), gpus=(LARGE, SMALL))
    assert error.expected == "30.0 GB of GPU memory, estimated for danet single on voc"
    assert (error.found, error.where) == ("24.0 GB", "RTX")
    for remedy in ("accumulate", "activation_checkpointing", "float16"):
        assert remedy in error.remedy


def test_a_gpu_without_bfloat16_gets_float16_as_its_remedy() -> None:
    (error,) = faults(need(), gpus=(LARGE, OLD))
    assert error.where == "V100"
    assert "precision_cuda: float16" in error.remedy
    assert faults(need(precision="float16"), need(precision="float32"), gpus=(OLD,)) == []


def test_without_a_gpu_or_a_need_nothing_is_compared() -> None:
    assert faults(need(900e9), gpus=()) == []
    assert faults(None, gpus=(OLD,)) == []


def test_time_is_known_where_operations_decide_it() -> None:
    assert gpu_seconds(need(operations=60 * THROUGHPUT)) == 60
    assert gpu_seconds(need(operations=None)) is None
