"""The commands on data, results of all panels and the machine; the command line exposes them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from cyclopts import Parameter, validators

from triptych.claim_commands import run_of
from triptych.config.load import read
from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.engine.asking import overlay_options
from triptych.errors import UserError
from triptych.layout import LOGS, PARAMETERS, PUBLISHED, RAW, REFERENCE, RESULTS
from triptych.panels import PANELS
from triptych.summary import Part
from triptych.system.project import require_file_name, require_project

if TYPE_CHECKING:
    from triptych.claims.claims import Claim


def fetch(names: list[str], /, *, folder: Path | None = None) -> None:
    """Put the files of data sets or weights into data/raw and verify every byte.

    Nothing is downloaded before every entry is known to be available.

    Parameters
    ----------
    names
        Entries of the registry, such as mnist.
    folder
        Folder for the files of a single entry; data/raw/NAME by default.
    """
    from triptych.data.fetch import fetch_all, mirror_from

    if folder is not None and len(names) > 1:
        raise UserError(
            expected="one entry with --folder",
            found=", ".join(names),
            where=f"triptych fetch --folder {folder}",
            remedy="fetch the entries one by one, or leave out --folder",
        )
    if folder is None:
        require_project()
    configured = read(PARAMETERS).data.mirror if PARAMETERS.is_file() else None
    folders = {name: folder or RAW / name for name in names}
    manifests = fetch_all(folders, mirror_from(configured))
    for name, manifest in zip(folders, manifests, strict=True):
        print(f"{name} is complete and verified: {manifest}", file=sys.stderr)


def claims(*, scale: Scale, reference: bool = False, all: bool = False, json: bool = False) -> None:
    """Show whether the papers' conclusions stand, the verdicts on claims, and what differs.

    Exit with 1 if a comparable number is outside its tolerance.

    Parameters
    ----------
    scale
        The scale whose results are read.
    reference
        Read the adopted runs in reference/SCALE instead of results/SCALE.
    all
        Print a row for every claim.
    json
        Print JSON with every conclusion and claim, intervals and reasons.
    """
    from triptych.claims import verdicts
    from triptych.claims.claims import disagreements
    from triptych.claims.conclusions import all_conclusions

    joined, folder = _read_claims(scale, reference)
    absent = [panel for panel in get_args(Panel) if not (folder / panel / "claims.csv").is_file()]
    if absent:
        print(f"No claims of {', '.join(absent)}: the files are missing.", file=sys.stderr)
    show = verdicts.as_json if json else verdicts.every_claim if all else verdicts.overview
    print(show(joined, all_conclusions(PUBLISHED, joined)))
    if disagreements(joined):
        raise SystemExit(1)


def _read_claims(scale: Scale, reference: bool) -> tuple[list["Claim"], Path]:
    """Return the claims of a run that are as they were made, and their folder."""
    from triptych.claims.reading import join_panels, panel_tables
    from triptych.provenance.examine import unaltered

    require_project()
    folder, make, restore = run_of(scale, adopted=reference)
    for path in panel_tables(folder):
        unaltered(path, restore)
    return join_panels(folder, make, restore), folder


def report(
    *,
    scale: Scale,
    reference: bool = False,
    configfile: tuple[Path, ...] = (),
    page: Path | None = None,
) -> None:
    """Write the report of a run in any state; it names the files that it does not show.

    The workflow writes results/SCALE/report/index.html when the run is complete.

    Parameters
    ----------
    scale
        The scale to report.
    reference
        Show the adopted runs of the scale alone.
    configfile
        Files that override values of params.yaml, as for Snakemake.
    page
        The output file; logs/SCALE/report.html by default.
    """
    from triptych.engine.summary import ask_plan
    from triptych.report.page.collected import Places
    from triptych.report.page.document import write, write_adopted

    require_project()
    # Not among the results: no rule makes it.
    path = page or LOGS / scale / "report.html"
    require_file_name(path)
    places = Places(RESULTS / scale, PUBLISHED, REFERENCE)
    if reference:
        write_adopted(scale, places, path)
        print(f"written: {path}", file=sys.stderr)
        return
    # Snakemake, which runs next, would wrap an error message in its own.
    read(PARAMETERS, configfile, {"scale": scale})
    write(scale, places, path, plan=ask_plan(scale, configfile), configfiles=configfile)
    print(f"written: {path}", file=sys.stderr)


def doctor(
    *,
    scale: Scale = "smoke",
    configfile: tuple[Path, ...] = (),
    panel: Panel | None = None,
    budget: Annotated[float | None, Parameter(validator=validators.Number(gt=0))] = None,
    json: bool = False,
) -> None:
    """Report what a run needs before it starts: data, weights, disk, memory, time.

    Exit with 1 if something is missing that the run cannot get by itself.

    Parameters
    ----------
    scale
        The scale of the run.
    configfile
        Files that override values of params.yaml, as for Snakemake.
    panel
        Only this panel; everything by default.
    budget
        Hours of one CPU core: also name the claims that can be decided within them.
    json
        Print JSON with every job instead of a page of text.
    """
    from triptych.doctor import budget as budgets
    from triptych.doctor.examination import examine
    from triptych.doctor.pages import as_json, as_text

    require_project()
    examination = examine(scale, configfile, panel)
    ordered = []
    if budget is not None:
        claims = budgets.known_claims(scale, [panel] if panel else PANELS)
        ordered = budgets.decisions(examination, claims, budget)
    if json:
        print(as_json(examination, ordered))
    else:
        print(as_text(examination))
        if budget is not None:
            print("\n" + budgets.as_text(ordered, budget))
    if examination.obstacles:
        raise SystemExit(1)


def new_paper(name: str, /) -> None:
    """Add a paper: the files of the example in docs/example under a name, and what registers it.

    The example runs as it is. docs/add-a-paper.md says what to replace in which file.

    Parameters
    ----------
    name
        The name of the panel in snake case, such as my_paper.
    """
    from triptych.cli import app
    from triptych.scaffold.paper import add_paper

    require_project()
    new, changed = add_paper(name, [*app])
    for done, paths in (("written", new), ("changed", changed)):
        for path in paths:
            print(f"{done}: {path}", file=sys.stderr)
    print(f"Try it: snakemake {name} --cores 2", file=sys.stderr)


def summary(
    *,
    scale: Scale,
    reference: bool = False,
    panel: Panel | None = None,
    part: tuple[Part, ...] = ("reproducibility", "appendix", "methods", "letters"),
    configfile: tuple[Path, ...] = (),
    latex: bool = False,
) -> None:
    """Print a run in the forms that reviewers know, in Markdown.

    These are a reproducibility summary, an artifact appendix, a methods section with citations,
    and a letter to the authors of each paper.

    Parameters
    ----------
    scale
        The scale of the run.
    reference
        Describe the adopted runs in reference/SCALE instead of results/SCALE.
    panel
        Only this paper; all that have claims by default.
    part
        Only these parts.
    configfile
        The files that were laid over params.yaml in the run.
    latex
        Print a LaTeX document.
    """
    import shlex

    from triptych.report.page.collected import Places
    from triptych.summary.document import Summary, render
    from triptych.summary.facts import collect, needs_of
    from triptych.summary.latex import as_latex

    joined, folder = _read_claims(scale, reference)
    places = Places(RESULTS / scale, PUBLISHED, REFERENCE)
    claimed = {claim.panel for claim in joined}
    panels = [name for name in get_args(Panel) if name in claimed and panel in (None, name)]
    if not panels:
        raise UserError(
            expected=f"claims of {panel}",
            found=f"claims of {', '.join(sorted(claimed))}",
            where=str(folder),
            remedy=f"make them: snakemake {panel} --cores all --config scale={scale}",
        )
    needs = needs_of(panels, scale, configfile)
    papers = [
        collect(
            name,
            [claim for claim in joined if claim.panel == name],
            scale,
            places,
            adopted=reference,
            needs=needs[name],
        )
        for name in panels
    ]
    overlays = shlex.join(overlay_options(configfile))
    text = render(Summary(scale, reference, overlays, tuple(papers)), part)
    print(as_latex(text) if latex else text, end="")


COMMANDS = (fetch, doctor, new_paper, summary)
