"""The work of a job, as its step declares it."""

from triptych.config.models import Parameters
from triptych.config.section import Scale
from triptych.engine.jobs import Job
from triptych.job.work import Work, work_of
from triptych.panels import PANELS, find_step

# At scale paper, panel 1 has the networks, images and attacks of scale lab.
_SAME_NETWORKS = {("paper", "adversarial"): "lab"}


def recorded_scale(job: Job, scale: str) -> str:
    """Return the scale whose records describe a job."""
    return _SAME_NETWORKS.get((scale, job.part), scale)


def job_work(job: Job, scale: Scale, parameters: Parameters) -> Work | None:
    """Return the work of a job at a scale; None where its step does not declare it."""
    if job.part not in PANELS:
        return None
    section = getattr(parameters.scales[scale], job.part)
    return work_of(find_step(job.step), section, job.wildcards)
