"""不享受待遇期间 · absence of a person.

其他部门通报的、本人不可能在本地就医的期间（在押、出境）。
Spells, reported by other departments, in which a person cannot have been treated here (in custody, abroad).

Generated from ``ledger/tables/person_absence.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "person_absence"


class PersonAbsence(TypedDict):
    """One row of ``person_absence`` (不享受待遇期间 · absence of a person)."""

    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 类别 · kind
    kind: str
    #: 开始日期 · from (begndate)
    begin_date: date
    #: 结束日期 · until (enddate)
    end_date: date | None
    #: 通报部门 · department that reported it
    source: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "person_id",
    "kind",
    "begin_date",
    "end_date",
    "source",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("person_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("begin_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("source", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
