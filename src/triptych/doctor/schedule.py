"""How long jobs take together, as many at a time as there are cores and GPUs."""

import heapq
from collections.abc import Sequence
from graphlib import TopologicalSorter

from triptych.engine.jobs import Job


def makespan(
    jobs: Sequence[Job], seconds: Sequence[float], cores: int | None, gpus: int = 0
) -> float:
    """Seconds from the start of the first job to the end of the last.

    A job starts when its inputs are there and enough cores and GPUs are free; among those
    that could, the one with the longest chain of jobs behind it. Snakemake chooses in
    another order, which may take a little longer.

    Parameters
    ----------
    jobs
        All jobs of the run; inputs that none of them makes are there.
    seconds
        How long each takes.
    cores
        Cores that they share; None for as many as they could use.
    gpus
        GPUs that they share; without any, none of them waits for one.
    """
    needed = _needed(jobs)
    # Snakemake lowers what a job asks for to what there is.
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
        for left in needed:
            left.discard(done)
    return now


def _needed(jobs: Sequence[Job]) -> list[set[int]]:
    """The jobs that make each job's inputs."""
    makers = {output: index for index, job in enumerate(jobs) for output in job.outputs}
    return [{makers[path] for path in job.inputs if path in makers} for job in jobs]


def _chains(needed: Sequence[set[int]], seconds: Sequence[float]) -> list[float]:
    """Seconds of each job and of the longest chain of jobs that wait for it."""
    order = list(TopologicalSorter(dict(enumerate(needed))).static_order())
    chains = list(seconds)
    for index in reversed(order):
        for earlier in needed[index]:
            chains[earlier] = max(chains[earlier], seconds[earlier] + chains[index])
    return chains
