"""The page in a real browser, with everything on it and with much of it missing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import CHECKS, check_links, check_widths, visit
from playwright.sync_api import Browser
from small_reports import CURVES, PAGE, RESULTS, SCORES, TABLE, ask, record, write_report

pytestmark = pytest.mark.usefixtures("small")

Check = Callable[[Browser, Path], None]


@pytest.mark.parametrize("check", CHECKS)
def test_a_page_with_much_of_it_missing_or_altered(browser: Browser, check: Check) -> None:
    TABLE.unlink()
    SCORES.write_text("altered")

    write_report()

    check(browser, PAGE.resolve())


@pytest.mark.parametrize("check", [check_links, check_widths])
def test_a_page_of_nothing(browser: Browser, check: Check) -> None:
    RESULTS.rename("elsewhere")

    write_report()

    check(browser, PAGE.resolve())


def test_the_first_tab_leads_past_the_contents(browser: Browser) -> None:
    ask()

    with visit(browser, PAGE.resolve()) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        assert page.evaluate("location.hash") == "#main"


def test_a_folded_table_is_opened_by_the_keyboard_and_its_region_scrolls(browser: Browser) -> None:
    CURVES.write_text(",".join(f"column_{n}" for n in range(40)) + "\n" + ",".join("1" * 40) + "\n")
    record([CURVES], "adversarial.curves", {})
    ask()

    with visit(browser, PAGE.resolve()) as page:
        fold = page.locator("#adversarial-run-curves details.fold")
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        region = fold.locator(".scroll")
        region.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
        assert region.evaluate("region => region.scrollLeft") > 0
