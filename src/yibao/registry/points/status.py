"""Status of staff: what points bring about, what time brings about, repair, and the table for the ledger."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from yibao.registry.articles import Refused
from yibao.registry.laws import registry_law
from yibao.registry.points.scoring import months_after
from yibao.registry.points.staff import LAW, clocks, events_of, staff_of, standing_of
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, verb
from yibao.registry.tables.points import POINTS_EVENT, QUALIFIED_STAFF, REPAIR, STATUS_SPAN
from yibao.registry.unit import Row, Unit


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
    changed += [{"staff_id": staff_id, **bring_about(unit, staff_id)} for staff_id in sorted(touched)]
    over = select(STATUS_SPAN).where(STATUS_SPAN.c.state == "in_force", STATUS_SPAN.c.ends_on <= unit.today)
    for span in unit.rows(over):
        if span["staff_id"] in staff:
            unit.update(STATUS_SPAN, span, state="over")
            changed.append({"staff_id": span["staff_id"], **_restored(unit, span)})
    return {"activated": len(touched), "changed": changed}


@verb("points.repair", "staff:{staff_id}")
def ask_repair(unit: Unit, staff_id: str, measure: str, sha256: str | None = None) -> Answer:
    """Ask for repair after training, rectification or a part in management: fewer points, or a shorter suspension."""
    staff = staff_of(unit, staff_id)
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
    decide_by = unit.calendar.after(unit.today, clocks()["evaluation"])
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
    staff = staff_of(unit, repair["staff_id"])
    if repair["state"] != "asked":
        raise Refused("answered_before", "qualification", f"{repair_id} is answered already", f"{repair_id} 已办理",
                      mend="nothing is left to do", mend_zh="无需再办理")  # fmt: skip
    unit.update(REPAIR, repair, state="granted" if granted else "refused", decided_by=unit.actor_id, decided_at=unit.at)
    if granted:
        _repaired(unit, staff, repair)
    return {"repair_id": repair_id, "state": "granted" if granted else "refused"}


def bring_about(unit: Unit, staff_id: str) -> dict[str, Any]:
    """Bring status in line with points that have become active; tells what changed."""
    staff = unit.get(QUALIFIED_STAFF, "member of staff", "人员", staff_id=staff_id)
    events = events_of(unit, staff_id)
    # Points of a decision of December may become active in January: each year is looked at.
    found = max((standing_of(events, year) for year in {e["year"] for e in events}), key=lambda s: _GRAVE[s.status])
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
    for event in events_of(unit, staff["staff_id"]):
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
