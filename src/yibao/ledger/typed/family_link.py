"""亲属关系 · family link.

两个人的亲属关系，用于账户共济与同住排除。
How two people are related, for shared accounts and for setting families apart.

Generated from ``ledger/tables/family_link.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "family_link"


class FamilyLink(TypedDict):
    """One row of ``family_link`` (亲属关系 · family link)."""

    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 亲属人员编号 · relative's person id
    relative_id: str
    #: 亲属与本人的关系 · what the relative is to the person
    relation: str | None
    #: 家庭编号 · household id
    household_id: str | None
    #: 关系开始日期 · from
    begin_date: date | None
    #: 关系结束日期 · until
    end_date: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "person_id",
    "relative_id",
    "relation",
    "household_id",
    "begin_date",
    "end_date",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("person_id", pa.string()),
        pa.field("relative_id", pa.string()),
        pa.field("relation", pa.string()),
        pa.field("household_id", pa.string()),
        pa.field("begin_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
