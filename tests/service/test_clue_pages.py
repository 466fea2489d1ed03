"""The auditor's pages: the queue, one clue whole, what the registry allows or refuses, nobody else's eyes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from callers import HTML, Client, Clock
from test_signing_in import code, csrf, form

from yibao.registry import clues
from yibao.registry.actors import add, grant
from yibao.service.access.keys import make_key
from yibao.service.access.signin import STEP
from yibao.service.state import Service


@pytest.fixture
def auditor(call: Client, given: Mapping[str, Any], clock: Clock) -> Client:
    """An auditor, signed in with both factors."""
    clock.now += timedelta(seconds=4 * STEP)  # a code counts once
    form(call, "auditor", given["auditor"]["password"])
    said = {"code": code(given, "auditor", clock), "csrf": csrf(call, "/sign-in/code")}
    assert call("POST", "/sign-in/code", data=said).status_code == 303
    return call


@pytest.fixture(scope="module")
def mine(service: Service) -> dict[str, Any]:
    """A clue that was assigned to the auditor."""
    with service.registry.reading("clue.read", "auditor") as unit:
        rows = [row for row in clues.clues(unit) if row["first_reviewer"] == "auditor"]
    return dict(rows[0])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_queue_counts_what_it_lists(auditor: Client, service: Service, lang: str) -> None:
    with service.registry.reading("clue.read", "auditor") as unit:
        rows = clues.clues(unit)
    open_ = [row for row in rows if row["closed_at"] is None]
    text = auditor("GET", f"/audit/clues?lang={lang}", headers=HTML).text
    assert f"<b>{len(open_):,} {'条' if lang == 'zh' else 'clues'}</b>" in text
    assert text.count('scope="row"') == min(len(open_), 50)
    listed = auditor("GET", "/audit/clues?ended=true&download=json&part=clues").json()["rows"]
    assert len(listed) == len(rows) and sum(row["claimed"] for row in listed) == sum(row["claimed"] for row in rows)
    heaviest = auditor("GET", "/audit/clues?sort=-claimed&download=json&part=clues").json()["rows"]
    assert [row["claimed"] for row in heaviest] == sorted((row["claimed"] for row in open_), reverse=True)
    few = auditor("GET", "/audit/clues?result=violation&family=B&level=1&download=json&part=clues").json()["rows"]
    assert {row["result"] for row in few} <= {"明确违规", "violation"}
    assert "style=" not in text and "<script" not in text and text.count("<h1") == 1
    assert auditor("GET", "/audit/clues?state=nonsense", headers=HTML).status_code == 422


def test_a_clue_of_every_rule_opens(auditor: Client, service: Service) -> None:
    with service.registry.reading("clue.read", "auditor") as unit:
        one_of = {row["law_ids"]: row["clue_id"] for row in clues.clues(unit)}
    pages = {laws: auditor("GET", f"/audit/clues/{clue}?lang=en", headers=HTML) for laws, clue in one_of.items()}
    assert len(pages) > 20 and {laws for laws, page in pages.items() if page.status_code != 200} == set()


def test_a_clue_is_begun_and_sent_and_the_registry_refuses_what_does_not_follow(
    auditor: Client, mine: dict[str, Any], service: Service
) -> None:
    at = f"/audit/clues/{mine['clue_id']}"
    text = auditor("GET", at, headers=HTML).text
    assert mine["title_zh"] in text and "法律依据" in text and "反证" in text and 'aria-current="step"' in text
    people = [row["person_id"] for row in service.registry.do(clues.show, mine["clue_id"], by="auditor")["findings"]]
    assert not any(person in text for person in people if person)  # persons are told apart, not named
    token = csrf(auditor, at)
    begun = auditor("POST", f"{at}/begin", data={"csrf": token})
    assert (begun.status_code, begun.headers["location"]) == (303, f"{at}?done=begin")
    again = auditor("POST", f"{at}/begin", data={"csrf": token}, headers=HTML)
    assert again.status_code == 409 and 'role="alert"' in again.text
    said = {"csrf": token, "d": "no", "reason": "proved", "note": " "}
    empty = auditor("POST", f"{at}/decide", data=said, headers=HTML)
    assert empty.status_code == 422 and [empty.text.count(f'href="#f-{name}"') for name in ("reason", "note")] == [1, 1]
    kept = auditor("POST", f"{at}/decide", data={**said, "note": "先放着", "draft": "1"})
    assert kept.headers["location"] == f"{at}?done=draft" and "先放着" in auditor("GET", at, headers=HTML).text
    send = {"csrf": token, "d": "send", "reason": "proved", "note": "请说明", "final": "1"}
    assert auditor("POST", f"{at}/decide", data={**send, "csrf": ""}).status_code == 403  # without the page's token
    shown = auditor("POST", f"{at}/decide", data={k: v for k, v in send.items() if k != "final"}, headers=HTML)
    assert shown.status_code == 200 and "核对后提交" in shown.text
    assert service.registry.do(clues.show, mine["clue_id"], by="lead")["state"] == "S3"  # shown, not done
    sent = auditor("POST", f"{at}/decide", data=send)
    assert sent.status_code == 303
    told = auditor("GET", sent.headers["location"], headers=HTML).text
    assert 'role="status"' in told and "机构答复" in told and "请说明" in told and "先放着" not in told


def test_the_queue_goes_along_to_the_clue_and_back(auditor: Client, service: Service) -> None:
    listed = auditor("GET", "/audit/clues?family=B&sort=-claimed", headers=HTML).text
    links = re.findall(r'href="(/audit/clues/[^"]+)"', listed)
    assert "from=" in links[1] and "family%3DB" in links[1]
    text = auditor("GET", links[1].replace("&amp;", "&"), headers=HTML).text
    assert "第 2 条，共" in text and links[0].partition("?")[0] in text and links[2].partition("?")[0] in text
    assert "类别" in text


def test_the_same_person_does_not_review_twice_and_a_lead_stays_in_audit(auditor: Client, service: Service) -> None:
    lead, institution = "CL-TIP-1", next(iter(service.institutions))
    said = {"source": "tip", "title_zh": "举报", "title_en": "tip", "explanation_zh": "群众举报",
            "explanation_en": "a tip", "period_from": date(2025, 2, 1), "period_to": date(2025, 3, 1)}  # fmt: skip
    service.registry.do(clues.open_clue, lead, institution_id=institution, by="lead", **said)
    service.registry.do(clues.assign, lead, "auditor", by="lead")
    service.registry.do(clues.begin, lead, by="auditor")
    text = auditor("GET", f"/audit/clues/{lead}", headers=HTML).text
    assert re.findall(r'name="d" value="(\w+)"', text) == ["no"]
    token = csrf(auditor, f"/audit/clues/{lead}")
    forced = {"csrf": token, "d": "send", "reason": "proved", "final": "1"}
    assert auditor("POST", f"/audit/clues/{lead}/decide", data=forced, headers=HTML).status_code == 422
    with service.registry.reading("clue.read", "lead") as unit:
        found = next(
            row for row in clues.clues(unit, state="S0") if row["result"] == "suspect" and row["institution_id"]
        )
    other = found["clue_id"]
    service.registry.do(clues.assign, other, "auditor", by="lead")
    service.registry.do(clues.begin, other, by="auditor")
    service.registry.do(clues.send, other, by="auditor")
    told = auditor("GET", f"/audit/clues/{other}", headers=HTML).text
    assert "视为无异议" in told and 'name="d"' not in told
    service.registry.do(add, "answering", "answering", kind="service", by="admin")
    scope = ("hospital", "institution", found["institution_id"])
    service.registry.do(grant, "answering", *scope, valid_from=date(2025, 1, 1), by="admin")
    service.registry.do(clues.accept, other, by="answering")
    refused = auditor("POST", f"/audit/clues/{other}/second", data={"csrf": token}, headers=HTML)
    assert refused.status_code == 409 and "复审须由他人进行" in refused.text


def test_another_citys_auditor_sees_neither_the_clue_nor_its_row(
    call: Client, service: Service, mine: dict[str, Any]
) -> None:
    other = next(code for code in ("990100", "990200", "990300") if not mine["region_code"].startswith(code[:4]))
    service.registry.do(add, "auditor-there", "auditor there", kind="service", by="admin")
    service.registry.do(grant, "auditor-there", "auditor", "region", other, valid_from=date(2025, 1, 1), by="admin")
    key = make_key(service.registry, "auditor-there", "tests", "admin")
    assert call("GET", f"/audit/clues/{mine['clue_id']}", key).status_code == 404
    assert call("POST", f"/audit/clues/{mine['clue_id']}/begin", key).status_code == 404
    listed = call("GET", "/audit/clues", key).text
    assert mine["clue_id"] not in listed
    seen = re.findall(r"/audit/clues/([^\"?]+)", listed)
    with service.registry.reading("clue.read", "auditor") as unit:
        where = {row["clue_id"]: row["region_code"] for row in clues.clues(unit)}
    assert all(where[clue].startswith(other[:4]) for clue in seen)


def test_a_hospital_has_no_auditors_page(call: Client, given: Mapping[str, Any], mine: dict[str, Any]) -> None:
    form(call, "hospital", given["hospital"]["password"])
    for path in ("/audit/clues", f"/audit/clues/{mine['clue_id']}"):
        answer = call("GET", path, headers=HTML)
        assert answer.status_code == 403 and "无权" in answer.text
