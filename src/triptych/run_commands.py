"""The commands that check a run and pass it on; the command line exposes them."""

import sys
from functools import partial
from pathlib import Path

from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.errors import UserError
from triptych.layout import PREPARED, REFERENCE, RESULTS
from triptych.system.project import require_file_name, require_project


def verify(packed: Path | None = None, /, *, scale: Scale | None = None) -> None:
    """Hash every file of a run again and compare it with its record, or with a pack's manifest.

    Exit with 1 if a file was altered or is missing. Of a scale, also if a file's inputs have
    changed, if Snakemake's record of it differs, or if no rule makes it any more.

    Parameters
    ----------
    packed
        A run that triptych pack wrote (ZIP).
    scale
        The scale to check, with its results and prepared files.
    """
    if (packed is None) == (scale is None):
        raise UserError(
            expected="a packed run or a scale",
            found="neither" if scale is None else "both",
            where="triptych verify",
            remedy="name one: triptych verify --scale smoke, or triptych verify PACK.zip",
        )
    if packed is not None:
        from triptych.release.packing import check

        checked, problems = check(packed)
    else:
        require_project()
        checked, problems = _verify(RESULTS / str(scale), PREPARED / str(scale))
    for problem in problems:
        print(problem)
    print(f"{checked} files checked, {len(problems)} problems")
    if problems:
        raise SystemExit(1)


def _verify(*folders: Path, adopted: Path | None = None) -> tuple[int, list[str]]:
    """Compare files with their records, and these with Snakemake's; return count and problems."""
    from triptych.cli import app
    from triptych.engine.exported import exported_problems
    from triptych.provenance.verification import verify_scale

    checked, problems = verify_scale(*folders, adopted=adopted)
    return checked, sorted({*problems, *exported_problems(folders, app)})


def adopt(*, scale: Scale, panel: Panel, add: bool = False) -> None:
    """Copy a finished run's tables, figures, claims and provenance into reference/SCALE/PANEL.

    Parameters
    ----------
    scale, panel
        The run to copy.
    add
        Add a run that goes on from the adopted one: models and raw results of the adopted run
        may be gone, and its files that this run lacks stay.
    """
    from triptych.data.registry import private, redistributable
    from triptych.provenance.adoption import adopt_run

    require_project()
    reference = REFERENCE / scale / panel
    if add and not reference.is_dir():
        raise UserError(
            expected="an adopted run to add to",
            found="none",
            where=str(reference),
            remedy=f"adopt the whole run: triptych adopt --scale {scale} --panel {panel}",
        )
    count = adopt_run(
        RESULTS / scale / panel,
        PREPARED / scale,
        reference,
        verify=partial(_verify, adopted=reference if add else None),
        redistributable=redistributable,
        private=private,
        add=add,
    )
    print(f"copied {count} files to reference/{scale}/{panel}", file=sys.stderr)


def pack(*, scale: Scale, output: Path | None = None) -> None:
    """Pack a finished run of all panels in one ZIP file with a manifest.

    It has report, crate, claims, conclusions, tables, figures, records, parameters and locks, but
    no models, no raw results, and no photos that must not be passed on. The same run gives the
    same bytes. Check a pack with triptych verify PACK.zip.

    Parameters
    ----------
    scale
        The scale of the run.
    output
        The ZIP file; triptych-SCALE.zip by default.
    """
    from triptych.release import packing

    require_project()
    path = output or Path(f"triptych-{scale}.zip")
    require_file_name(path)
    count = packing.pack(scale, path, _verify)
    print(f"packed {count} files: {path}", file=sys.stderr)


COMMANDS = (verify, adopt, pack)
