"""The report in a browser: no request leaves it, nothing sticks out, it works without script, paper is light."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed")
    with playwright.sync_playwright() as tool:
        found = tool.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_leaves_the_page_and_nothing_sticks_out(browser, folder: Path, lang: str, theme: str) -> None:
    context = browser.new_context(color_scheme=theme)
    tab, complaints, requests = context.new_page(), [], []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto((folder / f"report.{lang}.html").as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for width in (320, 390, 768, 1024, 1440):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        small = tab.evaluate(SMALL_TEXT)
        assert not small, f"text below 11 px at {width}: {small[:3]}"
    assert complaints == []
    assert [url for url in requests if not url.startswith("file:")] == []
    context.close()


SMALL_TEXT = """
[...document.querySelectorAll('svg.chart')].filter(s => s.getBoundingClientRect().width > 0).flatMap(s => {
    const scale = s.getBoundingClientRect().width / s.viewBox.baseVal.width;
    return [...s.querySelectorAll('text')].map(t => parseFloat(t.getAttribute('font-size') || '12') * scale)
        .filter(size => size < 10.9);
})
"""


def test_a_click_on_a_heading_sorts_and_says_so(browser, folder: Path) -> None:
    tab = browser.new_page()
    tab.goto((folder / "report.en.html").as_uri())
    table = tab.locator("#findings table").first
    column = table.locator("thead th").nth(2)
    column.locator("button").click()
    assert column.get_attribute("aria-sort") == "ascending"
    column.locator("button").click()
    assert column.get_attribute("aria-sort") == "descending"
    counts = [int(text.replace(",", "")) for text in table.locator("tbody tr td:nth-child(3)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert "descending" in tab.locator("#said").inner_text()
    tab.close()


def test_the_appearance_can_be_chosen(browser, folder: Path) -> None:
    tab = browser.new_page(color_scheme="light")
    tab.goto((folder / "report.zh.html").as_uri())
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(ground)
    tab.locator("#look").click()
    tab.locator("#look").click()
    assert tab.evaluate(ground) != light
    tab.close()


def test_without_script_everything_is_there(browser, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((folder / "report.zh.html").as_uri())
    assert tab.locator("#look").is_hidden()
    assert tab.locator("#law-C03 article").is_visible()
    assert tab.locator("#findings tbody tr").count() > 8
    context.close()


def test_paper_is_light_even_for_those_who_prefer_dark(browser, folder: Path) -> None:
    tab = browser.new_page(color_scheme="dark")
    tab.goto((folder / "report.zh.html").as_uri())
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--canvas').trim()") == "#F5F6F8"
    assert not tab.locator("nav").is_visible()
    assert tab.pdf(format="A4").startswith(b"%PDF")
    tab.close()
