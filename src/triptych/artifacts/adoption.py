"""Copy a finished run into ``reference``, where git keeps it, labelled by its provenance."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from triptych.artifacts.verification import verify_scale
from triptych.errors import UserError
from triptych.runtime.folders import MANIFEST, read_manifest

_KEPT = (".csv", ".md", ".tex", ".svg", ".png", ".json")
_LARGEST_BYTES = 1_000_000


def adopt_run(results: Path, prepared: Path, reference: Path) -> int:
    """Copy a run's tables, figures, claims and provenance; models and raw results stay.

    Parameters
    ----------
    results
        ``results/SCALE/PANEL``.
    prepared
        The prepared data of that scale, verified together with the results.
    reference
        ``reference/SCALE/PANEL``; what an earlier run left there is removed.

    Returns
    -------
    int
        Number of files copied.

    Raises
    ------
    UserError
        The run is not complete, or a file was altered since it was made.
    """
    if not (results / "claims.csv").is_file():
        raise UserError(
            expected="a finished run with its claims",
            found="no claims.csv",
            where=str(results),
            remedy=f"make it: snakemake {results.name} --config scale={results.parent.name}",
        )
    _, problems = verify_scale(results, prepared)
    if problems:
        raise UserError(
            expected="files that equal their records",
            found=f"{len(problems)} problems, the first: {problems[0]}",
            where=str(results),
            remedy=f"see all: triptych verify --scale {results.parent.name}; delete what was "
            "altered and what no rule makes any more, and run the workflow",
        )
    # The configuration of a model is of no use without its weights.
    models = {
        manifest.parent / name
        for manifest in results.rglob(MANIFEST)
        for name in read_manifest(manifest)
    }
    chosen = [path for path in sorted({*results.rglob("*")} - models) if _is_kept(path)]
    reference.parent.mkdir(parents=True, exist_ok=True)
    # Copied whole before the earlier run is touched.
    with TemporaryDirectory(dir=reference.parent) as folder:
        copy = Path(folder) / reference.name
        for path in chosen:
            target = copy / path.relative_to(results)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        shutil.rmtree(reference, ignore_errors=True)
        copy.rename(reference)
    return len(chosen)


def _is_kept(path: Path) -> bool:
    return path.is_file() and path.suffix in _KEPT and path.stat().st_size <= _LARGEST_BYTES
