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
        rows = [row for row in clues.clues(unit) if row["first_reviewer"] == "auditor" and row["state"] == "S2"]
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


@pytest.fixture(scope="module")
def people(service: Service) -> dict[str, str]:
    """Keys of a bureau, a lead, officers with and without licence, and experts of the whole city."""
    top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
    made: dict[str, str] = {}
    for role, names in (
        ("bureau", ("b-chief",)), ("lead", ("l-chief",)), ("officer", ("o-one", "o-two", "o-new")),
        ("expert", ("x-one", "x-two", "x-three")), ("auditor", ("r-one", "r-two")),
    ):  # fmt: skip
        for name in names:
            licence = f"E-{name}" if name in ("o-one", "o-two") else None
            service.registry.do(add, name, name, kind="service", licence=licence, by="admin")
            service.registry.do(grant, name, role, "region", top, valid_from=date(2025, 1, 1), by="admin")
            made[name] = make_key(service.registry, name, "tests", "admin")
    return made


def in_second_review(service: Service, taken: set[str]) -> str:
    """A clue that its provider has accepted, in the hands of the second reviewer."""
    with service.registry.reading("clue.read", "lead") as unit:
        row = next(
            r for r in clues.clues(unit, state="S0")
            if r["result"] != "lead" and r["institution_id"] and r["claimed"] and r["clue_id"] not in taken
        )  # fmt: skip
    clue, answering = row["clue_id"], f"answers-{row['clue_id']}"
    taken.add(clue)
    service.registry.do(add, answering, answering, kind="service", by="admin")
    place = ("hospital", "institution", row["institution_id"])
    service.registry.do(grant, answering, *place, valid_from=date(2025, 1, 1), by="admin")
    service.registry.do(clues.assign, clue, "r-one", by="lead")
    for verb, by in ((clues.begin, "r-one"), (clues.send, "r-one"), (clues.accept, answering), (clues.second, "r-two")):
        service.registry.do(verb, clue, by=by)
    return str(clue)


TAKEN: set[str] = set()


def test_what_was_verified_on_site_is_penalised_and_transferred_on_the_page(
    call: Client, service: Service, people: dict[str, str]
) -> None:
    clue = in_second_review(service, TAKEN)
    at, bureau = f"/audit/clues/{clue}", people["b-chief"]
    early = call(
        "POST", f"{at}/penalise", bureau, data={"decision_no": "罚 1", "words": "罚款", "final": "1"}, headers=HTML
    )
    assert early.status_code == 409 and "复审尚无结论" in early.text and "请先作出复审结论" in early.text
    service.registry.do(clues.uphold, clue, reason="proved", by="r-two")
    shown = call("GET", at, bureau, headers=HTML).text
    assert f'action="{at}/verify#errors"' in shown and f'action="{at}/transfer#errors"' in shown
    assert "/penalise#errors" not in shown and "o-one" in shown and "o-new" not in shown
    unverified = call("POST", f"{at}/penalise", bureau, data={"decision_no": "罚 1", "words": "罚款", "final": "1"},
                      headers=HTML)  # fmt: skip
    assert unverified.status_code == 409 and "尚未现场核实" in unverified.text
    one = call("POST", f"{at}/verify", bureau, data={"officers": ["o-one"], "words": "现场清点", "final": "1"},
               headers=HTML)  # fmt: skip
    assert one.status_code == 409 and "不得少于两人" in one.text
    assert re.search(r'value="o-one" checked', one.text) and "现场清点" in one.text  # nothing written is lost
    both = {"officers": ["o-one", "o-two"], "words": "现场清点，与结算不符"}
    assert "o-two" in call("POST", f"{at}/verify", bureau, data=both, headers=HTML).text  # shown, not done
    both["final"] = "1"
    assert call("POST", f"{at}/verify", bureau, data=both).headers["location"] == f"{at}?done=verify"
    empty = call("POST", f"{at}/penalise", bureau, data={"decision_no": "", "words": " "}, headers=HTML)
    assert empty.status_code == 422
    assert all(f'href="#f-penalise-{name}"' in empty.text for name in ("decision_no", "words"))
    said = {"decision_no": f"罚 {clue}", "words": "处基金损失一倍罚款", "harm": "1"}
    asked = call("POST", f"{at}/penalise", bureau, data=said, headers=HTML)
    assert asked.status_code == 200 and "即将作出行政处罚" in asked.text and "处基金损失一倍罚款" in asked.text
    assert service.registry.do(clues.show, clue, by="lead")["state"] == "S7"  # shown, not done
    assert call("POST", f"{at}/penalise", people["l-chief"], data={**said, "final": "1"}).status_code == 403
    done = call("POST", f"{at}/penalise", bureau, data={**said, "final": "1"})
    assert done.headers["location"] == f"{at}?done=penalise"
    moved = call("POST", f"{at}/transfer", bureau,
                 data={"decision_no": f"移 {clue}", "words": "移送公安机关", "final": "1"})  # fmt: skip
    assert moved.status_code == 303
    told = service.registry.do(clues.show, clue, by="lead")
    assert {row["kind"] for row in told["decisions"]} == {"8d", "8g"}
    again = call("POST", f"{at}/transfer", bureau,
                 data={"decision_no": f"移 {clue}", "words": "移送公安机关", "final": "1"}, headers=HTML)  # fmt: skip
    assert again.status_code == 409 and "已存在" in again.text
    page = call("GET", f"{at}?lang=en", bureau, headers=HTML).text
    assert "Impose a penalty" in page and "Transfer to another authority" in page


def test_a_panel_speaks_on_the_page_and_its_majority_is_followed(
    call: Client, service: Service, people: dict[str, str]
) -> None:
    clue = in_second_review(service, TAKEN)
    at, second = f"/audit/clues/{clue}", people["r-two"]
    two = call("POST", f"{at}/panel", second, data={"experts": ["x-one", "x-two"], "words": "是否成立"}, headers=HTML)
    assert two.status_code == 409 and "三名以上单数专家" in two.text
    three = {"experts": ["x-one", "x-two", "x-three"], "words": "是否成立"}
    assert call("POST", f"{at}/panel", second, data=three).status_code == 303
    for name, stands in (("x-one", "stands"), ("x-two", "stands")):
        said = {"stands": stands, "words": "证据充分", "final": "1"}
        assert call("POST", f"{at}/opinion", people[name], data=said).headers["location"] == f"{at}?done=opinion"
    assert "/opinion#errors" not in call("GET", at, people["x-one"], headers=HTML).text  # who has spoken is not asked
    uphold = {"d": "uphold", "reason": "proved", "final": "1"}
    waits = call("POST", f"{at}/decide", second, data=uphold, headers=HTML)
    assert waits.status_code == 409 and "尚有 1 名专家未发表意见" in waits.text
    falls = {"stands": "falls", "words": "病情有变"}
    asked = call("POST", f"{at}/opinion", people["x-three"], data=falls, headers=HTML).text
    assert "即将发表合议意见" in asked and "病情有变" in asked
    assert call("POST", f"{at}/opinion", people["x-three"], data={**falls, "final": "1"}).status_code == 303
    against = call("POST", f"{at}/decide", second, headers=HTML,
                   data={"d": "withdraw", "reason": "other", "note": "撤销", "final": "1"})  # fmt: skip
    assert against.status_code == 409 and "合议意见为成立" in against.text
    assert call("POST", f"{at}/decide", second, data=uphold).status_code == 303
    assert service.registry.do(clues.show, clue, by="lead")["upheld"]


def test_a_clue_rests_goes_on_and_is_put_off_by_whoever_may(
    call: Client, service: Service, people: dict[str, str]
) -> None:
    clue = in_second_review(service, TAKEN)
    at, lead = f"/audit/clues/{clue}", people["l-chief"]
    shown = call("GET", at, lead, headers=HTML).text
    assert all(f"/{act}#errors" in shown for act in ("extend", "suspend"))
    assert "/suspend#errors" not in call("GET", at, people["r-two"], headers=HTML).text
    assert call("POST", f"{at}/suspend", people["r-two"], data={"reason": "等鉴定"}).status_code == 403
    assert call("POST", f"{at}/suspend", lead, data={"reason": "等鉴定"}).status_code == 303
    assert f'action="{at}/resume#errors"' in call("GET", at, lead, headers=HTML).text
    assert call("POST", f"{at}/resume", lead).status_code == 303
    assert call("POST", f"{at}/extend", lead, data={"reason": "案情复杂"}).status_code == 303
    twice = call("POST", f"{at}/extend", lead, data={"reason": "案情复杂"}, headers=HTML)
    assert twice.status_code == 409 and "次" in twice.text
    assert call("POST", f"{at}/nonsense", lead).status_code == 404


def test_money_is_shown_once_more_before_it_is_decided_recovered_or_given_up(
    call: Client, service: Service, people: dict[str, str]
) -> None:
    clue = in_second_review(service, TAKEN)
    at, lead = f"/audit/clues/{clue}", people["l-chief"]
    service.registry.do(clues.uphold, clue, reason="proved", by="r-two")

    def state() -> dict[str, Any]:
        return service.registry.do(clues.show, clue, by="lead")

    upheld = state()["upheld"]
    decide = {"kind": "8b", "decision_no": f"处 {clue}", "amount": str(upheld // 100 + 1), "words": "追回违规基金"}
    above = call("POST", f"{at}/decide_on", lead, data=decide, headers=HTML)
    assert above.status_code == 422 and "不得超过" in above.text and 'href="#f-amount"' in above.text
    decide["amount"] = f"{upheld // 100}.{upheld % 100:02d}"
    asked = call("POST", f"{at}/decide_on", lead, data=decide, headers=HTML)
    assert asked.status_code == 200 and "即将作出处理决定" in asked.text and "行政复议" in asked.text
    assert "追回违规基金" in asked.text and state()["decisions"] == []  # shown, not done
    back = call("POST", f"{at}/decide_on", lead, data={**decide, "again": "1"}, headers=HTML).text
    assert f'value="{decide["decision_no"]}"' in back and '<option value="8b" selected>' in back  # nothing is lost
    english = call("POST", f"{at}/decide_on?lang=en", lead, data=decide, headers=HTML).text
    assert "You are about to decide what follows" in english and "This cannot be undone." in english
    assert call("POST", f"{at}/decide_on", lead, data={**decide, "final": "1"}).status_code == 303
    serve = call("POST", f"{at}/serve?lang=zh", lead, headers=HTML).text
    assert "即将送达" in serve and decide["decision_no"] in serve and state()["state"] == "S8"
    assert call("POST", f"{at}/serve", lead, data={"final": "1"}).status_code == 303
    came = {"decision_no": decide["decision_no"], "amount": "0.01", "receipt": f"凭 {clue}", "way": "paid"}
    asked = call("POST", f"{at}/recover?lang=zh", lead, data=came, headers=HTML).text
    assert "即将登记追回到账" in asked and "机构退回" in asked
    assert sum(row["recovered"] for row in state()["money"]) == 0
    assert call("POST", f"{at}/recover", lead, data={**came, "final": "1"}).status_code == 303
    assert sum(row["recovered"] for row in state()["money"]) == 1
    closing = call("POST", f"{at}/close", lead, headers=HTML).text
    assert "不再追回" in closing and 'name="why"' in closing  # what is given up needs a reason
    assert call("POST", f"{at}/close", lead, data={"final": "1"}, headers=HTML).status_code == 422
    done = call("POST", f"{at}/close", lead, data={"final": "1", "why": "机构已注销"})
    assert done.headers["location"] == f"{at}?done=close" and state()["state"] == "S10"
