"""Live settlement: the registry remembers, the benefits settle. Neither knows the other; this joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from yibao.benefits import Accumulators, BillFile, PolicyBook, settle_bill
from yibao.benefits.accumulators import SCHEMA
from yibao.benefits.bill_file import BillError
from yibao.registry.accounts import Figure, Settler

_FIGURE = ("year", "scheme", "region_code", "name", "amount")


def bill_settler(file: BillFile, book: PolicyBook, catalogue: pa.Table | None = None) -> Settler:
    """A settling function for one bill. Raises :class:`BillError` for a bill that brings a memory of its own."""
    assert file.person is not None
    person = file.person
    if file.earlier or file.accumulators:
        raise BillError(
            "the registry remembers what went before; the bill must not say it", where=f"bill {file.bill.id}",
            mend="leave out `earlier` and `accumulators`", zh="此前的累计由登记库记录，账单中不得再写",
            mend_zh="请去掉 `earlier` 和 `accumulators`",
        )  # fmt: skip

    def settler(before: Sequence[Figure]) -> tuple[Mapping[str, Any], Sequence[Figure]]:
        rows = [{"person_id": person.id, **dict(zip(_FIGURE, figure, strict=True))} for figure in before]
        opening = Accumulators(pa.Table.from_pylist(rows, schema=SCHEMA)) if rows else None
        # Balances in the file open an account; one that the registry knows has moved on since.
        bare = file if not rows else file.model_copy(
            update={"person": person.model_copy(update={"account_balance": 0, "family_balance": 0})}
        )  # fmt: skip
        settled = settle_bill(bare, book, catalogue=catalogue, opening=opening, explain=False)
        after = [[row[name] for name in _FIGURE] for row in settled.accumulators.table.to_pylist()]
        return {name: value for name, value in settled.result.items() if value is not None}, after

    return settler
