"""The report of the default run, in a browser, and after results or parameters have changed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import CHECKS, visit
from playwright.sync_api import Browser
from support import Run, edit

PAGE, PREVIEW = "results/smoke/report/index.html", "logs/smoke/report.html"
TABLE = "results/smoke/adversarial/table2.csv"
CURVES = "results/smoke/adversarial/curves.csv"
FIGURE = "results/smoke/segmentation/fig3_danet.png"

pytestmark = pytest.mark.dag


@pytest.fixture
def changed(smoke: Path, tmp_path: Path) -> Path:
    """A copy of the finished run."""
    shutil.copytree(smoke, tmp_path / "project", symlinks=True)
    return tmp_path / "project"


def not_shown(page: Path, browser: Browser) -> list[str]:
    """The notices on the page about files of the present run."""
    with visit(browser, page) as opened:
        return opened.locator(".run:not(.adopted) .notice, #glance .notice").all_inner_texts()


@pytest.mark.parametrize("check", CHECKS)
def test_the_page_of_a_whole_run(
    smoke: Path, browser: Browser, check: Callable[[Browser, Path], None]
) -> None:
    check(browser, smoke / PAGE)


def test_the_page_of_a_whole_run_shows_every_file(smoke: Path, browser: Browser) -> None:
    assert not_shown(smoke / PAGE, browser) == []
    with visit(browser, smoke / PAGE) as page:
        # Three plots of published values, too. Figure 5 of panel 3 is not redistributed.
        assert page.locator(".run:not(.adopted) .artifact img").count() == 12 + 3
        assert page.locator(".adopted .artifact img").count() == 7 + 3 + 5
        # Training curves of each panel; scores, the classes of two data sets, methods.
        assert page.locator(".run:not(.adopted) .chart img").count() == 3 + 4
        assert page.locator(".adopted .chart img").count() == 6
        # The default run has no sweeps, no photos for Equation 5, one training length, and no
        # further detectors.
        titles = ".run:not(.adopted) .artifact:has(> .absent) > h5"
        absent = page.locator(titles).all_inner_texts()
        assert absent == [
            "Training length and seed",
            "Training lengths beside the published network",
            "Convergence of the attack",
            "Further detectors",
            "Further detectors under an attack that knows them",
            "Areas under the ROC curves of further detectors",
            "More photos, other scales",
            "Scores against a setting",
            "Equation 5",
        ]
        assert "not_comparable" in page.locator("#glance").inner_text().replace(" ", "_")


def test_what_is_missing_altered_or_unfinished_is_named_and_the_command_on_the_page_makes_it(
    changed: Path, run: Run, browser: Browser
) -> None:
    (changed / TABLE).unlink()
    content = (changed / FIGURE).read_bytes()
    (changed / FIGURE).write_bytes(content[: len(content) // 2])
    edit(changed / CURVES, "0.", "0.9")

    run(changed, "triptych", "report", "--scale", "smoke")

    notices = " ".join(not_shown(changed / PREVIEW, browser))
    for path, state in (
        (TABLE, "is missing"),
        (FIGURE, "is not the file that was made"),
        (CURVES, "is not the file that was made"),
    ):
        assert f"Not shown: {path} {state}" in notices
    with visit(browser, changed / PREVIEW) as page:
        command = page.locator("#glance .notice code").first.inner_text()
        assert page.locator("#segmentation-run-fig3_danet img").count() == 0
        assert page.locator("#adversarial-run-curves table").count() == 0
    # As the page says: altered files are deleted first.
    for path in (FIGURE, CURVES):
        (changed / path).unlink()
    run(changed, *command.split())
    run(changed, "triptych", "report", "--scale", "smoke")
    assert not_shown(changed / PREVIEW, browser) == []
    assert run(changed, "triptych", "verify", "--scale", "smoke").returncode == 0


def test_after_a_changed_parameter_nothing_that_depends_on_it_is_shown(
    changed: Path, run: Run, browser: Browser
) -> None:
    edit(changed / "params.yaml", "test_images: 200\n        pgd", "test_images: 199\n        pgd")

    run(changed, "triptych", "report", "--scale", "smoke")

    with visit(browser, changed / PREVIEW) as page:
        for name in ("table2", "fig2_tpr", "curves"):
            notice = page.locator(f"#adversarial-run-{name} .notice").first.inner_text()
            assert "is out of date" in notice
        assert page.locator("#segmentation-run-table1 .notice").count() == 0


def test_a_changed_template_makes_the_page_stale(changed: Path, run: Run) -> None:
    style = changed / "src/triptych/report/page/templates/style.css"
    style.write_text(style.read_text() + "/* changed */")

    planned = run(changed, "snakemake", "-n").stdout

    assert "write_page" in planned
    assert "count_curves" not in planned
