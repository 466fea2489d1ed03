"""Who may see what: nobody without a credential, nobody beyond his scope, and one predicate decides it everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from callers import Client, System, objecting, order_sign
from fastapi import APIRouter
from sqlalchemy import select, true

from yibao.registry import clues, feedback, opinions
from yibao.registry.actors import add, grant
from yibao.registry.scopes import Reach
from yibao.registry.tables.core import EVENT
from yibao.service.access.guard import GuardedRoute
from yibao.service.access.keys import make_key
from yibao.service.app import access_list, guarded_routes
from yibao.service.cds.clients import register
from yibao.service.console import own_clues
from yibao.service.console.hospital.choice import all_stays
from yibao.service.state import Service
from yibao.service.vouchers import make_voucher

# Acts follow upon each other (asked, accepted, filled): one worker tells them in order.
pytestmark = pytest.mark.xdist_group("scope")

#: The routes whose matters lie in places: each must be tried with a foreign one.
SCOPED = sorted(
    (method, route.path)
    for route in guarded_routes() for method in route.methods
    if route.access.permission and not route.access.anywhere
)  # fmt: skip


@pytest.fixture(scope="module")
def stranger(service: Service) -> dict[str, Any]:
    """Another hospital's system, another pharmacy's, another person's app, and what they were given."""
    places = service.institutions.values()
    hospital = [p["institution_id"] for p in places if p["kind"] == "1"][-1]
    pharmacy = [p["institution_id"] for p in places if p["kind"] == "2"][-1]
    said: dict[str, Any] = {"hospital": hospital, "pharmacy": pharmacy, "person": "99010000000000000001"}
    who = (("his2", "hospital", "institution", hospital), ("pos2", "pharmacy", "institution", pharmacy),
           ("app2", "insured", "person", said["person"]), ("audit2", "auditor", "region", "990300"),
           ("bureau2", "bureau", "region", "990300"))  # fmt: skip
    service.figures.make()
    for name, role, kind, scope in who:
        service.registry.do(add, name, name, kind="service", by="admin")
        service.registry.do(grant, name, role, kind, scope, valid_from=date(2025, 1, 1), by="admin")
        said[{"audit2": "auditor2"}.get(name, name)] = make_key(service.registry, name, "tests", "admin")
    return said


@pytest.fixture(scope="module")
def own(
    app: Any, service: Service, keys: Mapping[str, str], scopes: Mapping[str, str], story: dict[str, Any]
) -> dict[str, Any]:
    """Objects of the demonstration's hospital, pharmacy and person, which strangers must not reach."""
    call = Client(app, service.settings.base_url)
    person = scopes["insured"]
    voucher = call("POST", "/api/v1/vouchers", keys["app"], json={"person_id": person, "use": "check_in"}).json()
    visit = call("POST", "/api/v1/vouchers/redeem", keys["his"], json={
        "institution_id": scopes["his"], "voucher": voucher["voucher"], "use": "check_in"}).json()  # fmt: skip
    rows = service.ledger.slice(person, ["prescription"])["prescription"].to_pylist()
    renewal = call("POST", "/api/v1/renewals", keys["app"], json={
        "person_id": person, "prescription_id": rows[0]["prescription_id"], "pharmacy_id": scopes["pos"],
        "delivery": "pickup"}).json()  # fmt: skip
    upload = call("POST", "/api/v1/uploads", keys["his"], data={"institution_id": scopes["his"]},
                  files={"file": ("staff_1.csv", _staff(scopes["his"]))}).json()  # fmt: skip
    reminded = call("POST", "/api/v1/national/3101", keys["his"], json=_analysis(story)).json()
    said = service.registry.do(opinions.give, scopes["his"], "other", "请复核", by="hospital")
    objection, _ = objecting(service, "objector-scope", "real_name", "请复核")
    return {"opinion": said["opinion_id"], "objection": objection, "visit": visit["visit_id"],
            "renewal": renewal["renewal_id"], "upload": upload["upload_id"],
            "card": reminded["result"][0]["jr_id"], "prescriber": rows[0]["institution_id"]}  # fmt: skip


def _staff(institution: str) -> bytes:
    return f"dr_code,dr_name,institution_id\nD-test,某医师,{institution}\n".encode()


def _analysis(story: Mapping[str, Any]) -> dict[str, Any]:
    order = story["orders"][0]
    visit = {
        "mdtrt_id": story["encounter_id"], "medins_id": story["institution_id"], "dr_codg": "dr-scope",
        "med_type": "11", "fsi_order_dtos": [{"rx_id": "1", "hilist_code": order["item_code"], "cnt": "1",
                                              "drord_begn_date": story["ordered_at"]}],
    }  # fmt: skip
    patient = {"patn_id": story["person_id"], "fsi_encounter_dtos": [visit]}
    return {"syscode": "HIS", "trig_scen": "5", "patient_dtos": [patient]}


def foreign(
    method: str, path: str, service: Service, own: Mapping[str, Any], stranger: Mapping[str, Any],
    scopes: Mapping[str, str], keys: Mapping[str, str], story: dict[str, Any],
) -> tuple[str, str, str, dict[str, Any]]:  # fmt: skip
    """A well-formed request of a stranger for each scoped route: it fails for its scope alone."""
    his, person = scopes["his"], scopes["insured"]
    bill = {"settlement_id": "X-1", "institution_id": his, "person_id": person, "kind": "11",
            "settled_at": "2025-12-20", "total": "10.00", "eligible": "10.00"}  # fmt: skip
    case = {"case_id": "C1", "sex": "1", "age_years": 60, "diagnoses": ["I63.900"]}
    once = {"idempotency-key": f"stranger{path[-20:].replace('/', '-')}"}
    row = service.ledger.slice(person, ["person"])["person"].to_pylist()[0]
    key = {"his2": stranger["his2"], "pos2": stranger["pos2"], "app2": stranger["app2"]}
    asked: dict[tuple[str, str], tuple[str, str, dict[str, Any]]] = {
        ("POST", "/api/v1/order-checks"): ("his2", path, {"json": story | {"institution_id": his}}),
        ("POST", "/api/v1/pre-settlements"): ("his2", path, {"json": bill}),
        ("POST", "/api/v1/settlements"): ("his2", path, {"json": bill, "headers": once}),
        ("POST", "/api/v1/settlements/{settlement_id}/reversal"): (
            "his2", "/api/v1/settlements/X-1/reversal",
            {"json": {"institution_id": his, "person_id": person}, "headers": once}),
        ("POST", "/api/v1/grouping-previews"): ("his2", path, {"json": {"institution_id": his, "case": case}}),
        ("POST", "/api/v1/eligibility"): ("his2", path, {"json": {
            "institution_id": his, "person_id": person, "id_number": row["id_number"], "day": "2025-12-20"}}),
        ("POST", "/api/v1/vouchers"): ("app2", path, {"json": {"person_id": person, "use": "report"}}),
        ("GET", "/api/v1/visits/{visit_id}"): ("his2", f"/api/v1/visits/{own['visit']}", {}),
        ("POST", "/api/v1/renewals"): ("app2", path, {"json": {
            "person_id": person, "prescription_id": _prescription(service, person), "pharmacy_id": scopes["pos"],
            "delivery": "pickup"}}),
        ("GET", "/api/v1/renewals/{renewal_id}"): ("app2", f"/api/v1/renewals/{own['renewal']}", {}),
        ("POST", "/api/v1/renewals/{renewal_id}/decision"): (
            "his2", f"/api/v1/renewals/{own['renewal']}/decision", {"json": {"act": "approve"}}),
        ("POST", "/api/v1/renewals/{renewal_id}/filling"): (
            "pos2", f"/api/v1/renewals/{own['renewal']}/filling", {"json": {"act": "accept"}}),
        ("POST", "/api/v1/uploads"): ("his2", path, {
            "data": {"institution_id": his}, "files": {"file": ("staff_2.csv", _staff(his))}}),
        ("POST", "/api/v1/uploads/{upload_id}/cancellation"): (
            "his2", f"/api/v1/uploads/{own['upload']}/cancellation", {"json": {"reason": "不是我的"}}),
        ("GET", "/api/v1/uploads/{upload_id}"): ("his2", f"/api/v1/uploads/{own['upload']}", {}),
        ("GET", "/api/v1/uploads/{upload_id}/quarantine.csv"): (
            "his2", f"/api/v1/uploads/{own['upload']}/quarantine.csv", {}),
        ("GET", "/api/v1/reminders/figures"): (
            "his2", f"{path}?institution_id={his}&since=2025-01-01", {}),
        ("POST", "/api/v1/national/3101"): ("his2", path, {"json": _analysis(story)}),
        ("POST", "/api/v1/national/3102"): ("his2", path, {"json": _analysis(story)}),
        ("POST", "/api/v1/national/3103"): ("his2", path, {"json": {
            "warns": [{"warn_rslt_id": own["card"], "warn_dspo_way": "2"}]}}),
    }  # fmt: skip
    if (method, path) in asked:
        name, address, more = asked[method, path]
        return method, address, key[name], more
    if path.startswith("/bureau/feedback/"):
        return method, path.replace("{feedback_id}", _letter(service)), stranger["bureau2"], {"data": {"words": ""}}
    if path.startswith(("/hospital/", "/pharmacy/")):
        role = path.split("/")[1]
        address = path.replace("{clue_id}", _sent(service, scopes[role])).replace("{card_id}", own["card"])
        said = {"kind": "accept"} if path.endswith("answer") else {"outcome": "accepted"}
        more: dict[str, Any] = {"data": said} if method == "POST" else {}
        if path.endswith("material"):
            more = {"data": {"words": "record"}, "files": {"file": ("r.pdf", b"%PDF-1.7 r", "application/pdf")}}
        return method, address, key["his2" if role == "hospital" else "pos2"], more
    if path.startswith("/audit/clues/"):
        address = path.replace("{clue_id}", _clue(service, "990100")).replace("{act}", "begin")
        return method, address, stranger["auditor2"], {}
    if path.endswith("/groups/{code}"):
        code = next(code for code in all_stays(service).groups if code != "-")
        return method, f"{path.replace('{code}', code)}?region=990100", stranger["bureau2"], {}
    if path.endswith(("/steps/{to}", "/reports/{kind}")):
        address = path.replace("{law_id}", "H02").replace("{to}", "off").replace("{kind}", "backtest")
        return method, address, stranger["bureau2"], {}
    if path.endswith("/{plan_id}/draft"):
        return method, "/bureau/assessments/AS-2025/draft", stranger["bureau2"], {}
    if path.endswith("/{plan_id}/{number}"):
        return method, f"/bureau/objections/{own['objection']}", stranger["bureau2"], {}
    if path.startswith("/bureau"):
        address = path.replace("{code}", his).replace("{opinion_id}", own["opinion"])
        form = {"data": {"outcome": "accepted", "words": "已复核"}} if method == "POST" else {}
        return method, address if "{" in path else f"{address}?region=990100", stranger["bureau2"], form
    if path.startswith("/jobs/"):
        return method, path.replace("{upload_id}", own["upload"]), stranger["his2"], {}
    if path == "/api/v1/vouchers/redeem":
        voucher, _ = make_voucher(service, person, "check_in")
        return method, path, key["his2"], {"json": {"institution_id": his, "voucher": voucher, "use": "check_in"}}
    # A hospital system registered for an institution that its actor was not granted.
    system = System(f"https://{path[-8:].strip('/')}.example.org")
    register(service.registry, system.issuer, "his2", his, {"keys": [system.public]}, "admin")
    address = path.replace("{service_id}", "dup-exam")
    body = order_sign(story)
    if address.endswith("feedback"):
        body = {"feedback": [{"card": own["card"], "outcome": "accepted", "outcomeTimestamp": "2025-12-20T01:31:00Z"}]}
    return method, address, system.token(service, address), {"json": body}


def _letter(service: Service) -> str:
    """A letter about a provider of a city that the strange bureau does not govern."""
    said = service.registry.do(
        feedback.give, "complaint", "institution", "等得太久", "990102", receipt=feedback.digest("ABCD2345"), by="door"
    )
    return str(said["feedback_id"])


def _clue(service: Service, city: str) -> str:
    """A clue of a city other than the strange auditor's, which waits for its first review."""
    with service.registry.reading("clue.read", "lead") as unit:
        rows = clues.clues(unit, state="S2")
    return str(next(row["clue_id"] for row in rows if row["region_code"].startswith(city[:4])))


def _sent(service: Service, institution: str) -> str:
    """A clue that was sent to an institution."""
    return next(str(row["clue_id"]) for row in own_clues.own_clues(service, institution) if row["state"] == "S3c")


def _prescription(service: Service, person: str) -> str:
    return str(service.ledger.slice(person, ["prescription"])["prescription"].to_pylist()[0]["prescription_id"])


@pytest.mark.parametrize(("method", "path"), SCOPED)
def test_a_stranger_is_refused_and_the_predicate_alone_refuses_him(
    method: str, path: str, call: Client, service: Service, own: Mapping[str, Any], stranger: Mapping[str, Any],
    scopes: Mapping[str, str], keys: Mapping[str, str], story: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asked = foreign(method, path, service, own, stranger, scopes, keys, story)
    refused = call(asked[0], asked[1], asked[2], **asked[3])
    assert refused.status_code in (403, 404), refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    # The predicate in its two forms: of one row, and as a condition on many.
    monkeypatch.setattr(Reach, "covers", lambda self, place: True)
    monkeypatch.setattr(Reach, "where", lambda self, table: true())
    asked = foreign(method, path, service, own, stranger, scopes, keys, story)
    let = call(asked[0], asked[1], asked[2], **asked[3])
    # No pack is loaded; and a clue that is somebody else's to review, or that asked for no material, is refused by the
    # workflow, after the scope. Nothing is offered to a reviewer whose clue it is not; an answer leads to its page.
    expected = {
        "/api/v1/grouping-previews": 503, "/audit/clues/{clue_id}/{act}": 409, "/audit/clues/{clue_id}/decide": 422,
        "/bureau/opinions/{opinion_id}": 303, "/hospital/clues/{clue_id}/material": 422,
        "/bureau/feedback/{feedback_id}/answer": 422, "/pharmacy/clues/{clue_id}/material": 422,
        "/hospital/reminders/{card_id}": 303, "/bureau/objections/{plan_id}/{number}": 422,
        "/api/v1/uploads/{upload_id}/cancellation": 409, "/jobs/{upload_id}": 409,
        "/bureau/rules/{law_id}/reports/{kind}": 303,
    }.get(path)  # fmt: skip
    assert let.status_code == expected or let.status_code < 300, let.text


def test_every_route_wants_to_know_who_calls(call: Client) -> None:
    for method, path, who in access_list():
        if who.startswith("(") and "session" not in who:
            continue
        answer = call(method, path.replace("{", "").replace("}", ""), headers={"accept": "application/json"})
        assert answer.status_code == 401, (method, path, answer.status_code)
        assert answer.json()["type"] == "urn:yibao:problem:unauthenticated"


def test_a_route_that_says_nothing_of_access_cannot_be_made() -> None:
    router = APIRouter(route_class=GuardedRoute)
    with pytest.raises(AssertionError, match="does not say who may call it"):
        router.get("/unsaid")(lambda: {})


def test_a_look_is_recorded_with_purpose_and_rows(
    call: Client, service: Service, keys: Mapping[str, str], story: dict[str, Any]
) -> None:
    assert call("POST", "/api/v1/order-checks", keys["his"], json=story).status_code == 200
    subject = f"person:{story['person_id']}"
    with service.registry.engine.connect() as connection:
        looks = select(EVENT).where(EVENT.c.subject == subject, EVENT.c.action == "data.look")
        last = connection.execute(looks.order_by(EVENT.c.seq.desc())).mappings().first()
    assert last is not None
    said = json.loads(last["body"])
    assert (last["actor_id"], last["role"]) == ("his", "hospital")
    assert (said["purpose"], said["rows"], said["way"]) == ("order_check", 1, "key")


def test_roles_may_not_do_what_is_not_theirs(call: Client, keys: Mapping[str, str], story: dict[str, Any]) -> None:
    for key in (keys["pos"], keys["app"]):
        answer = call("POST", "/api/v1/order-checks", key, json=story)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:yibao:problem:no_role")


def test_a_list_holds_what_lies_within_scope_and_the_predicate_alone_sees_to_it(
    call: Client, service: Service, stranger: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with service.registry.reading("clue.read", "lead") as unit:
        lies = {row["clue_id"]: row["region_code"] for row in clues.clues(unit)}

    def listed() -> set[str]:
        text = call("GET", "/audit/clues", stranger["auditor2"], headers={"accept": "text/html"}).text
        return {lies[clue] for clue in re.findall(r"/audit/clues/([\w-]+)", text) if clue in lies}

    assert all(region.startswith("9903") for region in listed())
    monkeypatch.setattr(Reach, "where", lambda self, table: true())
    monkeypatch.setattr(Reach, "covers", lambda self, place: True)
    assert any(not region.startswith("9903") for region in listed())
