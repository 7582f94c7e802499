"""Copy a finished run into ``reference``, where git keeps it, labeled by its provenance.

Photos whose license forbids passing them on are left out. Of a figure that shows such photos,
the form below ``shareable`` is copied under the figure's own name. Without that form, the
figure is left out. A packed run has the same files of each panel.
"""

import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from triptych.errors import UserError
from triptych.layout import PROVENANCE
from triptych.provenance.joining import refuse_contradictions
from triptych.provenance.making import read_if_sound, record_path, recorded_files
from triptych.storage.folders import MANIFEST, read_manifest

# The workflow puts the figures that are drawn without photos here.
_SHAREABLE = "shareable"
_PICTURES = (".svg", ".png")
_COPIED = (".csv", ".xz", ".md", ".tex", ".json", *_PICTURES)
_LARGEST_BYTES = 1_000_000
# What to do after `triptych verify` has listed all problems of a run, and of a run that joins.
_RUN = "delete what was altered and what no rule makes any more, and run the workflow"
_JOIN = (
    "it also lists the models that may be gone; restore what was altered, or make the named file"
    " alone, and adopt again"
)


def adopt_run(
    results: Path,
    prepared: Path,
    reference: Path,
    *,
    verify: Callable[[Path, Path], tuple[int, Sequence[str]]],
    redistributable: Callable[[str], bool],
    private: Callable[[str], bool],
    add: bool = False,
) -> int:
    """Copy a run's tables, figures, claims and provenance, but no models or raw results.

    Parameters
    ----------
    results, prepared
        ``results/SCALE/PANEL``, and the prepared data of that scale, which are verified, too.
    reference
        ``reference/SCALE/PANEL``; an earlier copy is removed, unless the run is added to it.
    verify
        Returns the number of files of both folders and a sentence for each problem.
    redistributable
        Tells whether the images of a data set may be passed on.
    private
        Tells whether a data set shows the user's own persons, so that nothing may be passed on.
    add
        Keep the files of the earlier copy that this run lacks.

    Returns
    -------
    int
        Number of files copied.

    Raises
    ------
    UserError
        The run is not complete, a file was altered since it was made, no rule makes it any
        more, or it is too large for git. Or the run shows the user's own persons. Or the run
        and the adopted one do not belong together.
    """
    if not (results / "claims.csv").is_file():
        raise UserError(
            expected="a finished run with its claims",
            found="no claims.csv",
            where=str(results),
            remedy=f"make it: snakemake {results.name} --config scale={results.parent.name}",
        )
    chosen = files_to_pass_on(results, prepared, redistributable, private)
    problems = verify(results, prepared)[1]
    refuse_problems(problems, results, results.parent.name, _JOIN if add else _RUN)
    _refuse_large(chosen.values())
    reference.parent.mkdir(parents=True, exist_ok=True)
    # The copy is whole before the earlier run is removed.
    with TemporaryDirectory(dir=reference.parent) as folder:
        copy = Path(folder) / reference.name
        if add:
            shutil.copytree(reference, copy)
        _copy(chosen, copy)
        if add:
            refuse_contradictions(copy, results, reference)
        _replace(reference, copy, Path(folder) / "earlier")
    return len(chosen)


def refuse_problems(problems: Sequence[str], results: Path, scale: str, remedy: str = _RUN) -> None:
    """Refuse results of a scale that differ from their records.

    Parameters
    ----------
    remedy
        What to do after ``triptych verify`` has listed all problems.

    Raises
    ------
    UserError
        There is a problem.
    """
    if problems:
        raise UserError(
            expected="files that equal their records",
            found=f"{len(problems)} problems, the first: {problems[0]}",
            where=str(results),
            remedy=f"see all: triptych verify --scale {scale}; {remedy}",
        )


def _copy(chosen: Mapping[Path, Path], copy: Path) -> None:
    """Copy files to their places, over the files of an adopted run that are there."""
    for name, path in chosen.items():
        if _describes_adopted_figure(name, chosen, copy):
            continue
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _describes_adopted_figure(name: Path, chosen: Mapping[Path, Path], copy: Path) -> bool:
    """Tell whether this is the record of a left-out figure that the adopted run has."""
    if name.parent.name != PROVENANCE:
        return False
    place = name.parent.parent / name.stem
    return place not in chosen and (copy / place).is_file()


def _replace(reference: Path, copy: Path, earlier: Path) -> None:
    """Put a copy in the place of the earlier one, which stays if that fails."""
    try:
        if reference.exists():
            reference.rename(earlier)
        copy.rename(reference)
    except BaseException:
        if earlier.exists() and not reference.exists():
            earlier.rename(reference)
        raise


def files_to_pass_on(
    results: Path,
    prepared: Path,
    redistributable: Callable[[str], bool],
    private: Callable[[str], bool],
) -> dict[Path, Path]:
    """Return the files of a panel that may leave the machine, by their places in a copy.

    These are tables, figures, claims and records, but no models or raw results. Figures that are
    left out are named on standard error. The parameters are those of :func:`adopt_run`.

    Raises
    ------
    UserError
        The run shows the user's own persons.
    """
    read = {name for path in recorded_files(results) for name in _read_by(path, prepared)}
    if hidden := sorted(filter(private, read)):
        raise UserError(
            expected="a run on data that may be passed on, at least in tables",
            found=f"photos of the user's own ({', '.join(hidden)}): tables and records name the"
            " persons, figures show them",
            where=str(results),
            remedy="keep this run on this machine; use a run on another data set",
        )
    chosen, left_out = _choose(results, prepared, redistributable)
    for picture, datasets in left_out.items():
        reason = f"the images of {', '.join(datasets)} must not be passed on"
        print(f"left out: {picture} ({reason})", file=sys.stderr)
    return chosen


def _choose(
    results: Path, prepared: Path, redistributable: Callable[[str], bool]
) -> tuple[dict[Path, Path], dict[Path, list[str]]]:
    """Return the files to copy by their places in the copy, and the figures that are left out."""
    # The configuration of a model is useless without its weights.
    models = {
        manifest.parent / name
        for manifest in results.rglob(MANIFEST)
        for name in read_manifest(manifest)
    }
    paths = sorted({*results.rglob("*")} - models - {*(results / _SHAREABLE).rglob("*")})
    chosen = {
        path.relative_to(results): path
        for path in paths
        # Hidden: unfinished files of a killed job.
        if path.is_file() and path.suffix in _COPIED and not path.name.startswith(".")
    }
    left_out = {}
    for picture in [place for place in chosen if place.suffix in _PICTURES]:
        datasets = [
            name for name in _read_by(results / picture, prepared) if not redistributable(name)
        ]
        if not datasets:
            continue
        allowed = results / _SHAREABLE / picture
        if allowed.is_file():
            chosen[picture] = allowed
            chosen[record_path(picture)] = record_path(allowed)
        else:
            left_out[chosen.pop(picture)] = datasets
    return chosen, left_out


def _read_by(path: Path, prepared: Path) -> list[str]:
    """Return the names of the data sets that a file was made from."""
    making = read_if_sound(path)
    inputs = map(Path, making.inputs if making else ())
    return sorted(
        {path.relative_to(prepared).parts[0] for path in inputs if path.is_relative_to(prepared)}
    )


def _refuse_large(paths: Iterable[Path]) -> None:
    for path in paths:
        if (size := path.stat().st_size) > _LARGEST_BYTES:
            raise UserError(
                expected=f"a file of at most {_LARGEST_BYTES:,} bytes, for git to keep",
                found=f"{size:,} bytes",
                where=str(path),
                remedy="lower the parameter that decides its size (of a figure: figure_images or"
                " figure_persons in params.yaml), run the workflow, and adopt again",
            )
