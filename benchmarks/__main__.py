"""The command line: ``python -m benchmarks`` runs every part and writes README.md."""

import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from cyclopts import App, Parameter
from cyclopts.validators import Number

from benchmarks import records
from triptych.config.section import Scale
from triptych.errors import UserError

Part = Literal["adversarial", "segmentation", "personalization", "workflow", "gpu"]

app = App(name="python -m benchmarks", help="Compare the speed of this project with its peers.")


@app.default
def run(
    *parts: Part,
    rounds: Annotated[int, Parameter(validator=Number(gte=1))] = records.MINIMUM_ROUNDS,
    scale: Scale = "smoke",
    network: Path | None = None,
) -> None:
    """Time every part except the GPU, or the named parts, and write the measurements.

    Parameters
    ----------
    parts
        Panels, the workflow, or the GPU; panels and workflow by default.
    rounds
        Timings of each side, and runs of the workflow. Fewer than five are shown but not written.
    scale
        Scale of the workflow.
    network
        A trained network of full width for part adversarial (safetensors); by default it is
        trained briefly on digits.
    """
    chosen = [part for part in records.SECTIONS if part in (parts or records.PARTS)]
    torch.set_num_threads(1)
    circumstances = records.describe_circumstances()
    for part in chosen:
        print(f"{part}, {rounds} rounds: {records.tell_last_duration(part)}", flush=True)
    options: dict[str, dict[str, Any]] = {
        "workflow": {"scale": scale},
        "adversarial": {"network": network},
    }
    for part in chosen:
        module = import_module(f"benchmarks.{part}")
        began = time.monotonic()
        measured = module.measure(rounds, **options.get(part, {}))
        seconds = round(time.monotonic() - began, 1)
        record = records.assemble(module.TITLE, circumstances, rounds, seconds, measured)
        print(f"\n{records.section(record)}", flush=True)
        if rounds >= records.MINIMUM_ROUNDS:
            records.write(part, record)


if __name__ == "__main__":
    try:
        app()
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
