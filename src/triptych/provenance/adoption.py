"""Copy a finished run into ``reference``, where git keeps it, labelled by its provenance.

Photos that must not be passed on stay behind: of a figure that shows some, the form below
``shareable`` is copied, under the figure's own name; a figure of nothing else is left out.
"""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from triptych.data.registry import redistributable
from triptych.errors import UserError
from triptych.provenance import record as provenance
from triptych.provenance.verification import verify_scale
from triptych.storage.folders import MANIFEST, read_manifest

# Where the workflow puts the figures that are drawn without photos.
SHAREABLE = "shareable"

_PICTURES = (".svg", ".png")
_KEPT = (".csv", ".md", ".tex", ".json", *_PICTURES)
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
        The run is not complete, a file was altered since it was made, no rule makes it any
        more, or it is too large for git.
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
    chosen, left_out = _chosen(results, prepared)
    _refuse_large(chosen.values())
    for picture, datasets in left_out.items():
        reason = f"the images of {', '.join(datasets)} must not be passed on"
        print(f"left out: {picture} ({reason})", file=sys.stderr)
    reference.parent.mkdir(parents=True, exist_ok=True)
    # Copied whole before the earlier run is touched.
    with TemporaryDirectory(dir=reference.parent) as folder:
        copy = Path(folder) / reference.name
        for name, path in chosen.items():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        shutil.rmtree(reference, ignore_errors=True)
        copy.rename(reference)
    return len(chosen)


def _chosen(results: Path, prepared: Path) -> tuple[dict[Path, Path], dict[Path, list[str]]]:
    """The files that are copied, by their place in the copy; what shows photos alone is not."""
    # The configuration of a model is of no use without its weights.
    models = {
        manifest.parent / name
        for manifest in results.rglob(MANIFEST)
        for name in read_manifest(manifest)
    }
    paths = sorted({*results.rglob("*")} - models - {*(results / SHAREABLE).rglob("*")})
    kept = [path for path in paths if path.is_file() and path.suffix in _KEPT]
    chosen = {path.relative_to(results): path for path in kept}
    left_out = {}
    for picture in [place for place in chosen if place.suffix in _PICTURES]:
        if not (hidden := _restricted(results / picture, prepared)):
            continue
        allowed = results / SHAREABLE / picture
        if allowed.is_file():
            chosen[picture] = allowed
            chosen[provenance.record_path(picture)] = provenance.record_path(allowed)
        else:
            left_out[chosen.pop(picture)] = hidden
    return chosen, left_out


def _restricted(picture: Path, prepared: Path) -> list[str]:
    """The data sets that a picture was drawn from and whose images must not be passed on."""
    inputs = (Path(name) for name in (provenance.read(picture) or {}).get("inputs", ()))
    datasets = {
        path.relative_to(prepared).parts[0] for path in inputs if path.is_relative_to(prepared)
    }
    return sorted(name for name in datasets if not redistributable(name))


def _refuse_large(paths: Iterable[Path]) -> None:
    for path in paths:
        if (size := path.stat().st_size) > _LARGEST_BYTES:
            raise UserError(
                expected=f"a file of at most {_LARGEST_BYTES:,} bytes, for git to keep",
                found=f"{size:,} bytes",
                where=str(path),
                remedy="lower what decides its size (of a figure: figure_images or"
                " figure_persons in params.yaml), run the workflow, and adopt again",
            )
