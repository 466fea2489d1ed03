"""The API for systems: settlement once and in order, vouchers once, renewals to the door, uploads."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from callers import Client, Clock, settled_within

from yibao.casemix import Sources, open_grouping
from yibao.registry.accounts import check_accounts
from yibao.service.app import create_app
from yibao.service.middleware import POLICY
from yibao.service.retention import verify_all
from yibao.service.settings import Settings
from yibao.service.state import Service
from yibao.service.vouchers import LIFE


@pytest.fixture
def bill(scopes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "settlement_id": "T-1", "institution_id": scopes["his"], "person_id": scopes["insured"], "kind": "21",
        "settled_at": "2025-12-20", "total": "9000.00", "eligible": "8000.00", "first_share": "1000.00",
    }  # fmt: skip


def pay(call: Client, key: str, bill: Mapping[str, Any], once: str) -> Any:
    return call("POST", "/api/v1/settlements", key, json=dict(bill), headers={"idempotency-key": once})


def test_a_bill_is_previewed_settled_once_and_taken_back_in_order(
    call: Client, keys: Mapping[str, str], bill: dict[str, Any], service: Service
) -> None:
    his = keys["his"]
    preview = call("POST", "/api/v1/pre-settlements", his, json=bill).json()
    assert preview["posted"] is False and preview["steps"]
    first = pay(call, his, bill, "once-0001").json()
    assert first["posted"] is True and first["result"]["fund_amount"] == preview["result"]["fund_amount"] > 0
    assert first["setlinfo"]["fund_pay_sumamt"] == f"{first['result']['fund_amount'] / 100:.2f}"
    assert pay(call, his, bill, "once-0001").json() == first  # a retry is the same settlement
    reused = pay(call, his, bill | {"total": "9001.00"}, "once-0001")
    assert (reused.status_code, reused.json()["type"]) == (422, "urn:yibao:problem:request_reused")
    again = pay(call, his, bill, "once-0002")
    assert (again.status_code, again.json()["type"]) == (409, "urn:yibao:problem:settled_before")
    second = pay(call, his, bill | {"settlement_id": "T-2"}, "once-0003").json()
    assert (first["result"]["times"], second["result"]["times"]) == (1, 2)  # counters remember
    whose = {"institution_id": bill["institution_id"], "person_id": bill["person_id"]}
    for number, status in (("T-1", 409), ("T-2", 200), ("T-1", 200), ("T-1", 409)):
        back = call("POST", f"/api/v1/settlements/{number}/reversal", his, json=whose,
                    headers={"idempotency-key": f"back-{number}-{status}-x"})  # fmt: skip
        assert back.status_code == status, back.text
    assert call("POST", "/api/v1/pre-settlements", his, json=bill).json()["result"] == preview["result"]
    with service.registry.reading("account.read", "agency") as unit:
        assert check_accounts(unit) == []


def test_parallel_retries_settle_once(
    app: Any, service: Service, keys: Mapping[str, str], bill: dict[str, Any]
) -> None:
    bill["settlement_id"] = "T-parallel"
    with ThreadPoolExecutor(4) as clients:
        calls = [Client(app, service.settings.base_url) for _ in range(4)]
        answers = list(clients.map(lambda call: pay(call, keys["his"], bill, "parallel-1"), calls))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["sequence"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"total": "12.345"}, "total"), ({"total": 9000}, "total"), ({"settled_at": "2025-13-01"}, "settled_at"),
     ({"person_id": "a b"}, "person_id"), ({"person_id": "x\x00"}, "person_id"), ({"surprise": 1}, "surprise"),
     ({"lines": [{"item": "1", "quantity": "-1"}]}, "lines.0.quantity"), ({"eligible": None, "total": None}, "")],
)  # fmt: skip
def test_a_bill_that_is_wrong_is_refused_naming_the_field(
    change: dict[str, Any], field: str, call: Client, keys: Mapping[str, str], bill: dict[str, Any]
) -> None:
    answer = pay(call, keys["his"], bill | {"settlement_id": "T-wrong"} | change, "wrong-0001")
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert not field or answer.json()["errors"][0]["field"] == field


def test_who_is_not_insured_is_not_settled(
    call: Client, keys: Mapping[str, str], bill: dict[str, Any], scopes: Mapping[str, str]
) -> None:
    answer = pay(call, keys["his"], bill | {"settled_at": "1995-01-01", "settlement_id": "T-9"}, "uninsured")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:yibao:problem:not_insured")
    unknown = pay(call, keys["his"], bill | {"person_id": "nobody"}, "uninsured-2")
    assert unknown.status_code == 404
    asked = {"institution_id": scopes["his"], "person_id": bill["person_id"], "id_number": "110105194912310021",
             "day": "2025-12-20"}  # fmt: skip
    assert call("POST", "/api/v1/eligibility", keys["his"], json=asked).status_code == 404  # another's identity number


def voucher(call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], use: str) -> str:
    made = call("POST", "/api/v1/vouchers", keys["app"], json={"person_id": scopes["insured"], "use": use})
    assert made.status_code == 201 and made.json()["qr"].startswith("<svg")
    return str(made.json()["voucher"])


def show(call: Client, key: str, place: str, text: str, use: str, **more: Any) -> Any:
    body = {"institution_id": place, "voucher": text, "use": use, **more}
    return call("POST", "/api/v1/vouchers/redeem", key, json=body)


def test_a_voucher_is_good_once_for_its_use_and_for_two_minutes(
    call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], clock: Clock
) -> None:
    text = voucher(call, keys, scopes, "check_in")
    assert show(call, keys["his"], scopes["his"], text, "settlement").json()["type"].endswith("voucher_other_use")
    entitled = call("POST", "/api/v1/eligibility", keys["his"],
                    json={"institution_id": scopes["his"], "voucher": text, "day": "2025-12-20"}).json()  # fmt: skip
    assert entitled["insured"] and entitled["name"].endswith("*")
    assert show(call, keys["his"], scopes["his"], text, "check_in").status_code == 201
    assert show(call, keys["his"], scopes["his"], text, "check_in").status_code == 409
    head, body, seal = voucher(call, keys, scopes, "check_in").split(".")
    forged = f"{head}.{body}.{seal[:-6]}AAAAAA"
    assert show(call, keys["his"], scopes["his"], forged, "check_in").json()["type"].endswith("voucher_not_ours")
    late = voucher(call, keys, scopes, "check_in")
    clock.now += LIFE
    assert show(call, keys["his"], scopes["his"], late, "check_in").json()["type"].endswith("voucher_expired")


def test_a_voucher_is_redeemed_with_the_settlement_that_it_is_for(
    call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], bill: dict[str, Any], clock: Clock
) -> None:
    shown = bill | {"settlement_id": "T-voucher", "voucher": voucher(call, keys, scopes, "settlement")}
    assert call("POST", "/api/v1/pre-settlements", keys["his"], json=shown).status_code == 200
    wrong = pay(call, keys["his"], shown | {"total": "1.00"}, "voucher-00")
    assert wrong.status_code == 422  # a bill that is refused uses no voucher up
    first = pay(call, keys["his"], shown, "voucher-01")
    assert first.status_code == 201, first.text
    clock.now += LIFE  # a retry is answered, though the voucher has been used and has expired
    assert pay(call, keys["his"], shown, "voucher-01").json() == first.json()
    other = bill | {"settlement_id": "T-voucher-2", "voucher": voucher(call, keys, scopes, "settlement")}
    assert pay(call, keys["his"], other, "voucher-02").status_code == 201
    again = pay(call, keys["his"], other | {"settlement_id": "T-voucher-3"}, "voucher-03")
    assert (again.status_code, again.json()["type"]) == (409, "urn:yibao:problem:voucher_used")
    check_in = bill | {"settlement_id": "T-voucher-4", "voucher": voucher(call, keys, scopes, "check_in")}
    assert pay(call, keys["his"], check_in, "voucher-04").json()["type"].endswith("voucher_other_use")


def test_a_counter_asks_for_a_renewal_when_the_person_shows_a_voucher_for_it(
    call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], service: Service
) -> None:
    rows = service.ledger.slice(scopes["insured"], ["prescription"])["prescription"].to_pylist()
    asked = {"person_id": scopes["insured"], "prescription_id": rows[0]["prescription_id"],
             "pharmacy_id": scopes["pos"], "delivery": "pickup"}  # fmt: skip
    assert call("POST", "/api/v1/renewals", keys["pos"], json=asked).status_code == 403
    at_counter = asked | {"institution_id": scopes["pos"], "voucher": voucher(call, keys, scopes, "renewal")}
    assert call("POST", "/api/v1/renewals", keys["pos"], json=at_counter).json()["state"] == "asked"
    assert call("POST", "/api/v1/renewals", keys["pos"], json=at_counter).status_code == 409
    half = asked | {"institution_id": scopes["pos"]}
    assert call("POST", "/api/v1/renewals", keys["pos"], json=half).status_code == 422


def test_two_counters_at_once_redeem_one_voucher_once(
    app: Any, call: Client, service: Service, keys: Mapping[str, str], scopes: Mapping[str, str]
) -> None:
    text = voucher(call, keys, scopes, "check_in")
    with ThreadPoolExecutor(4) as counters:
        calls = [Client(app, service.settings.base_url) for _ in range(4)]
        codes = list(counters.map(lambda c: show(c, keys["his"], scopes["his"], text, "check_in").status_code, calls))
    assert sorted(codes) == [201, 409, 409, 409]


def test_a_voucher_opens_reports_books_a_slot_and_fits_the_place(
    call: Client, keys: Mapping[str, str], scopes: Mapping[str, str]
) -> None:
    seen = show(call, keys["his"], scopes["his"], voucher(call, keys, scopes, "report"), "report").json()
    assert isinstance(seen["reports"], list)
    text = voucher(call, keys, scopes, "appointment")
    assert show(call, keys["his"], scopes["his"], text, "appointment").status_code == 422  # neither slot nor department
    slot = {"department": "内分泌科", "slot": "2025-12-23 09:00:00"}
    booked = show(call, keys["his"], scopes["his"], text, "appointment", **slot).json()
    assert booked["slot"] == "2025-12-23T09:00:00"
    assert call("GET", f"/api/v1/visits/{booked['visit_id']}", keys["his"]).json()["use"] == "appointment"
    at_hospital = show(call, keys["his"], scopes["his"], voucher(call, keys, scopes, "pharmacy"), "pharmacy")
    assert at_hospital.json()["type"].endswith("wrong_place")


@pytest.mark.parametrize("delivery", ["pickup", "delivery"])
def test_a_renewed_prescription_goes_to_the_chosen_pharmacy_and_to_the_person(
    delivery: str, call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], service: Service
) -> None:
    rows = service.ledger.slice(scopes["insured"], ["prescription"])["prescription"].to_pylist()
    mine = next((row for row in rows if row["institution_id"] == scopes["his"]), None)
    decider = keys["his"]
    if mine is None:  # the person's prescriptions are another's: its system decides
        mine, decider = rows[0], _system_of(service, rows[0]["institution_id"])
    asked = {"person_id": scopes["insured"], "prescription_id": mine["prescription_id"], "pharmacy_id": scopes["pos"],
             "delivery": delivery}  # fmt: skip
    made = call("POST", "/api/v1/renewals", keys["app"], json=asked).json()
    at = f"/api/v1/renewals/{made['renewal_id']}"
    assert call("POST", f"{at}/filling", keys["pos"], json={"act": "accept"}).status_code == 409  # not approved yet
    assert call("POST", f"{at}/decision", decider, json={"act": "approve"}).json()["state"] == "approved"
    for act, state in (("accept", "accepted"), ("fill", "filled")):
        assert call("POST", f"{at}/filling", keys["pos"], json={"act": act}).json()["state"] == state
    if delivery == "pickup":
        assert call("POST", f"{at}/filling", keys["pos"], json={"act": "send"}).status_code == 409
        assert call("POST", f"{at}/filling", keys["pos"], json={"act": "hand_over"}).status_code == 422
        given = {"act": "hand_over", "voucher": voucher(call, keys, scopes, "pharmacy")}
        assert call("POST", f"{at}/filling", keys["pos"], json=given).json()["state"] == "handed_over"
    else:
        for act, note in (("send", "运单 7"), ("return", "无人"), ("send", None), ("deliver", None)):
            assert call("POST", f"{at}/filling", keys["pos"], json={"act": act, "note": note}).status_code == 200
    told = call("GET", at, keys["app"]).json()
    way = ["asked", "approved", "accepted", "filled"]
    way += ["handed_over"] if delivery == "pickup" else ["sent", "returned", "sent", "delivered"]
    assert [step["state"] for step in told["steps"]] == way


def _system_of(service: Service, institution: str) -> str:
    from datetime import date

    from yibao.registry import Refused
    from yibao.registry.actors import add, grant
    from yibao.service.access.keys import make_key

    name = f"his-{institution}"
    try:
        service.registry.do(add, name, name, kind="service", by="admin")
        service.registry.do(
            grant, name, "hospital", "institution", institution, valid_from=date(2025, 1, 1), by="admin"
        )
    except Refused:
        pass
    return make_key(service.registry, name, "tests", "admin")


def hand_in(call: Client, key: str, place: str, name: str, content: str) -> Any:
    return call(
        "POST", "/api/v1/uploads", key, data={"institution_id": place}, files={"file": (name, content.encode())}
    )


def test_a_batch_is_read_and_what_was_not_taken_comes_back_safe_to_open(
    call: Client, keys: Mapping[str, str], scopes: Mapping[str, str]
) -> None:
    his = scopes["his"]
    rows = f"dr_code,dr_name,institution_id\nD-up-1,王医师,{his}\n,=cmd|' /C calc'!A0,{his}\nD-up-2,李医师,{his}\n"
    sent = hand_in(call, keys["his"], his, "staff_20251220.csv", rows)
    assert sent.status_code == 202
    at = f"/api/v1/uploads/{sent.json()['upload_id']}"

    def done() -> Any:
        said = call("GET", at, keys["his"]).json()
        return said if said["state"] in ("taken", "failed") else None

    said = settled_within(30, done)
    assert (said["state"], said["rows_in"], said["accepted"], said["quarantined"]) == ("taken", 3, 2, 1), said
    text = call("GET", f"{at}/quarantine.csv", keys["his"]).text
    assert "missing_value" in text and "\n=" not in text and ",=" not in text


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("../../staff.csv", "a\n1\n", "file_name"), ("..\\staff.csv", "a\n", "file_name"),
     ("finding.csv", "a\n", "file_name"), ("staff.csv.exe", "a\n", "file_name"),
     ("person.csv", "psn_no\n1\n", "not_yours"),
     ("staff_3.csv", "dr_code,dr_name,institution_id\nD1,x,H-other\n", "not_yours"),
     ("diagnosis.csv", "mdtrt_id,diag_srt_no\nM-of-nobody,1\n", "not_yours"), ("staff_4.csv", "\x00\x01\x02", "")],
)  # fmt: skip
def test_a_file_that_is_not_ones_own_is_refused(
    name: str,
    content: str,
    kind: str,
    call: Client,
    keys: Mapping[str, str],
    scopes: Mapping[str, str],
    service: Service,
) -> None:
    before = (
        sorted((service.settings.home / "uploads").glob("*")) if (service.settings.home / "uploads").exists() else []
    )
    answer = hand_in(call, keys["his"], scopes["his"], name, content)
    assert answer.status_code == 422 and answer.json()["type"].endswith(kind), answer.text
    left = sorted((service.settings.home / "uploads").glob("*")) if before else []
    assert left == before


def test_the_catalogue_is_open_and_its_search_is_no_pattern(call: Client) -> None:
    found = call("GET", "/api/v1/catalogue?day=2025-12-20&q=甲状腺").json()
    assert found["total"] >= 1 and all("甲状腺" in item["name"] for item in found["items"])
    code = found["items"][0]["item_code"]
    assert call("GET", f"/api/v1/catalogue/{code}?day=2025-12-20").json()["item_code"] == code
    assert call("GET", f"/api/v1/catalogue/{code}?day=1999-01-01").status_code == 404
    for words in ("%", "' or 1=1 --", "{{7*7}}", ".*"):
        found = call("GET", "/api/v1/catalogue", params={"day": "2025-12-20", "q": words}).json()
        assert all(words in item["name"] for item in found["items"])


def test_a_case_is_grouped_with_its_reasons(
    call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], service: Service, real_data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    case = {"case_id": "C1", "sex": "1", "age_years": 67, "diagnoses": ["I63.900", "I10.x00"], "los_days": 9}
    body = {"institution_id": scopes["his"], "case": case}
    assert call("POST", "/api/v1/grouping-previews", keys["his"], json=body).status_code == 503  # no pack is loaded
    monkeypatch.setattr(service, "grouping", open_grouping(Sources(pack=real_data / "drg/packs/chs_drg_11")))
    said = call("POST", "/api/v1/grouping-previews", keys["his"], json=body).json()
    assert said["row"]["group_code"].startswith("B") and said["explanation"]["path"] and said["lines"]


def test_every_answer_carries_the_headers_and_large_ones_are_cut_off(call: Client, keys: Mapping[str, str]) -> None:
    for path in ("/healthz", "/sign-in", "/no/such/page", "/api/v1/order-checks"):
        answer = call("GET", path)
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["x-request-id"]
    large = call("POST", "/api/v1/order-checks", keys["his"], content=b"[" * 3_000_000)
    assert large.status_code == 413
    assert large.json()["errors"] == [{"field": "body", "said": "此处最多接收 2,000,000 字节，本次 3,000,000 字节"}]
    page = call("POST", "/hospital/clues/x/answer", content=b"x" * 20_000_001, headers={"accept": "text/html"})
    assert page.status_code == 413 and "最多接收 20,000,000 字节" in page.text and "<h1" in page.text
    deep = call(
        "POST",
        "/api/v1/order-checks",
        keys["his"],
        content=b"[" * 100_000,
        headers={"content-type": "application/json"},
    )
    assert deep.status_code in (400, 422)


def test_a_caller_that_asks_too_often_waits(service: Service, keys: Mapping[str, str]) -> None:
    slow = Settings(**{**vars(service.settings), "caller_rate": (1.0, 3)})
    fast, service.settings = service.settings, slow
    try:
        call = Client(create_app(service), fast.base_url)
        codes = [call("GET", "/api/v1/me", keys["his"]).status_code for _ in range(5)]
    finally:
        service.settings = fast
    assert codes == [200, 200, 200, 429, 429]


def test_ready_says_what_is_not(call: Client, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("GET", "/readyz").json() == {"ready": True, "registry": True, "ledger": True, "serving": True}
    monkeypatch.setattr(service, "ready", False)
    assert call("GET", "/readyz").status_code == 503


def test_the_trail_of_it_all_is_sound(service: Service, clock: Clock) -> None:
    clock.now += timedelta(seconds=1)
    found = verify_all(service.registry)
    assert found.problems == [] and found.events > 50


@pytest.mark.skipif(sys.platform != "linux", reason="threads have places of their own on Linux only")
def test_work_beside_requests_stands_behind_them(service: Service) -> None:
    """Figures of pages over millions of lines are reckoned while orders are checked."""

    def place() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert service.work.submit(place).result() == 19 > place()
