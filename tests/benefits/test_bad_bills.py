"""Bills that cannot be settled are set aside by name; nothing of them, or of what they make uncertain, is posted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from yibao.benefits import REASONS, Accumulators, load_policies, settle
from yibao.benefits.accumulators import SCHEMA
from yibao.benefits.bills import BILLS
from yibao.benefits.load import PolicyBook, Written, policy_from

BOOK = load_policies()


def bill(number: int, **changes: Any) -> dict[str, Any]:
    good = {
        "settlement_id": f"s{number}", "person_id": "p", "insured_region": "990102", "scheme": "390",
        "ordered_at": dt.datetime(2024, 5, number), "kind": "21", "level": "3", "person_class": "adult",
        "total_amount": 1_000_000, "not_covered_amount": 100_000, "over_limit_amount": 0,
        "first_share_amount": 50_000, "eligible_amount": 850_000,
    }  # fmt: skip
    return good | changes


def settled(rows: list[dict[str, Any]], book: PolicyBook = BOOK, opening: Accumulators | None = None) -> Any:
    fields = [f for f in BILLS if f.name not in ("policy", "year", "reason")]
    schema = pa.schema([*fields, ("insured_region", pa.string()), ("scheme", pa.string())])
    return settle(pa.Table.from_pylist(rows, schema=schema), book, opening=opening)


def reversal(number: int, of: int, **changes: Any) -> dict[str, Any]:
    first = bill(of)
    return bill(number, reverses=f"s{of}", **{k: -v for k, v in first.items() if k.endswith("_amount")} | changes)


CASES: list[tuple[str, dict[str, Any]]] = [
    ("no_person", {"person_id": None}),
    ("no_person", {"person_id": ""}),
    ("no_time", {"ordered_at": None}),
    ("unknown_scheme", {"scheme": "777"}),
    ("no_policy", {"insured_region": "540000"}),
    ("no_policy", {"ordered_at": dt.datetime(1999, 1, 1)}),
    ("no_rule", {"insured_region": "340303", "place": "referral", "area": "out_of_province"}),
    ("amount_missing", {"eligible_amount": None}),
    ("negative_amount", {"total_amount": -1, "not_covered_amount": -850_001, "first_share_amount": 0}),
    ("amount_out_of_range", {"total_amount": 10**15, "eligible_amount": 10**15 - 150_000}),
    ("parts_do_not_add_up", {"total_amount": 1_000_001}),
    ("own_rate_above_eligible", {"own_rate_amount": 850_001}),
    ("hospital_above_total", {"hospital_amount": 1_000_001}),
    ("reversal_without_original", {"reverses": "nowhere", "total_amount": -1_000_000, "not_covered_amount": -1_000_000,
                                   "first_share_amount": 0, "eligible_amount": 0}),
    ("status_after_care", {"status": "low_income", "status_from": dt.date(2024, 6, 1),
                           "care_ended": dt.date(2024, 5, 2)}),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "changes"), CASES, ids=[f"{r}-{n}" for n, (r, _) in enumerate(CASES)])
def test_a_bad_bill_is_set_aside_by_name(reason: str, changes: dict[str, Any]) -> None:
    done = settled([bill(1), bill(2, **changes)])
    assert {r["settlement_id"]: r["reason"] for r in done.aside.to_pylist()} == {"s2": reason}
    assert done.results["settlement_id"].to_pylist() == ["s1"]
    assert _figures(done) == _figures(settled([bill(1)])), "nothing of the bad bill is in the accumulators"


def _figures(done: Any) -> list[Any]:
    return [row for row in done.accumulators.table.to_pylist() if row["person_id"] == "p"]


def test_every_reason_has_words_and_a_test() -> None:
    elsewhere = {"two_policies", "reversal_amount", "reversed_twice", "cap_exceeded_before", "after_set_aside"}
    assert {reason for reason, _ in CASES} | elsewhere == set(REASONS)
    assert all(zh and en for zh, en in REASONS.values())


def test_two_policies_in_force_at_once() -> None:
    doc = {
        "id": "TWICE", "version": "1", "title": {"zh": "甲", "en": "twice"}, "region": "990000", "scheme": "390",
        "effective": {"from": "2024-01-01"}, "sources": [{"title": "invented", "grade": "own"}],
        "benefits": [{"id": "stay", "title": {"zh": "甲", "en": "stay"}, "kinds": ["21"], "pot": "inpatient",
                      "bands": [{"rate": "50%"}]}],
    }  # fmt: skip
    twice = Written(policy_from(doc), BOOK.written[0].folder, "", False)
    done = settled([bill(1)], PolicyBook((*BOOK.written, twice)))
    assert done.aside["reason"].to_pylist() == ["two_policies"]
    assert done.results.num_rows == 0


def test_a_reversal_must_be_the_mirror_of_its_original_and_only_once() -> None:
    wrong = settled([bill(1), reversal(2, 1, total_amount=-999_999, not_covered_amount=-99_999)])
    assert wrong.aside["reason"].to_pylist() == ["reversal_amount"]
    twice = settled([bill(1), reversal(2, 1), reversal(3, 1)])
    assert {r["settlement_id"]: r["reason"] for r in twice.aside.to_pylist()} == {"s3": "reversed_twice"}
    assert sum(twice.results["fund_amount"].to_pylist()) == 0
    before = settled([bill(1), bill(3), reversal(2, 3)])
    assert before.aside["reason"].to_pylist()[0] == "reversal_without_original"


def test_another_persons_bill_cannot_be_reversed() -> None:
    done = settled([bill(1, person_id="q"), reversal(2, 1)])
    assert done.aside["reason"].to_pylist() == ["reversal_without_original"]


def test_later_bills_of_the_year_wait_for_the_one_that_was_set_aside() -> None:
    rows = [
        bill(1),
        bill(2, total_amount=5),
        bill(3),
        bill(4, ordered_at=dt.datetime(2025, 1, 4)),
        bill(3, person_id="q"),
    ]
    rows[-1]["settlement_id"] = "other"
    done = settled(rows)
    assert {r["settlement_id"]: r["reason"] for r in done.aside.to_pylist()} == {
        "s2": "parts_do_not_add_up",
        "s3": "after_set_aside",
    }
    assert set(done.results["settlement_id"].to_pylist()) == {"s1", "s4", "other"}


def test_accumulators_above_the_limit_are_refused_and_kept() -> None:
    rows = [
        {"person_id": "p", "year": 2024, "scheme": "390", "region_code": "990000", "name": name, "amount": amount}
        for name, amount in (("inpatient.cap_paid", 15_000_001), ("inpatient.times", 2))
    ]
    opening = Accumulators(pa.Table.from_pylist(rows, schema=SCHEMA))
    done = settled([bill(1)], opening=opening)
    assert done.aside["reason"].to_pylist() == ["cap_exceeded_before"]
    assert done.accumulators.table.to_pylist() == opening.table.to_pylist()


def test_rows_in_are_rows_out() -> None:
    rows = [bill(1), bill(2, person_id=None), bill(3), reversal(4, 3), bill(5, scheme="777")]
    done = settled(rows)
    assert done.results.num_rows + done.aside.num_rows == len(rows)
    money = sum(done.results["total_amount"].to_pylist()) + sum(done.aside["total_amount"].to_pylist())
    assert money == sum(r["total_amount"] for r in rows)


def test_an_empty_table_is_no_mistake() -> None:
    done = settled([])
    assert (done.results.num_rows, done.aside.num_rows, done.steps().num_rows) == (0, 0, 0)
