"""A report in a real browser: nothing fails, every chart is drawn, everything can be reached by keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.evals.report import page, report
from agent.evals.report.runs import read
from agent.evals.types import InputMode
from tests.fakes.reported_runs import questions, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
PATIENCE = 120_000.0
CHARTS = "results wer own-wer hops kinds seconds calibration failures automaton-1 automaton-2".split()

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: `apt-get install chromium`")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's own sandbox does not start for root, as whom containers often run.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """report.html about two spoken runs, its questions inside, and many.html with its questions on pages."""
    place = tmp_path_factory.mktemp("report")
    asked = questions(8)
    modes: tuple[InputMode, ...] = ("gold", "nbest")
    runs = read([write_run(place / mode, asked, input=mode, conditions=("clean", "white@0")) for mode in modes])
    page.write(report.build(runs), place / "report.html")
    page.write(report.Report("Many", runs, (), ()), place / "many.html", inside=1, audio="link")
    return place


@pytest.fixture
def errors() -> list[str]:
    """What the browser complained about."""
    return []


@pytest.fixture
def shown(browser: Browser, folder: Path, errors: list[str]) -> Iterator[Page]:
    """The report at a desktop's width; any request but its own file fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    tab.on("console", lambda message: errors.append(message.text))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else errors.append(request.url)
    )
    tab.goto((folder / "report.html").as_uri())
    yield tab
    context.close()
    assert errors == []


def test_every_chart_is_drawn(shown: Page) -> None:
    drawn = shown.eval_on_selector_all(
        "figure svg",
        """charts => charts.map(chart => {
             const size = chart.getBoundingClientRect();
             const painted = [...chart.querySelectorAll('path, rect, use')]
               .filter(each => each.getBoundingClientRect().width > 0);
             return [chart.getAttribute('aria-labelledby'), size.width, size.height, painted.length];
           })""",
    )
    assert [each[0].split("-title")[0] for each in drawn] == CHARTS
    for name, width, height, painted in drawn:
        assert width > 300, name
        assert height > 60, name
        assert painted > 12, name
    assert shown.evaluate("getComputedStyle(document.querySelector('.s-c0')).stroke") == "rgb(0, 103, 165)"


def test_dark_and_narrow(shown: Page) -> None:
    light = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    shown.emulate_media(color_scheme="dark")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert shown.evaluate("getComputedStyle(document.querySelector('.s-c0')).stroke") == "rgb(95, 178, 239)"
    shown.set_viewport_size({"width": 360, "height": 740})
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360


def test_everything_is_reached_by_keyboard(shown: Page) -> None:
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Skip to the report"
    shown.keyboard.press("Enter")
    assert shown.evaluate("document.activeElement.id") == "main"
    reached = []
    for _ in range(200):
        shown.keyboard.press("Tab")
        told = shown.evaluate(
            "(e => [e.tagName, e.id, e.matches(':focus-visible') && getComputedStyle(e).outlineStyle])"
            "(document.activeElement)"
        )
        if told[0] == "BODY":
            break
        reached.append(told)
    assert [told for told in reached if told[2] == "none" or told[2] is False] == []
    stops = shown.evaluate(
        "[...document.querySelectorAll('main a, main summary, main input, main select, main [tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility()).length"
    )
    assert len(reached) >= stops
    assert {"SUMMARY", "INPUT", "SELECT"} <= {told[0] for told in reached}


def test_a_question_opens_with_its_recording_and_evidence(shown: Page) -> None:
    first = shown.locator("#sample-1 details")
    first.locator("summary").focus()
    shown.keyboard.press("Enter")
    assert first.evaluate("details => details.open") is True
    assert first.locator(".take").count() == 2
    assert first.locator("ol.heard li").count() > 1
    assert shown.evaluate(
        """() => new Promise((done) => {
             const audio = document.querySelector('#sample-1 audio');
             audio.oncanplay = () => done(audio.duration > 0);
             audio.onerror = () => done(false);
             audio.load(); audio.preload = 'auto';
           })"""
    )


def test_questions_are_found(shown: Page) -> None:
    assert shown.locator("#count").inner_text() == "16 of 16"
    shown.select_option("#outcome", "right")
    shown.select_option("#run", label="gold")
    right = int(shown.locator("#count").inner_text().split()[0])
    assert right == shown.locator(".samples > li:visible").count()
    assert right == shown.evaluate(
        "[...document.querySelectorAll('.samples > li')]"
        ".filter(e => e.dataset.outcomes.split(',')[0] === 'right').length"
    )
    shown.fill("#find", "no question says this")
    assert shown.locator("#count").inner_text() == "0 of 16"


def test_pages_of_questions(shown: Page, folder: Path) -> None:
    shown.goto((folder / "many.html").as_uri())
    shown.locator(".samples a").first.click()
    assert shown.url.endswith("many-samples/0001.html#sample-1")
    assert shown.locator("article").count() == 16
    assert shown.evaluate(
        """() => new Promise((done) => {
             const audio = document.querySelector('audio');
             audio.oncanplay = () => done(audio.duration > 0);
             audio.onerror = () => done(false);
             audio.preload = 'auto'; audio.load();
           })"""
    )
    shown.get_by_role("link", name="Report", exact=True).first.click()
    assert shown.url.endswith("many.html#samples")


def test_no_script_is_needed(browser: Browser, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((folder / "report.html").as_uri())
    assert tab.locator(".filters").is_hidden()
    assert tab.locator(".samples > li").count() == 16
    context.close()
