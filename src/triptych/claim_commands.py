"""The commands on one claim, and on the claims of two runs; the command line exposes them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from triptych.config.section import Scale
from triptych.errors import run_command
from triptych.layout import PUBLISHED, REFERENCE, RESULTS
from triptych.system.project import require_project

if TYPE_CHECKING:
    from triptych.claims.claims import Claim
    from triptych.provenance.chain import Chain


def explain(key: str, /, *, scale: Scale, reference: bool = False, json: bool = False) -> None:
    """Print what a number was made from: tables, raw results, models, data, with their jobs.

    Each file has its hash, and the command, commit, device and time of its job. Files on which
    the number does not depend are left out.

    Parameters
    ----------
    key
        PANEL/ARTIFACT/KEY of a claim, or an end of it that is unique; triptych claims --all
        lists these three.
    scale
        The scale whose results are read.
    reference
        Read the adopted runs in reference/SCALE instead of results/SCALE.
    json
        Print JSON with the whole record of every file.
    """
    from triptych.claims import explaining

    require_project()
    claim, chain = _explained(key, scale, adopted=reference)
    show = explaining.as_json if json else explaining.as_text
    print(show(claim, chain))


def replay(
    key: str,
    /,
    *,
    scale: Scale,
    origin: Annotated[Literal["raw", "model", "data"], Parameter(name="--from")] = "raw",
    folder: Path | None = None,
) -> None:
    """Compute a number of a run again, in a folder of its own, and compare the two.

    Print "same bytes", "within the interval" (of the run's number) or "differs"; exit with 1 if
    it differs. The jobs that the number needs run one after another, with the commands and
    parameters that the run recorded and the present code. The results of the run stay as they are.

    Parameters
    ----------
    key
        PANEL/ARTIFACT/KEY of a claim, or an end of it that is unique.
    scale
        The scale whose results are read.
    origin
        What to start from: raw results (tables and claims are made again), trained models
        (attacks, evaluations and generations, too), or prepared data (trainings, too).
    folder
        A new folder for the files, which stays; by default a folder in work/ that is removed.
    """
    from triptych.claims.replayed import as_text, replay_claim
    from triptych.provenance.examine import unaltered

    require_project()
    claim, chain = _explained(key, scale, adopted=False)
    unaltered(next(iter(chain.values())).path)
    replayed = replay_claim(claim, chain, origin, scale, folder)
    print(as_text(replayed))
    if replayed.outcome == "differs":
        raise SystemExit(1)


def compare(first: Path, second: Path, /, *, json: bool = False) -> None:
    """Compare the claims and conclusions of two runs.

    Exit with 1 if a number or a conclusion differs. A claim that one run lacks is counted only.

    Parameters
    ----------
    first, second
        Runs: folders such as results/lab or reference/lab, of one panel, or packed runs (ZIP).
    json
        Print JSON with every claim of both runs.
    """
    from triptych.claims import comparing

    require_project()
    comparison = comparing.compare(first, second, PUBLISHED)
    print(comparing.as_json(comparison) if json else comparing.as_text(comparison))
    if comparison.differing or comparison.changed:
        raise SystemExit(1)


def run_of(scale: Scale, *, adopted: bool) -> tuple[Path, str, str]:
    """Return the folder of a run, and what to do where files of it are missing or altered."""
    from triptych.provenance.examine import MAKE_AGAIN

    if adopted:
        make = "choose a scale that has an adopted run, or leave out --reference"
        return REFERENCE / scale, make, "restore it from git"
    return RESULTS / scale, f"make them: {run_command(scale)}", MAKE_AGAIN


def _explained(key: str, scale: Scale, *, adopted: bool) -> "tuple[Claim, Chain]":
    """Return the claim that a key means, and what it was made from."""
    from triptych.claims.dependence import chooser, dependence_of
    from triptych.claims.keys import find_claim
    from triptych.claims.reading import FILE, join_panels
    from triptych.panels import dependences
    from triptych.provenance.chain import follow

    folder, make, restore = run_of(scale, adopted=adopted)
    claim = find_claim(join_panels(folder, make, restore), key, str(folder))
    rule = dependence_of(claim, dependences(claim.panel))
    name = (RESULTS / scale / claim.panel / FILE).as_posix()
    return claim, follow(folder / claim.panel / FILE, chooser(name, rule))


COMMANDS = (explain, replay, compare)
