"""死亡信息来源 · source of death.

一个来源报告的一个人的死亡；来源越多越可信。
One source's report of a death; the more sources, the surer.

Generated from ``ledger/tables/death_source.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "death_source"


class DeathSource(TypedDict):
    """One row of ``death_source`` (死亡信息来源 · source of death)."""

    #: 报告编号 · report id
    death_source_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 来源 · source
    source: str
    #: 死亡日期 · date of death (die_date)
    death_date: date
    #: 报告日期 · date reported
    reported_on: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "death_source_id",
    "person_id",
    "source",
    "death_date",
    "reported_on",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("death_source_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("death_date", pa.date32()),
        pa.field("reported_on", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
