"""Pages in a browser: one service for the session, sign-in by role, and the checks that every page has to pass."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe

from yibao.registry.clock import CHINA
from yibao.service.access.signin import STEP
from yibao.service.app import create_app

CHROMIUM = Path("/usr/bin/chromium")
WIDTHS = (320, 390, 768, 1024, 1440)


class Site:
    """A service that answers on a port of this machine, and a browser that looks at it."""

    def __init__(self, url: str, browser: Any, given: Mapping[str, Any], clock: Any) -> None:
        self.url, self.browser, self.given, self.clock = url, browser, given, clock
        self._states: dict[str, Any] = {}

    def visitor(self, user: str | None = None, *, lang: str = "zh", **more: Any) -> Any:
        """A browser context, signed in as a user (with both factors where the role asks for them).

        ``more``: viewport, color_scheme, java_script_enabled … as of Playwright. Close it after use.
        """
        more.setdefault("viewport", {"width": 1440, "height": 900})
        if user is not None:
            if user not in self._states:
                self._states[user] = self._signed_in(user)
            more["storage_state"] = self._states[user]
        context = self.browser.new_context(base_url=self.url, locale="zh-CN" if lang == "zh" else "en-GB", **more)
        context.add_cookies([{"name": "lang", "value": lang, "url": self.url}])
        return context

    def _signed_in(self, user: str) -> Any:
        context = self.browser.new_context(base_url=self.url, locale="zh-CN")
        tab = context.new_page()
        self.sign_in(tab, user)
        state = context.storage_state()
        context.close()
        return state

    def sign_in(self, tab: Any, user: str) -> None:
        """Through the forms, as a person does it."""
        tab.goto("/sign-in")
        tab.fill("#name", user)
        tab.fill("#password", self.given[user]["password"])
        tab.click("main button")
        if "second_factor" in self.given[user]:
            tab.fill("#code", self.code(user))
            tab.click("main button")

    def code(self, user: str) -> str:
        """A code that was not used: each is of a later step than the one before."""
        self.clock.now += timedelta(seconds=4 * STEP)
        at = int(self.clock().replace(tzinfo=CHINA).timestamp())
        return pyotp.TOTP(self.given[user]["second_factor"]).at(at)


@pytest.fixture(scope="session")
def site(service: Any, given: Mapping[str, Any], clock: Any) -> Iterator[Site]:
    """The suite's service on a port, with Debian's chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed")
    service.figures.make()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(create_app(service), host="127.0.0.1", port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield Site(f"http://127.0.0.1:{port}", browser, given, clock)
        browser.close()
    server.should_exit = True
    thread.join(10)


def check(site: Site, path: str, user: str | None, lang: str, theme: str = "light", width: int = 1440) -> str:
    """What console.md §10 asks of every page; returns its text. One page load, then measured at every width."""
    context = site.visitor(user, lang=lang, color_scheme=theme, viewport={"width": width, "height": 900})
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    answer = tab.goto(path)
    assert answer.status == 200, (path, answer.status)
    source = answer.text()
    assert " style=" not in source and "<script" not in source, f"{path}: inline style or script"
    assert len(source.encode()) < 1_000_000
    wrong = tab.evaluate(CHECKS, lang)
    assert wrong == [], f"{path} ({lang}): {wrong[:5]}"
    judged = Axe().run(tab).response["violations"]
    assert judged == [], f"{path} ({lang}): {[(v['id'], v['impact'], v['nodes'][0]['html'][:120]) for v in judged]}"
    for wide in WIDTHS:
        tab.set_viewport_size({"width": wide, "height": 900})
        out = tab.evaluate(STICKS_OUT)
        assert tab.evaluate("document.documentElement.scrollWidth") <= wide, f"{path} sticks out at {wide}: {out[:3]}"
        small = tab.evaluate(SMALL_TEXT)
        assert small == [], f"{path}: small text in a chart at {wide}: {small[:3]}"
    tab.set_viewport_size({"width": 390, "height": 844})
    small = tab.evaluate(SMALL_TARGETS)
    assert small == [], f"{path}: targets below 44 px: {small[:3]}"
    assert complaints == [], complaints
    text = str(tab.locator("main").inner_text())
    context.close()
    return text


def look(site: Site, path: str, user: str | None, folder: Path) -> None:
    """Screenshots of a page for people: 390 and 1440 px, light and dark, zh and en."""
    for lang, theme, width in (("zh", "light", 1440), ("en", "dark", 1440), ("en", "light", 390), ("zh", "dark", 390)):
        context = site.visitor(user, lang=lang, color_scheme=theme, viewport={"width": width, "height": 900})
        tab = context.new_page()
        tab.goto(path)
        name = re.sub(r"\W+", "-", path).strip("-") or "home"
        tab.screenshot(path=str(folder / f"{name}.{lang}.{theme}.{width}.png"), full_page=True)
        context.close()


def timed(done: Callable[[], Any]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    done()
    return time.perf_counter() - began


#: Structure, names of controls, tables, charts, headings, contrast of text, words of the other language.
CHECKS = """
(lang) => {
  const wrong = [], say = (what, e) => wrong.push(what + ': ' + (e ? e.outerHTML.slice(0, 120) : ''));
  const all = q => [...document.querySelectorAll(q)];
  if (!document.documentElement.lang.startsWith(lang)) say('lang of the page');
  if (all('h1').length !== 1) say('one h1');
  if (!document.title.includes(' · ')) say('title');
  let level = 0;
  for (const h of all('h1,h2,h3,h4')) {
    const n = +h.tagName[1]; if (n > level + 1) say('skipped level', h); level = n; }
  for (const l of ['header', 'main']) if (all(l).length !== 1) say('landmark ' + l);
  if (!document.querySelector('a.skip[href="#main"]')) say('skip link');
  const ids = all('[id]').map(e => e.id);
  for (const id of ids) if (ids.filter(i => i === id).length > 1) say('twice the id ' + id);
  for (const e of all('input:not([type=hidden]),select,textarea'))
    if (!(e.labels && e.labels.length) && !e.getAttribute('aria-label')) say('control without a label', e);
  for (const e of all('a,button')) if (!e.textContent.trim() && !e.getAttribute('aria-label')) say('no name', e);
  for (const e of all('table')) { if (!e.caption) say('no caption', e);
    for (const h of e.querySelectorAll('th')) if (!h.scope) say('th without scope', h); }
  for (const e of all('svg')) if (e.getAttribute('aria-hidden') !== 'true' &&
    !(e.getAttribute('role') === 'img' && e.getAttribute('aria-label'))) say('picture without words', e);
  for (const e of all('.tw')) if (e.tabIndex < 0 || !e.getAttribute('aria-label')) say('scroll box', e);
  for (const e of all('nav')) if (!e.getAttribute('aria-label')) say('nav without a name', e);
  for (const e of all('fieldset')) if (!e.querySelector('legend')) say('fieldset without legend', e);
  for (const e of all('[aria-describedby],[aria-labelledby]'))
    for (const id of (e.getAttribute('aria-describedby') || e.getAttribute('aria-labelledby')).split(' '))
      if (!document.getElementById(id)) say('names nothing: ' + id, e);
  const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const part = v => v <= 10.0164 ? v / 3294.6 : ((v / 255 + .055) / 1.055) ** 2.4;
  const lum = c => { const f = c.slice(0, 3).map(part);
    return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
  const ground = e => { for (let x = e; x; x = x.parentElement) { const c = rgb(getComputedStyle(x).backgroundColor);
    if (c.length === 3 || c[3] > 0.99) return c; } return [255, 255, 255]; };
  for (const e of all('main *, header *, footer *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('svg') || !e.getClientRects().length) continue;
    const a = lum(rgb(getComputedStyle(e).color)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.49) say('contrast ' + ratio.toFixed(2), e);
  }
  if (lang === 'en') {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n = texts.nextNode(); n; n = texts.nextNode())
      if (/[\u4e00-\u9fff]/.test(n.textContent) && !n.parentElement.closest('[lang^=zh],svg title'))
        say('Chinese that is not marked', n.parentElement); }
  return wrong;
}
"""

SMALL_TEXT = """
[...document.querySelectorAll('svg.chart')].filter(s => s.getBoundingClientRect().width > 0).flatMap(s => {
    const scale = s.getBoundingClientRect().width / s.viewBox.baseVal.width;
    return [...s.querySelectorAll('text')].map(t => parseFloat(t.getAttribute('font-size') || '12') * scale)
        .filter(size => size < 10.9);
})
"""

#: What reaches beyond the window, boxes that scroll and what is in them left out.
STICKS_OUT = """
[...document.querySelectorAll('main *, header *')].filter(e => !e.closest('.tw') && !e.closest('.nav') &&
  e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 90))
"""

#: Controls and links that stand alone; links inside sentences and tables are excepted by WCAG 2.5.8.
SMALL_TARGETS = """
[...document.querySelectorAll('button,select,input,.btn,nav a')]
  .filter(e => !['hidden', 'checkbox', 'radio'].includes(e.type))
  .filter(e => { const r = e.getBoundingClientRect(); return r.width && r.height && r.height < 43.5; })
  .map(e => e.outerHTML.slice(0, 100))
"""
