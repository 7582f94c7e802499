"""Which device a job computes on, and leases so that no two jobs share a GPU."""

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
# A driver without persistence takes many seconds for its first answer; a broken one never answers.
_PATIENCE = 60


@contextmanager
def lease(count: int = 1) -> Iterator[str]:
    """Lend the calling process devices of its own for the length of the block.

    The lease is a kernel lock, released when the process dies, however it dies.
    It must be taken before CUDA is initialized. ``TRIPTYCH_DEVICE`` (``cpu``,
    ``cuda``, ``cuda:1``) overrides; a launcher (``TRIPTYCH_LAUNCHER``) which starts
    several processes chooses their GPUs itself; without a GPU the job runs on the CPU.
    Inside a SLURM job the GPUs lent are among those that the cluster assigned to it.

    Parameters
    ----------
    count
        How many GPUs; all of them at once, so that two jobs never wait for each other.

    Yields
    ------
    str
        A name for ``torch.device``.

    Raises
    ------
    UserError
        ``TRIPTYCH_DEVICE`` names no device, or there are fewer GPUs than asked for. None at
        all is a mistake only where ``TRIPTYCH_DEVICE`` says that there are some.
    """
    chosen = os.environ.get("TRIPTYCH_DEVICE")
    if chosen:
        yield _checked(chosen, count)
        return
    if count > 1 and _launched():
        yield "cuda" if visible_gpus() else "cpu"
        return
    with ExitStack() as stack:
        lent = _wait_for_gpus(stack, count)
        if not lent:
            yield "cpu"
            return
        before = os.environ.get("CUDA_VISIBLE_DEVICES")
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(lent)
        try:
            yield "cuda"
        finally:
            _restore("CUDA_VISIBLE_DEVICES", before)


def _launched() -> bool:
    """Whether a launcher decides which GPUs the processes of a training use."""
    return bool(hosts.launcher()) or hosts.joined_training() is not None


def visible_gpus() -> list[str]:
    """Ids of the GPUs that this process may use; empty on a machine without one.

    Where the driver does not answer, that is said, and there are none.
    """
    try:
        return ask_for_gpus()
    except UserError as error:
        print(f"{error}\nThe CPU is used instead.", file=sys.stderr)
        return []


def ask_for_gpus() -> list[str]:
    """Ids of the GPUs that this process may use; empty on a machine without one.

    Raises
    ------
    UserError
        The machine has NVIDIA's driver, and the driver fails or does not answer.
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
        said = " ".join(f"{listing.stdout} {listing.stderr}".split())
        raise UserError(
            expected="a list of the GPUs from NVIDIA's driver",
            found=f"exit code {listing.returncode}: {said or 'no word'}",
            where=" ".join(command),
            remedy=remedy,
        )
    return listing.stdout.split()


def open_device(name: str, threads: int) -> "torch.device":
    """Set torch up for equal bytes on a CPU and float32 on a GPU, and open the device.

    Parameters
    ----------
    name
        As lent by :func:`lease`.
    threads
        Threads of torch. Another number sums in another order and gives other bytes.
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
        # A captured step launches on the current device, whatever its tensors say.
        # It takes an index: a name without one is refused.
        torch.cuda.set_device(device.index or 0)
    return device


def describe(name: str) -> str:
    """The model of a device, for the record of what made an artefact."""
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
            found=f"{name}, which is one",
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
        remedy="unset it, or set it to one of these",
    )


def _wait_for_gpus(stack: ExitStack, count: int) -> list[str]:
    """Lock GPUs, waiting until enough are free; empty on a machine without one."""
    folder = Path(tempfile.gettempdir()) / f"triptych-gpu-{os.getuid()}"
    # SLURM may number the GPUs of each of its jobs from 0: there, equal ids are not equal GPUs.
    folder /= os.environ.get("SLURM_JOB_ID", "")
    gpus = visible_gpus()
    if not gpus:
        return []
    _require(count, gpus)
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        with ExitStack() as tried:
            free = (gpu for gpu in gpus if _lock(tried, folder / f"{gpu}.lock"))
            # Lazily: no more are locked than are asked for.
            lent = list(islice(free, count))
            if len(lent) == count:
                stack.enter_context(tried.pop_all())
                return lent
        time.sleep(_SECONDS_BETWEEN_TRIES)


def _require(count: int, gpus: list[str]) -> None:
    if len(gpus) < count:
        raise UserError(
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
