"""Which year and place a bill counts in: late bills, insurance years that begin in September, policies that follow."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa

from yibao.benefits import BILLS, bind, settle
from yibao.benefits.load import PolicyBook, Written, policy_from

SCHEMA = pa.schema(
    [f for f in BILLS if f.name not in ("policy", "year", "reason")]
    + [pa.field("insured_region", pa.string()), pa.field("scheme", pa.string())]
)


def policy(version: str = "1", start: str = "2020-01-01", end: str | None = None, **changes: Any) -> Written:
    doc = {
        "id": "A-390", "version": version, "title": {"zh": "甲", "en": "a"}, "region": "420100", "scheme": "390",
        "effective": {"from": start, "to": end}, "sources": [{"title": "invented", "grade": "own"}],
        "benefits": [
            {"id": "stay", "title": {"zh": "住院", "en": "stay"}, "kinds": ["21"], "pot": "inpatient",
             "deductible": {"amount": "1000", "nth": ["100%", "50%", "0%"]}, "bands": [{"rate": "60%"}]},
        ],
    } | changes  # fmt: skip
    return Written(policy_from(doc), Path(), version, False)


def bills(*rows: tuple[str, str, str | None]) -> pa.Table:
    """Bills of 5,000 yuan: id, day of settlement, day on which care ended."""
    return pa.Table.from_pylist(
        [
            {
                "settlement_id": name, "person_id": "p", "insured_region": "420102", "scheme": "390", "kind": "21",
                "ordered_at": dt.datetime.fromisoformat(day),
                "care_ended": dt.date.fromisoformat(ended) if ended else None, "total_amount": 500_000,
                "not_covered_amount": 0, "over_limit_amount": 0, "first_share_amount": 0, "eligible_amount": 500_000,
            }
            for name, day, ended in rows
        ],
        schema=SCHEMA,
    )  # fmt: skip


def deductibles(table: pa.Table, *written: Written) -> dict[str, tuple[int, int]]:
    done = settle(table, PolicyBook(written))
    assert done.aside.num_rows == 0
    return {r["settlement_id"]: (r["year"], r["deductible_amount"] // 100) for r in done.results.to_pylist()}


LATE = (
    ("first", "2024-03-01", "2024-02-28"),
    ("second", "2024-05-01", "2024-04-30"),
    ("late", "2024-06-01", "2024-03-31"),
)


def test_a_late_bill_comes_last_where_settlement_orders_the_year() -> None:
    found = deductibles(bills(*LATE), policy())
    assert found == {"first": (2024, 1000), "second": (2024, 500), "late": (2024, 0)}


def test_a_late_bill_takes_its_place_where_the_end_of_care_orders_it() -> None:
    found = deductibles(bills(*LATE), policy(year={"by": "discharged"}))
    assert found == {"first": (2024, 1000), "late": (2024, 500), "second": (2024, 0)}


def test_care_before_new_year_settled_after_it() -> None:
    table = bills(("a", "2024-12-01", "2024-11-30"), ("b", "2025-01-05", "2024-12-30"))
    assert deductibles(table, policy())["b"] == (2025, 1000)
    assert deductibles(table, policy(year={"by": "discharged"}))["b"] == (2024, 500)


def test_an_insurance_year_from_september() -> None:
    table = bills(("a", "2024-08-31", None), ("b", "2024-09-01", None), ("c", "2025-08-31", None))
    found = deductibles(table, policy(year={"begins": "09-01"}))
    assert found == {"a": (2023, 1000), "b": (2024, 1000), "c": (2024, 500)}


def test_a_policy_that_follows_another_within_the_year_goes_on_with_its_accumulators() -> None:
    old = policy("1", "2020-01-01", "2024-07-01")
    new = policy("2", "2024-07-01", None)
    table = bills(("a", "2024-06-30", None), ("b", "2024-07-01", None))
    assert deductibles(table, old, new) == {"a": (2024, 1000), "b": (2024, 500)}
    assert bind(table, PolicyBook((old, new)))["policy"].to_pylist() == ["A-390@1", "A-390@2"]


def test_a_citys_policy_comes_before_that_of_its_province() -> None:
    province = Written(policy_from({**_doc(), "id": "P-390", "region": "420000"}), Path(), "p", False)
    table = bills(("a", "2024-06-30", None))
    assert bind(table, PolicyBook((policy(), province)))["policy"].to_pylist() == ["A-390@1"]
    assert bind(table, PolicyBook((province,)))["policy"].to_pylist() == ["P-390@1"]


def _doc() -> dict[str, Any]:
    return {
        "version": "1", "title": {"zh": "甲", "en": "a"}, "scheme": "390", "effective": {"from": "2020-01-01"},
        "sources": [{"title": "invented", "grade": "own"}],
        "benefits": [{"id": "stay", "title": {"zh": "住院", "en": "stay"}, "kinds": ["21"], "pot": "inpatient",
                      "bands": [{"rate": "50%"}]}],
    }  # fmt: skip
