"""A separate program: write the jobs that Snakemake would run to a JSON file.

``python -m triptych.engine.listing FILE OPTION...`` makes a dry run with Snakemake's
options. Of a rule with a message, a dry run prints the message alone. The log events behind
it (see snakemake_interface_logger_plugins) hold rule, files and resources.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any


class _Jobs(logging.Handler):
    """Collects the jobs among Snakemake's log events."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        event = vars(record)
        # A rule without a benchmark is a target: it runs nothing.
        if event.get("event") != "job_info" or event["benchmark"] is None:
            return
        resources = dict(event["resources"].items())
        self.jobs.append(
            {
                "rule": event["rule_name"],
                "step": _step(event["shellcmd"] or ""),
                "benchmark": event["benchmark"],
                "wildcards": dict(event["wildcards"]),
                "inputs": list(event["input"]),
                "outputs": list(event["output"]),
                "threads": event["threads"],
                "gpus": resources.get("gpu", 0),
                "memory_mb": resources.get("mem_mb", 0),
            }
        )


def _step(command: str) -> str:
    """Return ``PANEL.STEP`` of a job's command line."""
    words = command.split(maxsplit=3)
    return ".".join(words[1:3]).replace("-", "_")


def main() -> None:
    """Make the dry run; exit as Snakemake does where it refuses."""
    from snakemake.cli import main as snakemake

    target, *options = sys.argv[1:]
    jobs = _Jobs()
    # Snakemake removes the handlers of its own logger, not those of the parent logger.
    logging.getLogger("snakemake").addHandler(jobs)
    try:
        snakemake(["--dry-run", *options])
    except SystemExit as end:
        if end.code:
            raise
    Path(target).write_text(json.dumps(jobs.jobs), encoding="utf-8")


if __name__ == "__main__":
    main()
