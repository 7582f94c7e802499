"""The duration of a run on a given number of cores and GPUs."""

import heapq
from collections.abc import Sequence
from graphlib import TopologicalSorter

from triptych.engine.jobs import Job


def makespan(
    jobs: Sequence[Job], seconds: Sequence[float], cores: int | None, gpus: int = 0
) -> float:
    """Return the seconds from the start of the first job to the end of the last.

    A job starts when its inputs exist and enough cores and GPUs are free. The job with the
    longest chain of dependent jobs starts first. Snakemake uses another order, which may take
    slightly longer.

    Parameters
    ----------
    jobs
        All jobs of the run; inputs that no job makes exist already.
    cores
        Number of shared cores; None for no limit.
    gpus
        Number of shared GPUs; with 0, no job waits for a GPU.
    """
    needed = _needed(jobs)
    # Snakemake lowers a job's request to what the machine has.
    threads = [job.threads if cores is None else min(job.threads, cores) for job in jobs]
    lent = [min(job.gpus, gpus) for job in jobs]
    free_cores, free_gpus = sum(threads) if cores is None else cores, gpus
    chains = _chains(needed, seconds)
    waiting = sorted(range(len(jobs)), key=lambda index: -chains[index])
    running, now = list[tuple[float, int]](), 0.0
    while waiting or running:
        for index in [index for index in waiting if not needed[index]]:
            if threads[index] <= free_cores and lent[index] <= free_gpus:
                free_cores, free_gpus = free_cores - threads[index], free_gpus - lent[index]
                waiting.remove(index)
                heapq.heappush(running, (now + seconds[index], index))
        now, done = heapq.heappop(running)
        free_cores, free_gpus = free_cores + threads[done], free_gpus + lent[done]
        for unfinished in needed:
            unfinished.discard(done)
    return now


def _needed(jobs: Sequence[Job]) -> list[set[int]]:
    """Return the jobs that make each job's inputs."""
    makers = {output: index for index, job in enumerate(jobs) for output in job.outputs}
    return [{makers[path] for path in job.inputs if path in makers} for job in jobs]


def _chains(needed: Sequence[set[int]], seconds: Sequence[float]) -> list[float]:
    """Return the seconds of each job plus its longest chain of dependent jobs."""
    order = list(TopologicalSorter(dict(enumerate(needed))).static_order())
    chains = list(seconds)
    for index in reversed(order):
        for earlier in needed[index]:
            chains[earlier] = max(chains[earlier], seconds[earlier] + chains[index])
    return chains
