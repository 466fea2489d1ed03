"""统筹层次与调剂金 · pooling level and adjustment fund.

各统筹单元改革前后的基本医保支出，在各自统筹、调剂金和全省（全市）统收统支三种安排下的上解、下拨与结余。
Of each pooling unit, before and after the reform: income, cost of basic insurance, and what it pays into and receives from a common fund when each unit stands alone, with an adjustment fund, and fully pooled.

Generated from ``ledger/tables/reform_pooling.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "reform_pooling"


class ReformPooling(TypedDict):
    """One row of ``reform_pooling`` (统筹层次与调剂金 · pooling level and adjustment fund)."""

    #: 改革前后 · before or after
    side: str
    #: 安排 · arrangement
    arrangement: str
    #: 险种类型 · insurance scheme (insutype)
    scheme: str
    #: 统筹单元 · pooling unit
    region_code: str
    #: 参保人数 · insured persons
    insured: int
    #: 基金收入 · income [minor unit of the ledger's currency (fen)]
    income_amount: int
    #: 基本医保支出 · cost of basic insurance [minor unit of the ledger's currency (fen)]
    cost_amount: int
    #: 上解 · paid into the common fund [minor unit of the ledger's currency (fen)]
    paid_in_amount: int
    #: 下拨 · received from it [minor unit of the ledger's currency (fen)]
    received_amount: int
    #: 当期结余 · balance of the period [minor unit of the ledger's currency (fen)]
    balance_amount: int


COLUMNS: tuple[str, ...] = (
    "side",
    "arrangement",
    "scheme",
    "region_code",
    "insured",
    "income_amount",
    "cost_amount",
    "paid_in_amount",
    "received_amount",
    "balance_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("side", pa.string()),
        pa.field("arrangement", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("insured", pa.int64()),
        pa.field("income_amount", pa.int64()),
        pa.field("cost_amount", pa.int64()),
        pa.field("paid_in_amount", pa.int64()),
        pa.field("received_amount", pa.int64()),
        pa.field("balance_amount", pa.int64()),
    ]
)
