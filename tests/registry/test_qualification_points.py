"""Points of staff: the published cases, nine and twelve, several sites, appeal, repair, and the years apart."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from named_refusals import refused

from yibao.registry import Registry, points
from yibao.registry.laws import registry_law
from yibao.registry.points import Points
from yibao.registry.verify import verify

LAW = registry_law("PQ01")
CASES = LAW.cases()


@pytest.mark.parametrize("case", CASES["standings"], ids=lambda case: case["name"])
def test_standing_of_a_year(case: Any) -> None:
    events = [Points(no, date.fromisoformat(day), int(n)) for no, day, n in case["events"]]
    found = points.standing(LAW, events, int(case["year"]))
    assert (found.total, found.status, found.months) == (int(case["total"]), case["status"], int(case["months"]))


@pytest.mark.parametrize("case", CASES["decisions"], ids=lambda case: case["name"])
def test_points_of_a_decision(case: Any) -> None:
    found = [points.score(LAW, b["situations"], b["responsibility"], b.get("adjustment")) for b in case["behaviours"]]
    assert [one.points for one in found] == [int(n) for n in case["points"]]


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00")


def give(
    registry: Registry, no: str, day: str, situation: str, responsibility: str, site: str = "H1", **more: Any
) -> None:
    behaviour = {"situations": [situation], "responsibility": responsibility, **more}
    registry.do(points.decide, "W1", no, site, [behaviour], by="agency", at=on(day))
    registry.do(points.notice, "W1", no, by="agency", at=on(day))


def tick(registry: Registry, day: str) -> Any:
    return registry.do(points.tick, "990000", by="agency", at=on(day))


def test_nine_suspends_at_all_sites_and_twelve_terminates(registry: Registry) -> None:
    registry.do(points.register, "W1", "王", "doctor", "H1", ["H2"], by="agency", at=on("2025-01-02"))
    give(registry, "J1", "2025-03-03", "2-1", "important")
    assert tick(registry, "2025-03-18")["changed"][0]["status"] == "normal"
    give(registry, "J2", "2025-04-01", "2-1", "general", site="H2")
    assert tick(registry, "2025-04-16") == {"activated": 0, "changed": []}  # the tenth working day: 清明 is off
    changed = tick(registry, "2025-04-17")["changed"]
    assert changed == [{"staff_id": "W1", "points": 9, "status": "suspended", "status_to": "2025-06-17"}]
    give(registry, "J3", "2025-05-06", "1-1", "main")
    changed = tick(registry, "2025-05-21")["changed"]
    assert changed == [{"staff_id": "W1", "points": 12, "status": "terminated", "status_to": "2026-05-21"}]
    refused(
        "not_yet_again",
        lambda: registry.do(points.register, "W1", "王", "doctor", "H2", by="agency", at=on("2026-01-05")),
    )
    with registry.reading("points.read", "agency") as unit:
        found = points.points_of(unit, "W1", 2025)
    assert [e["points"] for e in found["events"]] == [5, 4, 3]
    assert [(s["status"], s["state"]) for s in found["spans"]] == [("suspended", "lifted"), ("terminated", "in_force")]
    assert all(LAW.key in e["explanation"] for e in found["events"])
    assert verify(registry).problems == []


def test_an_appeal_in_time_stops_the_points_and_a_late_one_is_refused(registry: Registry) -> None:
    registry.do(points.register, "W1", "王", "doctor", "H1", by="agency", at=on("2025-01-02"))
    give(registry, "J1", "2025-03-03", "4-1", "main")
    refused("appeal_after_limit", lambda: registry.do(points.appeal, "W1", "J1", "晚", by="h1", at=on("2025-03-18")))
    refused("out_of_scope", lambda: registry.do(points.appeal, "W1", "J1", "他院", by="h2", at=on("2025-03-10")))
    registry.do(points.appeal, "W1", "J1", "非本人", by="h1", at=on("2025-03-17"))
    assert tick(registry, "2025-04-01")["activated"] == 0
    refused(
        "clock_expired",
        lambda: registry.do(points.answer_appeal, "W1", "J1", False, "x", by="bureau", at=on("2025-04-30")),
    )
    registry.do(points.answer_appeal, "W1", "J1", True, "属实", by="bureau", at=on("2025-04-10"))
    with registry.reading("points.read", "agency") as unit:
        assert points.points_of(unit, "W1", 2025)["standing"]["total"] == 0


def test_repair_shortens_a_suspension_and_has_its_limit(registry: Registry) -> None:
    registry.do(points.register, "W1", "王", "doctor", "H1", by="agency", at=on("2025-01-02"))
    give(registry, "J1", "2025-03-03", "3-1", "main")
    assert tick(registry, "2025-03-18")["changed"][0]["status_to"] == "2025-05-18"
    for number in (1, 2, 3):
        registry.do(points.ask_repair, "W1", "training", by="h1", at=on("2025-03-20"))
        registry.do(points.answer_repair, f"W1/R{number}", True, by="bureau", at=on("2025-03-25"))
    refused("repair_used", lambda: registry.do(points.ask_repair, "W1", "training", by="h1", at=on("2025-03-26")))
    with registry.reading("points.read", "agency") as unit:
        found = points.points_of(unit, "W1", 2025)
    assert (found["standing"]["total"], found["status_to"]) == (6, date(2025, 4, 18))
    assert tick(registry, "2025-04-18")["changed"][-1] == {"staff_id": "W1", "status": "normal"}


def test_points_are_given_once_and_only_at_a_site(registry: Registry) -> None:
    registry.do(points.register, "W1", "王", "doctor", "H1", by="agency", at=on("2025-01-02"))
    give(registry, "J1", "2025-03-03", "1-1", "general")
    refused("decision_known", lambda: give(registry, "J1", "2025-03-04", "1-1", "general"))
    refused("not_a_site", lambda: give(registry, "J2", "2025-03-04", "1-1", "general", site="H2"))
    refused("unknown_situation", lambda: give(registry, "J2", "2025-03-04", "9-9", "general"))
    refused("no_role", lambda: registry.do(points.decide, "W1", "J9", "H1", [], by="h1", at=on("2025-03-04")))
