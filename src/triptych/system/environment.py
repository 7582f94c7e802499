"""Environment variables of a job: each that can change a number is set, recorded or removed.

Libraries read variables that choose precisions, kernels and threads. :data:`VARIABLES` lists
them with their treatment.
"""

import os
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from triptych.layout import WORK


class Treatment(Enum):
    """The treatment of a variable, in the words of docs/running.md."""

    SET = "set"
    KEPT = "kept"
    RECORDED = "kept and recorded"
    REMOVED = "removed"


@dataclass(frozen=True)
class Variables:
    """Variables with the same treatment, and what they control, for docs/running.md.

    In the patterns of their names ``*`` matches any characters. ``value`` is what they are set to.
    """

    patterns: tuple[str, ...]
    treatment: Treatment
    reason: str
    value: str = ""


# The first matching pattern decides.
VARIABLES = (
    Variables(
        (
            "OMP_NUM_THREADS",
            "MKL_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "GOTO_NUM_THREADS",
            "BLIS_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
            "NUMEXPR_NUM_THREADS",
        ),
        Treatment.SET,
        "threads of linear algebra; the threads of torch come from `params.yaml`",
        "1",
    ),
    Variables(
        ("NUMBA_CACHE_DIR",),
        Treatment.SET,
        "where numba keeps compiled code; the folder of the package may be read-only",
        str(WORK / "numba"),
    ),
    Variables(("MPLBACKEND",), Treatment.SET, "figures are drawn into files", "agg"),
    Variables(
        (
            "PYTORCH_ALLOC_CONF",
            "PYTORCH_CUDA_ALLOC_CONF",
            "PYTORCH_NVML_BASED_CUDA_CHECK",
            # Torch's compiler sets it for all child processes.
            "TORCHINDUCTOR_CACHE_DIR",
            "TORCH_CPP_LOG_LEVEL",
            "TORCH_DISTRIBUTED_DEBUG",
            "TORCH_LOGS",
            "TORCH_NCCL_*",
            "TORCH_SHOW_CPP_STACKTRACES",
            "TRITON_CACHE_DIR",
        ),
        Treatment.KEPT,
        "memory, messages, caches and time limits of torch: they change no number",
    ),
    Variables(
        ("TRIPTYCH_TENSORBOARD",),
        Treatment.KEPT,
        "1 writes TensorBoard's event files of each training below `work/tensorboard`, where the "
        "package `tensorboard` is installed",
    ),
    Variables(
        ("KMP_*", "GOMP_*", "OMP_PLACES", "OMP_PROC_BIND", "OMP_WAIT_POLICY"),
        Treatment.RECORDED,
        "where threads run, and a workaround for two OpenMP libraries in one process",
    ),
    Variables(
        ("MKL_INTERFACE_LAYER", "MKL_SERVICE_FORCE_INTEL", "MKL_THREADING_LAYER"),
        Treatment.RECORDED,
        "workarounds for crashes of conda's MKL with another OpenMP",
    ),
    Variables(
        ("OPENBLAS_*", "BLIS_*", "NVPL_*", "NPY_*", "NUMPY_*"),
        Treatment.RECORDED,
        "kernels of numpy: some machines crash with its default choice",
    ),
    Variables(
        ("CUDA_*", "CUDNN_*", "NCCL_*", "GLOO_*"),
        Treatment.RECORDED,
        "which GPUs there are, and how processes reach each other",
    ),
    Variables(
        ("LD_LIBRARY_PATH", "LD_PRELOAD", "GLIBC_TUNABLES"),
        Treatment.RECORDED,
        "system libraries from outside the environment",
    ),
    Variables(
        ("ACCELERATE_*", "FSDP_*", "MEGATRON_LM_*", "PARALLELISM_CONFIG_*"),
        Treatment.REMOVED,
        "precision, compilation and sharding of accelerate; the step decides them",
    ),
    Variables(
        (
            "ATEN_*",
            "FBGEMM_*",
            "PYTORCH_*",
            "TORCH_*",
            "TORCHDYNAMO_*",
            "TORCHINDUCTOR_*",
            "TRITON_*",
            "USE_TORCH_XLA",
            "XLA_*",
        ),
        Treatment.REMOVED,
        "precision, kernels and compilation of torch",
    ),
    Variables(
        ("NVIDIA_TF32_OVERRIDE", "CUBLAS_*", "CUBLASLT_*", "DISABLE_ADDMM_CUDA_LT"),
        Treatment.REMOVED,
        "precision and kernels of NVIDIA's libraries",
    ),
    Variables(
        ("MKL_*", "MKLDNN_*", "DNNL_*", "ONEDNN_*", "OMP_*"),
        Treatment.REMOVED,
        "precision, kernels and threads of a CPU's libraries",
    ),
    Variables(
        (
            "DIFFUSERS_*",
            "FLASH_ATTENTION_*",
            "NUMBA_*",
            "PANDAS_*",
            "SCIPY_*",
            "SKLEARN_*",
            "TIMM_*",
            "TRANSFORMERS_DISABLE_*",
            "TRANSFORMERS_SDPA_*",
            "USE_HUB_KERNELS",
        ),
        Treatment.REMOVED,
        "kernels and modes of the libraries that use torch and numpy",
    ),
    Variables(
        ("MATPLOTLIBRC", "MPL_*"),
        Treatment.REMOVED,
        "style of figures; a `matplotlibrc` file is ignored too",
    ),
)


def settle() -> list[str]:
    """Remove or set all variables that would change numbers; return the removed names.

    Call it before torch, numpy or matplotlib is imported: they read the environment once.
    """
    removed = sorted(name for name in os.environ if _treatment(name) is Treatment.REMOVED)
    for name in removed:
        del os.environ[name]
    for group in VARIABLES:
        if group.treatment is Treatment.SET:
            os.environ.update(dict.fromkeys(group.patterns, group.value))
    return removed


def recorded() -> dict[str, str]:
    """Return the variables that may change a number and keep the user's values."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if _treatment(name) is Treatment.RECORDED
    }


def _treatment(name: str) -> Treatment | None:
    return next(
        (
            group.treatment
            for group in VARIABLES
            if any(fnmatchcase(name, pattern) for pattern in group.patterns)
        ),
        None,
    )
