"""Four tasks in a browser, from sign-in to result, in both languages; and the checks that every page has to pass."""

from __future__ import annotations

import time
from typing import Any

import pytest
from console_browser import Site, check

from yibao.registry import clues, opinions
from yibao.service.state import Service

pytestmark = pytest.mark.browser
PAGES = (
    ("/bureau", "bureau"),
    ("/bureau/regions", "bureau"),
    ("/bureau/institutions?kind=2&indicator=findings", "bureau"),
    ("/bureau/rules", "bureau"),
    ("/bureau/rules/C01", "bureau"),
    ("/bureau/rules/C01/steps/off", "bureau"),
    ("/bureau/regions/flows?measure=stay_fund", "bureau"),
    ("/bureau/payment", "bureau"),
    ("/bureau/payment/groups/I63", "bureau"),
    ("/bureau/institutions/compare?a={0}&b={1}", "bureau"),
    ("/bureau/feedback", "bureau"),
    ("/audit/points", "auditor"),
    ("/bureau/quality", "bureau"),
    ("/bureau/access", "bureau"),
    ("/audit", "auditor"),
    ("/audit/clues", "auditor"),
    ("/audit/figures", "auditor"),
    ("/audit/recoveries", "auditor"),
    ("/admin/users", "admin"),
    ("/admin/users/new", "admin"),
    ("/admin/keys", "admin"),
    ("/bureau/fund", "bureau"),
    ("/bureau/institutions/{0}", "bureau"),
    ("/bureau/objections?state=", "bureau"),
)
#: Seconds that a task may take here, where two cores are shared by many; a person needs most of it for reading.
PATIENCE = 60.0


def clue_for(service: Service, reviewer: str, taken: set[str]) -> dict[str, Any]:
    """A clue that waits for its first review, and claims money for each of several persons."""
    with service.registry.reading("clue.read", "lead") as unit:
        rows = [
            row
            for row in clues.clues(unit)
            if row["persons"] >= 2 and row["state"] == "S0" and row["clue_id"] not in taken and row["result"] != "lead"
        ]
    rows.sort(key=lambda row: (-row["claimed"], row["clue_id"]))
    chosen = next(row for row in rows if len(claimants(service, row["clue_id"])) == row["persons"])
    service.registry.do(clues.assign, chosen["clue_id"], reviewer, by="lead")
    taken.add(chosen["clue_id"])
    return dict(chosen)


def claimants(service: Service, clue_id: str) -> set[str]:
    """Persons for whom this clue claims money; what another clue has claimed already counts for nobody here."""
    told = service.registry.do(clues.show, clue_id, by="lead")
    paid = {row["finding_id"] for row in told["money"] if row["fund_amount"]}
    return {row["person_id"] for row in told["findings"] if row["finding_id"] in paid}


TAKEN: set[str] = set()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_auditor_decides_a_clue_and_sees_the_sum_before_it_is_final(site: Site, service: Service, lang: str) -> None:
    clue = clue_for(service, "auditor", TAKEN)
    context = site.visitor(lang=lang)
    tab, began = context.new_page(), time.monotonic()
    site.sign_in(tab, "auditor")
    tab.goto(f"/audit/clues/{clue['clue_id']}?from=whose%3Dmine")
    tab.click("#decide button[formaction$='/begin#errors']")
    assert tab.locator("[role=status]").is_visible()
    before = tab.locator(".dec .big").inner_text()
    tab.locator(".ftab input.ck:enabled:checked").last.uncheck()
    tab.check("input[name=d][value=part]")
    tab.click(".dec .btns button:not([name=draft]) >> nth=0")  # without reason and note
    assert tab.locator("#errors").is_visible() and tab.locator("#errors a").count() == 2 and "#errors" in tab.url
    assert not tab.locator(".ftab input.ck").last.is_checked()  # nothing that was written is lost
    tab.select_option("select[name=reason]", "some_unproved")
    tab.fill("textarea[name=note]", "一人证据不足")
    tab.click(".dec .btns button:not([name=draft]) >> nth=0")
    assert tab.locator("h1").inner_text().startswith("核对后提交" if lang == "zh" else "Check, then hand in")
    after = tab.locator(".final dd.big").inner_text()
    assert after != before  # worked out again, and not final yet
    assert service.registry.do(clues.show, clue["clue_id"], by="lead")["state"] == "S3"
    tab.click("button[name=final]")
    assert tab.locator("[role=status]").is_visible() and tab.locator(".dec .big").inner_text() == after
    told = service.registry.do(clues.show, clue["clue_id"], by="lead")
    assert told["state"] == "S3c" and told["claimed"] < clue["claimed"]
    assert time.monotonic() - began < PATIENCE
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_analyst_goes_from_an_alert_to_its_evidence_in_three_clicks(site: Site, lang: str) -> None:
    context = site.visitor(lang=lang)
    tab = context.new_page()
    site.sign_in(tab, "bureau")
    tab.goto("/bureau")
    tab.locator("#warnings a[href^='/bureau/rules/']").first.click()  # 1: the rule that the alert is about
    tab.locator("table a[href^='/audit/clues?rule=']").first.click()  # 2: its clues at one provider
    tab.locator("table tbody th a").first.click()  # 3: the evidence
    assert tab.locator("#s3").is_visible() and tab.locator(".ftab tbody tr").count() >= 1
    assert tab.locator("#s6").is_visible() and tab.locator("#s7").is_visible()
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_bureau_answers_an_opinion(site: Site, service: Service, lang: str) -> None:
    with service.registry.reading("opinion.read", "bureau") as unit:
        open_ = [row for row in opinions.opinions(unit, state="open") if row["given_by"] == "hospital"]
    context = site.visitor(lang=lang)
    tab = context.new_page()
    site.sign_in(tab, "bureau")
    tab.goto("/bureau/opinions")
    tab.locator(f"a[href='/bureau/opinions/{open_[-1]['opinion_id']}']").click()
    tab.check("input[name=outcome][value=accepted]")
    tab.fill("textarea[name=words]", "已剔除计划内分期治疗 4 例，10 月 16 日起按新口径计算。")
    tab.click(".dec .btns button >> nth=0")
    assert "已剔除" in tab.locator("[data-confirm]").inner_text()  # shown once more before it is final
    tab.click("button[name=final]")
    assert tab.locator("[role=status]").is_visible() and tab.locator(".dec form").count() == 0
    with service.registry.reading("opinion.read", "hospital") as unit:
        mine = {row["opinion_id"]: row["state"] for row in opinions.opinions(unit)}
    assert mine[open_[-1]["opinion_id"]] == "answered"
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_administrator_adds_a_user_with_a_scope_who_then_signs_in(site: Site, lang: str) -> None:
    context = site.visitor(lang=lang)
    tab, name = context.new_page(), f"expert-{lang}"
    site.sign_in(tab, "admin")
    tab.goto("/admin/users")
    tab.click("a[href='/admin/users/new']")
    tab.fill("[name=actor_id]", name)
    tab.fill("[name=name]", "审核 Reviewer")
    tab.select_option("[name=role]", "insurer")
    tab.fill("[name=scope]", "990100")
    tab.click("main form.form button")
    password = tab.locator("code.secret").first.inner_text()
    other = site.visitor(lang=lang)
    newcomer = other.new_page()
    newcomer.goto("/sign-in")
    newcomer.fill("#name", name)
    newcomer.fill("#password", password)
    newcomer.click("main button")
    assert newcomer.locator("h1").inner_text() == ("首页" if lang == "zh" else "Home")
    assert newcomer.goto("/bureau").status == 403
    other.close()
    context.close()


@pytest.mark.parametrize("number", range(len(PAGES)))
def test_a_page_passes_the_checks(site: Site, service: Service, number: int) -> None:
    path, user = PAGES[number]
    path = path.format(*sorted(service.institutions))
    lang, theme = (("zh", "light"), ("en", "dark"))[number % 2]
    check(site, path, user, lang, theme)


@pytest.mark.parametrize(("law", "lang", "theme"), [("B09-2", "zh", "light"), ("G01", "en", "dark")])
def test_a_clue_with_a_figure_of_its_family_passes(
    site: Site, service: Service, law: str, lang: str, theme: str
) -> None:
    with service.registry.reading("clue.read", "lead") as unit:
        clue = next(row for row in clues.clues(unit) if law in row["law_ids"].split(","))
    text = check(site, f"/audit/clues/{clue['clue_id']}", "auditor", lang, theme)
    assert ("关键图" if lang == "zh" else "Key figure") in text


def test_the_clue_page_passes_in_both_languages_and_its_bar_jumps_to_the_form(site: Site, service: Service) -> None:
    clue = clue_for(service, "auditor", TAKEN)
    for lang, theme in (("zh", "dark"), ("en", "light")):
        check(site, f"/audit/clues/{clue['clue_id']}", "auditor", lang, theme)
    context = site.visitor("auditor", viewport={"width": 390, "height": 844}, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"/audit/clues/{clue['clue_id']}")
    tab.locator(".phonebar a").click()
    assert tab.url.endswith("#decide") and tab.locator("#decide").is_visible()
    tab.emulate_media(media="print")
    assert not tab.locator(".phonebar").is_visible() and not tab.locator("nav.nav").is_visible()
    assert tab.locator(".ftab").is_visible() and tab.locator("#s7").is_visible()  # the evidence is on paper too
    assert not tab.locator(".dec button").first.is_visible()
    context.close()
