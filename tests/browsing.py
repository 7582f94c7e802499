"""Checks of a page in a real browser, for made-up results and for those of a whole run."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PHONE = {"width": 360, "height": 740}
_TABLET, _DESK = {"width": 820, "height": 1000}, {"width": 1360, "height": 900}
# A page of A4 between its margins, in the pixels of CSS.
_PAPER = {"width": 680, "height": 1000}
# The rows of a table are alike, and a page of a whole run has thousands.
_ROWS_LOOKED_AT = 3

Context = dict[str, Any]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium.

    Skipped where there is none; an error where TRIPTYCH_REQUIRE_BROWSER says there must be one.
    """
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        if os.environ.get("TRIPTYCH_REQUIRE_BROWSER"):
            pytest.fail(f"TRIPTYCH_REQUIRE_BROWSER is set, but there is none of {_NAMES}")
        pytest.skip("needs a browser: install chromium")
    # Its sandbox cannot be had by root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, path: Path, **context: Any) -> Iterator[Page]:
    """Open a page; whatever it complains of or asks the network for is an error."""
    said: list[str] = []
    with browser.new_context(**context) as window:
        page = window.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("request", lambda request: said.extend(_foreign(request.url)))
        page.goto(path.as_uri())
        yield page
        assert said == []


def _foreign(address: str) -> list[str]:
    return [] if urlsplit(address).scheme in ("file", "data") else [f"asks for {address}"]


def check_links(browser: Browser, path: Path) -> None:
    """Every link leads to an existing file or to a place on the page."""
    with visit(browser, path) as page:
        addresses = page.evaluate("[...document.links].map(a => a.getAttribute('href'))")
        places = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(places) == len(set(places))
    links = [urlsplit(address) for address in addresses]
    assert {link.scheme for link in links} <= {"", "https"}
    beside = [link for link in links if not link.scheme]
    assert [link.fragment for link in beside if not link.path and link.fragment not in places] == []
    files = {unquote(link.path) for link in beside if link.path}
    assert files
    assert [name for name in sorted(files) if not (path.parent / name).is_file()] == []


def check_sorting(browser: Browser, path: Path) -> None:
    """Tables are sorted by mouse and keyboard, numerically, and announce it."""
    with visit(browser, path) as page:
        unfold(page)
        tables = page.locator("table.sortable:has(tbody tr:nth-child(3))")
        assert tables.count() > 0
        for index in range(min(3, tables.count())):
            _check_sorted(page, tables.nth(index))


def _check_sorted(page: Page, table: Locator) -> None:
    header = table.locator("thead th.n").first
    column = header.evaluate("header => header.cellIndex")
    for direction, press in (("ascending", "Enter"), ("descending", "Space"), ("ascending", None)):
        button = header.locator("button")
        if press:
            button.focus()
            page.keyboard.press(press)
        else:
            button.click()
        # It is sorted a moment later.
        page.wait_for_timeout(50)
        assert header.get_attribute("aria-sort") == direction
        keys = table.locator("tbody").evaluate(
            "(body, column) => [...body.rows].map(row => row.cells[column].dataset.sort)", column
        )
        numbers = [float(key) for key in keys if key]
        assert len(numbers) > 1
        assert numbers == sorted(numbers, reverse=direction == "descending")
        assert keys == [*filter(None, keys), *[""] * keys.count("")]


def check_accessible(browser: Browser, path: Path) -> None:
    """axe finds nothing to complain of, in light and, as to colors, in dark."""
    violations = {"resultTypes": ["violations"]}
    colors = {**violations, "runOnly": ["color-contrast"]}
    for scheme, options in (("light", violations), ("dark", colors)):
        with visit(browser, path, color_scheme=scheme) as page:
            unfold(page)
            page.evaluate(
                "count => document.querySelectorAll('tbody').forEach("
                "body => [...body.rows].slice(count).forEach(row => row.remove()))",
                _ROWS_LOOKED_AT,
            )
            found = Axe().run(page, options=options).response["violations"]
            assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def check_widths(browser: Browser, path: Path) -> None:
    """Nothing but the regions of wide tables is scrolled sideways, on a phone or elsewhere."""
    for size in (_PHONE, _TABLET, _DESK):
        with visit(browser, path, viewport=size) as page:
            unfold(page)
            assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
            too_wide = page.evaluate(
                "[...document.querySelectorAll('table')].filter("
                "table => !table.closest('[tabindex=\"0\"]')"
                " && table.offsetWidth > table.parentElement.clientWidth"
                " - 2 * parseFloat(getComputedStyle(table.parentElement).paddingLeft) + 1)"
                ".map(table => table.caption.textContent)"
            )
            assert too_wide == []


def check_printing(browser: Browser, path: Path) -> None:
    """On paper no table is cut, nothing is left to be unfolded, and there is something at all."""
    with visit(browser, path, viewport=_PAPER) as page:
        page.emulate_media(media="print")
        cut = page.evaluate(
            "[...document.querySelectorAll('table')].filter(table => !table.closest('.wide')"
            " && table.getBoundingClientRect().right > innerWidth + 1)"
            ".map(table => table.caption.textContent)"
        )
        assert cut == []
        assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"


CHECKS = (check_links, check_sorting, check_accessible, check_widths, check_printing)


def unfold(page: Page) -> None:
    """Open everything that is folded, and let charts be drawn."""
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    draw_charts(page)


def draw_charts(page: Page) -> None:
    """Scroll to each chart: it is drawn when it comes near the screen."""
    for chart in page.locator(".chart:has(.live)").all():
        chart.scroll_into_view_if_needed()
        chart.locator("canvas").first.wait_for()
