"""The page in a real browser: for eyes, screen readers and keyboards, and on paper."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from harness.report import page
from harness.report.merged import merge
from tests.report.sample import LEFT, evidence, written

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("report")]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FAILURES = {"FR-1.3": "memory on the engine is not limited", "FR-4.1": "make dev ends with 1"}
_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
PHONE, DESK = 360, 1280


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip(f"needs a browser: none of {', '.join(_BROWSERS)} is installed")
    with sync_playwright() as playwright:
        # As root, which CI may be, Chromium starts without its sandbox only.
        options = ["--no-sandbox", *_QUIET]
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with passes, failures and doubts."""
    directory = tmp_path_factory.mktemp("report")
    merged = merge(written(directory / "evidence", evidence(_FAILURES)))
    path = directory / "report.html"
    path.write_text(page.render(merged, directory), encoding="utf-8")
    return path


def opened(
    browser: Browser, path: Path, *, width: int = DESK, scheme: Literal["dark", "light"] = "light"
) -> Page:
    # The page forbids all scripts; the checker is one.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    shown = context.new_page()
    shown.goto(path.as_uri())
    return shown


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    browser: Browser, report: Path, width: int, scheme: Literal["dark", "light"]
) -> None:
    shown = opened(browser, report, width=width, scheme=scheme)
    shown.eval_on_selector_all("details", "all => all.forEach(it => it.open = true)")
    found = Axe().run(shown).response["violations"]
    assert [(it["id"], [node["html"][:120] for node in it["nodes"]][:3]) for it in found] == []


@pytest.mark.parametrize("width", [320, PHONE, DESK])
def test_nothing_is_wider_than_the_screen(browser: Browser, report: Path, width: int) -> None:
    shown = opened(browser, report, width=width)
    shown.eval_on_selector_all("details", "all => all.forEach(it => it.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_an_image_opens_to_its_layers_the_largest_first(browser: Browser, report: Path) -> None:
    shown = opened(browser, report, width=PHONE)
    shown.get_by_role("link", name="Images").click()
    assert shown.url.endswith("#images")
    image = shown.locator("details.image")
    assert "11 of 14 steps were cached" in image.locator("summary").inner_text()
    image.locator("summary").click()
    widths = image.locator(".fill").evaluate_all(
        "all => all.map(it => it.getBoundingClientRect().width)"
    )
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 50
    assert "1.7 kB" in image.locator("tr").last.inner_text()


def test_the_dark_is_dark(browser: Browser, report: Path) -> None:
    colours = [
        opened(browser, report, scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]
    assert colours == ["rgb(255, 255, 255)", "rgb(13, 17, 23)"]


def test_nothing_is_loaded_and_nothing_runs(browser: Browser, report: Path) -> None:
    context = browser.new_context()
    shown = context.new_page()
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.goto(report.as_uri())
    assert asked == [report.as_uri()]
    assert said == []
    assert shown.locator("script").count() == 0


def test_what_failed_comes_first_and_leads_to_its_criterion(browser: Browser, report: Path) -> None:
    shown = opened(browser, report)
    concluded = shown.locator("h1").inner_text()
    assert re.fullmatch(r"\d+ of 65 passed, 2 failed, \d+ unverified", concluded)
    failures = shown.locator(".failures li")
    assert [it.split()[0] for it in failures.all_inner_texts()] == ["FR-1.3", "FR-4.1"]
    failures.first.get_by_role("link").click()
    assert shown.url.endswith("#FR-1.3")
    criterion = shown.locator("#FR-1\\.3")
    assert criterion.get_attribute("open") is not None
    assert "memory on the engine is not limited" in criterion.inner_text()
    assert criterion.get_by_role("link", name="container.log").is_visible()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_each_file_that_a_check_left_is_one_click_away(
    browser: Browser, report: Path, width: int
) -> None:
    shown = opened(browser, report, width=width)
    criterion = shown.locator("#FR-1\\.3")
    told = criterion.get_by_role("listitem").all_inner_texts()
    assert told == [
        "container.log the end of its log",
        "exchange.json HTTP exchange",
        "build-dev.json build trace, dev",
    ]
    for name in LEFT:
        criterion.get_by_role("link", name=name).click()
        assert shown.locator("body").inner_text().strip() == f"left as run/FR-1.3/{name}"
        shown.go_back()
    assert shown.locator("#FR-4\\.1").get_by_role("link", name="up.log").is_visible()


def test_a_file_that_stayed_elsewhere_is_named_and_no_link(
    browser: Browser, tmp_path: Path
) -> None:
    merged = merge(written(tmp_path / "evidence", evidence(_FAILURES)))
    (tmp_path / "evidence/run/FR-1.3/exchange.json").unlink()
    path = tmp_path / "report.html"
    path.write_text(page.render(merged, tmp_path), encoding="utf-8")
    criterion = opened(browser, path).locator("#FR-1\\.3")
    told = "exchange.json HTTP exchange, not kept beside this page"
    assert criterion.get_by_text(told).is_visible()
    assert criterion.get_by_role("link", name="exchange.json").count() == 0


def test_why_a_criterion_is_unverified_is_seen_unopened(browser: Browser, report: Path) -> None:
    shown = opened(browser, report, width=PHONE)
    criterion = shown.locator("details:not([open])", has=shown.locator(".verdict.unverified")).first
    assert criterion.locator(".why").is_visible()
    assert criterion.locator(".why").inner_text() == "no check yet"


def test_with_the_keyboard_alone_a_criterion_is_opened(browser: Browser, report: Path) -> None:
    shown = opened(browser, report)
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Skip to the criteria"
    summary = shown.locator("#G-1\\.1 summary")
    summary.focus()
    shown.keyboard.press("Enter")
    assert shown.locator("#G-1\\.1").get_attribute("open") is not None
    outline = summary.evaluate("it => getComputedStyle(it).outlineStyle")
    assert outline == "solid"


def test_on_paper_all_is_open(browser: Browser, report: Path) -> None:
    shown = opened(browser, report)
    assert not shown.locator("#G-1\\.1 .inside").is_visible()
    shown.emulate_media(media="print")
    height = shown.locator("#G-1\\.1 pre").evaluate("it => it.getBoundingClientRect().height")
    assert height > 100
    assert not shown.locator("nav").is_visible()
