"""救助身份 · assistance status.

其他部门认定的困难身份及起止日期。
A hardship status granted by another department, with its span.

Generated from ``ledger/tables/assistance_status.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "assistance_status"


class AssistanceStatus(TypedDict):
    """One row of ``assistance_status`` (救助身份 · assistance status)."""

    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 身份类别 · status
    kind: str
    #: 开始日期 · from (begndate)
    begin_date: date
    #: 结束日期 · until (enddate)
    end_date: date | None
    #: 家庭编号 · household id
    household_id: str | None
    #: 认定部门 · granted by
    source: str | None
    #: 证明编号 · certificate number
    certificate_no: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "person_id",
    "kind",
    "begin_date",
    "end_date",
    "household_id",
    "source",
    "certificate_no",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("person_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("begin_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("household_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("certificate_no", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
