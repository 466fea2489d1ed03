"""执行与记录 · execution.

一次医嘱执行或一条病历记录，证明病人确在接受诊疗。
One order carried out or one note written: proof that care took place.

Generated from ``ledger/tables/execution.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "execution"


class Execution(TypedDict):
    """One row of ``execution`` (执行与记录 · execution)."""

    #: 执行流水号 · execution id
    execution_id: str
    #: 医嘱号 · order id (drord_no)
    order_id: str | None
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 执行时间 · time carried out (exec_time)
    executed_at: datetime
    #: 执行人编码 · staff id (dr_code)
    staff_id: str | None
    #: 类别 · kind
    kind: str
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "execution_id",
    "order_id",
    "encounter_id",
    "person_id",
    "executed_at",
    "staff_id",
    "kind",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("execution_id", pa.string()),
        pa.field("order_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("executed_at", pa.timestamp("us")),
        pa.field("staff_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
