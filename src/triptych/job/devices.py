"""The device of a job, and leases so that no two jobs share a GPU."""

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from triptych.errors import UserError
from triptych.job import hosts
from triptych.system.programs import ask

if TYPE_CHECKING:
    import torch

_SECONDS_BETWEEN_TRIES = 0.2
# A driver without persistence takes many seconds for its first answer; a broken driver hangs.
_PATIENCE = 60


@contextmanager
def lease(count: int = 1) -> Iterator[str]:
    """Lease devices to the calling process while the block runs.

    The lease is a kernel lock, so the end of the process releases it in any case. Take it
    before CUDA is initialized. ``TRIPTYCH_DEVICE`` (``cpu``, ``cuda``, ``cuda:1``) overrides
    it. A launcher (``TRIPTYCH_LAUNCHER``) of several processes chooses their GPUs itself.
    Without a GPU the job runs on the CPU. Inside a SLURM job the leased GPUs are among those
    that the cluster assigned to it.

    Parameters
    ----------
    count
        Number of GPUs, leased together so that two jobs never wait for each other.

    Yields
    ------
    str
        A name for ``torch.device``.

    Raises
    ------
    UserError
        ``TRIPTYCH_DEVICE`` is not a device, or there are too few GPUs. A machine without any
        GPU is an error only if ``TRIPTYCH_DEVICE`` requests GPUs.
    """
    chosen = os.environ.get("TRIPTYCH_DEVICE")
    if chosen:
        yield _checked(chosen, count)
        return
    if count > 1 and _launched():
        yield "cuda" if visible_gpus() else "cpu"
        return
    with ExitStack() as stack:
        leased = _wait_for_gpus(stack, count)
        if not leased:
            yield "cpu"
            return
        before = os.environ.get("CUDA_VISIBLE_DEVICES")
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(leased)
        try:
            yield "cuda"
        finally:
            _restore("CUDA_VISIBLE_DEVICES", before)


def _launched() -> bool:
    """Return whether a launcher assigns GPUs to the processes of a training."""
    return bool(hosts.launcher()) or hosts.joined_training() is not None


def visible_gpus() -> list[str]:
    """Return the ids of the GPUs that this process may use; print an error of the driver."""
    try:
        return ask_for_gpus()
    except UserError as error:
        print(f"{error}\nThe CPU is used instead.", file=sys.stderr)
        return []


def ask_for_gpus() -> list[str]:
    """Return the ids of the GPUs that this process may use; empty without a GPU.

    Raises
    ------
    UserError
        NVIDIA's driver is installed, but fails or does not answer.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        ids = (part.strip() for part in visible.split(","))
        return [part for part in ids if part not in ("", "-1", "NoDevFiles")]
    command = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    remedy = "repair the driver, or set TRIPTYCH_DEVICE=cpu if this machine has no GPU"
    try:
        listing = ask(command, patience=_PATIENCE, remedy=remedy)
    except OSError:
        return []
    if listing.returncode:
        output = " ".join(f"{listing.stdout} {listing.stderr}".split())
        raise UserError(
            expected="a list of the GPUs from NVIDIA's driver",
            found=f"exit code {listing.returncode}: {output or 'no output'}",
            where=" ".join(command),
            remedy=remedy,
        )
    return listing.stdout.split()


def open_device(name: str, threads: int) -> "torch.device":
    """Set torch up for equal bytes on a CPU and float32 on a GPU, and open a leased device.

    Another number of threads changes the order of sums, and so the bytes.
    """
    import torch

    if name.startswith("cuda") and (torch.device(name).index or 0) >= torch.cuda.device_count():
        raise UserError(
            expected="a GPU that torch can use",
            found=f"no {name}",
            where="the environment variable TRIPTYCH_DEVICE or CUDA_VISIBLE_DEVICES",
            remedy="unset it, or set TRIPTYCH_DEVICE=cpu",
        )
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True
    device = torch.device(name)
    if device.type == "cuda":
        # A captured step runs on the current device, wherever its tensors are.
        # A device name without an index would be refused.
        torch.cuda.set_device(device.index or 0)
    return device


def describe(name: str) -> str:
    """Return the model of a device, for provenance records."""
    if name.startswith("cuda"):
        import torch

        return torch.cuda.get_device_name(torch.device(name))
    return f"CPU, {_cpu_model()}"


def _cpu_model() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    import platform

    return platform.processor() or platform.machine()


def _checked(name: str, count: int) -> str:
    if count > 1 and ":" in name:
        raise UserError(
            expected=f"{count} devices, one for each process",
            found=f"{name}, a single device",
            where="the environment variable TRIPTYCH_DEVICE",
            remedy="unset it, set it to cuda or cpu, or set processes to 1",
        )
    if re.fullmatch(r"cpu|cuda(:[0-9]+)?", name):
        if name == "cuda" and count > 1 and not _launched():
            _require(count, visible_gpus())
        return name
    raise UserError(
        expected="cpu, cuda or cuda:INDEX",
        found=repr(name),
        where="the environment variable TRIPTYCH_DEVICE",
        remedy="unset it, or set it to one of these values",
    )


def _wait_for_gpus(stack: ExitStack, count: int) -> list[str]:
    """Wait until enough GPUs are free and lock them; return none without a GPU."""
    folder = Path(tempfile.gettempdir()) / f"triptych-gpu-{os.getuid()}"
    # SLURM may number the GPUs of each job from 0, so equal ids can be different GPUs.
    folder /= os.environ.get("SLURM_JOB_ID", "")
    gpus = visible_gpus()
    if not gpus:
        return []
    _require(count, gpus)
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        with ExitStack() as tried:
            free = (gpu for gpu in gpus if _lock(tried, folder / f"{gpu}.lock"))
            # Lazy: no more GPUs are locked than requested.
            leased = list(islice(free, count))
            if len(leased) == count:
                stack.enter_context(tried.pop_all())
                return leased
        time.sleep(_SECONDS_BETWEEN_TRIES)


def _require(count: int, gpus: list[str]) -> None:
    if len(gpus) < count:
        raise too_few_gpus(count, gpus)


def too_few_gpus(count: int, gpus: list[str]) -> UserError:
    """Return the error for fewer GPUs than processes."""
    return UserError(
        expected=f"{count} GPUs, one for each process",
        found=f"{len(gpus)}: {', '.join(gpus)}" if gpus else "none",
        where="this machine, or CUDA_VISIBLE_DEVICES",
        remedy="lower processes in params.yaml, or make more GPUs visible",
    )


def _lock(stack: ExitStack, path: Path) -> bool:
    try:
        stack.enter_context(FileLock(path, timeout=0))
    except Timeout:
        return False
    return True


def _restore(variable: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(variable, None)
    else:
        os.environ[variable] = value
