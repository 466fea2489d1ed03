"""Credit kept: indicators, events, scores that explain themselves, repair and objection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from yibao.registry.articles import Refused
from yibao.registry.audit import compact
from yibao.registry.credit.scoring import CreditEvent, months_between, score
from yibao.registry.laws import RegistryLaw, registry_law
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, verb
from yibao.registry.tables.credits import CREDIT_EVENT, CREDIT_INDICATOR, CREDIT_REQUEST, CREDIT_SCORE
from yibao.registry.unit import Row, Unit

_LAWS = {"institution": "CR01", "person": "CR02"}


@verb("credit.record", "credit:{subject_kind}:{subject_id}")
def set_indicators(
    unit: Unit, subject_kind: str, subject_id: str, period: str, values: Mapping[str, int], source: str,
    region_code: str | None = None,
) -> Answer:  # fmt: skip
    """Set indicators of a subject for a period (a year): millionths of a point, 0 to 100 points."""
    unit.allow(_place(unit, subject_kind, subject_id, region_code))
    law = law_of(subject_kind)
    wrong = [name for name, value in values.items() if not 0 <= value <= 100_000_000]
    if wrong:
        raise Refused(
            "out_of_range",
            "regulation_33",
            f"{', '.join(wrong)}: an indicator is 0 to 100",
            f"{'、'.join(wrong)}：指标为 0 至 100",
            mend="mend the value",
            mend_zh="请改正",
        )
    score(law, {**dict.fromkeys(values, 0)}, [], unit.today)  # refuses what is no indicator
    for name, value in values.items():
        key = {"subject_kind": subject_kind, "subject_id": subject_id, "period": period, "indicator": name}
        old = unit.find(CREDIT_INDICATOR, **key)
        if old is None:
            unit.insert(CREDIT_INDICATOR, **key, value_micro=value, source=source)
        else:
            unit.update(CREDIT_INDICATOR, old, value_micro=value, source=source)
    return {"subject_id": subject_id, "indicators": len(values)}


@verb("credit.record", "credit:{subject_kind}:{subject_id}")
def add_event(
    unit: Unit, subject_kind: str, subject_id: str, event_id: str, kind: str, happened_on: date, ground: str,
    points: int = 0, clue_id: str | None = None, region_code: str | None = None,
) -> Answer:  # fmt: skip
    """Record an event; ``points`` must lie within what the law gives for its kind."""
    place = _place(unit, subject_kind, subject_id, region_code)
    unit.allow(place)
    rules = law_of(subject_kind).said["events"]
    if kind not in rules:
        raise Refused("unknown_event", "regulation_33", f"there is no event {kind!r}", f"没有事件 {kind!r}",
                      mend=f"known: {', '.join(rules)}", mend_zh=f"可用：{', '.join(rules)}")  # fmt: skip
    least, most = (int(n) for n in rules[kind].get("points", (0, 0)))
    if not least <= points <= most:
        raise Refused(
            "points_out_of_range",
            "regulation_33",
            f"{kind} gives {least} to {most} points, not {points}",
            f"{kind} 计 {least} 至 {most} 分，不是 {points} 分",
            mend="give points within the law",
            mend_zh="请在规定幅度内给分",
        )
    if unit.find(CREDIT_EVENT, event_id=event_id) is not None:
        raise Refused(
            "event_known",
            "regulation_33",
            f"there is an event {event_id} already",
            f"事件 {event_id} 已存在",
            mend="nothing counts twice",
            mend_zh="不得重复计分",
        )
    unit.insert(CREDIT_EVENT, event_id=event_id, subject_kind=subject_kind, subject_id=subject_id,
                region_code=place.region, kind=kind, points_milli=points * 1000, happened_on=happened_on,
                ground=ground, clue_id=clue_id, state="active")  # fmt: skip
    return {"event_id": event_id, "points": points}


@verb("credit.score", "credit:{subject_kind}:{subject_id}")
def evaluate(
    unit: Unit, subject_kind: str, subject_id: str, period: str, on: date | None = None, region_code: str | None = None
) -> Answer:
    """Score a subject for a period and keep the score with its explanation."""
    place = _place(unit, subject_kind, subject_id, region_code)
    unit.allow(place)
    law = law_of(subject_kind)
    key = {"subject_kind": subject_kind, "subject_id": subject_id, "period": period}
    values = unit.rows(select(CREDIT_INDICATOR).filter_by(**key))
    events = [e for e in _events(unit, subject_kind, subject_id) if e["state"] == "active"]
    found = score(
        law, {row["indicator"]: row["value_micro"] for row in values},
        [CreditEvent(e["kind"], e["happened_on"], e["points_milli"]) for e in events], on or unit.today,
    )  # fmt: skip
    said = {
        "region_code": place.region,
        "scored_on": on or unit.today,
        "score_milli": found.milli,
        "grade": found.grade,
        "law": law.key,
        "explanation": compact(list(found.steps)),
    }
    old = unit.find(CREDIT_SCORE, **key)
    if old is None:
        unit.insert(CREDIT_SCORE, **key, **said)
    else:
        unit.update(CREDIT_SCORE, old, **said)
    return {**key, "score_milli": found.milli, "grade": found.grade, "before": old and old["grade"], "law": law.key,
            "steps": list(found.steps)}  # fmt: skip


@verb("credit.request", "event:{event_id}")
def request(unit: Unit, event_id: str, kind: str, words: str) -> Answer:
    """The subject asks for repair of an event, or objects to it. Raises :class:`Refused` (``too_early``)."""
    event = unit.get(CREDIT_EVENT, "event", "信用事件", event_id=event_id)
    unit.allow(_of(event))
    law = law_of(event["subject_kind"])
    if event["state"] != "active":
        raise Refused(
            "illegal_transition",
            "regulation_33",
            f"{event_id} is {event['state']}",
            f"{event_id} 处于 {event['state']}",
            mend="wait for the answer",
            mend_zh="请等待办理",
        )
    if kind == "repair":
        _may_repair(unit, law, event)
    count = unit.connection.execute(select(func.count()).select_from(CREDIT_REQUEST)).scalar_one()
    request_id = f"{event_id}/Q{count + 1}"
    decide_by = unit.calendar.after(unit.today, int(law.said["clocks"][kind]))
    unit.insert(CREDIT_REQUEST, request_id=request_id, event_id=event_id, kind=kind, words=words, asked_at=unit.at,
                asked_by=unit.actor_id, decide_by=decide_by, state="asked")  # fmt: skip
    if kind == "objection":
        unit.update(CREDIT_EVENT, event, state="objected")
    return {"request_id": request_id, "decide_by": decide_by.isoformat()}


@verb("credit.answer", "request:{request_id}")
def answer(unit: Unit, request_id: str, granted: bool) -> Answer:
    """Answer a request: an event that is repaired or revoked counts no more. Raises :class:`Refused` when late."""
    row = unit.get(CREDIT_REQUEST, "request", "申请", request_id=request_id)
    event = unit.get(CREDIT_EVENT, "event", "信用事件", event_id=row["event_id"])
    unit.allow(_of(event))
    if row["state"] != "asked":
        raise Refused("answered_before", "regulation_33", f"{request_id} is answered already", f"{request_id} 已办理",
                      mend="nothing is left to do", mend_zh="无需再办理")  # fmt: skip
    if not granted:
        unit.within(row["decide_by"], "clock_expired", "regulation_33", "the time to refuse it", "办理期限")
    unit.update(
        CREDIT_REQUEST, row, state="granted" if granted else "refused", decided_by=unit.actor_id, decided_at=unit.at
    )
    state = ("repaired" if row["kind"] == "repair" else "revoked") if granted else "active"
    unit.update(CREDIT_EVENT, event, state=state)
    return {"request_id": request_id, "event": state}


def law_of(subject_kind: str) -> RegistryLaw:
    if subject_kind not in _LAWS:
        raise Refused("unknown_subject", "regulation_33", f"credit is of {' or '.join(_LAWS)}, not of {subject_kind}",
                      f"信用主体为 {' 或 '.join(_LAWS)}", mend="name one of them", mend_zh="请选择其一")  # fmt: skip
    return registry_law(_LAWS[subject_kind])


def scores(unit: Unit, subject_kind: str | None = None) -> list[dict[str, Any]]:
    """Scores within reach, worst first. Persons see their own only."""
    reach = unit.reach("credit.read")
    rows = unit.rows(select(CREDIT_SCORE).order_by(CREDIT_SCORE.c.score_milli, CREDIT_SCORE.c.subject_id))
    seen = [row for row in rows if reach.covers(_of(row)) and subject_kind in (None, row["subject_kind"])]
    return [{**row, "explanation": json.loads(row["explanation"])} for row in seen]


def _events(unit: Unit, subject_kind: str, subject_id: str) -> list[Row]:
    mine = select(CREDIT_EVENT).where(
        CREDIT_EVENT.c.subject_kind == subject_kind, CREDIT_EVENT.c.subject_id == subject_id
    )
    return unit.rows(mine.order_by(CREDIT_EVENT.c.happened_on))


def _may_repair(unit: Unit, law: RegistryLaw, event: Row) -> None:
    last = select(CREDIT_SCORE.c.grade).where(
        CREDIT_SCORE.c.subject_kind == event["subject_kind"], CREDIT_SCORE.c.subject_id == event["subject_id"]
    ).order_by(CREDIT_SCORE.c.period.desc()).limit(1)  # fmt: skip
    grade = unit.connection.execute(last).scalar() or "A"
    wanted = int(law.said["repair_months"][grade])
    passed = months_between(event["happened_on"], unit.today)
    if passed < wanted:
        raise Refused(
            "too_early",
            "regulation_33",
            f"repair of {event['event_id']} may be asked for after {wanted} months, {passed} have passed",
            f"{event['event_id']} 须满 {wanted} 个月方可申请修复，现为 {passed} 个月",
            mend="ask later",
            mend_zh="请届时申请",
        )
    newer = [
        e
        for e in _events(unit, event["subject_kind"], event["subject_id"])
        if e["happened_on"] > event["happened_on"] and e["points_milli"] < 0 and e["state"] == "active"
    ]
    if newer:
        raise Refused(
            "new_event",
            "regulation_33",
            f"there is a newer event: {newer[0]['event_id']}",
            f"其后又有失信事件：{newer[0]['event_id']}",
            mend="repair needs a time without a new event",
            mend_zh="修复期内不得有新的失信事件",
        )


def _place(unit: Unit, subject_kind: str, subject_id: str, region_code: str | None) -> Place:
    if subject_kind == "institution":
        return unit.place_of(subject_id)
    return Place(region=region_code, person=subject_id)


def _of(row: Row) -> Place:
    named = {row["subject_kind"]: row["subject_id"]}
    return Place(row["region_code"], named.get("institution"), named.get("person"))
