"""Money in doubt with each row counted once: never more than there is, also where an issue stands for many rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from yibao.ledger.contracts import load_contracts
from yibao.ledger.quality_sums import distinct_money


def issue(law: str, column: str, ref: str, amount: int, rows: int = 1, table: str = "charge_line") -> dict[str, Any]:
    return {
        "law_id": law, "table_name": table, "ref_id": ref, "column_name": column, "severity": "error",
        "institution_id": "H1", "occurred_on": date(2025, 3, 4), "amount": amount, "row_count": rows,
    }  # fmt: skip


def once(*issues: dict[str, Any]) -> int:
    schema = load_contracts()["quality_issue"].arrow_schema()
    rows = pa.table([pa.array([row.get(f.name) for row in issues], f.type) for f in schema], schema=schema)
    return sum(distinct_money(rows)["amount"].to_pylist())


@pytest.mark.parametrize(
    ("issues", "money"),
    [
        # One row under two laws, and another one.
        ([issue("I3", "a", "L1", 500), issue("Q26", "b", "L1", -700), issue("I3", "a", "L2", 100)], 800),
        # All rows lack a key, and so do most of them another one: the first rows of the two differ.
        ([issue("K01", "a", "L1", 9_000, 80), issue("K01", "b", "L2", 7_000, 60)], 9_000),
        # The rows of two unknown codes are different ones; a row that is named alone may be among them.
        ([issue("K02", "c", "L1", 4_000, 8), issue("K02", "c", "L2", 3_000, 1), issue("I3", "a", "L1", 90)], 7_000),
        # Tables do not share rows.
        ([issue("K01", "a", "L1", 9_000, 80), issue("K01", "a", "S1", 5_000, 6, "settlement")], 14_000),
        ([], 0),
    ],
)
def test_a_row_counts_once(issues: list[dict[str, Any]], money: int) -> None:
    assert once(*issues) == money
