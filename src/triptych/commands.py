"""The commands on whole results, of all panels together; the command line exposes them."""

import sys
from pathlib import Path

from triptych.config import Panel, Scale, read
from triptych.errors import UserError

PARAMETERS = Path("params.yaml")
RESULTS, PREPARED, REFERENCE = Path("results"), Path("data/prepared"), Path("reference")


def fetch(names: list[str], /, *, folder: Path | None = None) -> None:
    """Bring the files of data sets or of weights into data/raw, every byte verified.

    Of several entries none is downloaded before it is known that all can be had.

    Parameters
    ----------
    names
        Entries of the registry, such as mnist.
    folder
        Where the files of a single entry belong; data/raw/NAME by default.
    """
    from triptych.data.fetch import fetch_all, mirror_from

    if folder is not None and len(names) > 1:
        raise UserError(
            expected="one entry beside --folder",
            found=", ".join(names),
            where=f"triptych fetch --folder {folder}",
            remedy="fetch the entries one by one, or without --folder",
        )
    configured = read(PARAMETERS).data.mirror if PARAMETERS.is_file() else None
    folders = {name: folder or Path("data/raw") / name for name in names}
    manifests = fetch_all(folders, mirror_from(configured))
    for name, manifest in zip(folders, manifests, strict=True):
        print(f"{name} is complete and verified: {manifest}", file=sys.stderr)


def claims(*, scale: Scale, json: bool = False) -> None:
    """Show every claim of the papers with its verdict.

    Exits with 1 when a comparable number differs from the published one.

    Parameters
    ----------
    scale
        The scale whose results are read.
    json
        Print JSON instead of a table.
    """
    from triptych.artifacts import claims as panel_claims

    joined = panel_claims.join_panels(RESULTS / scale)
    print(panel_claims.as_json(joined) if json else panel_claims.as_text(joined))
    if panel_claims.disagreements(joined):
        raise SystemExit(1)


def verify(*, scale: Scale) -> None:
    """Hash every result and every prepared file again and compare with its record.

    Exits with 1 when a file was altered or is gone.

    Parameters
    ----------
    scale
        The scale to check.
    """
    from triptych.artifacts.verification import verify_scale

    checked, problems = verify_scale(RESULTS / scale, PREPARED / scale)
    for problem in problems:
        print(problem)
    print(f"{checked} files checked, {len(problems)} problems")
    if problems:
        raise SystemExit(1)


def adopt(*, scale: Scale, panel: Panel) -> None:
    """Copy a finished run's tables, figures, claims and provenance into reference/SCALE/PANEL.

    Parameters
    ----------
    scale, panel
        The run to be copied.
    """
    from triptych.artifacts.adoption import adopt_run

    source = RESULTS / scale / panel
    count = adopt_run(source, PREPARED / scale, REFERENCE / scale / panel)
    print(f"copied {count} files to reference/{scale}/{panel}", file=sys.stderr)


def report(*, scale: Scale, page: Path | None = None) -> None:
    """Write the report of whatever results are there, and say what is missing or out of date.

    The workflow's own page, results/SCALE/report/index.html, is made when everything is there.

    Parameters
    ----------
    scale
        The scale to report.
    page
        The page to be written; results/SCALE/report/preview.html by default.
    """
    from triptych.report.preview import write_preview

    path = page or RESULTS / scale / "report" / "preview.html"
    write_preview(scale, path)
    print(f"written: {path}", file=sys.stderr)


def doctor(*, scale: Scale = "smoke", json: bool = False) -> None:
    """Tell what a run would need before anything runs: data, weights, disk, memory, time.

    Exits with 1 when something is missing that the run cannot get by itself.

    Parameters
    ----------
    scale
        The scale that would be run.
    json
        Print JSON instead of a page of text.
    """
    from triptych.doctor import as_json, as_text, examine

    found = examine(scale)
    print(as_json(found) if json else as_text(found))
    if found.obstacles:
        raise SystemExit(1)


COMMANDS = (fetch, claims, verify, adopt, doctor)
