"""The report of the default run, in a browser, and after results or parameters have changed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import CHECKS, chromium, visit
from playwright.sync_api import Browser
from support import Run, edit

PAGE, PREVIEW = "results/smoke/report/index.html", "logs/smoke/report.html"
TABLE = "results/smoke/adversarial/table2.csv"
CURVES = "results/smoke/adversarial/curves.csv"
FIGURE = "results/smoke/segmentation/fig3_danet.png"

pytestmark = pytest.mark.dag


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture
def changed(smoke: Path, tmp_path: Path) -> Path:
    """A copy of the finished run."""
    shutil.copytree(smoke, tmp_path / "project", symlinks=True)
    return tmp_path / "project"


def concerns(page: Path, browser: Browser) -> str:
    """The page's section of problems; empty if it has none."""
    with visit(browser, page) as opened:
        section = opened.locator("#concerns")
        return section.inner_text() if section.count() else ""


@pytest.mark.parametrize("check", CHECKS)
def test_the_page_of_a_whole_run(
    smoke: Path, browser: Browser, check: Callable[[Browser, Path], None]
) -> None:
    check(browser, smoke / PAGE)


def test_the_page_of_a_whole_run_has_everything_and_no_concern(
    smoke: Path, browser: Browser
) -> None:
    assert concerns(smoke / PAGE, browser) == ""
    with visit(browser, smoke / PAGE) as page:
        # Three figures are drawn from published values, too. Of our own runs, of which panel 1
        # has two, Figure 5 of panel 3 is not passed on.
        assert page.locator(".run:not(.ours) img").count() == 8 + 3
        assert page.locator(".ours img").count() == 7 + 4
        assert page.locator(".notice").count() == page.locator(".ours .notice").count()
        assert page.locator(".absent").count() == page.locator(".ours .absent").count()
        assert "not_comparable" in page.locator("#glance").inner_text().replace(" ", "_")


def test_what_is_missing_altered_or_half_written_is_named_and_the_commands_on_the_page_mend_it(
    changed: Path, run: Run, browser: Browser
) -> None:
    (changed / TABLE).unlink()
    content = (changed / FIGURE).read_bytes()
    (changed / FIGURE).write_bytes(content[: len(content) // 2])
    edit(changed / CURVES, "0.", "0.9")

    run(changed, "triptych", "report", "--scale", "smoke")

    with visit(browser, changed / PREVIEW) as page:
        said = page.locator("#concerns").inner_text()
        commands = page.locator("#concerns td:last-child code").all_inner_texts()
        for path in (TABLE, FIGURE, CURVES):
            assert path in said
        assert f"snakemake {TABLE} --config scale=smoke" in commands
        assert page.locator("#segmentation-run-fig3_danet img").count() == 0
        assert page.locator("#adversarial-run-curves table").count() == 0
        assert page.locator("#adversarial-run-table2 .layout").count() == 1
    for command in dict.fromkeys([*commands, "snakemake --config scale=smoke"]):
        run(changed, *command.split())
    run(changed, "triptych", "report", "--scale", "smoke")
    assert concerns(changed / PREVIEW, browser) == ""
    assert run(changed, "triptych", "verify", "--scale", "smoke").returncode == 0


def test_another_parameter_is_told_at_the_front_and_at_each_artefact(
    changed: Path, run: Run, browser: Browser
) -> None:
    edit(changed / "params.yaml", "test_images: 200", "test_images: 199")

    run(changed, "triptych", "report", "--scale", "smoke")

    said = concerns(changed / PREVIEW, browser)
    assert "Was made with other parameters than the present ones" in said
    assert "results/smoke/adversarial/attacks/natural" in said
    with visit(browser, changed / PREVIEW) as page:
        for name in ("table2", "fig2_tpr", "curves"):
            notice = page.locator(f"#adversarial-run-{name} .notice").first.inner_text()
            assert "made with other parameters than the present ones" in notice
        assert page.locator("#segmentation-run-table1 .notice").count() == 0


def test_a_changed_template_makes_the_page_stale(changed: Path, run: Run) -> None:
    style = changed / "src/triptych/report/page/templates/style.css"
    style.write_text(style.read_text() + "/* changed */")

    planned = run(changed, "snakemake", "-n").stdout

    assert "write_page" in planned
    assert "count_curves" not in planned
