"""What acts on points share: the person, his events, his standing, the clocks."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import select

from yibao.registry.laws import registry_law
from yibao.registry.points.scoring import Points, Standing, standing
from yibao.registry.tables.points import POINTS_EVENT, QUALIFIED_STAFF
from yibao.registry.unit import Row, Unit

LAW = "PQ01"


def staff_of(unit: Unit, staff_id: str) -> Row:
    """The person, held; the actor may act on him at the institution or, multi-site, at any of them."""
    staff = unit.get(QUALIFIED_STAFF, "member of staff", "人员", staff_id=staff_id)
    reach = unit.reach()
    at = next(
        (site for site in json.loads(staff["sites"]) if reach.covers(unit.place_of(site))), staff["institution_id"]
    )
    unit.allow(unit.place_of(at))
    return staff


def events_of(unit: Unit, staff_id: str) -> list[Row]:
    query = select(POINTS_EVENT).where(POINTS_EVENT.c.staff_id == staff_id)
    return unit.rows(query.order_by(POINTS_EVENT.c.decided_on, POINTS_EVENT.c.event_id))


def standing_of(events: Sequence[Row], year: int) -> Standing:
    active = [
        Points(e["decision_no"], e["decided_on"], e["points"] - e["repaired"]) for e in events if e["state"] == "active"
    ]
    return standing(registry_law(LAW), active, year)


def clocks() -> dict[str, int]:
    return {name: int(days) for name, days in registry_law(LAW).said["clocks"].items() if name != "source"}
