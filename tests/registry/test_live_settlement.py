"""The registry and the benefits together: live bills come out as bills settled in a row, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from yibao.benefits import bill_from, load_policies, settle_bill
from yibao.benefits.bill_file import BillError
from yibao.errors import YibaoError
from yibao.registry import Registry
from yibao.registry.accounts import check_accounts, figures_of, reverse, settle
from yibao.registry.tables.core import EVENT
from yibao.runs.live import bill_settler

BOOK = load_policies()


def bill(number: int, total: int, **more: Any) -> dict[str, Any]:
    return {"id": f"S{number}", "kind": "21", "level": "3", "settled_at": f"2024-0{number}-01", "total": str(total),
            "eligible": str(total), **more}  # fmt: skip


def file(*bills: Mapping[str, Any], **more: Any) -> Any:
    said = {"policy": "EXAMPLE-390", "person": {"id": "P1", "class": "adult"}, "bill": bills[-1], **more}
    return bill_from(said | ({"earlier": list(bills[:-1])} if bills[:-1] else {}))


def live(registry: Registry, said: Any, request: str | None = None) -> Any:
    settler = bill_settler(said, BOOK)
    return registry.do(
        settle, "P1", said.bill.id, settler, "990000", by="till", request=request, at=datetime(2025, 1, 2)
    )


def test_bills_one_by_one_come_out_as_bills_in_a_row(registry: Registry) -> None:
    bills = [bill(1, 9_000), bill(2, 60_000), bill(3, 200_000)]
    for number, one in enumerate(bills, start=1):
        answer = live(registry, file(one), request=f"R{number}")
        expected = settle_bill(file(*bills[:number]), BOOK, explain=False)
        assert answer["result"]["fund_amount"] == expected.result["fund_amount"]
        assert answer == live(registry, file(one), request=f"R{number}")
    with registry.reading("account.read", "till") as unit:
        whole = settle_bill(file(*bills), BOOK, explain=False).accumulators.table.to_pylist()
        kept = {(f[3], f[4]) for f in figures_of(unit, "P1")}
        assert kept == {(row["name"], row["amount"]) for row in whole}
    registry.do(reverse, "P1", "S3", "990000", by="till")
    with registry.reading("account.read", "till") as unit:
        before = settle_bill(file(*bills[:2]), BOOK, explain=False).accumulators.table.to_pylist()
        assert {(f[3], f[4]) for f in figures_of(unit, "P1")} == {(row["name"], row["amount"]) for row in before}
        assert check_accounts(unit) == []


def test_a_bill_that_is_refused_or_remembers_changes_nothing(sqlite_registry: Registry) -> None:
    with pytest.raises(BillError, match="remembers"):
        bill_settler(file(bill(1, 9_000), bill(2, 100)), BOOK)
    with pytest.raises(YibaoError, match="not in force"):
        live(sqlite_registry, file(bill(1, 9_000) | {"settled_at": "1990-01-01"}))
    with sqlite_registry.reading("audit.read", "root") as unit:
        assert figures_of(unit, "P1") == []
        told = unit.rows(select(EVENT).where(EVENT.c.subject == "person:P1"))
    assert [(event["outcome"], "PolicyError" in event["body"]) for event in told] == [("refused", True)]
