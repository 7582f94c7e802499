"""A SLURM of one machine, started for the tests and stopped after them.

For disposable machines only: it takes /etc/slurm, and its daemons run as root.
"""

import os
import platform
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CONFIGURATION = Path("/etc/slurm")
MARK = "# Written by tests/slurm for a disposable machine."
SECONDS = 60
# `config_overrides`: the node may claim more memory than it has, as much as the rules ask for.
SLURM_CONF = f"""{MARK}
ClusterName=disposable
SlurmctldHost={{node}}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation={{state}}/controller
SlurmdSpoolDir={{state}}/node
SlurmctldPidFile={{state}}/slurmctld.pid
SlurmdPidFile={{state}}/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
MpiDefault=none
GresTypes=gpu
NodeName={{node}} NodeAddr=127.0.0.1 CPUs=2 RealMemory=100000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes={{node}} Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes={{node}} MaxTime=60 State=UP
"""
# SLURM counts device files, whatever device they lead to: here to that of /dev/null.
NULL_DEVICE = os.makedev(1, 3)
GRES_CONF = f"""{MARK}
NodeName={{node}} Name=gpu File={{state}}/gpu[0-1]
"""


@contextmanager
def slurm(state: Path) -> Iterator[None]:
    """Run a cluster with two processors and two simulated GPUs.

    Parameters
    ----------
    state
        A folder for the state and logs of the daemons.

    Raises
    ------
    RuntimeError
        The machine has its own SLURM, or the cluster does not start.
    """
    with ExitStack() as stack:
        _configure(stack, state)
        if not _answers("munge", "--no-input"):
            # Where systemd runs, it has started munged with the installation.
            _call("install", "-d", "-o", "munge", "-g", "munge", "/run/munge")
            _start(stack, state, "munged", "--foreground", "--force", user="munge")
            _wait("munged", lambda: _answers("munge", "--no-input"))
        _start(stack, state, "slurmctld", "-D", "-c")
        _wait("slurmctld", lambda: _answers("scontrol", "show", "nodes"))
        _start(stack, state, "slurmd", "-D", "-c")
        stack.callback(_cancel_jobs)
        _wait("slurmd", lambda: ask("sinfo", "--noheader", "--format=%T").startswith("idle"))
        yield


def ask(*command: str) -> str:
    """Return the output of a command of SLURM."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _configure(stack: ExitStack, state: Path) -> None:
    for folder in ("controller", "node"):
        (state / folder).mkdir(parents=True)
    for index in range(2):
        os.mknod(state / f"gpu{index}", 0o666 | stat.S_IFCHR, NULL_DEVICE)
    for name, text in (("slurm.conf", SLURM_CONF), ("gres.conf", GRES_CONF)):
        path = CONFIGURATION / name
        if path.exists() and not path.read_text().startswith(MARK):
            raise RuntimeError(f"{path} exists: this machine has its own SLURM")
        path.write_text(text.format(node=platform.node(), state=state))
        stack.callback(path.unlink, missing_ok=True)


def _start(stack: ExitStack, state: Path, *command: str, user: str = "root") -> None:
    """Start a daemon in the foreground; it ends with the tests, also when they are killed."""
    owner = ("--reuid", user, "--regid", user, "--clear-groups", "--pdeathsig", "TERM")
    with (state / f"{command[0]}.log").open("ab") as log:
        daemon = subprocess.Popen(["setpriv", *owner, *command], stdout=log, stderr=log)
    stack.callback(_stop, daemon)


def _stop(daemon: "subprocess.Popen[bytes]") -> None:
    daemon.terminate()
    try:
        daemon.wait(SECONDS)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _cancel_jobs() -> None:
    _call("scancel", "--user", "root")
    _wait("an empty queue", lambda: not ask("squeue", "--noheader"))


def _answers(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _call(*command: str) -> None:
    subprocess.run(command, check=True)


def _wait(what: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {SECONDS} s for {what} in vain")
        time.sleep(0.2)
