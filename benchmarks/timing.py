"""Time our code against its peers, in pairs and in one run, and write down what came out.

Shared by the benchmarks of all panels. A panel's script states its pairs; each run
writes ``benchmarks/PANEL.json`` and makes ``benchmarks/README.md`` anew from all of them.
"""

import argparse
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import pandas as pd
import psutil
import torch

from triptych.errors import UserError
from triptych.runtime import devices, provenance
from triptych.runtime.files import write_text

FOLDER = Path(__file__).resolve().parent
README = FOLDER / "README.md"
MINIMUM_ROUNDS = 5

# Peers with old pins live beside the environment. Last on the path: they replace nothing in it.
_PEERS = FOLDER.parent / ".venv-bench"
sys.path.append(str(_PEERS))

_HEAD = """# Benchmarks

Written by the benchmarks themselves; edit nothing here, run `make bench` instead.

Each pair runs in one process, in turn (ours, peer, ours, peer, ...), after a warm-up of both.
Time is the CPU time of the process (`time.process_time`). The ratio is our throughput over the
peer's, taken in each round: above 1, ours is faster. The columns of throughput show medians.
"""


@dataclass(frozen=True)
class Contender:
    """One side of a pair.

    Attributes
    ----------
    name, version
        What runs, and its release.
    units
        Units of work that one call does.
    run
        The call to be timed.
    """

    name: str
    version: str
    units: int
    run: Callable[[], object]


@dataclass(frozen=True)
class Pair:
    """Two ways to do the same work.

    Attributes
    ----------
    what
        The work, in words.
    unit
        What throughput counts per CPU second, such as ``images``.
    ours, peer
        The two sides.
    """

    what: str
    unit: str
    ours: Contender
    peer: Contender


def load_peer(module: str) -> ModuleType:
    """Import a peer.

    Parameters
    ----------
    module
        Its name for ``import``.

    Raises
    ------
    UserError
        The peer, or something that it needs, is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise UserError(
            expected=f"the package {module}, which the benchmark measures against",
            found=f"no module named {error.name}",
            where=f"this environment and {_PEERS.name}",
            remedy="run `make env-bench`, which installs the peers that requirements-bench.lock "
            f"pins into {_PEERS.name}",
        ) from None


def measure(pair: Pair, rounds: int) -> dict[str, Any]:
    """Time both sides of a pair in turn.

    Parameters
    ----------
    pair
        Both sides run once unmeasured first.
    rounds
        How often each side is timed.

    Returns
    -------
    dict
        The record of the pair, ready for JSON.
    """
    pair.ours.run()
    pair.peer.run()
    ours, peer = [], []
    for _ in range(rounds):
        ours.append(_throughput(pair.ours))
        peer.append(_throughput(pair.peer))
    ratios = [a / b for a, b in zip(ours, peer, strict=True)]
    return {
        "what": pair.what,
        "unit": f"{pair.unit} / CPU second",
        "ours": _describe_side(pair.ours, ours),
        "peer": _describe_side(pair.peer, peer),
        "ratio": _summarise(ratios),
        "rounds": rounds,
    }


def describe_run() -> dict[str, Any]:
    """Where and when the benchmark runs; call it before timing."""
    return {
        "machine": devices.describe("cpu"),
        "cores": psutil.cpu_count(),
        # How busy others kept the machine: CPU time leaves waiting out, but not shared caches.
        "load_average_before": psutil.getloadavg()[0],
        "torch": version("torch"),
        "threads": torch.get_num_threads(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": provenance.commit(),
        "command": " ".join(["python", f"{FOLDER.name}/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
    }


def write(
    panel: str,
    title: str,
    notes: Sequence[str],
    run: dict[str, Any],
    pairs: Sequence[dict[str, Any]],
) -> None:
    """Write the records of a panel, and the table of all panels.

    Parameters
    ----------
    panel
        Names the file of records.
    title
        Heading of the panel's table.
    notes
        What a reader must know to judge the table, one sentence or more each.
    run
        From :func:`describe_run`.
    pairs
        From :func:`measure`.
    """
    record = {"title": title, "notes": list(notes), "run": run, "pairs": list(pairs)}
    write_text(FOLDER / f"{panel}.json", json.dumps(record, indent=2) + "\n")
    records = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    write_text(README, "\n".join([_HEAD, *map(_section, records)]))


def start(description: str, main: Callable[[int], None]) -> None:
    """Run a benchmark from the command line; a user's mistake ends it without a traceback.

    Parameters
    ----------
    description
        Shown by ``--help``.
    main
        The benchmark; takes the number of rounds.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=7, help="timings of each side (default: 7)")
    rounds = parser.parse_args().rounds
    if rounds < MINIMUM_ROUNDS:
        parser.error(f"--rounds: expected at least {MINIMUM_ROUNDS}, found {rounds}")
    try:
        main(rounds)
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def _throughput(side: Contender) -> float:
    started = time.process_time()
    side.run()
    return side.units / (time.process_time() - started)


def _describe_side(side: Contender, throughputs: list[float]) -> dict[str, Any]:
    return {
        "name": side.name,
        "version": side.version,
        "units": side.units,
        "throughput": _summarise(throughputs),
    }


def _summarise(values: list[float]) -> dict[str, Any]:
    return {
        "median": _rounded(median(values)),
        "minimum": _rounded(min(values)),
        "maximum": _rounded(max(values)),
        "each": [_rounded(value) for value in values],
    }


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _section(record: dict[str, Any]) -> str:
    table = pd.DataFrame([_row(pair) for pair in record["pairs"]])
    lines = [f"## {record['title']}", "", *_describe_conditions(record["run"]), ""]
    lines += [table.to_markdown(index=False, disable_numparse=True), ""]
    return "\n".join([*lines, *(f"- {note}" for note in record["notes"]), ""])


def _describe_conditions(run: dict[str, Any]) -> list[str]:
    commit = run["commit"]["id"] or "none yet"
    changed = ", with changes" if run["commit"]["modified"] else ""
    load = f"load average {run['load_average_before']:.1f} before the run"
    return [
        f"- Machine: {run['machine']}, {run['cores']} cores, {load}",
        f"- Torch {run['torch']}, threads: {run['threads']}",
        f"- Date: {run['date']}",
        f"- Commit: {commit}{changed}",
        f"- Command: `{run['command']}`",
    ]


def _row(pair: dict[str, Any]) -> dict[str, str]:
    ours, peer, ratio = pair["ours"], pair["peer"], pair["ratio"]
    return {
        "what": pair["what"],
        "unit": pair["unit"],
        "ours": f"{ours['throughput']['median']:,.0f}",
        "peer": f"{peer['name']} {peer['version']}",
        "peer's": f"{peer['throughput']['median']:,.0f}",
        "ratio (median, min to max)": (
            f"{ratio['median']:.2f} ({ratio['minimum']:.2f} to {ratio['maximum']:.2f})"
        ),
        "rounds": str(pair["rounds"]),
    }
