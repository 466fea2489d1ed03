"""明细冲减合计 · reversal of a line.

一条明细被退费冲减的合计（负数），由费用明细重新计算。
The sum of the refunds of a line (negative), recomputed from the charge lines.

Generated from ``ledger/tables/charge_reversal.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "charge_reversal"


class ChargeReversal(TypedDict):
    """One row of ``charge_reversal`` (明细冲减合计 · reversal of a line)."""

    #: 原费用明细流水号 · id of the line reversed
    line_id: str
    #: 冲减数量 · quantity reversed [thousandth of the unit]
    quantity: int
    #: 冲减金额 · amount reversed [minor unit of the ledger's currency (fen)]
    amount: int
    #: 冲减基金 · fund amount reversed [minor unit of the ledger's currency (fen)]
    fund_amount: int
    #: 冲减明细数 · reversing lines
    lines: int


COLUMNS: tuple[str, ...] = (
    "line_id",
    "quantity",
    "amount",
    "fund_amount",
    "lines",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("line_id", pa.string()),
        pa.field("quantity", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("lines", pa.int64()),
    ]
)
