"""未计算的结算 · settlement set aside.

不能按政策计算的结算和原因；它们不影响任何累计。
A settlement that could not be reckoned, with the reason; nothing of it enters any accumulator.

Generated from ``ledger/tables/settlement_aside.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "settlement_aside"


class SettlementAside(TypedDict):
    """One row of ``settlement_aside`` (未计算的结算 · settlement set aside)."""

    #: 结算编号 · settlement id
    settlement_id: str
    #: 人员编号 · person id
    person_id: str | None
    #: 原因 · reason
    reason: str
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    total_amount: int | None


COLUMNS: tuple[str, ...] = (
    "settlement_id",
    "person_id",
    "reason",
    "total_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("settlement_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("total_amount", pa.int64()),
    ]
)
