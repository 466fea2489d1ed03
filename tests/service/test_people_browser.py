"""In a browser: what insured people and the public come for, from sign-in to result, and the checks of pages."""

from __future__ import annotations

from typing import Any

import pytest
from console_browser import Site, check

pytestmark = pytest.mark.browser
#: A page of each kind, looked at in both languages; themes and widths take turns, since each page is measured at all
#: widths anyway.
PAGES = (
    ("/me", "resident"), ("/me/cover", "resident"), ("/me/record", "resident"), ("/me/voucher", "resident"),
    ("/me/feedback/new", "resident"), ("/account", "resident"), ("/open/indicators/stay_cost", None),
    ("/open/institutions/H99010200001", None), ("/open/calculator?level_b=2", None), ("/open/complaint", None),
    ("/law/policy/YUNHAI-390", None),
)  # fmt: skip


@pytest.mark.parametrize(("path", "user"), PAGES)
def test_pages_pass_the_checks_in_both_languages(site: Site, path: str, user: str | None) -> None:
    number = [one[0] for one in PAGES].index(path)
    themes = ("light", "dark") if number % 2 else ("dark", "light")
    check(site, path, user, "zh", themes[0], 390)
    check(site, path, user, "en", themes[1], 1440)


def _dearest(tab: Any) -> None:
    """Open the dearest stay from the list of bills."""
    tab.click("nav a[href='/me/bills']")
    tab.select_option("#f-kind", "stay")
    tab.click(".filters button")
    tab.goto(f"{tab.url}&sort=-total")  # the headings are not shown on a phone: the address is the order
    tab.click("tbody th a")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_person_reads_why_he_paid_and_finds_assistance_due(site: Site, lang: str) -> None:
    context = site.visitor(lang=lang, viewport={"width": 390, "height": 844}, java_script_enabled=lang == "zh")
    tab = context.new_page()
    site.sign_in(tab, "resident")
    _dearest(tab)
    title = tab.locator("h1").inner_text()
    paid = tab.locator(".trio .y dd").inner_text()
    assert paid in title.replace("\u00a0", " ")
    steps = tab.locator(".steps > li")
    parts = {
        steps.nth(n).get_attribute("data-step"): int(steps.nth(n).get_attribute("data-fen"))
        for n in range(steps.count())
    }
    own = sum(parts.get(name, 0) for name in ("not_covered", "over_limit", "first_share", "deductible", "rest", "back"))
    assert own == round(float(paid.replace(",", "")) * 100)
    assert paid in tab.locator(".chk").inner_text()
    tab.locator(".steps summary").first.click()
    hint = tab.locator("#hint").inner_text()
    assert ("医疗救助" in hint) == (lang == "zh") and ("medical assistance" in hint) == (lang == "en")
    tab.click("#hint a")
    found = tab.locator("#assistance").inner_text()
    assert tab.locator("#assistance .amount").get_attribute("data-fen") > "0"
    assert ("怎么办" if lang == "zh" else "What to do") in found and (
        "民政" if lang == "zh" else "civil affairs"
    ) in found
    context.close()


def test_the_bill_in_large_text_fits_a_phone(site: Site) -> None:
    context = site.visitor("resident", viewport={"width": 390, "height": 844})
    tab = context.new_page()
    tab.goto("/me")
    tab.click(".large button")
    assert tab.locator("html").get_attribute("data-size") == "large"
    _dearest(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
    bill, box = tab.url.removeprefix(site.url), tab.locator(".end .btn").bounding_box()
    assert box is not None and box["height"] >= 60
    context.close()
    check(site, bill, "resident", "zh", "light", 390)
    check(site, bill, "resident", "en", "dark", 1440)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_person_shows_the_voucher_on_a_white_ground(site: Site, lang: str) -> None:
    context = site.visitor(lang=lang, viewport={"width": 390, "height": 844}, color_scheme="dark")
    tab = context.new_page()
    site.sign_in(tab, "resident")
    tab.click("a[href='/me/voucher']")
    tab.click(".uses a[href='/me/voucher?use=pharmacy']")
    box = tab.locator(".qr svg").bounding_box()
    assert box is not None and box["width"] >= 240
    assert tab.evaluate("getComputedStyle(document.querySelector('.qr')).backgroundColor") == "rgb(255, 255, 255)"
    assert ("60 秒" if lang == "zh" else "60 seconds") in tab.locator(".qr").inner_text()
    first = tab.locator("#voucher-text").text_content()
    tab.click(".btns a")
    assert tab.locator("#voucher-text").text_content() != first
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_public_works_out_a_bill_with_the_keyboard(site: Site, lang: str) -> None:
    context = site.visitor(lang=lang, viewport={"width": 1440, "height": 900}, java_script_enabled=lang == "zh")
    tab = context.new_page()
    tab.goto("/open/calculator")
    tab.focus("#f-total")
    tab.keyboard.press("Control+a")
    tab.keyboard.type("30000")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**total=30000**")
    total, fund, own = (
        float(tab.locator(f".trio div:nth-child({n}) dd").first.inner_text().replace(",", "")) for n in (1, 2, 3)
    )
    assert total == 30_000 and round(fund + own - total, 2) == 0
    tab.select_option("#f-level_b", "1")
    tab.click(".form-calc button")
    assert tab.locator(".sides > div").count() == 2
    again = context.new_page()
    again.goto(tab.url)  # the address is the state
    assert again.locator("h1").inner_text() == tab.locator("h1").inner_text()
    tab.goto("/open/calculator?total=x")
    assert tab.title().startswith("错误：" if lang == "zh" else "Error: ")
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_person_sees_who_looked_and_asks_about_it(
    site: Site, service: Any, scopes: Any, keys: Any, call: Any, lang: str
) -> None:
    row = service.ledger.slice(scopes["resident"], ["person"])["person"].to_pylist()[0]
    asked = {
        "institution_id": scopes["his"],
        "person_id": scopes["resident"],
        "id_number": row["id_number"],
        "day": "2025-12-20",
    }
    assert call("POST", "/api/v1/eligibility", keys["his"], json=asked).status_code == 200
    context = site.visitor(lang=lang)
    tab = context.new_page()
    site.sign_in(tab, "resident")
    tab.click("nav a[href='/me/access']")
    first = tab.locator("tbody tr").first.inner_text()
    assert ("核对参保和待遇资格" if lang == "zh" else "checking cover and entitlement") in first
    tab.locator("tbody tr a[href*='kind=access']").first.click()
    tab.fill("#f-words", "这家医院我没有去过。" if lang == "zh" else "I have never been to this hospital.")
    tab.click("main form button")
    assert tab.locator("[role=status]").count() == 1
    assert ("15 个工作日" if lang == "zh" else "15 working days") in tab.locator("main").inner_text()
    context.close()


def test_a_bill_on_paper_is_light_and_without_forms(site: Site) -> None:
    context = site.visitor("resident", color_scheme="dark")
    tab = context.new_page()
    tab.goto("/me/bills")
    _dearest(tab)
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        tab.locator(".nav").is_hidden()
        and tab.locator("form.large").is_hidden()
        and tab.locator(".end .btn").is_hidden()
    )
    assert len(tab.pdf(format="A4")) > 10_000
    context.close()
