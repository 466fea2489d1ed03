"""Who may use what for which purpose; consents; releases through one gate; who looked at whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from named_refusals import refused

from yibao.registry import Registry, rights

AT = datetime(2025, 6, 4, 10, 0)  # a Wednesday
END = date(2026, 1, 1)


@pytest.fixture
def kept(registry: Registry) -> Registry:
    for name, level in (("claims", "L3"), ("hiv", "L4"), ("totals", "L2")):
        registry.do(
            rights.classify, name, name, name, level, "bureau", "ledger", "条例", "insured", "10 y", "here", by="bureau"
        )
    registry.do(rights.set_purpose, "supervision", "监管", "supervision", "条例第31条", True, by="bureau")
    registry.do(rights.set_purpose, "study", "研究", "study", "同意", False, by="bureau")
    return registry


def permit(
    kept: Registry, dataset: str = "claims", purpose: str = "supervision", to: str = "analyst", **more: Any
) -> Any:
    said = {"ticket": "T-1"} | more
    return kept.do(
        rights.permit, f"{to}/{dataset}/{purpose}", dataset, purpose, to, "990000", END, by="bureau", at=AT, **said
    )


def look(
    kept: Registry,
    number: int,
    persons: list[str],
    purpose: str = "supervision",
    by: str = "analyst",
    at: datetime = AT,
    dataset: str = "claims",
) -> Any:
    return kept.do(
        rights.look, f"K{number}", dataset, purpose, ["amount"], "person_id = …", len(persons), persons, by=by, at=at
    )


def test_only_what_is_permitted_for_that_purpose_is_seen(kept: Registry) -> None:
    refused("no_permit", lambda: look(kept, 1, ["P1"]))
    refused("no_ticket", lambda: permit(kept, ticket=""))
    permit(kept)
    assert look(kept, 1, ["P1", "P2"])["alerts"] == []
    refused("other_purpose", lambda: look(kept, 2, ["P1"], "study"))
    refused("no_role", lambda: look(kept, 2, ["P1"], by="h1"))
    kept.do(rights.revoke_permit, "analyst/claims/supervision", by="bureau", at=AT)
    refused("no_permit", lambda: look(kept, 2, ["P1"]))


def test_the_highest_levels_need_two_persons_and_an_assessment(kept: Registry) -> None:
    refused("no_assessment", lambda: permit(kept, "hiv"))
    permit(kept, "hiv", impact_assessment="PIA-1")
    refused("no_permit", lambda: look(kept, 1, ["P1"], dataset="hiv"))
    refused("same_approver", lambda: kept.do(rights.second_approval, "analyst/hiv/supervision", by="bureau", at=AT))


def test_a_study_needs_consent_which_may_be_withdrawn(kept: Registry) -> None:
    permit(kept, purpose="study", to="scholar")
    refused("no_consent", lambda: look(kept, 1, ["P1"], "study", "scholar"))
    kept.do(rights.consent, "P1", "C1", "claims", "study", END, by="p1", at=AT)
    refused("out_of_scope", lambda: kept.do(rights.consent, "P2", "C2", "claims", "study", END, by="p1", at=AT))
    assert look(kept, 1, ["P1"], "study", "scholar")["persons"] == 1
    refused("no_consent", lambda: look(kept, 2, ["P1", "P2"], "study", "scholar"))
    kept.do(rights.withdraw_consent, "C1", by="p1", at=AT)
    refused("no_consent", lambda: look(kept, 2, ["P1"], "study", "scholar"))


def test_a_person_sees_who_looked_and_alarming_looks_are_found(kept: Registry) -> None:
    permit(kept)
    assert look(kept, 1, ["P1"], at=datetime(2025, 6, 7, 23, 0))["alerts"] == ["off_hours", "single_person"]
    assert "many_persons" in look(kept, 2, [f"P{n}" for n in range(1001)])["alerts"]
    with kept.reading("data.own", "p1") as unit:
        mine = rights.who_looked(unit, "P1")
        assert [(m["role"], m["purpose_en"], m["dataset_id"]) for m in mine] == [
            ("analyst", "supervision", "claims")
        ] * 2
        assert all("actor_id" not in m for m in mine)

    def of_another() -> None:
        with kept.reading("data.own", "p1") as unit:
            rights.who_looked(unit, "P2")

    refused("out_of_scope", of_another)
    with kept.reading("data.look", "analyst") as unit:
        assert {row["look_id"] for row in rights.alarming(unit)} == {"K1", "K2"}


def test_a_release_passes_one_gate_by_two_hands(kept: Registry) -> None:
    permit(kept)
    permit(kept, "totals")

    def ask(number: int, cell: int | None, receiver: str = "shared", dataset: str = "claims") -> Any:
        return kept.do(
            rights.ask_release,
            f"R{number}",
            dataset,
            "supervision",
            receiver,
            100,
            "ab" * 32,
            cell,
            by="analyst",
            at=AT,
        )

    refused("small_cell", lambda: ask(1, 9))
    refused("small_cell", lambda: ask(1, None))
    refused("too_sensitive", lambda: ask(1, 50, "public"))
    assert ask(1, 10)["checks"]["k"] == 10
    assert ask(2, 20, "public", "totals")["state"] == "asked"
    kept.do(rights.answer_release, "R1", True, by="bureau", at=AT)
    refused("answered_before", lambda: kept.do(rights.answer_release, "R1", False, by="bureau", at=AT))
    assert kept.do(rights.recall, "R1", "错误", by="bureau", at=AT)["state"] == "recalled"


def test_requests_of_persons_are_answered_in_fifteen_working_days(kept: Registry) -> None:
    asked = kept.do(rights.ask, "P1", "explain", "为何扣分", by="p1", at=AT)
    assert asked["answer_by"] == "2025-06-25"
    assert (
        kept.do(rights.answer, asked["request_id"], "见附件", by="bureau", at=datetime(2025, 6, 26, 9, 0))["late"]
        is True
    )
    refused("unknown_right", lambda: kept.do(rights.ask, "P1", "sue", "x", by="p1", at=AT))
