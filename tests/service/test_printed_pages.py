"""Pages on paper: light, without what only a screen needs, nothing cut at the edge of A4."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from console_browser import Site

from yibao.service.console import own_clues
from yibao.service.state import Service

pytestmark = pytest.mark.browser
#: The width of A4 less its margins of 12 mm, in CSS pixels, and its height less 14 mm.
PAPER = {"width": 703, "height": 1016}
#: What should not be on paper, and what sticks out of it.
WRONG = """
() => {
  const seen = e => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden';
  const screen = 'nav,.filters,.files,.turn,.btn,button,input,select,textarea,.skip,.who,.doors,.large,.dock,.phonebar';
  const left = [...document.querySelectorAll(screen)].filter(e => seen(e) && e.type !== 'hidden');
  const out = [...document.querySelectorAll('main *')].filter(e => seen(e) && !e.closest('svg') &&
    getComputedStyle(e).clipPath === 'none' && e.getBoundingClientRect().right > innerWidth + 1);
  return [...left, ...out].slice(0, 4).map(e => e.outerHTML.slice(0, 140));
}
"""


@pytest.mark.parametrize(("path", "user", "needed"), [
    ("/hospital/benchmark?peers=city", "hospital", ".indic tbody tr"), ("/hospital/money", "hospital", "tfoot tr"),
    ("/hospital/clues/CLUE", "hospital", ".panel tbody tr"), ("/hospital/staff", "hospital", ".panel tbody tr"),
    ("/me/bills", "resident", "main tbody tr"), ("/me/cover", "resident", "main tbody tr"),
    ("/me/voucher", "resident", ".qr svg"), ("/open/institutions/H99010200001", None, "main tbody tr"),
])  # fmt: skip
def test_a_page_prints_whole_and_without_what_is_for_the_screen(
    site: Site, service: Service, scopes: Mapping[str, str], path: str, user: str | None, needed: str
) -> None:
    clue = own_clues.own_clues(service, scopes["hospital"])[0]["clue_id"]
    context = site.visitor(user, color_scheme="dark", viewport=PAPER)
    tab = context.new_page()
    assert tab.goto(path.replace("CLUE", clue)).status == 200
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.locator(needed).first.is_visible() and tab.locator("h1").is_visible()
    assert tab.evaluate(WRONG) == []
    if user is not None:
        stamp = tab.locator(".stamp")
        assert stamp.is_visible() and user in stamp.inner_text() and "2025-12-" in stamp.inner_text()
    context.close()
