"""CDS Hooks: the thyroid story from ingested rows to card, override and rate; who may call; what fails open."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from callers import Client, Clock, System, draft_orders, order_sign
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from yibao.registry.clock import CHINA
from yibao.service.cds import hooks
from yibao.service.cds.cards import clipped, escaped
from yibao.service.cds.clients import KeySets, register
from yibao.service.reminders import keep
from yibao.service.state import Service
from yibao.service.tables import CARD
from yibao.supervision.order_check import OrderChecker

SIGN = "/cds-services/dup-exam"


@pytest.fixture(scope="module")
def system(service: Service, scopes: Mapping[str, str]) -> System:
    made = System()
    register(service.registry, made.issuer, "his", scopes["his"], {"keys": [made.public]}, "admin")
    return made


def said(call: Client, service: Service, system: System, body: Any, path: str = SIGN, **claims: Any) -> Any:
    return call("POST", path, system.token(service, path, **claims), json=body)


def feedback(card: str, **said: Any) -> dict[str, Any]:
    return {"feedback": [{"card": card, "outcomeTimestamp": "2025-12-20T01:30:30Z", **said}]}


def test_discovery_names_every_hook(call: Client) -> None:
    services = call("GET", "/cds-services").json()["services"]
    hooks = {one["hook"] for one in services}
    assert hooks == {"order-sign", "order-select", "appointment-book", "encounter-discharge"}
    assert all(one["id"] and one["description"] and one["prefetch"] for one in services)


def test_the_thyroid_story_from_community_rows_to_card_override_and_rate(
    call: Client, service: Service, system: System, scopes: Mapping[str, str], keys: Mapping[str, str],
    story: dict[str, Any],
) -> None:  # fmt: skip
    # A community centre's laboratory did the thyroid function test; the hospital's doctor orders the ultrasound.
    answer = said(
        call,
        service,
        system,
        order_sign(story),
    )
    assert answer.status_code == 200, answer.text
    (card,) = answer.json()["cards"]
    assert card["indicator"] == "warning" and len(card["summary"]) < 140 and "40 天前" in card["summary"]
    assert "云州市东湖社区卫生服务中心" in card["detail"] and "2025-11-10" in card["detail"]
    assert card["selectionBehavior"] == "at-most-one" and card["source"]["topic"]["code"] == "D01"
    assert card["suggestions"][0]["actions"] == [
        {"type": "delete", "description": "取消甲状腺彩色多普勒超声", "resourceId": "ServiceRequest/sr-1"}
    ]
    codes = [reason["code"] for reason in card["overrideReasons"]]
    assert codes[:6] == [f"HR19-{n}" for n in range(1, 7)] and {"IMG-UNREADABLE", "PROTOCOL"} < set(codes)
    # Asked again, it is the same card: it is counted once.
    assert said(call, service, system, order_sign(story)).json()["cards"][0]["uuid"] == card["uuid"]

    def figures() -> dict[str, Any]:
        path = f"/api/v1/reminders/figures?institution_id={scopes['his']}&since=2025-12-01"
        said: dict[str, Any] = call("GET", path, keys["his"]).json()
        return said

    def counted(figures: dict[str, Any]) -> tuple[int, int]:
        return figures["laws"]["D01"]["overridden"], figures["reasons"].get("HR19-1", 0)

    # Other stories of this service may have answered cards before.
    before = counted(figures())
    reason = {"reason": {"system": "urn:local:hr-override", "code": "HR19-1"}, "userComment": "症状加重"}
    path = f"{SIGN}/feedback"
    told = feedback(card["uuid"], outcome="overridden", overrideReason=reason)
    assert said(call, service, system, told, path).json() == {"kept": 1}
    assert said(call, service, system, told, path).json() == {"kept": 0}
    assert said(call, service, system, feedback(card["uuid"], outcome="accepted"), path).status_code == 409
    # Answered, it is not shown again; the figures count it, and the ledger keeps it as a fact.
    assert said(call, service, system, order_sign(story)).json() == {"cards": []}
    after = figures()
    assert counted(after) == (before[0] + 1, before[1] + 1)
    law = after["laws"]["D01"]
    answered = law["accepted"] + law["overridden"]
    assert law["compliance_rate"] == (2 * 10_000 * law["accepted"] + answered) // (2 * answered), "rounded half up"
    assert keep(service) >= 1 and keep(service) == 0
    rows = service.ledger.slice(story["person_id"], ["reminder_answer"])["reminder_answer"].to_pylist()
    (row,) = [row for row in rows if row["reminder_id"] == card["uuid"]]
    assert (row["outcome"], row["reason_code"], row["comment"]) == ("overridden", "HR19-1", "症状加重")


def test_following_a_reminder_raises_the_rate_and_counts_the_money(
    call: Client, service: Service, system: System, scopes: Mapping[str, str], keys: Mapping[str, str],
    story: dict[str, Any],
) -> None:  # fmt: skip
    body = order_sign(story)
    body["context"]["userId"] = "Practitioner/another-doctor"
    (card,) = said(call, service, system, body).json()["cards"]
    assert (
        said(call, service, system, feedback(card["uuid"], outcome="accepted"), f"{SIGN}/feedback").status_code == 200
    )
    figures = call(
        "GET", f"/api/v1/reminders/figures?institution_id={scopes['his']}&since=2025-12-01", keys["his"]
    ).json()
    assert figures["laws"]["D01"]["accepted"] >= 1
    assert figures["laws"]["D01"]["saved_amount"] >= 9_800


def test_the_three_ordering_hooks_say_the_same(
    call: Client, service: Service, system: System, story: dict[str, Any]
) -> None:
    def doctor(body: dict[str, Any], name: str) -> dict[str, Any]:
        body["context"]["userId"] = name
        return body

    select_body = doctor(order_sign(story, hook="order-select"), "dr-select")
    select_body["context"]["selections"] = ["ServiceRequest/sr-1"]
    path = "/cds-services/dup-exam-select"
    assert len(said(call, service, system, select_body, path).json()["cards"]) == 1
    select_body["context"]["selections"] = ["ServiceRequest/other"]
    assert said(call, service, system, select_body, path).json() == {"cards": []}
    book = doctor(order_sign(story, hook="appointment-book"), "dr-book")
    book["context"]["appointments"] = {"resourceType": "Bundle", "entry": [{"resource": {
        "resourceType": "Appointment", "id": "a1", "status": "proposed", "serviceType": [{"coding": [
            {"system": "urn:nhsa:hilist", "code": story["orders"][0]["item_code"]}]}]}}]}  # fmt: skip
    assert len(said(call, service, system, book, "/cds-services/dup-exam-book").json()["cards"]) == 1


def test_nothing_to_say_is_an_empty_list(call: Client, service: Service, system: System, story: dict[str, Any]) -> None:
    body = order_sign(story)
    body["context"]["draftOrders"] = draft_orders("no-such-item")
    assert said(call, service, system, body).json() == {"cards": []}
    emergency = order_sign(story)
    emergency["context"]["userId"] = "dr-emergency"
    emergency["prefetch"]["encounter"] = {"resourceType": "Encounter", "class": {"code": "EMER"}}
    assert said(call, service, system, emergency).json() == {"cards": []}


def test_at_discharge_the_list_is_looked_at(
    call: Client, service: Service, system: System, story: dict[str, Any]
) -> None:
    path, body = "/cds-services/discharge-list", order_sign(story, hook="encounter-discharge")
    coded = {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"coding": [{"system": "urn:nhsa:icd10", "code": "I63.900"}]},
    }
    free = {"resourceType": "Condition", "id": "c2", "code": {"text": "高血压"}}
    body["prefetch"] |= {
        "encounter": {"resourceType": "Encounter", "id": "e", "period": {"start": "2025-12-01", "end": "2025-12-09"}},
        "conditions": {"resourceType": "Bundle", "entry": [{"resource": coded}, {"resource": free}]},
    }
    (card,) = said(call, service, system, body, path).json()["cards"]
    assert (
        card["indicator"] == "warning" and "1 个诊断没有医保编码" in card["summary"] and "离院方式" in card["summary"]
    )


WRONG: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "https://elsewhere.example.org/x"},
    "expired": {"iat": 1_000_000_000, "exp": 1_000_000_300},
    "too long a life": {"exp": 9_999_999_999},
    "unknown issuer": {"iss": "https://nobody.example.org"},
    "no issuer": {"iss": None},
    "no number": {"jti": None},
    "key set elsewhere": {"head": {"jku": "https://evil.example.org/jwks.json"}},
    "unknown key": {"head": {"kid": "k9"}},
    "symmetric": {"key": "s" * 48, "alg": "HS256"},
    "no algorithm": {"key": "", "alg": "none"},
    "another's key": {"key": ec.generate_private_key(ec.SECP384R1())},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_token_that_is_not_right_is_refused(
    what: str, call: Client, service: Service, system: System, story: dict[str, Any]
) -> None:
    answer = said(call, service, system, order_sign(story), **WRONG[what])
    assert answer.status_code == 401, what
    assert answer.json()["type"] == "urn:yibao:problem:unauthenticated"


def test_a_token_counts_once_and_no_token_is_nobody(
    call: Client, service: Service, system: System, story: dict[str, Any]
) -> None:
    token = system.token(service, SIGN)
    assert call("POST", SIGN, token, json=order_sign(story)).status_code == 200
    assert call("POST", SIGN, token, json=order_sign(story)).status_code == 401
    assert call("POST", SIGN, json=order_sign(story)).status_code == 401
    assert call("POST", SIGN, "not.a.token", json=order_sign(story)).status_code == 401


def test_keys_are_rotated_by_a_set_with_both(
    service: Service, call: Client, scopes: Mapping[str, str], story: dict[str, Any]
) -> None:
    old, new = System("https://rotating.example.org", "old"), System("https://rotating.example.org", "new")
    for keys, works in (([old], {old}), ([old, new], {old, new}), ([new], {new})):
        register(service.registry, old.issuer, "his", scopes["his"], {"keys": [k.public for k in keys]}, "admin")
        for one in (old, new):
            status = said(call, service, one, order_sign(story)).status_code
            assert status == (200 if one in works else 401)


def test_a_published_key_set_is_read_seldom_and_anew_for_a_new_key(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked, published = [1000.0], [], [System(kid="a")]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def fetch(address: str) -> Mapping[str, Any]:
        asked.append(address)
        return {"keys": [one.public for one in published]}

    sets = KeySets(fetch)
    assert sets.key("https://h/jwks", "a") and sets.key("https://h/jwks", "a") and len(asked) == 1
    published.append(System(kid="b"))
    assert sets.key("https://h/jwks", "b") is None and len(asked) == 1  # a stranger cannot make us ask all day
    now[0] += 11
    assert sets.key("https://h/jwks", "b") and len(asked) == 2


MALFORMED: dict[str, Any] = {
    "no instance": lambda body: body.pop("hookInstance"),
    "another hook": lambda body: body.update(hook="order-select"),
    "no patient": lambda body: body["context"].pop("patientId"),
    "patient is a number": lambda body: body["context"].update(patientId=7),
    "no bundle": lambda body: body["context"].update(draftOrders=[]),
    "entry without resource": lambda body: body["context"]["draftOrders"].update(entry=[{}]),
    "another patient sent along": lambda body: body["prefetch"].update(patient={"resourceType": "Patient", "id": "x"}),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_call_is_400_and_names_the_field(
    what: str, call: Client, service: Service, system: System, story: dict[str, Any]
) -> None:
    body = order_sign(story)
    MALFORMED[what](body)
    answer = said(call, service, system, body)
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"], answer.text


def test_missing_data_that_cannot_be_fetched_is_412(
    call: Client, service: Service, system: System, story: dict[str, Any]
) -> None:
    for more in ({"prefetch": None}, {"prefetch": {}, "fhirServer": "https://not-registered.example.org"}):
        answer = said(call, service, system, order_sign(story) | more)
        assert answer.status_code == 412 and answer.json()["errors"][0]["field"] == "prefetch.patient"


def test_missing_data_are_fetched_from_the_registered_server_with_the_token_that_was_sent(
    call: Client, service: Service, story: dict[str, Any], scopes: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fhir, asked = System("https://fhir.example.org"), []
    server = "https://fhir.example.org/r4"
    register(service.registry, fhir.issuer, "his", scopes["his"], {"keys": [fhir.public]}, "admin", fhir_server=server)

    def get(address: str, token: str | None) -> Any:
        asked.append((address, token))
        return {"resourceType": "Patient", "id": story["person_id"]}

    monkeypatch.setattr(hooks, "get_json", get)
    body = order_sign(story, fhirServer=server, fhirAuthorization={"access_token": "t-1", "token_type": "Bearer"})
    body["prefetch"], body["context"]["userId"] = None, "dr-fetched"
    assert len(said(call, service, fhir, body).json()["cards"]) == 1
    assert asked == [(f"{server}/Patient/{story['person_id']}", "t-1")]

    def away(*_: Any) -> Any:
        raise OSError("no route to host")

    monkeypatch.setattr(hooks, "get_json", away)
    assert said(call, service, fhir, body).status_code == 412


def test_feedback_needs_a_known_card_and_a_reason(
    call: Client, service: Service, system: System, story: dict[str, Any]
) -> None:
    path, body = f"{SIGN}/feedback", order_sign(story)
    body["context"]["userId"] = "dr-feedback"
    (card,) = said(call, service, system, body).json()["cards"]
    assert said(call, service, system, feedback("C-none", outcome="accepted"), path).status_code == 404
    assert said(call, service, system, feedback(card["uuid"], outcome="overridden"), path).status_code == 400
    other = {"reason": {"code": "HR19-6"}}
    assert (
        said(
            call, service, system, feedback(card["uuid"], outcome="overridden", overrideReason=other), path
        ).status_code
        == 400
    )
    with service.registry.engine.begin() as connection:
        row = connection.execute(select(CARD).where(CARD.c.card_id == card["uuid"])).mappings().one()
    assert row["outcome"] is None


def test_a_check_that_breaks_or_lingers_lets_the_order_go(
    call: Client, service: Service, system: System, story: dict[str, Any], monkeypatch: pytest.MonkeyPatch, app: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def broken(*_: Any) -> Any:
        raise RuntimeError("a law divides by nought")

    monkeypatch.setattr(OrderChecker, "check", broken)
    assert said(call, service, system, order_sign(story)).json() == {"cards": []}
    assert "order check failed open" in caplog.text
    assert b'yibao_events_total{event="order_check_failed_open"}' in app.state.metrics.text()
    monkeypatch.setattr(OrderChecker, "check", lambda *_: time.sleep(0.3))
    monkeypatch.setattr(
        service, "settings", service.settings.__class__(**{**vars(service.settings), "order_patience": 0.05})
    )
    assert said(call, service, system, order_sign(story)).json() == {"cards": []}
    assert any(getattr(record, "said", {}).get("why") == "late" for record in caplog.records)


def test_the_national_shapes_ask_answer_and_report(
    call: Client, keys: Mapping[str, str], story: dict[str, Any], service: Service
) -> None:
    order = {
        "rx_id": "r1",
        "hilist_code": story["orders"][0]["item_code"],
        "cnt": "1",
        "drord_begn_date": story["ordered_at"],
    }
    visit = {"mdtrt_id": story["encounter_id"], "medins_id": story["institution_id"], "dr_codg": "dr-national",
             "fsi_order_dtos": [order, {**order, "rx_id": "r0", "curr_drord_flag": "0"}]}  # fmt: skip
    body = {
        "trig_scen": "5",
        "task_id": "T9",
        "patient_dtos": [{"patn_id": story["person_id"], "fsi_encounter_dtos": [visit]}],
    }
    (result,) = call("POST", "/api/v1/national/3101", keys["his"], json=body).json()["result"]
    assert (result["rule_id"], result["sev_deg"], result["vola_amt"], result["task_id"]) == ("D01", "2", "98.00", "T9")
    assert result["judge_result_detail_dtos"][0]["rx_id"] == "r1"
    warn = {"warn_rslt_id": result["jr_id"], "warn_dspo_way": "1"}
    refused = call("POST", "/api/v1/national/3103", keys["his"], json={"warns": [warn]})
    assert refused.status_code == 422 and "HR19-6" in refused.text  # going on needs words
    warn["warn_dspo_way_dscr"] = "病情变化"
    assert call("POST", "/api/v1/national/3103", keys["his"], json={"warns": [warn]}).json() == {"kept": 1}


def test_words_of_the_ledger_stay_words_in_a_card() -> None:
    assert escaped("a|b <script>*x*\n[y](z)") == r"a\|b &lt;script&gt;\*x\* \[y\](z)"
    assert len(clipped("长" * 300)) == 139 and clipped("长" * 300).endswith("…")


def test_what_a_token_of_the_tests_says(clock: Clock, service: Service) -> None:
    """The audience is the exact address: the tests would pass for any service otherwise."""
    token = System().token(service, SIGN)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["aud"] == f"{service.settings.base_url}{SIGN}" and uuid.UUID(claims["jti"])
    assert abs(claims["iat"] - clock.now.replace(tzinfo=CHINA).timestamp()) < 5
