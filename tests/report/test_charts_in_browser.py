"""The charts in a real browser: with the keyboard, without JavaScript, on paper, in the dark."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from browsing import check_accessible, check_printing, check_widths, draw_charts, visit
from playwright.sync_api import Browser, Locator, Page
from small_charts import THRESHOLD, rates
from small_reports import PAGE

_CHARTS = 6


@pytest.fixture(autouse=True)
def current(charted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a page that has a chart of each kind."""
    monkeypatch.chdir(charted)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """The page in a browser, with its charts drawn."""
    with visit(browser, PAGE.resolve()) as opened:
        draw_charts(opened)
        yield opened


@pytest.fixture
def scores(page: Page) -> Locator:
    """The chart of the detector's scores."""
    return page.locator("#adversarial-run-scores")


def read_rates(scores: Locator) -> dict[str, dict[str, float]]:
    """The rates in the table below the chart."""
    part = {
        one.get_attribute("data-part"): one.inner_text()
        for one in scores.locator(".rates [data-part]").all()
    }
    shown = {
        attack: {
            name: float(part[f"{attack}-{name}"].removesuffix(" %")) / 100
            for name in ("accuracy", "tpr", "combined")
            if part[f"{attack}-{name}"] != "\N{EN DASH}"
        }
        for attack in ("pgd", "aware")
    }
    return {**shown, "clean": {"flagged": float(part["false-positives"][:-2]) / 100}}


def expected(
    model: str, epsilon: str, threshold: float, attacks: Sequence[str] = ("pgd", "aware")
) -> dict[str, dict[str, float]]:
    """The same, counted from the table."""
    clean = rates(model, "clean", "0.00", threshold)
    shown = {attack: rates(model, attack, epsilon, threshold) for attack in attacks}
    for one in shown.values():
        del one["flagged"]
    return {**shown, "clean": {"flagged": clean["flagged"]}}


def near(shown: dict[str, dict[str, float]]) -> dict[str, object]:
    """Rates that are equal up to the digits on the page."""
    return {name: pytest.approx(values, abs=0.00051) for name, values in shown.items()}


def test_sliders_are_moved_by_the_keyboard_and_the_rates_are_those_of_the_table(
    page: Page, scores: Locator
) -> None:
    epsilon, threshold = (scores.get_by_label(name) for name in ("Epsilon", "Threshold of"))
    assert read_rates(scores) == near(expected("natural", "0.20", float(THRESHOLD)))

    threshold.focus()
    page.keyboard.press("ArrowLeft")
    assert threshold.get_attribute("aria-valuetext") == "0.002"
    assert read_rates(scores) == near(expected("natural", "0.20", 0.002))
    page.keyboard.press("Home")
    assert threshold.get_attribute("aria-valuetext") == "below 0"
    assert read_rates(scores)["clean"] == {"flagged": 1}
    page.keyboard.press("End")
    assert read_rates(scores) == near(expected("natural", "0.20", 1.0))

    scores.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert read_rates(scores) == near(expected("natural", "0.20", float(THRESHOLD)))

    epsilon.focus()
    page.keyboard.press("ArrowLeft")
    assert epsilon.get_attribute("aria-valuetext") == "0.10"
    shown = read_rates(scores)
    # This network was not attacked with knowledge of the detector at this epsilon.
    assert shown.pop("aware") == {}
    assert shown == near(expected("natural", "0.10", float(THRESHOLD), ("pgd",)))
    scores.locator("output").filter(has_text="Combined: attacked").wait_for(state="attached")


def test_another_network_has_its_own_epsilons(page: Page, scores: Locator) -> None:
    scores.get_by_label("Network").focus()
    page.keyboard.press("ArrowDown")

    assert scores.get_by_label("Epsilon").get_attribute("max") == "0"
    shown = read_rates(scores)
    del shown["aware"]
    assert shown == near(expected("secret", "0.10", float(THRESHOLD), ("pgd",)))


def test_other_methods_are_chosen_and_their_differences_are_said(page: Page) -> None:
    chart = page.locator("#segmentation-run-classes_streets")
    said = chart.locator("output")
    assert said.inner_text() == "Trainings: 3. Interval above zero: sky. Below zero: column pole."
    drawn = canvas_of(chart)

    chart.get_by_label("Methods", exact=True).focus()
    page.keyboard.press("ArrowDown")

    assert said.inner_text() == "Trainings: 3. Interval above zero: car. Below zero: none."
    assert canvas_of(chart) != drawn
    chart.get_by_label("Network").focus()
    page.keyboard.press("ArrowDown")
    assert said.inner_text().startswith("Trainings: 2. Interval above zero: </script>.")


def test_a_method_and_a_training_are_chosen(page: Page) -> None:
    methods = page.locator("#personalization-run-methods")
    drawn = canvas_of(methods)
    methods.get_by_label("interval").select_option("DreamBooth")
    assert "DreamBooth: prompt fidelity 0.200" in methods.locator("output").inner_text()
    assert canvas_of(methods) != drawn

    training = page.locator("#segmentation-run-training output")
    assert training.inner_text().count("At step 20: loss 0.5, held-out metric 0.75.") == 2


def canvas_of(chart: Locator) -> str:
    """The pixels of a chart."""
    return str(chart.locator("canvas").first.evaluate("canvas => canvas.toDataURL()"))


def test_a_change_of_the_color_scheme_is_followed(page: Page, scores: Locator) -> None:
    drawn = canvas_of(scores)

    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)

    assert canvas_of(scores) != drawn


def test_charts_follow_the_width_of_the_window(page: Page, scores: Locator) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_timeout(300)

    assert page.evaluate("document.documentElement.scrollWidth") == 360
    place = scores.locator(".plot").first
    assert place.evaluate("place => place.firstChild.offsetWidth <= place.offsetWidth")


def test_without_javascript_there_are_pictures(browser: Browser) -> None:
    with visit(browser, PAGE.resolve(), java_script_enabled=False) as page:
        assert visible(page, ".still img") == _CHARTS
        assert visible(page, ".live") == 0


def test_with_javascript_there_are_charts_and_on_paper_pictures(page: Page) -> None:
    assert visible(page, ".live canvas") >= _CHARTS
    assert visible(page, ".still img") == 0

    page.emulate_media(media="print")

    assert visible(page, ".still img") == _CHARTS
    assert visible(page, ".live") == 0


def test_a_chart_that_cannot_be_drawn_leaves_its_picture(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE.read_text(encoding="utf-8").replace('"groups":[', '"groups":0,"lost":['))

    with browser.new_context() as window:
        page = window.new_page()
        errors: list[object] = []
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(path.as_uri())
        page.locator("#adversarial-run-scores").scroll_into_view_if_needed()
        page.locator("#adversarial-run-training canvas").wait_for()

        assert len(errors) == 1
        assert visible(page, "#adversarial-run-scores .still img") == 1
        assert visible(page, "#adversarial-run-scores .live") == 0


def visible(page: Page, selector: str) -> int:
    """The number of elements that are to be seen."""
    return sum(one.is_visible() for one in page.locator(selector).all())


@pytest.mark.parametrize("check", [check_accessible, check_widths, check_printing])
def test_a_page_with_charts(browser: Browser, check: Callable[[Browser, Path], None]) -> None:
    check(browser, PAGE.resolve())
