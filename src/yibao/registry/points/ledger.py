"""The points ledger of staff: register, decision, notice, appeal, activation, status, repair."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from yibao.registry.articles import Refused
from yibao.registry.laws import registry_law
from yibao.registry.points.scoring import score
from yibao.registry.points.staff import LAW, clocks, events_of, staff_of, standing_of
from yibao.registry.points.status import bring_about
from yibao.registry.store import Answer, verb
from yibao.registry.tables.points import POINTS_EVENT, QUALIFIED_STAFF, STATUS_SPAN
from yibao.registry.unit import Row, Unit


@verb("points.register", "staff:{staff_id}")
def register(
    unit: Unit, staff_id: str, name: str, kind: str, institution_id: str, sites: Sequence[str] = (),
    committed_on: date | None = None,
) -> Answer:  # fmt: skip
    """Register a person for payment; other ``sites`` share the status. Raises :class:`Refused` (``not_yet_again``)."""
    place = unit.place_of(institution_id)
    unit.allow(place)
    old = unit.find(QUALIFIED_STAFF, staff_id=staff_id)
    if old is not None and old["status"] == "terminated" and unit.today < old["status_to"]:
        raise Refused(
            "not_yet_again",
            "qualification",
            f"{staff_id} may not register before {old['status_to']}",
            f"{staff_id} 在 {old['status_to']} 前不得再次登记",
            mend="wait until then",
            mend_zh="请届时再申请",
        )
    said = {"name": name, "kind": kind, "institution_id": institution_id, "region_code": place.region,
            "sites": json.dumps(sorted({institution_id, *sites})), "registered_on": unit.today,
            "committed_on": committed_on or unit.today, "status": "normal", "status_from": unit.today,
            "status_to": None}  # fmt: skip
    if old is None:
        unit.insert(QUALIFIED_STAFF, staff_id=staff_id, **said)
    else:
        keep = {k: v for k, v in said.items() if k != "status_from" and not k.startswith("status")}
        unit.update(QUALIFIED_STAFF, old, **(said if old["status"] == "terminated" else keep))
    return {"staff_id": staff_id, "status": "normal" if old is None else old["status"]}


@verb("points.decide", "staff:{staff_id}")
def decide(
    unit: Unit, staff_id: str, decision_no: str, site: str, behaviours: Sequence[Mapping[str, Any]],
    clue_id: str | None = None,
) -> Answer:  # fmt: skip
    """Points by one decision. A behaviour: ``situations``, ``responsibility``, ``adjustment`` (or none), ``what``.

    Different types of violation add up; each is an event of its own. Notice is due in five working days.
    """
    staff = staff_of(unit, staff_id)
    law = registry_law(LAW)
    if site not in json.loads(staff["sites"]):
        raise Refused(
            "not_a_site",
            "qualification",
            f"{staff_id} is not registered at {site}",
            f"{staff_id} 未在 {site} 登记",
            mend="register the site first",
            mend_zh="请先登记执业机构",
        )
    clock = clocks()
    made = []
    for number, behaviour in enumerate(behaviours, start=1):
        found = score(law, behaviour["situations"], behaviour["responsibility"], behaviour.get("adjustment"))
        event_id = f"{decision_no}/{staff_id}/{number}"
        if unit.find(POINTS_EVENT, event_id=event_id) is not None:
            raise Refused(
                "decision_known",
                "qualification",
                f"{decision_no} has given points to {staff_id} already",
                f"{decision_no} 已对 {staff_id} 记分",
                mend="points are given once",
                mend_zh="不得重复记分",
            )
        why = law.said["situations"][found.situation]
        unit.insert(
            POINTS_EVENT, event_id=event_id, staff_id=staff_id, decision_no=decision_no, decided_on=unit.today,
            year=unit.today.year, behaviour=behaviour.get("what") or why["en"], situation=found.situation,
            responsibility=behaviour["responsibility"], base=found.base, adjustment=found.points - found.base,
            points=found.points, repaired=0, site=site, clue_id=clue_id, state="decided",
            notice_by=unit.calendar.after(unit.today, clock["notice"]),
            explanation=f"{law.key} {found.situation} {behaviour['responsibility']}: {found.base}"
            + (f" → {found.points} ({behaviour.get('adjustment')})" if found.points != found.base else ""),
        )  # fmt: skip
        made.append({"event_id": event_id, "situation": found.situation, "points": found.points})
    return {"staff_id": staff_id, "given": made, "points": sum(e["points"] for e in made)}


@verb("points.notice", "staff:{staff_id}")
def notice(unit: Unit, staff_id: str, decision_no: str) -> Answer:
    """Serve the notice; from then on the person may appeal for ten working days."""
    staff_of(unit, staff_id)
    clock = clocks()
    events = _events(unit, staff_id, decision_no, ("decided",))
    until = unit.calendar.after(unit.today, clock["appeal"])
    for event in events:
        unit.update(POINTS_EVENT, event, state="noticed", noticed_on=unit.today, appeal_by=until)
    late = [event["event_id"] for event in events if unit.today > event["notice_by"]]
    return {"staff_id": staff_id, "appeal_by": until.isoformat(), "late": late}


@verb("points.appeal", "staff:{staff_id}")
def appeal(unit: Unit, staff_id: str, decision_no: str, words: str, sha256: str | None = None) -> Answer:
    """Appeal against the points of a decision. Raises :class:`Refused` (``appeal_after_limit``)."""
    staff_of(unit, staff_id)
    events = _events(unit, staff_id, decision_no, ("noticed",))
    unit.within(
        events[0]["appeal_by"], "appeal_after_limit", "qualification_procedure", "the time to appeal", "申诉期限"
    )
    until = unit.calendar.after(unit.today, clocks()["verify"])
    for event in events:
        unit.update(POINTS_EVENT, event, state="appealed", verify_by=until)
    return {"staff_id": staff_id, "verify_by": until.isoformat()}


@verb("points.appeal_decide", "staff:{staff_id}")
def answer_appeal(unit: Unit, staff_id: str, decision_no: str, granted: bool, words: str) -> Answer:
    """Answer an appeal: the points are revoked, or stand. Raises :class:`Refused` (``clock_expired``)."""
    staff_of(unit, staff_id)
    events = _events(unit, staff_id, decision_no, ("appealed",))
    if not granted:
        unit.within(
            events[0]["verify_by"],
            "clock_expired",
            "qualification_procedure",
            "the time to verify the appeal",
            "申诉核查期限",
        )
    for event in events:
        unit.update(POINTS_EVENT, event, state="revoked" if granted else "active")
    return {
        "staff_id": staff_id,
        "state": "revoked" if granted else "active",
        **({} if granted else bring_about(unit, staff_id)),
    }


def points_of(unit: Unit, staff_id: str, year: int) -> dict[str, Any]:
    """A person's points of a year with all that explains them: events, spans, standing."""
    staff = unit.get(QUALIFIED_STAFF, "member of staff", "人员", staff_id=staff_id)
    events = events_of(unit, staff_id)
    spans = unit.rows(select(STATUS_SPAN).where(STATUS_SPAN.c.staff_id == staff_id).order_by(STATUS_SPAN.c.begins_on))
    mine = [dict(event) for event in events if event["year"] == year]
    return {**staff, "year": year, "standing": standing_of(events, year)._asdict(), "events": mine, "spans": spans}


def _events(unit: Unit, staff_id: str, decision_no: str, states: Sequence[str]) -> list[Row]:
    mine = [e for e in events_of(unit, staff_id) if e["decision_no"] == decision_no]
    found = [e for e in mine if e["state"] in states]
    if not found:
        there = ", ".join(sorted({e["state"] for e in mine})) or "-"
        raise Refused(
            "illegal_transition",
            "qualification_procedure",
            f"the points of {decision_no} for {staff_id} are {there}, not {' or '.join(states)}",
            f"{decision_no} 对 {staff_id} 的记分处于 {there}，而非 {'、'.join(states)}",
            mend="yibao registry points show",
            mend_zh="请查看记分情况",
        )
    return found
