"""结算差异 · difference of a settlement.

一次结算在一层保障上账面支付与应付之差，按原因分开；各行之和等于该结算的基金支付之差。
What the books paid less what was due, for one layer of one settlement and one cause; the rows of a settlement add up to its difference.

Generated from ``ledger/tables/settlement_difference.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "settlement_difference"


class SettlementDifference(TypedDict):
    """One row of ``settlement_difference`` (结算差异 · difference of a settlement)."""

    #: 结算编号 · settlement id (setl_id)
    settlement_id: str
    #: 保障层次 · layer of protection
    layer: str
    #: 原因 · cause
    cause: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 机构编号 · institution id (fixmedins_code)
    institution_id: str | None
    #: 政策编号 · policy id
    policy_id: str
    #: 险种类型 · insurance scheme (insutype)
    scheme: str | None
    #: 结算时间 · time of the settlement (setl_time)
    settled_at: datetime
    #: 所据账面金额（起付线、范围内金额或该层支付） · figure of the books in which the cause shows (deductible, eligible, or the layer's payment) [minor unit of the ledger's currency (fen)]
    booked_value: int
    #: 应为金额 · the same figure as it should be [minor unit of the ledger's currency (fen)]
    due_value: int
    #: 多付（负为少付） · paid beyond what is due (negative: too little) [minor unit of the ledger's currency (fen)]
    difference_amount: int


COLUMNS: tuple[str, ...] = (
    "settlement_id",
    "layer",
    "cause",
    "person_id",
    "institution_id",
    "policy_id",
    "scheme",
    "settled_at",
    "booked_value",
    "due_value",
    "difference_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("settlement_id", pa.string()),
        pa.field("layer", pa.string()),
        pa.field("cause", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("policy_id", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("settled_at", pa.timestamp("us")),
        pa.field("booked_value", pa.int64()),
        pa.field("due_value", pa.int64()),
        pa.field("difference_amount", pa.int64()),
    ]
)
