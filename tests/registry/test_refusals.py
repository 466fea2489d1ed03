"""Every named refusal of the registry has a test here or beside its room; these are those that no flow comes across."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from named_refusals import refused

import yibao.registry
from yibao.registry import Registry, assessment, clues, credit, points, rights, verb
from yibao.registry.actors import grant
from yibao.registry.tables.core import META
from yibao.registry.unit import Unit

SOURCES = Path(yibao.registry.__file__).parent
TESTS = Path(__file__).parent


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00")


# --- that none is forgotten ------------------------------------------------------------------------------------------


def _calls(folder: Path) -> Iterator[ast.Call]:
    for path in sorted(folder.rglob("*.py")):
        yield from (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def _constants(node: ast.expr) -> set[str]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def _raised() -> tuple[set[str], set[str]]:
    """Names of refusals in the sources, and beginnings of names that are put together."""
    names: set[str] = set()
    begun: set[str] = set()
    for call in _calls(SOURCES):
        told = getattr(call.func, "id", "") == "Refused"
        limit = getattr(call.func, "attr", "") == "within" and len(call.args) == 5
        if told or limit:
            name = call.args[0 if told else 1]
            if isinstance(name, ast.IfExp):
                names |= _constants(name.body) | _constants(name.orelse)
            else:
                (begun if isinstance(name, ast.JoinedStr) else names).update(_constants(name))
    return names, begun


def test_every_refusal_of_the_sources_has_a_test() -> None:
    names, begun = _raised()
    assert len(names) > 60 and begun == {"unknown_"}
    tested = {
        call.args[0].value
        for call in _calls(TESTS)
        if getattr(call.func, "id", "") == "refused" and isinstance(call.args[0], ast.Constant)
    }
    assert names - tested == set()
    assert {"unknown_situation", "unknown_responsibility", "unknown_adjustment"} <= tested


# --- the rest --------------------------------------------------------------------------------------------------------


def opened(registry: Registry, clue_id: str = "C1", day: str = "2025-03-03") -> None:
    row = {"ref_table": "charge_line", "ref_id": clue_id, "amount": 200, "fund_amount": 100}
    registry.do(clues.open_clue, clue_id, "tip", "H1", "重复", "twice", "同日", "a day", date(2025, 2, 1),
                date(2025, 3, 1), [row], by="lead", at=on(day))  # fmt: skip


def sent(registry: Registry) -> None:
    opened(registry)
    registry.do(clues.assign, "C1", "auditor1", by="lead", at=on("2025-03-04"))
    registry.do(clues.begin, "C1", by="auditor1", at=on("2025-03-05"))
    registry.do(clues.send, "C1", by="auditor1", at=on("2025-03-06"))


def test_of_clues(registry: Registry) -> None:
    sent(registry)
    refused("clue_known", lambda: opened(registry))
    refused("answer_after_limit", lambda: registry.do(clues.accept, "C1", by="h1", at=on("2025-03-18")))
    opened(registry, "C2")
    refused("not_clear", lambda: registry.do(clues.refuse_payment, "C2", "D-1", "x", by="lead", at=on("2025-03-04")))
    registry.do(clues.accept, "C1", by="h1", at=on("2025-03-07"))
    registry.do(clues.second, "C1", by="auditor2", at=on("2025-03-10"))
    decide = ("C1", "8b", "D-1", "x", 100)
    refused("not_concluded", lambda: registry.do(clues.decide, *decide, by="lead", at=on("2025-03-11")))
    refused(
        "unknown_disposition", lambda: registry.do(clues.decide, "C1", "9z", "D", "x", by="lead", at=on("2025-03-11"))
    )
    registry.do(clues.panel, "C1", ["expert1", "expert2", "expert3"], "指征", by="auditor2", at=on("2025-03-11"))
    registry.do(grant, "auditor3", "expert", "region", "990100", date(2024, 1, 1), by="root")
    refused("not_on_the_panel", lambda: registry.do(clues.opinion, "C1", True, "x", by="auditor3", at=on("2025-03-11")))


def test_of_exemptions(registry: Registry) -> None:
    said = ("other", "理由", "reason", "file", "lead", date(2025, 3, 1))
    refused(
        "exempts_everything",
        lambda: registry.do(clues.exempt, "E1", *said, date(2025, 4, 1), "990100", by="lead", at=on("2025-03-01")),
    )
    refused(
        "no_expiry",
        lambda: registry.do(clues.exempt, "E1", *said, date(2025, 3, 1), "990100", "A01", by="lead"),
    )


def test_of_points(registry: Registry) -> None:
    registry.do(points.register, "W1", "王", "doctor", "H1", by="agency", at=on("2025-01-02"))

    def decide(**change: Any) -> Any:
        behaviour = {"situations": ["4-1"], "responsibility": "main"} | change
        return registry.do(points.decide, "W1", "J1", "H1", [behaviour], by="agency", at=on("2025-03-03"))

    refused("unknown_responsibility", lambda: decide(responsibility="some"))
    refused("unknown_adjustment", lambda: decide(adjustment="none"))
    refused("unknown_measure", lambda: registry.do(points.ask_repair, "W1", "prayer", by="h1", at=on("2025-03-03")))
    decide()
    registry.do(points.notice, "W1", "J1", by="agency", at=on("2025-03-03"))
    registry.do(points.tick, "990000", by="agency", at=on("2025-03-18"))
    refused("no_repair", lambda: registry.do(points.ask_repair, "W1", "training", by="h1", at=on("2025-03-19")))


def test_of_credit(registry: Registry) -> None:
    at: dict[str, Any] = {"by": "bureau", "at": on("2025-06-02")}
    refused("no_indicators", lambda: registry.do(credit.evaluate, "institution", "H1", "2025", **at))
    refused(
        "out_of_range",
        lambda: registry.do(credit.set_indicators, "institution", "H1", "2025", {"fund": 100_000_001}, "x", **at),
    )
    refused("unknown_subject", lambda: registry.do(credit.evaluate, "province", "H1", "2025", None, "990100", **at))
    for number, day in ((1, date(2024, 6, 3)), (2, date(2025, 6, 2))):
        registry.do(credit.add_event, "institution", "H1", f"E{number}", "penalty_38", day, "D", -12, **at)
    refused("new_event", lambda: registry.do(credit.request, "E1", "repair", "x", by="h1", at=on("2025-07-02")))


def test_of_assessment(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    at: dict[str, Any] = {"by": "bureau", "at": on("2025-11-03")}
    registry.do(assessment.open_plan, "A25", 2025, "990000", **at)
    refused("plan_known", lambda: registry.do(assessment.open_plan, "A25", 2025, "990000", **at))
    refused("no_indicators", lambda: registry.do(assessment.draft, "A25", **at))
    # A law that allows no contradiction at all: the comparisons of the shipped one contradict themselves a little.
    law = assessment.Tree.of
    monkeypatch.setattr(
        assessment.Tree,
        "of",
        classmethod(lambda cls, said: law(said | {"consistency_limit": {"value": "0"}})),
    )
    refused("inconsistent", lambda: registry.do(assessment.open_plan, "A26", 2026, "990000", **at))


def test_of_data(registry: Registry) -> None:
    def classify(level: str) -> Any:
        return registry.do(rights.classify, "claims", "a", "a", level, "b", "l", "条例", "i", "10 y", "h", by="bureau")

    refused("unknown_level", lambda: classify("L9"))
    classify("L3")
    registry.do(rights.set_purpose, "supervision", "监管", "supervision", "条例第31条", True, by="bureau")

    def permit(until: date) -> Any:
        return registry.do(rights.permit, "X1", "claims", "supervision", "analyst", "990000", until, "T-1", by="bureau")

    refused("no_expiry", lambda: permit(date(2025, 1, 1)))
    permit(date(2027, 1, 1))
    refused(
        "unknown_receiver",
        lambda: registry.do(rights.ask_release, "R1", "claims", "supervision", "moon", 1, "ab", 50, by="analyst"),
    )


def test_of_what_contradicts_itself_in_the_database(registry: Registry) -> None:
    @verb("actor.add", "registry:{value}")
    def twice(unit: Unit, value: str) -> dict[str, str]:
        unit.allow_anywhere()
        unit.insert(META, name="registry_id", value=value)
        return {}

    refused("conflict", lambda: registry.do(twice, "x", by="root"))


def test_of_reading(registry: Registry) -> None:
    def read(permission: str, by: str) -> None:
        with registry.reading(permission, by):
            raise AssertionError("nothing is to be read")

    refused("unknown_actor", lambda: read("clue.read", "nobody"))
    refused("no_role", lambda: read("audit.read", "h1"))
