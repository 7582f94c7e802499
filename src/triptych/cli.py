"""The command line: ``triptych PANEL STEP`` for each step, and the commands on whole results."""

import errno
import sys
from pathlib import Path

from cyclopts import App, CycloptsError, Parameter

from triptych.adversarial.steps import STEPS as ADVERSARIAL_STEPS
from triptych.artifacts.steps import STEPS as ARTIFACT_STEPS
from triptych.config import Panel, Scale, read
from triptych.data.steps import STEPS as DATA_STEPS
from triptych.errors import UserError
from triptych.personalization.steps import STEPS as PERSONALIZATION_STEPS
from triptych.segmentation.steps import STEPS as SEGMENTATION_STEPS

PARAMETERS = Path("params.yaml")

app = App(
    name="triptych",
    help="Three computer-vision papers, one pipeline: every table and figure regenerated.",
    # `--epsilons 0.1 0.2` instead of an option for each value.
    default_parameter=Parameter(consume_multiple=True, negative_iterable=()),
)

_GROUPS = {
    "data": ("Prepare data sets.", DATA_STEPS),
    "artifacts": ("Put the panels' artefacts together.", ARTIFACT_STEPS),
    "adversarial": (
        "Panel 1: Schöttle et al. 2018, detecting PGD attacks.",
        ADVERSARIAL_STEPS,
    ),
    "segmentation": (
        "Panel 2: Ikedo and Hotta 2021, networks that share features.",
        SEGMENTATION_STEPS,
    ),
    "personalization": (
        "Panel 3: Kazistova et al., personalised image generation.",
        PERSONALIZATION_STEPS,
    ),
}
for _name, (_help, _steps) in _GROUPS.items():
    _group = App(name=_name, help=_help)
    for _step in _steps:
        _group.command(_step)
    app.command(_group)


@app.command
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


@app.command
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

    joined = panel_claims.join_panels(Path("results") / scale)
    print(panel_claims.as_json(joined) if json else panel_claims.as_text(joined))
    if panel_claims.disagreements(joined):
        raise SystemExit(1)


@app.command
def verify(*, scale: Scale) -> None:
    """Hash every result and every prepared file again and compare with its record.

    Exits with 1 when a file was altered or is gone.

    Parameters
    ----------
    scale
        The scale to check.
    """
    from triptych.artifacts.verification import verify_scale

    checked, problems = verify_scale(Path("results") / scale, Path("data/prepared") / scale)
    for problem in problems:
        print(problem)
    print(f"{checked} files checked, {len(problems)} problems")
    if problems:
        raise SystemExit(1)


@app.command
def adopt(*, scale: Scale, panel: Panel) -> None:
    """Copy a finished run's tables, figures, claims and provenance into reference/SCALE/PANEL.

    Parameters
    ----------
    scale, panel
        The run to be copied.
    """
    from triptych.artifacts.adoption import adopt_run

    source = Path("results") / scale / panel
    count = adopt_run(source, Path("data/prepared") / scale, Path("reference") / scale / panel)
    print(f"copied {count} files to reference/{scale}/{panel}", file=sys.stderr)


def main() -> None:
    """Run the command line; a user's mistake becomes a sentence and exit code 1."""
    try:
        app(exit_on_error=False, print_error=False)
    except UserError as error:
        _fail(error)
    except CycloptsError as error:
        _fail(
            UserError(
                expected="a command of triptych with its options",
                found=" ".join(str(error).split()),
                where="triptych " + " ".join(sys.argv[1:])[:300],
                remedy="see: triptych --help, or --help after a command",
            )
        )
    except OSError as error:
        _fail(_explain(error))


def _explain(error: OSError) -> UserError:
    if error.errno == errno.ENOSPC:
        remedy = "make room on that disk and run again; finished work is kept"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = "give yourself the right to write there, or run somewhere else"
    else:
        remedy = "mend the file or folder and run again"
    return UserError(
        expected="files that can be read and written",
        found=error.strerror or str(error),
        where=str(error.filename or "the current disk"),
        remedy=remedy,
    )


def _fail(error: UserError) -> None:
    print(error, file=sys.stderr)
    raise SystemExit(1) from None
