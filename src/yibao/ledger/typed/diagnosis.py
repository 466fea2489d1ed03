"""诊断 · diagnosis.

一次就诊的一条诊断。
One diagnosis of an encounter.

Generated from ``ledger/tables/diagnosis.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "diagnosis"


class Diagnosis(TypedDict):
    """One row of ``diagnosis`` (诊断 · diagnosis)."""

    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 诊断排序号 · sequence (diag_srt_no)
    sequence: int
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 诊断编码 · diagnosis code (diag_code)
    code: str
    #: 诊断名称 · diagnosis name (diag_name)
    name: str | None
    #: 编码版本（空为账本通用的医保版） · version of the code list (empty = the insurance edition of the ledger)
    code_version: str | None
    #: 诊断类别 · kind of diagnosis (diag_type)
    kind: str | None
    #: 主诊断标志 · main diagnosis (maindiag_flag)
    is_main: bool | None
    #: 入院病情 · condition on admission (adm_cond_type)
    admission_condition: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "encounter_id",
    "sequence",
    "person_id",
    "code",
    "name",
    "code_version",
    "kind",
    "is_main",
    "admission_condition",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("encounter_id", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("person_id", pa.string()),
        pa.field("code", pa.string()),
        pa.field("name", pa.string()),
        pa.field("code_version", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("is_main", pa.bool_()),
        pa.field("admission_condition", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
