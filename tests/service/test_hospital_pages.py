"""The hospital's and the pharmacy's pages over the demo city: what they show, whom they never name, what they take."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from callers import HTML, Client, Clock
from sqlalchemy import select
from test_signing_in import csrf, form

from yibao.registry.tables.assessments import OBJECTION
from yibao.registry.tables.clues import CLUE, CLUE_MONEY, STATEMENT
from yibao.registry.tables.core import EVENT
from yibao.registry.tables.points import POINTS_EVENT, QUALIFIED_STAFF
from yibao.service.console import own_clues
from yibao.service.console.hospital.choice import all_stays
from yibao.service.console.hospital.peers import token
from yibao.service.state import Service
from yibao.service.vouchers import make_voucher

HOSPITAL = (
    "/hospital", "/hospital/benchmark", "/hospital/benchmark?peers=city&period=2025Q3", "/hospital/clues",
    "/hospital/precheck", "/hospital/opinions", "/hospital/definitions", "/hospital/money", "/hospital/reminders",
    "/hospital/flows", "/hospital/drugs", "/hospital/casemix", "/hospital/benchmark/peers", "/hospital/staff",
    "/hospital/assessment",
)  # fmt: skip
PHARMACY = (
    "/pharmacy",
    "/pharmacy/clues",
    "/pharmacy/stock",
    "/pharmacy/voucher",
    "/pharmacy/opinions",
    "/pharmacy/staff",
)


@pytest.fixture(scope="module", autouse=True)
def made(service: Service) -> None:
    service.figures.make()


@pytest.fixture
def hospital(call: Client, given: Mapping[str, Any]) -> Client:
    form(call, "hospital", given["hospital"]["password"])
    return call


@pytest.fixture
def pharmacy(call: Client, given: Mapping[str, Any]) -> Client:
    form(call, "pharmacy", given["pharmacy"]["password"])
    return call


def waiting(service: Service, institution: str) -> str:
    """A clue that waits for the institution's answer."""
    rows = own_clues.waiting(service, institution)
    return next(str(row["clue_id"]) for row in rows if row["state"] == "S3c")


def codes(service: Service, own: str) -> re.Pattern[str]:
    """All codes of other institutions."""
    return re.compile("|".join(re.escape(code) for code in service.institutions if code != own))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", HOSPITAL)
def test_a_hospitals_pages_answer_and_name_no_other_institution(
    hospital: Client, service: Service, scopes: Mapping[str, str], path: str, lang: str
) -> None:
    apart = "&" if "?" in path else "?"
    answer = hospital("GET", f"{path}{apart}lang={lang}", headers=HTML)
    assert answer.status_code == 200, (path, answer.text[:300])
    text = answer.text
    assert text.count("<h1") == 1 and 'class="ask"' in text and " style=" not in text and "<script" not in text
    assert not codes(service, scopes["hospital"]).search(text), path
    if lang == "en":
        main = re.sub(r"<[^>]+>", " ", text.split("<main", 1)[1])
        assert "本院" not in main and "同类" not in main, path


@pytest.mark.parametrize("path", PHARMACY)
def test_a_pharmacys_pages_answer_and_name_no_other_institution(
    pharmacy: Client, service: Service, scopes: Mapping[str, str], path: str
) -> None:
    text = pharmacy("GET", path, headers=HTML).text
    assert text.count("<h1") == 1 and not codes(service, scopes["pharmacy"]).search(text), path
    refused = pharmacy("GET", "/hospital/benchmark", headers=HTML)
    assert refused.status_code == 403


def test_downloads_obey_the_same_rules_as_the_page(
    hospital: Client, service: Service, scopes: Mapping[str, str]
) -> None:
    for kind in ("csv", "json"):
        for part in ("indicators", "groups", "readmission", "month_drug", "money"):
            answer = hospital("GET", f"/hospital/benchmark?peers=city&download={kind}&part={part}")
            if part == "readmission" and answer.status_code == 422:
                continue  # too few expected readmissions for a funnel in a city this small
            assert answer.status_code == 200, (kind, part)
            assert not codes(service, scopes["hospital"]).search(answer.text)
    said = hospital("GET", "/hospital/benchmark?peers=city&lang=en&download=csv&part=indicators").content
    rows = list(csv.reader(io.StringIO(said.decode("utf-8-sig"))))
    words = {"Higher", "Lower", "Similar", "Too few", "Fewer than 5 peers"}
    assert len(rows) > 15 and {row[-1] for row in rows[1:]} <= words


def test_sentences_say_what_the_table_shows(hospital: Client) -> None:
    text = hospital("GET", "/hospital/benchmark?peers=city&lang=zh", headers=HTML).text
    table = json.loads(hospital("GET", "/hospital/benchmark?peers=city&lang=zh&download=json&part=indicators").text)
    values = " ".join(str(row.get("own") or row.get("本院") or "") for row in table["rows"])
    says = re.findall(r'<li><span class="k">3</span><span>(.*?)</li>', text, re.S)[0]
    for share in re.findall(r"占比 ([\d.]+%)", says):
        assert share in values or share in text.split('id="h-ind"')[1]


def test_own_peers_are_five_at_least_and_leave_no_part_of_fewer(
    hospital: Client, service: Service, scopes: Mapping[str, str]
) -> None:
    """The city's fourteen others are seven hospitals and seven centres: whoever takes five of seven tells of two."""
    assert hospital("GET", "/hospital/benchmark?peers=own", headers=HTML).status_code == 422  # none was chosen
    own = scopes["hospital"]
    places = [place for place in all_stays(service).places if place != own]
    centres = [place for place in places if service.institutions[place]["kind"] == "3"]
    assert len(centres) == 7
    said = {"csrf": csrf(hospital, "/hospital/benchmark/peers")}

    def choose(*boxes: str) -> Any:
        return hospital("POST", "/hospital/benchmark/peers?lang=zh", data={**said, "peer": list(boxes)}, headers=HTML)

    few = choose(*map(token, centres[:4]))
    assert few.status_code == 422 and "选了 4 家，至少要 5 家" in few.text and 'aria-invalid="true"' in few.text
    split = choose(*map(token, centres[:5]))
    assert split.status_code == 422 and "7 家选了 5 家" in split.text and "全选，或都不选" in split.text
    assert choose("0" * 12, *map(token, centres)).status_code == 422
    page = hospital("GET", "/hospital/benchmark/peers?lang=zh", headers=HTML).text
    assert all(service.institutions[place]["name"] in page for place in places)
    box = next(value for value in re.findall(r'name="peer" value="([^"]+)"', page) if token(centres[0]) in value)
    assert set(box.split(".")) == set(map(token, centres))  # all or none: one box
    sent = choose(box)
    assert (sent.status_code, sent.headers["location"]) == (303, "/hospital/benchmark?peers=own&done=peers")
    shown = hospital("GET", "/hospital/benchmark?peers=own&done=peers&lang=zh", headers=HTML).text
    assert "自选的机构，7 家，匿名" in shown and "已保存自选同类" in shown and not codes(service, own).search(shown)
    # What was chosen goes on counting: without one of its institutions a later choice would tell of that one.
    assert choose(*map(token, [place for place in places if place != centres[0]])).status_code == 422
    assert hospital("GET", "/hospital/benchmark?peers=H99010200004", headers=HTML).status_code == 422


def test_parts_of_a_stays_cost_add_up_to_the_lines_of_the_ledger(service: Service) -> None:
    stays = all_stays(service)
    parts = sum(stays[name] for name in ("drug", "consumable", "exam", "test", "treatment", "care", "other"))
    assert (parts == stays["amount"]).all() and stays["amount"].min() > 0
    assert stays["judged"].sum() > 0 and abs(stays["readmitted"].sum() - stays["expected_ppm"].sum() / 1e6) < 1.0


def test_a_group_opens_with_items_and_own_doctors_only(
    hospital: Client, service: Service, scopes: Mapping[str, str]
) -> None:
    own = all_stays(service).of([scopes["hospital"]])
    code = max(own.groups, key=lambda c: int((own.group == own.group_codes.index(c)).sum()))
    text = hospital("GET", f"/hospital/benchmark/groups/{code}", headers=HTML).text
    assert code in text and not codes(service, scopes["hospital"]).search(text)
    staff = set(service.figures.table("stay")["staff_id"].to_pylist()) - set(own.table["staff_id"].to_pylist())
    assert not any(name in text for name in staff)
    assert hospital("GET", "/hospital/benchmark/groups/ZZ99", headers=HTML).status_code == 404


def test_a_hospital_accepts_in_part_after_seeing_the_sum(
    hospital: Client, service: Service, scopes: Mapping[str, str]
) -> None:
    clue = waiting(service, scopes["hospital"])
    at = f"/hospital/clues/{clue}"
    text = hospital("GET", f"{at}?lang=zh", headers=HTML).text
    assert (
        "视为无异议" in text and "auditor" not in text and "强度" not in text
    )  # no reviewers, no components of scores
    token = csrf(hospital, at)
    wrong = hospital("POST", f"{at}/answer", data={"csrf": token, "kind": "part", "words": ""}, headers=HTML)
    assert wrong.status_code == 422 and wrong.text.count('class="wrong"') == 2  # the reason, and what is disputed
    with service.registry.engine.connect() as connection:
        money = connection.execute(select(CLUE_MONEY).where(CLUE_MONEY.c.clue_id == clue)).mappings().all()
    finding = money[0]["finding_id"]
    disputed = sum(row["fund_amount"] for row in money if row["finding_id"] == finding)
    said = {"csrf": token, "kind": "part", "words": "病历见附件", "disputed": finding}
    files = {"file": ("病历.pdf", b"%PDF-1.7 record", "application/pdf")}
    confirm = hospital("POST", f"{at}/answer", data=said, files=files, headers=HTML)
    assert confirm.status_code == 200 and f"{disputed / 100:,.2f} 元" in confirm.text
    material = re.search(r'name="material" value="([0-9a-f]{64})"', confirm.text)
    assert material is not None
    draft = hospital("GET", at, headers=HTML).text
    assert "病历见附件" in draft and "草稿" in draft  # it waits until it is sent
    sent = hospital("POST", f"{at}/answer", data={**said, "material": material[1], "sure": "true"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{at}?done=appeal")
    with service.registry.engine.connect() as connection:
        row = connection.execute(select(STATEMENT).where(STATEMENT.c.clue_id == clue)).mappings().one()
    assert (row["kind"], row["disputed"], row["sha256"]) == ("appeal", disputed, material[1])
    again = hospital("POST", f"{at}/answer", data={**said, "sure": "true"}, headers=HTML)
    assert again.status_code == 409 and 'role="alert"' in again.text


def test_what_is_handed_in_is_a_document_and_no_path(
    hospital: Client, service: Service, scopes: Mapping[str, str]
) -> None:
    at = f"/hospital/clues/{waiting(service, scopes['hospital'])}"
    said = {"csrf": csrf(hospital, at), "kind": "appeal", "words": "不成立"}
    page = {"file": ("../../x.html", b"<script>alert(1)</script>", "text/html")}
    refused = hospital("POST", f"{at}/answer", data=said, files=page, headers=HTML)
    assert refused.status_code == 422 and "PDF" in refused.text
    forged = hospital("POST", f"{at}/answer", data={**said, "material": "../../../etc/passwd"}, headers=HTML)
    assert forged.status_code == 422
    assert not list(service.settings.home.glob("materials/**/*.html"))


def test_another_institutions_clue_and_one_that_was_not_sent_are_unknown(
    hospital: Client, pharmacy: Client, service: Service, scopes: Mapping[str, str], given: Mapping[str, Any]
) -> None:
    foreign = waiting(service, scopes["hospital"])
    assert pharmacy("GET", f"/pharmacy/clues/{foreign}", headers=HTML).status_code == 404
    with service.registry.engine.connect() as connection:
        unsent = connection.execute(
            select(CLUE.c.clue_id).where(CLUE.c.institution_id == scopes["pharmacy"], CLUE.c.state.in_(["S0", "S2"]))
        ).scalars().first()  # fmt: skip
    assert unsent is not None
    assert pharmacy("GET", f"/pharmacy/clues/{unsent}", headers=HTML).status_code == 404


@pytest.mark.parametrize(("role", "lang"), [("hospital", "zh"), ("pharmacy", "en")])
def test_the_pages_of_own_clues_hold_no_foreign_code(
    call: Client, service: Service, scopes: Mapping[str, str], given: Mapping[str, Any], role: str, lang: str
) -> None:
    """Every clue that was sent, its files, its confirmation: no other institution, none of its persons and staff."""
    form(call, role, given[role]["password"])
    own = scopes[role]
    here: dict[str, set[str]] = {"person_id": set(), "staff_id": set()}
    there: dict[str, set[str]] = {"person_id": set(), "staff_id": set()}
    for table in ("encounter", "settlement"):
        rows = service.ledger.rows(table, "institution_id", sorted(service.institutions))
        for name in here.keys() & set(rows.schema.names):
            for code, place in zip(rows[name].to_pylist(), rows["institution_id"].to_pylist(), strict=True):
                if code:
                    (here if place == own else there)[name].add(code)
    foreign = {*service.institutions} - {own}
    for name in here:
        foreign |= there[name] - here[name]
    names = {row["name"] for code, row in service.institutions.items() if code != own}
    clues = own_clues.own_clues(service, own)
    answerable = next(row for row in clues if row["state"] == "S3c")
    assert len(clues) >= 3 and len(foreign) > 500
    for row in clues:
        at = f"/{role}/clues/{row['clue_id']}"
        text = text_at(call, at, lang)
        pages = [text]
        if "download=csv" in text:
            pages.append(call("GET", f"{at}?download=csv&part=lines").content.decode("utf-8-sig"))
        if row is answerable:
            said = {"csrf": csrf(call, at), "kind": "appeal", "words": "不成立"}
            pages.append(call("POST", f"{at}/answer?lang={lang}", data=said, headers=HTML).text)
        for page in pages:
            words = set(re.findall(r"[A-Za-z0-9_-]{5,}", page))
            assert not words & foreign, (at, words & foreign)
            assert not any(name in page for name in names), at


def text_at(call: Client, path: str, lang: str) -> str:
    answer = call("GET", f"{path}?lang={lang}", headers=HTML)
    assert answer.status_code == 200, path
    return answer.text


@pytest.mark.parametrize("role", ["hospital", "pharmacy"])
def test_points_of_own_staff_are_shown_and_appealed(
    call: Client, service: Service, scopes: Mapping[str, str], given: Mapping[str, Any], role: str
) -> None:
    form(call, role, given[role]["password"])
    text = call("GET", f"/{role}/staff?lang=zh", headers=HTML).text
    noticed = select(POINTS_EVENT).where(POINTS_EVENT.c.site == scopes[role], POINTS_EVENT.c.state == "noticed")
    with service.registry.engine.connect() as connection:
        staff = connection.execute(select(QUALIFIED_STAFF)).mappings().all()
        open_ = connection.execute(noticed.order_by(POINTS_EVENT.c.event_id)).mappings().first()
    mine = {row["staff_id"] for row in staff if row["institution_id"] == scopes[role]}
    others = {row["staff_id"] for row in staff} - mine
    assert open_ is not None and others and f"登记 <b>{len(mine)}</b> 人" in text
    assert not any(code in text for code in others) and open_["staff_id"] in text
    at = f"/{role}/staff/{open_['staff_id']}"
    assert call("GET", f"/{role}/staff/{min(others)}", headers=HTML).status_code == 404
    said = {"csrf": csrf(call, at), "decision": open_["decision_no"], "words": ""}
    wrong = call("POST", f"{at}?lang=zh", data=said, headers=HTML)
    assert wrong.status_code == 422 and "请写明理由" in wrong.text
    said["words"] = "本人当日未在岗"
    asked = call("POST", f"{at}?lang=zh", data=said, headers=HTML).text
    assert "即将对记分申诉" in asked and said["words"] in asked  # shown once more before it is sent
    back = call("POST", f"{at}?lang=zh", data={**said, "again": "1"}, headers=HTML)
    assert back.status_code == 200 and f">{said['words']}</textarea>" in back.text  # nothing written is lost
    sent = call("POST", at, data={**said, "final": "1"}, headers=HTML)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{at}?done=appeal")
    shown = call("GET", f"{at}?done=appeal&lang=zh", headers=HTML).text
    assert "20 个工作日内核查" in shown and "申诉中" in shown
    again = call("POST", f"{at}?lang=zh", data={**said, "words": "再申诉"}, headers=HTML)
    assert again.status_code == 422 and 'role="alert"' in again.text


def test_what_an_assessment_lost_adds_up_to_the_score(hospital: Client, service: Service) -> None:
    rows = json.loads(hospital("GET", "/hospital/assessment?lang=zh&download=json&part=indicators").text)["rows"]
    assert len(rows) == 56
    lost = sum(float(row["lost"]) for row in rows)
    text = hospital("GET", "/hospital/assessment?lang=zh", headers=HTML).text
    score = re.search(r"考核 <b>([\d.]+) 分</b>", text)
    assert score is not None and abs(100 - lost - float(score[1])) < 0.11 and "留存资金" in text


def test_a_draft_is_objected_to_and_shown_once_more_before(
    hospital: Client, service: Service, scopes: Mapping[str, str]
) -> None:
    at = "/hospital/assessment"
    text = hospital("GET", f"{at}?lang=zh", headers=HTML).text
    plan = re.findall(r'name="plan" value="([^"]+)"', text)[0]
    said = {"csrf": csrf(hospital, at), "plan": plan, "indicator": "fraud_", "words": " "}
    wrong = hospital("POST", f"{at}?lang=zh", data=said, headers=HTML)
    assert wrong.status_code == 422 and all(f'href="#f-{name}"' in wrong.text for name in ("indicator", "words"))
    said |= {"indicator": "recognition", "words": "互认率应为 72%，附件为调阅记录"}
    asked = hospital("POST", f"{at}?lang=zh", data=said, headers=HTML).text
    assert "即将对考核结果提出异议" in asked and "互认率应为 72%" in asked and "提交后不能更改" in asked
    mine = select(OBJECTION).where(OBJECTION.c.institution_id == scopes["hospital"])
    with service.registry.engine.connect() as connection:
        assert connection.execute(mine).all() == []  # shown, not sent
    back = hospital("POST", f"{at}?lang=zh", data={**said, "again": "1"}, headers=HTML).text
    assert 'value="recognition" selected' in back and f">{said['words']}</textarea>" in back
    sent = hospital("POST", at, data={**said, "final": "1"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{at}?done=object")
    shown = hospital("GET", f"{at}?done=object&lang=zh", headers=HTML).text
    assert "异议已提交" in shown and "等待答复" in shown and 'value="recognition"' not in shown
    assert hospital("POST", at, data={**said, "final": "1"}, headers=HTML).status_code == 422  # not twice
    other = hospital("POST", at, data={**said, "plan": "AS-2024", "indicator": "fraud"}, headers=HTML)
    assert other.status_code == 422  # a final result is not open
    assert hospital("POST", at, data={**said, "plan": "none"}, headers=HTML).status_code == 404


def test_a_bill_is_checked_and_nothing_of_it_stays(
    hospital: Client, service: Service, scopes: Mapping[str, str], story: dict[str, Any]
) -> None:
    token = csrf(hospital, "/hospital/precheck")
    item = story["orders"][0]["item_code"]
    bill = {
        "person_id": story["person_id"], "settled_at": "2025-12-20 10:00:00",
        "encounter": {"kind": "11"},
        "lines": [{"item_code": item, "quantity": 1, "unit_price": 120}, {"item_code": item, "unit_price": 120}],
    }  # fmt: skip
    before = _files(service)
    answer = hospital("POST", "/hospital/precheck?lang=zh", data={"csrf": token, "kind": "bill",
                      "content": json.dumps(bill)}, headers=HTML)  # fmt: skip
    assert answer.status_code == 200, re.sub(r"<[^>]+>", " ", answer.text)[-900:]
    assert "240.00 元" in answer.text and answer.headers["cache-control"] == "no-store"
    after = _files(service)
    assert before == after
    with service.registry.engine.connect() as connection:
        looks = select(EVENT).where(EVENT.c.subject == f"person:{story['person_id']}", EVENT.c.action == "data.look")
        last = connection.execute(looks.order_by(EVENT.c.seq.desc())).mappings().first()
    assert last is not None and json.loads(last["body"])["purpose"] == "precheck"


def _files(service: Service) -> dict[Path, int]:
    """What lies in the service's home, apart from the registry, which keeps that somebody looked."""
    found = [path for path in service.settings.home.rglob("*") if path.is_file() and "registry" not in path.name]
    return {path: path.stat().st_mtime_ns for path in found}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "第 1 行第 2 列"),
        ('{"person_id": "P"}', "settled_at"),
        ('{"person_id":"P","settled_at":"2025-12-20 10:00:00","encounter":{"kind":"11"},"lines":[{"item_code":"A",'
         '"unit_price":1},{"item_code":"B","unit_price":"x"}]}', "明细第 2 行：unit_price"),
        ('{"institution_id":"H99010200004","person_id":"P"}', "institution_id"),
        ("", "请粘贴"),
    ],
)  # fmt: skip
def test_a_refused_bill_names_row_and_field(hospital: Client, content: str, said: str) -> None:
    token = csrf(hospital, "/hospital/precheck")
    answer = hospital("POST", "/hospital/precheck?lang=zh", data={"csrf": token, "content": content}, headers=HTML)
    assert answer.status_code == 422 and said in unescape(answer.text) and 'href="#f-content"' in answer.text


def test_an_opinion_is_given_with_own_cases_only(hospital: Client, service: Service, scopes: Mapping[str, str]) -> None:
    token = csrf(hospital, "/hospital/opinions")
    wrong = hospital("POST", "/hospital/opinions", data={"csrf": token, "cases": "E-none"}, headers=HTML)
    assert wrong.status_code == 422 and wrong.text.count('class="wrong"') == 3
    said = {"csrf": token, "about": "group", "subject": "I63", "words": "标准偏低"}
    sent = hospital("POST", "/hospital/opinions", data=said)
    assert sent.status_code == 303
    assert "标准偏低" in hospital("GET", sent.headers["location"], headers=HTML).text


def test_a_voucher_counts_once_and_the_page_is_not_kept(
    pharmacy: Client, service: Service, scopes: Mapping[str, str], clock: Clock
) -> None:
    text, _ = make_voucher(service, scopes["insured"], "pharmacy")
    token = csrf(pharmacy, "/pharmacy/voucher")
    first = pharmacy("POST", "/pharmacy/voucher?lang=zh", data={"csrf": token, "voucher": text}, headers=HTML)
    assert first.status_code == 200 and "已核验" in first.text and first.headers["cache-control"] == "no-store"
    assert scopes["insured"] not in first.text
    again = pharmacy("POST", "/pharmacy/voucher?lang=zh", data={"csrf": token, "voucher": text}, headers=HTML)
    assert again.status_code == 409 and "已使用" in again.text
    other, _ = make_voucher(service, scopes["insured"], "report")
    wrong = pharmacy("POST", "/pharmacy/voucher", data={"csrf": token, "voucher": other}, headers=HTML)
    assert wrong.status_code == 422
