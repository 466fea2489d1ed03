"""A demonstration: a registry over a synthetic city, and a user for every role, with passwords made on the spot."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from yibao.ledger import Ledger
from yibao.ledger.typed import SCHEMAS
from yibao.registry import Registry, clues, feedback, opinions
from yibao.registry.actors import add, found, grant, take_places
from yibao.registry.clock import Clock, china_time
from yibao.registry.database import connect
from yibao.registry.migrate import migrate
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import latest_run
from yibao.service.access.keys import make_key
from yibao.service.access.scope import SECOND_FACTOR
from yibao.service.access.signin import SignIn
from yibao.service.demo_assessment import assess_city
from yibao.service.demo_clues import EXPERTS, OFFICERS, make_clues
from yibao.service.demo_points import give_points
from yibao.service.forms import prepare
from yibao.service.secrets import open_secrets

#: Grants of the demonstration hold from here on: its data are of 2025.
FIRST_DAY = date(2025, 1, 1)
_ROOT = "admin"


@dataclass(frozen=True)
class User:
    """A user of the demonstration: `scope` says where; services get a key, people a password."""

    name: str
    title: str
    role: str
    scope_kind: str
    scope: str
    kind: str = "person"
    licence: str | None = None


def users(ledger: Ledger) -> list[User]:
    """One user for each role that has something to do, over places and a person that the ledger has."""
    places = _rows(ledger, "institution")
    top = next(row["region_code"] for row in _rows(ledger, "region") if row["parent_code"] is None)
    hospital = next(row["institution_id"] for row in places if row["kind"] == "1")
    pharmacy = next(row["institution_id"] for row in places if row["kind"] == "2")
    person = _somebody(ledger)
    return [
        User("bureau", "局领导 Bureau", "bureau", "region", top),
        User("lead", "审核组长 Lead", "lead", "region", top),
        User("auditor", "审核员甲 Auditor", "auditor", "region", top),
        User("auditor2", "审核员乙 Auditor", "auditor", "region", top),
        User("agency", "经办 Agency", "agency", "region", top),
        User("hospital", "医院医保办 Hospital", "hospital", "institution", hospital),
        User("pharmacy", "药店 Pharmacy", "pharmacy", "institution", pharmacy),
        User("insured", "参保人 Insured person", "insured", "person", person),
        User("resident", "参保居民 Insured resident", "insured", "person", _resident(ledger)[0]),
        User("his", "医院信息系统 Hospital system", "hospital", "institution", hospital, "service"),
        User("pos", "药店系统 Pharmacy system", "pharmacy", "institution", pharmacy, "service"),
        User("app", "参保人应用 Insured person's app", "insured", "person", person, "service"),
        User("door", "公众投诉入口 Public complaints", "public", "region", top, "service"),
        *(
            User(name, f"执法人员{mark} Officer", "officer", "region", top, licence=f"ZF-{number:04d}")
            for number, (name, mark) in enumerate(zip(OFFICERS, "甲乙", strict=True), start=1)
        ),
        *(
            User(name, f"评审专家{mark} Expert", "expert", "region", top)
            for name, mark in zip(EXPERTS, "甲乙丙", strict=True)
        ),
    ]


def make_registry(place: str, home: Path, ledger: Ledger, clock: Clock = china_time) -> Path:
    """A registry with the ledger's places and the demonstration's users; returns the file with their passwords."""
    engine = connect(place)
    migrate(engine)
    prepare(engine)
    registry = Registry(place, engine, clock)
    regions, institutions = _rows(ledger, "region"), _rows(ledger, "institution")
    top = next(row for row in regions if row["parent_code"] is None)
    found(registry, _ROOT, "系统管理员 Administrator", top["region_code"], top["name"], secrets.token_hex(4))
    registry.do(take_places, regions, institutions, by=_ROOT)
    sign_in = SignIn(registry, open_secrets(home).cipher)
    given = {_ROOT: _person(sign_in, _ROOT, {"administrator"})}
    for user in users(ledger):
        registry.do(add, user.name, user.title, kind=user.kind, organisation=user.scope,
                    licence=user.licence, by=_ROOT)  # fmt: skip
        registry.do(grant, user.name, user.role, user.scope_kind, user.scope, valid_from=FIRST_DAY, by=_ROOT)
        if user.kind == "service":
            given[user.name] = {"key": make_key(registry, user.name, "demonstration", _ROOT)}
        else:
            given[user.name] = _person(sign_in, user.name, {user.role})
    _make_clues(registry, ledger)
    assess_city(registry, institutions, top["region_code"], "bureau")
    give_points(registry, _staff(ledger), top["region_code"], "agency", _answering(ledger))
    _give_opinions(registry, ledger)
    _write_letters(registry, ledger, top["region_code"])
    registry.close()
    path = home / "users.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(given, file, ensure_ascii=False, indent=2)
    return path


def late_register(ledger: Ledger) -> None:
    """Civil affairs registers the resident's household after his stay was settled: something is due to him.

    So it happens: a register reaches the insurer months late. Nothing is done in a ledger that has the entry.
    """
    person, day = _resident(ledger)
    if ledger.slice(person, ["assistance_status"])["assistance_status"].num_rows:
        return
    schema = pa.schema(
        [field for field in SCHEMAS["assistance_status"] if field.name not in ("recorded_at", "batch_id")]
    )
    row = {
        "person_id": person,
        "kind": "low_income_edge",
        "begin_date": date(day.year, 1, 1),
        "source": "civil_affairs",
    }
    ledger.append({"assistance_status": pa.Table.from_pylist([row], schema=schema)}, "civil_affairs")


def _resident(ledger: Ledger) -> tuple[str, date]:
    """Somebody of the resident scheme who bore most on one stay, without any hardship known; and the day."""
    from yibao.engine import DuckEngine

    sql = (
        "select s.person_id, cast(s.settled_at as date) as day from settlement s "
        "join person p on p.person_id = s.person_id left join household h on h.household_id = p.household_id "
        "join enrolment e on e.person_id = s.person_id and e.scheme = '390' and e.end_date is null and e.status = '1' "
        "where s.scheme = '390' and s.kind = '21' and h.assistance_kind is null and p.death_date is null "
        "and s.reversed_settlement_id is null and s.person_id not in "
        "(select person_id from settlement where assistance_amount <> 0) order by s.person_amount desc, 1 limit 1"
    )
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=["settlement", "person", "household", "enrolment"])
        row = engine.execute(sql).to_pylist()[0]
    return str(row["person_id"]), row["day"]


def _make_clues(registry: Registry, ledger: Ledger) -> None:
    """Clues of the ledger's newest run."""
    run = latest_run(ledger.path)
    if run is None:
        return
    titles = {law.id: {"zh": law.title.zh, "en": law.title.en} for law in load_lawbook().laws.values()}
    make_clues(registry, run.name, clues.Findings.of_run(run), titles, _answering(ledger))


def _answering(ledger: Ledger) -> dict[str, str]:
    """Institution -> the user who answers for it."""
    return {user.scope: user.name for user in users(ledger) if user.name in ("hospital", "pharmacy")}


def _staff(ledger: Ledger) -> dict[str, list[Mapping[str, Any]]]:
    """Staff of the demonstration's hospital and pharmacy, as the ledger has them."""
    rows = _rows(ledger, "staff")
    return {
        user.scope: [row for row in rows if row["institution_id"] == user.scope]
        for user in users(ledger) if user.name in ("hospital", "pharmacy")
    }  # fmt: skip


def _give_opinions(registry: Registry, ledger: Ledger) -> None:
    """What the demonstration's hospital thinks, so that the bureau has something to answer."""
    hospital = next(user.scope for user in users(ledger) if user.name == "hospital")
    said = (
        ("definition", "C06", "31 日非计划再入院未排除我院的计划内分期治疗，请说明口径或予以剔除。"),
        ("price", None, "部分耗材的支付标准低于我院实际采购价，请核对价格来源。"),
    )
    for about, subject, words in said:
        registry.do(opinions.give, hospital, about, words, subject=subject, by="hospital")


def _write_letters(registry: Registry, ledger: Ledger, region: str) -> None:
    """What insured people told the bureau: one letter is answered, the others wait."""
    named = {user.name: user.scope for user in users(ledger)}
    said = (
        ("praise", "institution", "医保码在药店一次就通过，谢谢。", "insured", named["pharmacy"]),
        ("question", "bill", "我这次住院的起付线为什么是 800 元？", "resident", named["hospital"]),
        ("complaint", "institution", "窗口说集采药没有货，让我买价格高的同类药。", "insured", named["hospital"]),
    )
    now, given = registry.clock(), []
    for kind, about, words, who, institution in said:
        made = registry.do(feedback.give, kind, about, words, region, named[who], institution, by=who,
                           at=now - timedelta(days=3))  # fmt: skip
        given.append(str(made["feedback_id"]))
    registry.do(feedback.answer, given[0], "感谢来信，已转告该药店。", by="bureau", at=now - timedelta(days=1))


def _person(sign_in: SignIn, name: str, roles: set[str]) -> dict[str, str]:
    """A password, and the secret of the second factor where the role asks for one."""
    password = secrets.token_urlsafe(12)
    sign_in.set_password(name, password, _ROOT)
    given = {"password": password}
    if roles & SECOND_FACTOR:
        given["second_factor"] = sign_in.enrol(name, _ROOT)
    return given


def _rows(ledger: Ledger, table: str) -> list[Mapping[str, Any]]:
    from yibao.engine import DuckEngine

    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=[table])
        rows: list[Mapping[str, Any]] = engine.execute(f'select * from "{table}" order by all').to_pylist()
    return rows


def _somebody(ledger: Ledger) -> str:
    """An insured person who was treated often: his pages have something to show."""
    from yibao.engine import DuckEngine

    sql = (
        "select p.person_id from prescription p join enrolment e on e.person_id = p.person_id and e.status = '1' "
        "and e.end_date is null group by 1 order by count(*) desc, 1 limit 1"
    )
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=["prescription", "enrolment"])
        return str(engine.execute(sql).to_pylist()[0]["person_id"])
