"""支付资格状态 · staff status.

一名人员的医保支付资格在一段时间内的状态。
A staff member's qualification for payment over a span of time.

Generated from ``ledger/tables/staff_status.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "staff_status"


class StaffStatus(TypedDict):
    """One row of ``staff_status`` (支付资格状态 · staff status)."""

    #: 人员编码 · staff id (dr_code)
    staff_id: str
    #: 开始日期 · from (begndate)
    begin_date: date
    #: 结束日期（不含） · until (exclusive) (enddate)
    end_date: date | None
    #: 状态 · status
    status: str
    #: 机构编号（空为所有机构） · institution id (every institution when empty) (fixmedins_code)
    institution_id: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "staff_id",
    "begin_date",
    "end_date",
    "status",
    "institution_id",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("staff_id", pa.string()),
        pa.field("begin_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("status", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
