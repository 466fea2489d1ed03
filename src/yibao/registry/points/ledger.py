"""The points ledger of staff: register, decision, notice, appeal, activation, status, repair."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from yibao.registry.articles import Refused
from yibao.registry.laws import registry_law
from yibao.registry.points.scoring import Points, Standing, months_after, score, standing
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, verb
from yibao.registry.tables.points import POINTS_EVENT, QUALIFIED_STAFF, REPAIR, STATUS_SPAN
from yibao.registry.unit import Row, Unit

LAW = "PQ01"


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
    staff = _staff(unit, staff_id)
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
    clock = _clocks()
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
    return {"staff_id": staff_id, "events": made, "points": sum(e["points"] for e in made)}


@verb("points.notice", "staff:{staff_id}")
def notice(unit: Unit, staff_id: str, decision_no: str) -> Answer:
    """Serve the notice; from then on the person may appeal for ten working days."""
    _staff(unit, staff_id)
    clock = _clocks()
    events = _events(unit, staff_id, decision_no, ("decided",))
    until = unit.calendar.after(unit.today, clock["appeal"])
    for event in events:
        unit.update(POINTS_EVENT, event, state="noticed", noticed_on=unit.today, appeal_by=until)
    late = [event["event_id"] for event in events if unit.today > event["notice_by"]]
    return {"staff_id": staff_id, "appeal_by": until.isoformat(), "late": late}


@verb("points.appeal", "staff:{staff_id}")
def appeal(unit: Unit, staff_id: str, decision_no: str, words: str, sha256: str | None = None) -> Answer:
    """Appeal against the points of a decision. Raises :class:`Refused` (``appeal_after_limit``)."""
    _staff(unit, staff_id)
    events = _events(unit, staff_id, decision_no, ("noticed",))
    unit.within(
        events[0]["appeal_by"], "appeal_after_limit", "qualification_procedure", "the time to appeal", "申诉期限"
    )
    until = unit.calendar.after(unit.today, _clocks()["verify"])
    for event in events:
        unit.update(POINTS_EVENT, event, state="appealed", verify_by=until)
    return {"staff_id": staff_id, "verify_by": until.isoformat()}


@verb("points.appeal_decide", "staff:{staff_id}")
def answer_appeal(unit: Unit, staff_id: str, decision_no: str, granted: bool, words: str) -> Answer:
    """Answer an appeal: the points are revoked, or stand. Raises :class:`Refused` (``clock_expired``)."""
    _staff(unit, staff_id)
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
        **({} if granted else _stand(unit, staff_id)),
    }


@verb("points.tick", "points:{region}")
def tick(unit: Unit, region: str) -> Answer:
    """What time alone brings about: silence makes points active, a span that is over ends."""
    unit.allow(Place(region=region))
    reach = unit.reach()
    staff = {row["staff_id"]: row for row in unit.rows(select(QUALIFIED_STAFF).where(reach.where(QUALIFIED_STAFF)))}
    changed: list[dict[str, Any]] = []
    due = select(POINTS_EVENT).where(POINTS_EVENT.c.state == "noticed", POINTS_EVENT.c.appeal_by < unit.today)
    touched = set()
    for event in unit.rows(due.order_by(POINTS_EVENT.c.decided_on, POINTS_EVENT.c.event_id)):
        if event["staff_id"] in staff:
            unit.update(POINTS_EVENT, event, state="active")
            touched.add(event["staff_id"])
    changed += [{"staff_id": staff_id, **_stand(unit, staff_id)} for staff_id in sorted(touched)]
    over = select(STATUS_SPAN).where(STATUS_SPAN.c.state == "in_force", STATUS_SPAN.c.ends_on <= unit.today)
    for span in unit.rows(over):
        if span["staff_id"] in staff:
            unit.update(STATUS_SPAN, span, state="over")
            changed.append({"staff_id": span["staff_id"], **_restored(unit, span)})
    return {"activated": len(touched), "changed": changed}


@verb("points.repair", "staff:{staff_id}")
def ask_repair(unit: Unit, staff_id: str, measure: str, sha256: str | None = None) -> Answer:
    """Ask for repair after training, rectification or a part in management: fewer points, or a shorter suspension."""
    staff = _staff(unit, staff_id)
    if measure not in ("training", "rectification", "management"):
        raise Refused(
            "unknown_measure",
            "qualification",
            f"there is no measure {measure!r}",
            f"没有修复方式 {measure!r}",
            mend="training, rectification or management",
            mend_zh="training、rectification 或 management",
        )
    if staff["status"] == "terminated":
        raise Refused(
            "no_repair",
            "qualification",
            f"{staff_id} is terminated: nothing can be repaired",
            f"{staff_id} 已终止，不能修复",
            mend="register again when the time is over",
            mend_zh="期满后可重新登记",
        )
    limits = registry_law(LAW).said["repair"]
    known = unit.rows(select(REPAIR).where(REPAIR.c.staff_id == staff_id))
    this_year = sum(r["points"] for r in known if r["asked_at"].year == unit.today.year and r["state"] != "refused")
    if this_year >= int(limits["points_a_year"]):
        raise Refused(
            "repair_used",
            "qualification",
            f"{this_year} points of {staff_id} are repaired this year already",
            f"{staff_id} 本年度已修复 {this_year} 分",
            mend="ask next year",
            mend_zh="请下一年度申请",
        )
    repair_id = f"{staff_id}/R{len(known) + 1}"
    decide_by = unit.calendar.after(unit.today, _clocks()["evaluation"])
    unit.insert(
        REPAIR,
        repair_id=repair_id,
        staff_id=staff_id,
        measure=measure,
        points=1,
        days=int(limits["days_each"]),
        sha256=sha256,
        asked_at=unit.at,
        decide_by=decide_by,
        state="asked",
    )
    return {"repair_id": repair_id, "decide_by": decide_by.isoformat()}


@verb("points.repair_decide", "repair:{repair_id}")
def answer_repair(unit: Unit, repair_id: str, granted: bool) -> Answer:
    """Answer a repair: one point off the oldest event of the year, and of a suspension some days."""
    repair = unit.get(REPAIR, "request for repair", "修复申请", repair_id=repair_id)
    staff = _staff(unit, repair["staff_id"])
    if repair["state"] != "asked":
        raise Refused("answered_before", "qualification", f"{repair_id} is answered already", f"{repair_id} 已办理",
                      mend="nothing is left to do", mend_zh="无需再办理")  # fmt: skip
    unit.update(REPAIR, repair, state="granted" if granted else "refused", decided_by=unit.actor_id, decided_at=unit.at)
    if granted:
        _repaired(unit, staff, repair)
    return {"repair_id": repair_id, "state": "granted" if granted else "refused"}


def points_of(unit: Unit, staff_id: str, year: int) -> dict[str, Any]:
    """A person's points of a year with all that explains them: events, spans, standing."""
    staff = unit.get(QUALIFIED_STAFF, "member of staff", "人员", staff_id=staff_id)
    events = _all(unit, staff_id)
    spans = unit.rows(select(STATUS_SPAN).where(STATUS_SPAN.c.staff_id == staff_id).order_by(STATUS_SPAN.c.begins_on))
    mine = [dict(event) for event in events if event["year"] == year]
    return {**staff, "year": year, "standing": _standing(events, year)._asdict(), "events": mine, "spans": spans}


# --- what several acts need ------------------------------------------------------------------------------------------


def _staff(unit: Unit, staff_id: str) -> Row:
    """The person, held; the actor may act on him at the institution or, multi-site, at any of them."""
    staff = unit.get(QUALIFIED_STAFF, "member of staff", "人员", staff_id=staff_id)
    reach = unit.reach()
    at = next(
        (site for site in json.loads(staff["sites"]) if reach.covers(unit.place_of(site))), staff["institution_id"]
    )
    unit.allow(unit.place_of(at))
    return staff


def _events(unit: Unit, staff_id: str, decision_no: str, states: Sequence[str]) -> list[Row]:
    mine = [e for e in _all(unit, staff_id) if e["decision_no"] == decision_no]
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


def _all(unit: Unit, staff_id: str) -> list[Row]:
    query = select(POINTS_EVENT).where(POINTS_EVENT.c.staff_id == staff_id)
    return unit.rows(query.order_by(POINTS_EVENT.c.decided_on, POINTS_EVENT.c.event_id))


def _standing(events: Sequence[Row], year: int) -> Standing:
    active = [
        Points(e["decision_no"], e["decided_on"], e["points"] - e["repaired"]) for e in events if e["state"] == "active"
    ]
    return standing(registry_law(LAW), active, year)


def _stand(unit: Unit, staff_id: str) -> dict[str, Any]:
    """Bring status in line with points that have become active; tells what changed."""
    staff = unit.get(QUALIFIED_STAFF, "member of staff", "人员", staff_id=staff_id)
    events = _all(unit, staff_id)
    # Points of a decision of December may become active in January: each year is looked at.
    found = max((_standing(events, year) for year in {e["year"] for e in events}), key=lambda s: _GRAVE[s.status])
    said = {"points": found.total, "status": staff["status"], "status_to": staff["status_to"]}
    if _GRAVE[found.status] == 0 or staff["status"] == "terminated":
        return said
    spans = unit.rows(select(STATUS_SPAN).where(STATUS_SPAN.c.staff_id == staff_id))
    running = next((s for s in spans if s["state"] == "in_force"), None)
    if any(s["points"] >= found.total and s["status"] == found.status for s in spans):
        return said
    begins = running["begins_on"] if running is not None and running["status"] == found.status else unit.today
    ends = months_after(begins, found.months)
    if running is not None:
        unit.update(STATUS_SPAN, running, state="lifted")
    name = hashlib.sha256(f"{staff_id}|{found.status}|{found.total}|{begins}".encode()).hexdigest()[:12]
    year = max(e["year"] for e in events if e["state"] == "active")
    unit.insert(
        STATUS_SPAN,
        span_id=f"{staff_id}/{name}",
        staff_id=staff_id,
        status=found.status,
        begins_on=begins,
        ends_on=ends,
        year=year,
        points=found.total,
        ground=found.ground,
        state="in_force",
        made_at=unit.at,
    )
    unit.update(QUALIFIED_STAFF, staff, status=found.status, status_from=begins, status_to=ends)
    return {"points": found.total, "status": found.status, "status_to": ends.isoformat()}


_GRAVE = {"normal": 0, "suspended": 1, "terminated": 2}


def _restored(unit: Unit, span: Row) -> dict[str, Any]:
    """A suspension that is over ends; after a termination the person has to register again."""
    staff = unit.get(QUALIFIED_STAFF, "member of staff", "人员", staff_id=span["staff_id"])
    if span["status"] == "suspended":
        unit.update(QUALIFIED_STAFF, staff, status="normal", status_from=span["ends_on"], status_to=None)
        return {"status": "normal"}
    return {"status": staff["status"], "may_register": True}


def _repaired(unit: Unit, staff: Row, repair: Row) -> None:
    left = repair["points"]
    for event in _all(unit, staff["staff_id"]):
        take = min(left, event["points"] - event["repaired"])
        if event["state"] == "active" and event["year"] == repair["asked_at"].year and take > 0:
            unit.update(POINTS_EVENT, event, repaired=event["repaired"] + take)
            left -= take
    running = unit.rows(
        select(STATUS_SPAN).where(
            STATUS_SPAN.c.staff_id == staff["staff_id"],
            STATUS_SPAN.c.state == "in_force",
            STATUS_SPAN.c.status == "suspended",
        )
    )
    for span in running:
        # A suspension lasts a month at least, whatever is repaired.
        ends = max(span["ends_on"] - timedelta(days=repair["days"]), months_after(span["begins_on"], 1))
        unit.update(STATUS_SPAN, span, ends_on=ends)
        unit.update(QUALIFIED_STAFF, staff, status_to=ends)


def _clocks() -> dict[str, int]:
    return {name: int(days) for name, days in registry_law(LAW).said["clocks"].items() if name != "source"}


#: Status in words, (zh, en).
STATUS_WORDS = {"normal": ("正常", "normal"), "suspended": ("暂停", "suspended"), "terminated": ("终止", "terminated")}


def staff_status(unit: Unit, schema: pa.Schema) -> pa.Table:
    """Suspensions and terminations within reach as rows of the contract table ``staff_status``.

    What was lifted because a graver one took its place is left out; a span holds at every site.
    """
    reach = unit.reach("points.read")
    held = select(STATUS_SPAN).join(QUALIFIED_STAFF, QUALIFIED_STAFF.c.staff_id == STATUS_SPAN.c.staff_id)
    spans = unit.rows(held.where(reach.where(QUALIFIED_STAFF), STATUS_SPAN.c.state != "lifted"))
    rows = [{"staff_id": s["staff_id"], "begin_date": s["begins_on"], "end_date": s["ends_on"], "status": s["status"],
             "institution_id": None} for s in spans]  # fmt: skip
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
