"""What a draft order may say beside its items: what the visit is for, how long a drug is to last."""

from __future__ import annotations

from typing import Any

import pytest

from yibao.supervision.draft import DraftError, draft_from, draft_rows

DOC: dict[str, Any] = {
    "person_id": "p",
    "institution_id": "h",
    "ordered_at": "2026-03-02 09:00:00",
    "diagnoses": ["I10.x00", "E11.900"],
    "orders": [{"order_id": "1", "item_code": "PILL", "quantity": 28, "days_supply": 28}],
}


def test_diagnoses_become_rows_of_the_encounter_the_main_one_first() -> None:
    rows = draft_rows(draft_from(DOC), {})
    assert [(r["code"], r["is_main"]) for r in rows["diagnosis"]] == [("I10.x00", True), ("E11.900", False)]
    assert {r["encounter_id"] for r in rows["diagnosis"]} == {rows["encounter"][0]["encounter_id"]}
    assert len({r["sequence"] for r in rows["diagnosis"]}) == 2
    assert rows["charge_line"][0]["days_supply"] == 28


def test_both_may_be_left_out() -> None:
    bare = {**DOC, "diagnoses": None, "orders": [{"item_code": "PILL"}]}
    rows = draft_rows(draft_from(bare), {})
    assert rows["diagnosis"] == []
    assert rows["charge_line"][0]["days_supply"] is None


@pytest.mark.parametrize("diagnoses", ["I10", [10], [""]])
def test_a_list_of_codes_is_expected(diagnoses: object) -> None:
    with pytest.raises(DraftError, match="diagnoses"):
        draft_from({**DOC, "diagnoses": diagnoses})


@pytest.mark.parametrize("days", [0, -7, 1.5, True, "7", 99_999])
def test_days_are_a_whole_number(days: object) -> None:
    with pytest.raises(DraftError, match="days_supply"):
        draft_from({**DOC, "orders": [{"item_code": "PILL", "days_supply": days}]})
