"""Seeds of jobs, derived from one root seed and the job's name."""

import hashlib


def derive(root: int, *names: str | int) -> int:
    """Derive the seed of a job, independent of the order of jobs.

    Parameters
    ----------
    root
        ``seed`` of ``params.yaml``, or a derived seed.
    names
        Names that identify the draw, such as ``"adversarial", "train", "secret"``.

    Returns
    -------
    int
        A seed in [0, 2**63).
    """
    text = "/".join([str(root), *(str(name) for name in names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
