"""Time our code and its peers, in pairs and in one process."""

import importlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.records import Measured, Spread
from triptych.errors import UserError

# Peers with old pins are outside the environment. Last on the path: they replace nothing in it.
_PEERS = Path(__file__).resolve().parents[1] / ".venv-bench"
sys.path.append(str(_PEERS))


@dataclass(frozen=True)
class Contender:
    """One side of a pair.

    Attributes
    ----------
    name, version
        What runs, and its release.
    units
        Units of work of one call.
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


def measure(pairs: Sequence[Pair], rounds: int, notes: Sequence[str]) -> Measured:
    """Time both sides of every pair in turn, after a run of both that is not measured.

    The notes are what a reader must know to judge the ratios.
    """
    rows, numbers = [], []
    for pair in pairs:
        throughputs = _time_in_turn(pair, rounds)
        ratios = Spread.of([ours / peer for ours, peer in zip(*throughputs, strict=True)])
        ours, peer = map(Spread.of, throughputs)
        rows.append(
            {
                "what": pair.what,
                "unit": f"{pair.unit} / CPU second",
                "ours": _shown(ours.median),
                "peer": f"{pair.peer.name} {pair.peer.version}",
                "peer's": _shown(peer.median),
                "ratio (median, min to max)": str(ratios),
            }
        )
        numbers.append(
            {
                "what": pair.what,
                "unit": f"{pair.unit} / CPU second",
                "ours": _describe_side(pair.ours, ours),
                "peer": _describe_side(pair.peer, peer),
                "ratio": asdict(ratios),
            }
        )
    return Measured(rows, numbers, list(notes))


def _time_in_turn(pair: Pair, rounds: int) -> tuple[list[float], list[float]]:
    pair.ours.run()
    pair.peer.run()
    ours, peer = [], []
    for _ in range(rounds):
        ours.append(_throughput(pair.ours))
        peer.append(_throughput(pair.peer))
    return ours, peer


def _throughput(side: Contender) -> float:
    started = time.process_time()
    side.run()
    return side.units / (time.process_time() - started)


def _describe_side(side: Contender, throughput: Spread) -> dict[str, Any]:
    return {
        "name": side.name,
        "version": side.version,
        "units": side.units,
        "throughput": asdict(throughput),
    }


def _shown(throughput: float) -> str:
    return f"{throughput:,.0f}" if throughput >= 100 else f"{throughput:.3g}"
