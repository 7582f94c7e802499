"""What has changed since some jobs ran: the code, the commit, the packages, the device."""

from collections.abc import Iterator, Sequence

from triptych.provenance.codehash import code_hash
from triptych.provenance.making import Commit, Making
from triptych.provenance.recording import commit, versions


def changes_since(jobs: Sequence[Making]) -> Iterator[str]:
    """Yield what has changed since jobs ran, in words, as far as their records can say it."""
    steps = {job.step: job.code for job in jobs}
    altered = sorted(step for step, code in steps.items() if _present_code(step) != code)
    if altered:
        yield f"the code of {', '.join(altered)}"
    present = commit()
    earlier = dict.fromkeys(_short(job.commit) for job in jobs if job.commit != present)
    if earlier:
        yield f"the commit, {', '.join(earlier)}; now {_short(present)}"
    installed = versions()
    others = {
        f"{name} {version}, now {installed.get(name, 'not installed')}": None
        for job in jobs
        for name, version in job.software.items()
        if installed.get(name) != version
    }
    if others:
        yield f"packages: {'; '.join(others)}"


def other_devices(jobs: Sequence[Making], again: Sequence[Making]) -> Iterator[str]:
    """Yield that jobs ran on another device than before."""
    before, after = ({job.device for job in each} for each in (jobs, again))
    if before != after:
        yield f"the device, {', '.join(sorted(before))}; now {', '.join(sorted(after))}"


def _present_code(step: str) -> str | None:
    try:
        return code_hash(step)
    except KeyError:
        return None


def _short(state: Commit) -> str:
    return (state.id or "unknown")[:12] + (" with changes" if state.modified else "")
