"""Small results for the report: tables, figures and claims with their records."""

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path

import made_files
from small_results import make, read
from support import ROOT

from triptych.claims.claims import Claim, text_claim, write_claims
from triptych.drawing.figures import new_figure, save_figure
from triptych.engine.summary import Plan
from triptych.provenance import making as provenance
from triptych.report.page.collected import Places
from triptych.report.page.document import write
from triptych.report.steps import write_page

RESULTS, PUBLISHED, REFERENCE = Path("results/tiny"), Path("data/published"), Path("reference")
PANEL = RESULTS / "adversarial"
ADOPTED = REFERENCE / "lab" / "adversarial"
PAGE = RESULTS / "report" / "index.html"
SCORES, CURVES, TABLE, CLAIMS = (
    PANEL / name for name in ("raw/scores.safetensors", "curves.csv", "table2.csv", "claims.csv")
)
FIGURE, FINDINGS = PANEL / "fig2_tpr.svg", PANEL / "findings.md"
JOINED = RESULTS / "claims.csv"
# In the order in which they are made.
WANTED = (
    *(SCORES, CURVES, TABLE, TABLE.with_suffix(".md"), TABLE.with_suffix(".tex")),
    *(FIGURE, FIGURE.with_suffix(".png"), CLAIMS, PANEL / "metrics.json", FINDINGS, JOINED),
)
# Numbers that are in one file alone, to look for on the page.
IN_TABLE, IN_CURVES, IN_FINDINGS, IN_CLAIMS = "0.7391", "0.6173", "0.4297", "0.8623"

_SENTENCES = [
    text_claim("adversarial", "section4", "published/images_attacked",
               100000, 1000000, False, "counted"),
]  # fmt: skip


def make_run(folder: Path = PANEL) -> None:
    """Make a run of panel 1 in the current folder, with every kind of file on the page."""
    made_in = Path("results") / folder.parent.name / folder.name
    names = {path: folder / path.relative_to(PANEL) for path in (SCORES, CURVES, TABLE, FIGURE)}
    scores, curves, table, figure = names.values()
    data = {f"data/prepared/{folder.parent.name}/digits/test.safetensors": "0" * 64}
    make("adversarial.score", {scores: "scores"}, data, {"seed": 1}, 1)
    make(
        "adversarial.curves",
        {curves: f"model,epsilon,tpr\nnatural,0.10,{IN_CURVES}00\nsecret,0.20,\n"},
        read(scores),
        {"seed": 1},
        2,
    )
    tables = {
        table: f"model,epsilon,tpr,published\nnatural,0.10,{IN_TABLE}00,0.529000\n",
        table.with_suffix(".md"): f"**Table II. Reproduced.**\n\n| epsilon | tpr |\n|---|---|\n"
        f"| 0.10 | {IN_TABLE} |\n",
        table.with_suffix(".tex"): r"\begin{table}\end{table}",
    }
    make("adversarial.table2", tables, read(curves, PUBLISHED / "adversarial/table2.csv"), {}, 3)
    drawing = new_figure(2, 1)
    drawing.add_subplot().plot([0, 1])
    figure.parent.mkdir(parents=True, exist_ok=True)
    save_figure(drawing, figure, figure.with_suffix(".png"))
    record((figure, figure.with_suffix(".png")), "adversarial.figure", read(curves))
    write_claims([*claims_of("fig2_tpr", 50), *claims_of("table2", 3), *_SENTENCES],
                 folder / CLAIMS.name)  # fmt: skip
    record((folder / CLAIMS.name,), "adversarial.claims", read(curves))
    make("adversarial.findings", {folder / FINDINGS.name: _FINDINGS_TEXT}, read(curves), {}, 5)
    make("adversarial.claims", {folder / "metrics.json": "{}"}, read(curves), {}, 5)
    if folder == made_in:
        text = (folder / CLAIMS.name).read_text()
        make("claims.join", {JOINED: text}, read(folder / CLAIMS.name), {}, 6)
    else:
        _adopt(folder, made_in)


_FINDINGS_TEXT = f"""# Findings

On digits: {IN_FINDINGS}.

## The threshold

| row | value |
|:---|---:|
| a | 1 |

<script>alert("raw HTML")</script>
"""


def claims_of(artifact: str, count: int) -> list[Claim]:
    """Claims of one artifact: two of three agree."""
    return [
        Claim(
            *("adversarial", artifact, f"natural/{index / 100:.2f}/tpr/as_published"),
            *("value", "retrained", 0.8650, float(IN_CLAIMS), 0.8101, 0.9102, 1, 0.02),
            *(("differs", "far away") if index % 3 == 2 else ("agrees", "near")),
        )
        for index in range(count)
    ]


def record(paths: Iterable[Path], step: str, inputs: Mapping[str, str]) -> None:
    """Give files that are there their records."""
    other = Path("made/like/them")
    make(step, {other: ""}, inputs, {}, 4)
    shared = provenance.read(other).model_dump(exclude={"artifact", "sha256", "bytes"})
    for path in paths:
        made_files.record(path, **shared)


def _adopt(folder: Path, made_in: Path) -> None:
    """Let the records of a run name the folder where it was made, as adopted records do."""
    for path in folder.rglob("provenance/*.json"):
        moved = json.loads(path.read_text().replace(folder.as_posix(), made_in.as_posix()))
        key = provenance.job_key(
            **{name: moved[name] for name in ("step", "parameters", "inputs", "code")}
        )
        path.write_text(json.dumps({**moved, "key": key}))


def bring_published() -> None:
    """The papers' numbers and descriptions, in the current folder.

    Of the figures with published values only Figure 2 is drawn: drawing takes its time.
    """
    shutil.copytree(ROOT / PUBLISHED, PUBLISHED)
    paper = PUBLISHED / "adversarial/paper.yaml"
    drawn = re.compile(r"\n *published: .*y: (accuracy|combined).*")
    paper.write_text(drawn.sub("", paper.read_text()))


def ask(*pending: Path, further: Iterable[Path] = ()) -> str:
    """Write the page as `triptych report` does, and return its HTML.

    Snakemake would make the pending files again; the run should have further files, too.
    """
    plan = Plan(frozenset((*WANTED, *further)), frozenset(pending))
    write("tiny", Places(RESULTS, PUBLISHED, REFERENCE), PAGE, plan=plan)
    return PAGE.read_text(encoding="utf-8")


def write_report(page: Path = PAGE) -> str:
    """Write the page as the step of the workflow does, and return its HTML."""
    write_page(scale="tiny", results=RESULTS, published=PUBLISHED, reference=REFERENCE, page=page)
    return page.read_text(encoding="utf-8")


def text_of(html: str) -> str:
    """The visible text of a page, each run of blanks as one."""
    reader = _Reader()
    reader.feed(html)
    return " ".join("".join(reader.pieces).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag in ("style", "script")
        if tag not in ("wbr", "code", "span", "a", "strong"):
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(data)


def section_of(html: str, anchor: str) -> str:
    """The text of one section of the page: from its anchor to the next section."""
    return text_of(html_of(html, anchor))


def html_of(html: str, anchor: str) -> str:
    """The HTML of that section."""
    found = re.search(rf'<section[^>]* id="{anchor}".*?(?=<section|</main)', html, re.DOTALL)
    assert found, f"the page has no section {anchor}"
    return found.group()
