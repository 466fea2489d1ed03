"""结算清单附属信息 · settlement-list detail.

结算清单中重症监护、呼吸机、输血、护理、新生儿、昏迷的一条记录。
One entry of the settlement list on intensive care, ventilator, blood, nursing, newborn or coma.

Generated from ``ledger/tables/list_detail.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "list_detail"


class ListDetail(TypedDict):
    """One row of ``list_detail`` (结算清单附属信息 · settlement-list detail)."""

    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 类别 · kind
    kind: str
    #: 序号 · sequence
    sequence: int
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 开始（进入）时间 · begin
    begin_at: datetime | None
    #: 结束（退出）时间 · end
    end_at: datetime | None
    #: 数值 · value [thousandth of the unit]
    value: int | None
    #: 数值单位 · unit of the value
    unit: str | None
    #: 类型编码（病房、血液、护理等级） · code of ward type or blood kind or nursing level
    code: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "encounter_id",
    "kind",
    "sequence",
    "person_id",
    "begin_at",
    "end_at",
    "value",
    "unit",
    "code",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("encounter_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("person_id", pa.string()),
        pa.field("begin_at", pa.timestamp("us")),
        pa.field("end_at", pa.timestamp("us")),
        pa.field("value", pa.int64()),
        pa.field("unit", pa.string()),
        pa.field("code", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
