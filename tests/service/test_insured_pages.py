"""The insured person's pages: his own data only, every figure the engine's, every look on record, letters answered."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from callers import HTML, Client, Clock, text_of
from sqlalchemy import select
from test_signing_in import code, csrf, form

import yibao.service
from yibao.presentation.fmt import Format
from yibao.registry import clues
from yibao.registry.tables.clues import CLUE_FINDING
from yibao.registry.tables.core import EVENT
from yibao.service.access.scope import Caller
from yibao.service.access.signin import STEP
from yibao.service.access.trail import look
from yibao.service.console.insured.bill import bill_page, headline
from yibao.service.console.insured.entitlements import checks, found
from yibao.service.console.insured.looks import looks
from yibao.service.console.insured.reckoning import Reckoner, reckoner
from yibao.service.console.purposes import purposes
from yibao.service.state import Service

ZH = Format("zh")


def _signed_in(call: Client, given: Mapping[str, Any], name: str) -> Client:
    assert form(call, name, given[name]["password"]).status_code == 303
    return call


@pytest.fixture(scope="module", autouse=True)
def figures(service: Service) -> None:
    service.figures.make()


@pytest.fixture
def resident(call: Client, given: Mapping[str, Any]) -> Client:
    """Somebody whose hardship was registered after his stay was settled."""
    return _signed_in(call, given, "resident")


@pytest.fixture
def officer(app: Any, service: Service, given: Mapping[str, Any], clock: Clock) -> Client:
    """Somebody of the bureau, with both factors, in a browser of his own."""
    call = Client(app, service.settings.base_url)
    clock.now += timedelta(seconds=4 * STEP)
    form(call, "bureau", given["bureau"]["password"])
    said = {"code": code(given, "bureau", clock), "csrf": csrf(call, "/sign-in/code")}
    assert call("POST", "/sign-in/code", data=said).status_code == 303
    return call


@pytest.fixture(scope="module")
def own(service: Service) -> Reckoner:
    return reckoner(service)


@pytest.fixture(scope="module")
def dearest(own: Reckoner, scopes: Mapping[str, str]) -> str:
    """The resident's dearest stay."""
    rows = own.bills(scopes["resident"]).settlements
    return str(max(rows, key=lambda row: row["total_amount"])["settlement_id"])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "/me",
        "/me/bills",
        "/me/bills?kind=stay",
        "/me/cover",
        "/me/entitlements",
        "/me/access",
        "/me/voucher",
        "/me/record",
        "/me/feedback",
        "/me/feedback/new?kind=complaint&about=institution",
        "/me/renewals",
        "/me/renewals/new",
        "/account",
    ],
)
def test_every_page_is_there_in_both_languages(resident: Client, path: str, lang: str) -> None:
    text = text_of(resident, path, lang)
    assert text.count("<h1") == 1 and " style=" not in text and "<script" not in text


def test_a_record_in_english_names_diagnoses_in_english(resident: Client, service: Service) -> None:
    rows = resident("GET", "/me/record?lang=en&download=json&part=visits").json()["rows"]
    said = {name for row in rows if row["diagnoses"] for name in row["diagnoses"].split("; ")}
    assert said & set(service.diagnoses.values())
    assert not [name for name in said if re.search("[\u4e00-\u9fff]", name)]


def test_a_bill_is_told_to_the_fen_and_what_is_due_is_hinted_at(
    resident: Client, own: Reckoner, scopes: Mapping[str, str], dearest: str
) -> None:
    text, made = text_of(resident, f"/me/bills/{dearest}"), bill_page(own, scopes["resident"], dearest)
    assert made.differs == 0 and made.shared.adds_up and made.reckoned is not None and made.hint is not None
    shown = {name: int(fen) for name, fen in re.findall(r'data-step="(\w+)" data-fen="(-?\d+)"', text)}
    assert shown == {step.name: step.amount for step in made.shared.steps}
    engine = {row["layer"]: row["amount"] for row in made.reckoned.steps if row["step"] == "paid"}
    assert shown["basic"] == engine["basic"] and shown["total"] == made.settlement["total_amount"]
    assert headline(made, "zh") in text and made.told("zh")[1] in text
    # What assistance would add is the engine's with the registered status, less what was paid.
    due = own.settled(own.bills(scopes["resident"]), dearest)
    assert due is not None and due.result["assistance_amount"] > 0 == made.reckoned.result["assistance_amount"]
    assert made.hint.more == due.result["fund_amount"] - made.settlement["fund_amount"] > 0
    assert ZH.short(made.hint.more) in text and "看起来可以申请医疗救助" in text
    assert f"/law/policy/{made.policy.id if made.policy else ''}" in text


def test_only_the_planted_person_gets_the_hint(own: Reckoner, service: Service, scopes: Mapping[str, str]) -> None:
    from yibao.service.console.insured.home_pages import whose

    planted = found(checks(own, own.bills(scopes["resident"]), whose(service, scopes["resident"])))
    assert planted is not None and planted.name == "assistance" and planted.amount > 0 and planted.records
    total = sum(hint.more for bill in planted.bills if (hint := bill_page(own, scopes["resident"], bill).hint))
    assert total == planted.amount  # the page's total is the sum of the bills' hints
    assert found(checks(own, own.bills(scopes["insured"]), whose(service, scopes["insured"]))) is None
    for row in own.bills(scopes["insured"]).settlements[:10]:
        assert bill_page(own, scopes["insured"], row["settlement_id"]).hint is None


def test_every_bill_of_the_city_closes(own: Reckoner, service: Service) -> None:
    persons = service.ledger.rows("settlement", "institution_id", ["H99010200001"]).to_pylist()[:120:4]
    for row in persons:
        made = bill_page(own, row["person_id"], row["settlement_id"])
        assert made.shared.adds_up or made.reverses, row["settlement_id"]
        assert made.differs == 0, row["settlement_id"]


def test_a_reversed_bill_says_when_and_how_much_comes_back(own: Reckoner, service: Service) -> None:
    rows = service.ledger.rows("settlement", "kind", ["11"]).to_pylist()
    back = next(row for row in rows if row["reversed_settlement_id"])
    made = bill_page(own, back["person_id"], back["reversed_settlement_id"])
    assert made.reversal is not None and made.reversal.on == back["settled_at"].date()
    assert made.reversal.back == -(back["total_amount"] - back["fund_amount"]) > 0 and made.hint is None
    assert made.shared.adds_up  # its steps are those before it was taken back
    other = bill_page(own, back["person_id"], back["settlement_id"])
    assert other.reverses == back["reversed_settlement_id"] and "退您" in headline(other, "zh")


def test_somebody_elses_bill_is_not_there(resident: Client, own: Reckoner, scopes: Mapping[str, str]) -> None:
    other = own.bills(scopes["insured"]).settlements[0]["settlement_id"]
    for path in (f"/me/bills/{other}", f"/me/bills/{other}/lines", "/me/feedback/FB-2025-999999"):
        assert resident("GET", path, headers=HTML).status_code == 404
    assert resident("GET", "/audit/clues", headers=HTML).status_code == 403


def test_a_hospital_has_no_persons_pages(call: Client, given: Mapping[str, Any]) -> None:
    _signed_in(call, given, "hospital")
    for path in ("/me", "/me/bills", "/me/voucher", "/me/access"):
        assert call("GET", path, headers=HTML).status_code == 403


def test_lines_come_as_a_file_that_a_spreadsheet_does_not_run(resident: Client, dearest: str) -> None:
    answer = resident("GET", f"/me/bills/{dearest}/lines?download=csv&part=lines", headers=HTML)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    rows = answer.text.splitlines()
    assert len(rows) > 50 and not any(cell[:1] in "=@" for row in rows for cell in row.split(","))


def test_a_look_of_a_hospital_is_shown_with_its_purpose_and_can_be_questioned(
    resident: Client, call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], service: Service
) -> None:
    before = text_of(resident, "/me/access").count("/me/feedback/new?kind=access")
    row = service.ledger.slice(scopes["resident"], ["person"])["person"].to_pylist()[0]
    asked = {
        "institution_id": scopes["his"],
        "person_id": scopes["resident"],
        "id_number": row["id_number"],
        "day": "2025-12-20",
    }
    assert call("POST", "/api/v1/eligibility", keys["his"], json=asked).status_code == 200
    text = text_of(resident, "/me/access")
    links = re.findall(r'href="(/me/feedback/new\?kind=access[^"]+)"', text)
    assert len(links) == before + 1 and purposes()["eligibility"][0] in text
    assert service.institutions[scopes["his"]]["name"] in text and "his" not in re.findall(r">(his)<", text)
    page = text_of(resident, links[0].replace("&amp;", "&"))
    assert 'value="access" checked' in page.replace('id="f-kind" ', "")


def test_ones_own_looks_are_recorded_too(resident: Client, service: Service, scopes: Mapping[str, str]) -> None:
    text_of(resident, "/me/bills")
    with service.registry.engine.connect() as connection:
        mine = select(EVENT.c.body).where(
            EVENT.c.subject == f"person:{scopes['resident']}", EVENT.c.action == "data.look"
        )
        last = json.loads(connection.execute(mine.order_by(EVENT.c.seq.desc())).scalars().first() or "{}")
    assert last["purpose"] == "own_pages" and last["tables"]["settlement"] > 0


def test_a_clue_that_was_looked_at_is_one_look_told_in_words(service: Service, clock: Clock) -> None:
    clock.now += timedelta(minutes=5)
    with service.registry.engine.connect() as connection:
        named = select(CLUE_FINDING.c.clue_id, CLUE_FINDING.c.person_id).where(CLUE_FINDING.c.person_id.is_not(None))
        clue_id, person = connection.execute(named.order_by(*CLUE_FINDING.primary_key)).first() or ("", "")
    before = len(looks(service, person))
    service.registry.do(clues.show, clue_id, by="lead")
    kept = looks(service, person)
    assert len(kept) == before + 1 and kept[0].purpose == purposes()["supervision"] and kept[0].what[0] == "命中"
    top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
    lead = Caller("lead", "lead", "person", "session", [{"role": "lead", "scope_kind": "region", "scope": top}], {})
    look(service.registry, lead, "", "clue_review", {"finding": 1}, [person])
    told = looks(service, person)
    assert len(told) == before + 1 and told[0].purpose == purposes()["clue_review"]  # the service's record of the same


def test_every_purpose_that_is_written_has_words() -> None:
    written = set()
    for path in Path(yibao.service.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "look"
            if named and len(call.args) > 3 and isinstance(call.args[3], ast.Constant):
                written.add(call.args[3].value)
    assert len(written) > 5 and written <= set(purposes()), written - set(purposes())


def test_the_voucher_counts_once_and_is_kept_nowhere(
    resident: Client, call: Client, keys: Mapping[str, str], scopes: Mapping[str, str]
) -> None:
    answer = resident("GET", "/me/voucher?use=pharmacy", headers=HTML)
    assert answer.headers["cache-control"] == "no-store" and "<svg" in answer.text and "有效 60 秒" in answer.text
    text = re.search(r'id="voucher-text">([^<]+)<', answer.text)
    assert text is not None
    shown = {"institution_id": scopes["pos"], "voucher": text[1], "use": "pharmacy"}
    assert call("POST", "/api/v1/vouchers/redeem", keys["pos"], json=shown).status_code == 201
    assert call("POST", "/api/v1/vouchers/redeem", keys["pos"], json=shown).status_code == 409
    assert resident("GET", "/me/voucher?use=lottery", headers=HTML).status_code == 422


def test_a_voucher_of_a_page_ends_after_a_minute(
    resident: Client, call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], clock: Clock
) -> None:
    text = re.search(r'id="voucher-text">([^<]+)<', resident("GET", "/me/voucher?use=pharmacy", headers=HTML).text)
    clock.now += timedelta(seconds=61)
    shown = {"institution_id": scopes["pos"], "voucher": text[1] if text else "", "use": "pharmacy"}
    assert call("POST", "/api/v1/vouchers/redeem", keys["pos"], json=shown).status_code == 422


def test_a_prescription_is_renewed_and_its_way_is_seen(
    call: Client, given: Mapping[str, Any], service: Service, scopes: Mapping[str, str]
) -> None:
    person = _signed_in(call, given, "insured")
    form_ = text_of(person, "/me/renewals/new")
    said = {"csrf": csrf(person, "/me/renewals/new"), "delivery": "pickup"}
    wrong = person("POST", "/me/renewals/new", data=said, headers=HTML)
    assert wrong.status_code == 422 and 'href="#f-pharmacy"' in wrong.text and 'href="#f-prescription"' in wrong.text
    number = re.search(r'name="prescription" value="([^"]+)"', form_)
    said |= {"prescription": number[1] if number else "", "pharmacy": scopes["pos"]}
    assert person("POST", "/me/renewals/new", data=said).headers["location"] == "/me/renewals?done=asked"
    text = text_of(person, "/me/renewals?done=asked")
    assert "等医院审核" in text and 'role="status"' in text and service.institutions[scopes["pos"]]["name"] in text


@pytest.fixture
def letter(resident: Client) -> Iterator[str]:
    """A question about a bill, sent."""
    said = {"csrf": csrf(resident, "/me/feedback/new"), "kind": "question", "about": "bill", "subject": "S1",
            "words": "为什么这项要自费？"}  # fmt: skip
    answer = resident("POST", "/me/feedback/new", data=said)
    assert answer.status_code == 303, answer.text
    yield answer.headers["location"].partition("?")[0].rpartition("/")[2]


def test_a_letter_is_answered_within_its_clock(resident: Client, officer: Client, letter: str) -> None:
    text = text_of(resident, f"/me/feedback/{letter}?done=sent")
    assert 'role="status"' in text and "前答复" in text and "剩 5 个工作日" in text
    assert letter in text_of(officer, "/bureau/feedback")
    at = f"/bureau/feedback/{letter}"
    token = csrf(officer, at)
    empty = officer("POST", f"{at}/answer", data={"csrf": token, "words": " "}, headers=HTML)
    assert empty.status_code == 422 and "没有填写内容" in empty.text
    assert officer("POST", f"{at}/answer", data={"words": "好"}).status_code == 403  # not from our page
    said = {"csrf": token, "words": "该项在目录外，由个人负担。"}
    assert "提交后不能更改" in officer("POST", f"{at}/answer", data=said, headers=HTML).text  # shown once more
    done = officer("POST", f"{at}/answer", data={**said, "final": "1"})
    assert done.headers["location"] == f"{at}?done=answered"
    told = text_of(resident, f"/me/feedback/{letter}")
    assert "该项在目录外，由个人负担。" in told and "已答复" in told
    # The bureau's look at the letter is on the person's record.
    assert purposes()["feedback"][0] in text_of(resident, "/me/access")


def test_a_letter_can_be_taken_back(resident: Client, letter: str) -> None:
    token = csrf(resident, f"/me/feedback/{letter}")
    assert resident("POST", f"/me/feedback/{letter}/withdraw", data={"csrf": token}).status_code == 303
    assert "已撤回" in text_of(resident, f"/me/feedback/{letter}")


def test_what_is_missing_in_a_letter_is_said_at_its_field(resident: Client) -> None:
    said = {"csrf": csrf(resident, "/me/feedback/new"), "kind": "complaint", "about": "institution", "words": ""}
    answer = resident("POST", "/me/feedback/new", data=said, headers=HTML)
    assert answer.status_code == 422 and "有 2 处需要修改" in answer.text
    assert 'href="#f-words"' in answer.text and 'aria-describedby="e-institution"' in answer.text


def test_appearance_is_kept_in_the_browser_and_leads_nowhere_else(resident: Client) -> None:
    token = csrf(resident, "/account")
    said = {"csrf": token, "lang": "zh", "theme": "dark", "size": "large"}
    assert resident("POST", "/account/look", data=said).status_code == 303
    text = text_of(resident, "/me")
    assert 'data-theme="dark"' in text and 'data-size="large"' in text
    for back in ("//evil.example", "/\\evil.example", "https://evil.example", "/me\r\nSet-Cookie: x=1"):
        answer = resident("POST", "/account/size", data={"csrf": token, "size": "", "back": back})
        assert answer.headers["location"] == "/", back
    assert (
        resident("POST", "/account/size", data={"csrf": token, "size": "", "back": "/me"}).headers["location"] == "/me"
    )


def test_another_session_of_ones_own_can_be_ended(
    resident: Client, app: Any, service: Service, given: Mapping[str, Any]
) -> None:
    other = _signed_in(Client(app, service.settings.base_url), given, "resident")
    text = text_of(resident, "/account")
    sessions = re.findall(r'name="session" value="([^"]+)"', text)
    assert sessions
    for one in sessions:
        said = {"csrf": csrf(resident, "/account"), "session": one}
        assert resident("POST", "/account/sessions/end", data=said).status_code == 303
    assert other("GET", "/me").status_code == 401
    assert resident("GET", "/me", headers=HTML).status_code == 200
