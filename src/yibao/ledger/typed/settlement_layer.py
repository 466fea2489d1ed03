"""结算基金分项 · settlement layer.

一次结算中一种基金的支付。
What one fund paid in a settlement.

Generated from ``ledger/tables/settlement_layer.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "settlement_layer"


class SettlementLayer(TypedDict):
    """One row of ``settlement_layer`` (结算基金分项 · settlement layer)."""

    #: 结算编号 · settlement id (setl_id)
    settlement_id: str
    #: 基金支付类型 · fund (fund_pay_type)
    layer: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)] (inscp_scp_amt)
    eligible_amount: int | None
    #: 本次可支付限额金额 · limit of this payment [minor unit of the ledger's currency (fen)] (crt_payb_lmt_amt)
    limit_amount: int | None
    #: 基金支付金额 · amount paid [minor unit of the ledger's currency (fen)] (fund_payamt)
    amount: int
    #: 结算过程信息 · how it was reckoned (setl_proc_info)
    note: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "settlement_id",
    "layer",
    "person_id",
    "eligible_amount",
    "limit_amount",
    "amount",
    "note",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("settlement_id", pa.string()),
        pa.field("layer", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("eligible_amount", pa.int64()),
        pa.field("limit_amount", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("note", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
