"""How a job runs: devices, seeds, atomic files, checkpoints, provenance, progress."""
