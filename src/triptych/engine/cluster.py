"""Check, before anything is submitted, that a SLURM cluster can run the jobs and report their end.

SLURM refuses some jobs only when their turn comes, and lets others wait forever. On some
clusters Snakemake never learns that a job has ended. The jobs of a killed Snakemake stay in
the queue and would write to the same files as their successors.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from typing import Any

from triptych.errors import UserError

PROFILE = "profiles/slurm/config.yaml"
_GUIDE = "see docs/clusters.md"
# The executor polls at least every 3 min; if it misses the end of a job, it waits forever.
_LONGEST_SILENCE = 240
# SLURM's commands try for minutes to reach a controller that is down.
_PATIENCE = 60


def check_cluster(workflow: Any) -> None:
    """Refuse jobs that the cluster would refuse, never start, or never report as ended.

    Nothing is done unless the executor is slurm.

    Raises
    ------
    UserError
        There is no SLURM, ended jobs could not be seen, or a job is refused.
    """
    if workflow.executor_plugin.name != "slurm":
        return
    configuration = _configuration()
    _check_status_command(workflow.executor_settings.status_command, configuration)
    limits = _time_limits()
    asked = set()
    for job in workflow.dag.needrun_jobs():
        if not job.is_local and (request := _request(job, workflow)) not in asked:
            asked.add(request)
            _check_time(job, limits)
            _check_request(job, request)


def cancel_orphans(workflow: Any) -> None:
    """Cancel the jobs that an earlier Snakemake left in the queue, and wait until they end.

    These are the jobs of this user that were submitted from this folder. The caller holds
    the folder's workflow lock, so that no running Snakemake waits for them. Nothing is done
    unless the executor is slurm.

    Raises
    ------
    UserError
        The jobs do not end.
    """
    if workflow.executor_plugin.name != "slurm" or not (orphans := _jobs_of_this_folder()):
        return
    print(f"Canceled SLURM jobs of an earlier run: {', '.join(orphans)}", file=sys.stderr)
    _ask("scancel", *orphans)
    deadline = time.monotonic() + _PATIENCE
    while left := _jobs_of_this_folder():
        if time.monotonic() > deadline:
            raise UserError(
                expected="the jobs of an earlier run to end when they are canceled",
                found=f"still there after {_PATIENCE} s: {', '.join(left)}",
                where="squeue",
                remedy="run again when squeue no longer shows them",
            )
        time.sleep(1)


def _configuration() -> dict[str, str]:
    """Return SLURM's configuration: names and values."""
    lines = _ask("scontrol", "show", "config").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _check_status_command(command: str, configuration: dict[str, str]) -> None:
    """Refuse a command that misses the end of a job on this cluster."""
    accounting = "slurmdbd" in configuration.get("AccountingStorageType", "")
    remembered = int(configuration["MinJobAge"].split()[0])
    if command == "sacct" and not accounting:
        found = "sacct, on a cluster without accounting"
        remedy = "set it to squeue"
    elif command == "squeue" and remembered < _LONGEST_SILENCE:
        found = f"squeue, on a cluster that forgets a job {remembered} s after its end (MinJobAge)"
        remedy = "set it to sacct" if accounting else "ask the administrators for MinJobAge=300"
    else:
        return
    raise UserError(
        expected="a command that sees that a job has ended",
        found=found,
        where=f"slurm-status-command in {PROFILE}",
        remedy=f"{remedy}; {_GUIDE}",
    )


def _time_limits() -> dict[str, float]:
    """Return the time limit of each partition in minutes; the default one is also ''."""
    from snakemake_executor_plugin_slurm.utils import time_to_seconds

    limits = {}
    for line in _ask("sinfo", "--noheader", "--format=%P %l").splitlines():
        name, limit = line.split()
        # "infinite" is read as 0.
        minutes = time_to_seconds(limit) / 60 or float("inf")
        limits[name.rstrip("*")] = minutes
        if name.endswith("*"):
            limits[""] = minutes
    return limits


def _check_time(job: Any, limits: dict[str, float]) -> None:
    """Refuse a job that requests too much time: SLURM would accept it, and never start it."""
    runtime = job.resources.get("runtime", 0)
    names = str(job.resources.get("slurm_partition", "")).split(",")
    # For a partition that does not exist, sbatch gives the error.
    longest = max(limits.get(name, float("inf")) for name in names)
    if runtime > longest:
        raise UserError(
            expected=f"at most {longest:g} minutes, the time limit of the partition",
            found=f"{runtime} minutes, for rule {job.rule.name}",
            where=_place(job),
            remedy=f"choose another partition, or set the longest runtime under resources in "
            f"{PROFILE}: the next job continues one that ran out of time; {_GUIDE}",
        )


def _check_request(job: Any, request: str) -> None:
    answer = _run(*shlex.split(request))
    if answer.returncode:
        raise UserError(
            expected=f"a cluster that accepts the jobs of rule {job.rule.name}: {_needs(job)}",
            found=f"SLURM says: {_complaint(answer.stderr)}",
            where=_place(job),
            remedy=f"compare with what sinfo shows (are nodes down?); choose partition and account "
            f"under default-resources in {PROFILE}, or lower what the job requests; {_GUIDE}",
        )


def _request(job: Any, workflow: Any) -> str:
    """Return the executor's command for a job, changed so that it submits nothing."""
    from snakemake_executor_plugin_slurm.submit_string import get_submit_command
    from snakemake_executor_plugin_slurm.utils import set_gres_string

    def option(letter: str, resource: str) -> str:
        value = job.resources.get(resource)
        return f"-{letter} {shlex.quote(str(value))}" if value else ""

    fields = {
        "run_uuid": "check",
        "slurm_logfile": os.devnull,
        "comment_str": "",
        "account": option("A", "slurm_account"),
        "partition": option("p", "slurm_partition"),
        "workdir": "",
    }
    command = get_submit_command(job, fields, settings=workflow.executor_settings)
    return f"{command}{set_gres_string(job)} --test-only --wrap=true"


def _needs(job: Any) -> str:
    units = {"mem_mb": "MB", "runtime": "minutes", "gpu": "GPU"}
    amounts = [(job.threads, "CPU"), *((job.resources.get(name), units[name]) for name in units)]
    return ", ".join(f"{amount} {unit}" for amount, unit in amounts if amount)


def _place(job: Any) -> str:
    partition = job.resources.get("slurm_partition", "the default one")
    account = job.resources.get("slurm_account", "the default one")
    return f"partition: {partition}, account: {account}"


def _jobs_of_this_folder() -> list[str]:
    """Return the numbers of this user's jobs that were submitted from the current folder."""
    lines = _ask("squeue", "--me", "--noheader", "--format=%i|%k|%Z").splitlines()
    jobs = (line.split("|", 2) for line in lines)
    return [
        number
        for number, comment, folder in jobs
        if comment.startswith("rule_") and folder == os.getcwd()
    ]


def _ask(*command: str) -> str:
    answer = _run(*command)
    if answer.returncode:
        raise UserError(
            expected="an answer of SLURM's controller",
            found=_complaint(answer.stderr),
            where=" ".join(command),
            remedy="run again when sinfo answers",
        )
    return answer.stdout


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which(command[0]) is None:
        raise UserError(
            expected="a machine with SLURM's commands",
            found=f"no {command[0]}",
            where="the folders of PATH",
            remedy=f"run this where the cluster's jobs are submitted; {_GUIDE}",
        )
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {_PATIENCE} s")


def _complaint(text: str) -> str:
    """Return the lines of a message of SLURM without the names of its commands."""
    lines = re.sub("^(sbatch: |error: |allocation failure: )+", "", text, flags=re.M).splitlines()
    return "; ".join(filter(None, lines)) or "nothing"
