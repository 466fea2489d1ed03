"""Credit: the cases of both laws, scores that explain themselves, events once, repair and objection in their time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from named_refusals import refused

from yibao.registry import Registry, credit
from yibao.registry.credit import CreditEvent
from yibao.registry.laws import registry_law

CASES = [(law, case) for law in ("CR01", "CR02") for case in registry_law(law).cases()["scores"]]


@pytest.mark.parametrize(("law", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value["name"])
def test_cases(law: str, case: Any) -> None:
    indicators = {name: int(value) * 1_000_000 for name, value in (case.get("indicators") or {}).items()}
    events = [CreditEvent(kind, date.fromisoformat(day), int(n) * 1000) for kind, day, n in case.get("events") or []]
    found = credit.score(registry_law(law), indicators, events, date.fromisoformat(case["on"]))
    assert (found.milli, found.grade) == (int(case["score"]), case["grade"])


def test_grades_of_staff() -> None:
    assert [credit.staff_grade(n) for n in (0, 1, 3, 4, 6, 7, 8, 9, 12)] == list("ABBCCDDEE")


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00")


def test_an_institution_scored_objecting_and_repaired(registry: Registry) -> None:
    full = dict.fromkeys(("control", "agreement", "fund", "quality", "staff", "social"), 95_000_000)
    registry.do(credit.set_indicators, "institution", "H1", "2025", full, "annual", by="bureau", at=on("2025-06-02"))
    event = ("institution", "H1", "E1", "penalty_38", date(2025, 6, 2), "D-1", -12)
    registry.do(credit.add_event, *event, by="bureau", at=on("2025-06-02"))
    refused("event_known", lambda: registry.do(credit.add_event, *event, by="bureau", at=on("2025-06-02")))
    scored = registry.do(credit.evaluate, "institution", "H1", "2025", by="bureau", at=on("2025-06-02"))
    assert (scored["score_milli"], scored["grade"]) == (83_000, "B")
    assert sum(s["counts_milli"] for s in scored["steps"] if s["kind"] == "event") == -12_000
    refused("too_early", lambda: registry.do(credit.request, "E1", "repair", "已整改", by="h1", at=on("2025-07-02")))
    refused("out_of_scope", lambda: registry.do(credit.request, "E1", "repair", "x", by="h2", at=on("2025-10-08")))
    asked = registry.do(credit.request, "E1", "repair", "已整改", by="h1", at=on("2025-09-08"))
    assert (
        registry.do(credit.answer, asked["request_id"], True, by="bureau", at=on("2025-09-10"))["event"] == "repaired"
    )
    again = registry.do(credit.evaluate, "institution", "H1", "2025", by="bureau", at=on("2025-09-10"))
    assert (again["score_milli"], again["before"]) == (95_000, "B")


def test_an_objection_lets_an_event_rest_and_is_answered_in_time(registry: Registry) -> None:
    registry.do(credit.add_event, "person", "P1", "E1", "lent_card", date(2025, 6, 2), "C-1", -20, region_code="990100",
                by="bureau", at=on("2025-06-02"))  # fmt: skip
    asked = registry.do(credit.request, "E1", "objection", "非本人", by="p1", at=on("2025-06-03"))
    rested = registry.do(
        credit.evaluate, "person", "P1", "2025", region_code="990100", by="bureau", at=on("2025-06-04")
    )
    assert rested["score_milli"] == 100_000
    late = lambda: registry.do(credit.answer, asked["request_id"], False, by="bureau", at=on("2025-07-01"))  # noqa: E731
    refused("clock_expired", late)
    with registry.reading("credit.read", "p1") as unit:
        assert [row["subject_id"] for row in credit.scores(unit)] == ["P1"]
    with registry.reading("credit.read", "h1") as unit:
        assert credit.scores(unit) == []


def test_health_is_never_a_factor_and_points_stay_within_the_law(registry: Registry) -> None:
    refused(
        "never_a_factor",
        lambda: registry.do(credit.set_indicators, "institution", "H1", "2025", {"health_status": 1}, "x", by="bureau"),
    )
    refused(
        "points_out_of_range",
        lambda: registry.do(
            credit.add_event, "institution", "H1", "E1", "penalty_38", date(2025, 1, 1), "x", -16, by="bureau"
        ),
    )
    refused(
        "unknown_event",
        lambda: registry.do(
            credit.add_event, "institution", "H1", "E1", "illness", date(2025, 1, 1), "x", 0, by="bureau"
        ),
    )
