"""The service on SQLite and on a real PostgreSQL: what must happen once happens once, and every row is told of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from callers import Client, Clock, System, order_sign, settled_within
from sqlalchemy import Table, create_engine, delete, insert, select, update
from test_signing_in import csrf, form

from yibao.benchmarks.serve_city import persons
from yibao.registry.tables.consents import LOOK
from yibao.service.access.callers import Callers
from yibao.service.access.signin import FAILURES, LOCKED
from yibao.service.app import create_app
from yibao.service.cds.clients import register
from yibao.service.demo import users
from yibao.service.reminders import keep
from yibao.service.retention import verify_all
from yibao.service.state import Service
from yibao.service.tables import API_KEY, CARD, CREDENTIAL, UPLOAD, VISIT

#: One story on each database, told in order by one worker.
pytestmark = pytest.mark.xdist_group("both_databases")


class House:
    """A service on one database, with its users."""

    def __init__(self, service: Service) -> None:
        self.service, self.app = service, create_app(service)
        self.given = json.loads((service.settings.home / "users.json").read_text(encoding="utf-8"))
        self.keys = {name: entry["key"] for name, entry in self.given.items() if "key" in entry}
        self.scopes = {user.name: user.scope for user in users(service.ledger)}

    @property
    def call(self) -> Client:
        return Client(self.app, self.service.settings.base_url)

    def problems(self) -> list[tuple[str, str, str]]:
        return verify_all(self.service.registry).problems


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    name = "service" if request.param == "sqlite" else "on_postgres"
    yield House(request.getfixturevalue(name))


def test_parallel_retries_of_a_bill_settle_once(house: House) -> None:
    person = persons(house.service.ledger, date(2025, 12, 20), 1)[0]  # the insured user's counters are other tests'
    bill = {"settlement_id": "B-1", "institution_id": house.scopes["his"], "person_id": person,
            "kind": "21", "settled_at": "2025-12-20", "total": "9000.00", "eligible": "8000.00",
            "first_share": "1000.00"}  # fmt: skip

    def pay(key: str) -> Any:
        return house.call("POST", "/api/v1/settlements", house.keys["his"], json=bill, headers={"idempotency-key": key})

    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(pay, ["both-00001"] * 4))
    assert {answer.status_code for answer in answers} == {201}, answers[0].text
    assert len({answer.json()["sequence"] for answer in answers}) == 1
    assert pay("both-00002").status_code == 409


def test_one_voucher_at_two_counters_is_redeemed_once(house: House) -> None:
    person, his = house.scopes["insured"], house.scopes["his"]
    made = house.call("POST", "/api/v1/vouchers", house.keys["app"], json={"person_id": person, "use": "check_in"})
    body = {"institution_id": his, "voucher": made.json()["voucher"], "use": "check_in"}

    def show(_: int) -> int:
        return int(house.call("POST", "/api/v1/vouchers/redeem", house.keys["his"], json=body).status_code)

    with ThreadPoolExecutor(4) as counters:
        assert sorted(counters.map(show, range(4))) == [201, 409, 409, 409]


def test_a_reminder_is_shown_answered_and_kept(house: House, story: dict[str, Any]) -> None:
    system = System("https://both.example.org")
    register(house.service.registry, system.issuer, "his", house.scopes["his"], {"keys": [system.public]}, "admin")
    body = order_sign(story)
    body["context"]["userId"] = "Practitioner/both"
    path = "/cds-services/dup-exam"
    (card,) = house.call("POST", path, system.token(house.service, path), json=body).json()["cards"]
    told = {"feedback": [{"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": "2025-12-20T01:30:30Z"}]}
    path += "/feedback"
    assert house.call("POST", path, system.token(house.service, path), json=told).json() == {"kept": 1}
    assert keep(house.service) >= 1


def test_a_file_is_taken_and_told_of(house: House) -> None:
    his, key = house.scopes["his"], house.keys["his"]
    rows = f"dr_code,dr_name,institution_id\nD-both,王医师,{his}\n"
    sent = house.call("POST", "/api/v1/uploads", key, data={"institution_id": his},
                      files={"file": ("staff_9.csv", rows.encode())}).json()  # fmt: skip
    at = f"/api/v1/uploads/{sent['upload_id']}"
    done = settled_within(60, lambda: (said := house.call("GET", at, key).json())["state"] == "taken" and said)
    assert (done["rows_in"], done["accepted"]) == (1, 1)


def test_wrong_passwords_lock_the_account_out(house: House, clock: Clock) -> None:
    call = house.call
    assert {form(call, "hospital", "wrong password").status_code for _ in range(FAILURES)} == {401}
    assert form(call, "hospital", house.given["hospital"]["password"]).status_code == 401
    clock.now += LOCKED + timedelta(seconds=1)
    assert form(call, "hospital", house.given["hospital"]["password"]).status_code == 303


def test_a_look_of_a_person_is_weighed_and_one_of_a_system_is_not(house: House) -> None:
    """A system sees its patients all day; somebody who looks one person up on a Saturday is marked for review."""
    asked = {"institution_id": house.scopes["his"], "person_id": house.scopes["insured"], "day": "2025-12-20",
             "id_number": "990000"}  # fmt: skip
    assert house.call("POST", "/api/v1/eligibility", house.keys["his"], json=asked).status_code == 404
    somebody = house.call
    form(somebody, "hospital", house.given["hospital"]["password"])
    token = {"x-csrf-token": csrf(somebody, "/account")}
    assert somebody("POST", "/api/v1/eligibility", json=asked, headers=token).status_code == 404
    with house.service.registry.engine.connect() as connection:
        rows = connection.execute(select(LOOK).where(LOOK.c.purpose_id == "eligibility")).mappings().all()
    assert {row["actor_id"] for row in rows} == {"hospital"}
    assert rows[-1]["alerts"] == "off_hours,single_person" and rows[-1]["rows"] > 0 and rows[-1]["persons"] == 1


TAMPERED: Mapping[str, tuple[Table, Any]] = {
    "a password": (CREDENTIAL, update(CREDENTIAL).where(CREDENTIAL.c.actor_id == "auditor").values(failures=-1)),
    "the institution of a visit": (VISIT, update(VISIT).values(institution_id="H-other")),
    "an answer": (CARD, update(CARD).where(CARD.c.outcome == "accepted").values(outcome="overridden")),
    "an upload's count": (UPLOAD, update(UPLOAD).where(UPLOAD.c.state == "taken").values(accepted=0)),
    "a key": (API_KEY, delete(API_KEY).where(API_KEY.c.actor_id == "pos")),
}


def test_rows_that_were_changed_by_hand_are_found(house: House) -> None:
    engine = house.service.registry.engine
    assert house.problems() == []
    with engine.begin() as connection:
        before = {table: [dict(row) for row in connection.execute(select(table)).mappings()]
                  for table, _ in TAMPERED.values()}  # fmt: skip
        for table, by_hand in TAMPERED.values():
            assert connection.execute(by_hand).rowcount >= 1, table.name
    found = {place.partition("/")[0]: kind for kind, place, _ in house.problems()}
    with engine.begin() as connection:
        for table, rows in before.items():
            connection.execute(delete(table))
            connection.execute(insert(table), rows)
    assert found == {table.name: "changed_row" if table is not API_KEY else "missing_row" for table in before}
    assert house.problems() == []


def test_a_database_that_is_away_is_said_to_be(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with the mend, not a failure of ours; and nothing of the address's password is told."""
    engine = create_engine("postgresql+psycopg://yibao:very-secret@/nowhere?host=/nonexistent&connect_timeout=1")
    monkeypatch.setattr(house.service.registry, "engine", engine)
    monkeypatch.setattr(house.service, "callers", Callers())
    for path, headers in (("/api/v1/me", {}), ("/api/v1/me", {"accept": "text/html"})):
        answer = house.call("GET", path, house.keys["his"], headers=headers)
        assert answer.status_code == 503 and "very-secret" not in answer.text
    assert house.call("GET", "/readyz").json()["registry"] is False
