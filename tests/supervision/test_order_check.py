"""Before the order is signed: the thyroid story, what must stay silent, and the doctor's answer."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from yibao.engine import DuckEngine
from yibao.errors import UsageError
from yibao.ledger import open_ledger
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import latest_run
from yibao.supervision.answers import record
from yibao.supervision.draft import Draft, DraftError, draft_from, read_draft
from yibao.supervision.order_check import OrderChecker
from yibao.supervision.reminders import Answer
from yibao.supervision.unknown import unknown

pytestmark = pytest.mark.slow


def story(demo: Demo, **changes: Any) -> dict[str, Any]:
    doc = json.loads(demo.order.read_text(encoding="utf-8"))
    return {**doc, **changes}


def check(demo: Demo, draft: Draft) -> Answer:
    with OrderChecker(demo.ledger, load_lawbook()) as checker:
        return checker.check(draft)


def test_the_doctor_is_told_of_the_thyroid_function_test(demo: Demo) -> None:
    answer = demo.answer
    assert not answer.failures
    reminders = [r for r in answer.reminders if r.law.id == "D01"]
    assert len(reminders) == 1
    evidence = reminders[0].evidence[0]
    assert evidence.signal == "related"
    assert evidence.ref_table == "exam_report"
    assert evidence.place["zh"]  # where the earlier test was done
    assert evidence.row["examined_at"].date().isoformat() == "2025-11-10"
    assert "40" in reminders[0].explanation["zh"]


def test_an_order_that_meets_nothing_is_silent(demo: Demo) -> None:
    draft = draft_from(story(demo, orders=[{"order_id": "1", "item_code": "no such code"}]))
    answer = check(demo, draft)
    assert answer.reminders == []
    assert answer.laws == []


def test_a_reason_on_the_order_silences_the_reminder(demo: Demo) -> None:
    doc = story(demo)
    doc["orders"][0]["override_reason"] = "HR19-1"
    assert not [r for r in check(demo, draft_from(doc)).reminders if r.law.id == "D01"]


def test_outside_the_window_there_is_no_reminder(demo: Demo) -> None:
    later = datetime.fromisoformat(story(demo)["ordered_at"]) + timedelta(days=60)
    answer = check(demo, draft_from(story(demo, ordered_at=str(later))))
    assert not [r for r in answer.reminders if r.law.id == "D01"]


def test_what_happens_later_is_not_known_at_the_time_of_the_order(demo: Demo) -> None:
    answer = check(demo, draft_from(story(demo, ordered_at="2025-11-01 09:00:00")))
    assert not [r for r in answer.reminders if r.law.id == "D01"]


def test_an_unknown_person_gets_an_answer(demo: Demo) -> None:
    answer = check(demo, draft_from(story(demo, person_id="nobody")))
    assert answer.reminders == []
    assert not answer.failures


def drugs_on_the_list(demo: Demo, count: int) -> list[str]:
    with DuckEngine(threads=1) as engine:
        demo.ledger.attach(engine, only=["catalogue_item"])
        rows = engine.execute(
            "select ingredient_code, min(item_code) as code from catalogue_item where list_type = '101'"
            " and valid_to is null and unit_price > 0 and ingredient_code is not null group by all order by code"
        )
    return rows.column("code").to_pylist()[:count]


def test_the_sixth_drug_of_a_prescription_is_one_too_many(demo: Demo) -> None:
    codes = drugs_on_the_list(demo, 6)
    six = [{"order_id": str(i), "item_code": code} for i, code in enumerate(codes, start=1)]
    told = {}
    for orders in (six[:5], six):
        answer = check(demo, draft_from(story(demo, person_id="nobody", orders=orders)))
        assert not answer.failures
        told[len(orders)] = [r for r in answer.reminders if r.law.id == "B11"]
    assert told[5] == []
    assert [r.order_id for r in told[6]] == ["6"]


def test_more_of_a_drug_than_anybody_needs_is_told_when_it_is_ordered(demo: Demo) -> None:
    (code,) = drugs_on_the_list(demo, 1)
    orders = [
        {"order_id": "kept", "item_code": code, "quantity": 10, "days_supply": 84},
        {"order_id": "more", "item_code": code, "quantity": 1, "days_supply": 8},
    ]
    answer = check(demo, draft_from(story(demo, person_id="nobody", orders=orders)))
    assert not answer.failures
    (reminder,) = [r for r in answer.reminders if r.law.id == "B09-2"]
    assert reminder.order_id == "more"
    assert "92" in reminder.explanation["zh"]
    half = check(
        demo, draft_from(story(demo, person_id="nobody", orders=[{**orders[0], "days_supply": 83}, orders[1]]))
    )
    assert not [r for r in half.reminders if r.law.id == "B09-2"]


def test_two_weeks_for_a_cold_are_told_when_they_are_ordered(demo: Demo) -> None:
    (code,) = drugs_on_the_list(demo, 1)
    orders = [{"order_id": "1", "item_code": code, "quantity": 1000, "days_supply": 14}]
    told = {}
    for diagnosis in ("J06.900", "I10.x00"):
        doc = story(
            demo, person_id="nobody", encounter_id=None, encounter_kind="11", diagnoses=[diagnosis], orders=orders
        )
        told[diagnosis] = [r.law.id for r in check(demo, draft_from(doc)).reminders]
    assert "B09" in told["J06.900"]
    assert "B09" not in told["I10.x00"]


def test_a_reminder_counts_the_money_of_the_order_and_not_what_was_fetched_before(demo: Demo) -> None:
    folder = latest_run(demo.ledger.path)
    assert folder is not None
    hoards = [row for row in pq.read_table(folder / "finding.parquet").to_pylist() if row["law_id"] == "B09-2"]
    hoard = max(hoards, key=lambda row: row["amount"])
    refs = pq.read_table(folder / "finding_ref.parquet").to_pylist()
    lines = [r["ref_id"] for r in refs if r["finding_id"] == hoard["finding_id"] and r["ref_table"] == "charge_line"]
    (fetched, *_) = demo.ledger.rows("charge_line", "line_id", lines).to_pylist()
    moment = hoard["occurred_at"] + timedelta(days=1)
    order = {"order_id": "1", "item_code": fetched["item_code"], "quantity": 1, "days_supply": 30}
    draft = draft_from(story(demo, person_id=hoard["person_id"], ordered_at=str(moment), orders=[order]))
    (reminder,) = [r for r in check(demo, draft).reminders if r.law.id == "B09-2"]
    assert any(e.ref_id in lines for e in reminder.evidence)
    assert 0 < reminder.amount < hoard["amount"]


def test_a_sex_limited_item_for_the_wrong_sex(demo: Demo) -> None:
    drafts = [read_draft(path) for path in sorted((demo.folder / "city" / "orders").glob("*.json"))]
    laws = {r.law.id for draft in drafts for r in check(demo, draft).reminders}
    assert {"D01"} < laws


def test_the_answer_is_kept_as_a_fact(demo: Demo, tmp_path: Path) -> None:
    shutil.copytree(demo.ledger.path, tmp_path / "ledger")
    ledger = open_ledger(tmp_path / "ledger")
    at = datetime(2025, 12, 20, 9, 31)
    with pytest.raises(UsageError, match="unknown reason"):
        record(ledger, demo.answer, "overridden", at=at, reason="because")
    with pytest.raises(UsageError, match="needs words"):
        record(ledger, demo.answer, "overridden", at=at, reason="HR19-6")
    assert record(ledger, demo.answer, "overridden", at=at, reason="HR19-1") == len(demo.answer.reminders)
    rows = (
        open_ledger(tmp_path / "ledger").rows("reminder_answer", "person_id", [demo.answer.draft.person_id]).to_pylist()
    )
    assert [r["outcome"] for r in rows] == ["overridden"] * len(demo.answer.reminders)
    assert rows[0]["reason_code"] == "HR19-1"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"person_id": ""}, "person_id"),
        ({"ordered_at": "yesterday"}, "YYYY-MM-DD"),
        ({"orders": {}}, "orders"),
        ({"orders": [{"item_code": "a", "quantity": -1}]}, "positive"),
        ({"orders": [{"item_code": "a", "quantity": "1.0005"}]}, "3 decimals"),
        ({"orders": [{"item_code": "a", "quantity": "many"}]}, "expected a positive number"),
        ({"orders": [{"item_code": "a", "quantity": None}]}, "expected a positive number"),
        ({"orders": [{"item_code": "a", "quantity": 10**15}]}, "expected a positive number"),
        ({"orders": [{"item_code": ["a"]}]}, "item_code: expected a text"),
        ({"orders": [{"item_code": "a", "override_reason": ["x"]}]}, "override_reason: expected a text"),
        ({"orders": ["a"]}, "an object with item_code"),
        ({"person_id": ["p"]}, "person_id: expected a text"),
        ({"department": {"name": "d"}}, "department: expected a text"),
        ({"ordered_at": "2025-12-20T10:00:00+08:00"}, "local time"),
        ({"orders": [{"quantity": 1}]}, "item_code"),
        ({"orders": [{"item_code": "a", "order_id": "1"}, {"item_code": "b", "order_id": "1"}]}, "same order_id"),
        ({"orders": [{"item_code": "a", "colour": "red"}]}, "colour"),
        ({"patient": "p"}, "unknown field 'patient'"),
    ],
)
def test_a_malformed_draft_is_named(demo: Demo, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DraftError, match=words) as refused:
        draft_from(story(demo, **changes))
    assert refused.value.zh != refused.value.what


def test_an_unreadable_draft_is_named(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    with pytest.raises(DraftError, match="cannot be read"):
        read_draft(path)
    path.write_text('{"person_id": ', encoding="utf-8")
    with pytest.raises(DraftError, match="not valid JSON"):
        read_draft(path)
    path.write_bytes(b"\xef\xbb\xbf[]")  # a byte order mark, as Windows editors write it, is no mistake
    with pytest.raises(DraftError, match="not an object"):
        read_draft(path)
    path.write_bytes('{"person_id": "张"}'.encode("gb18030"))
    with pytest.raises(DraftError, match="not UTF-8"):
        read_draft(path)


def test_what_the_ledger_does_not_know_is_said(demo: Demo) -> None:
    assert unknown(demo.ledger, draft_from(story(demo))) == []
    orders = [{"order_id": "1", "item_code": "no such code"}, *story(demo)["orders"]]
    draft = draft_from(story(demo, person_id="nobody", institution_id="nowhere", orders=orders))
    remarks = unknown(demo.ledger, draft)
    assert [word in remark["en"] for word, remark in zip(("nobody", "nowhere", "no such code"), remarks, strict=True)]
    assert all("没有" in remark["zh"] for remark in remarks)
