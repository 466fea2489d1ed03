"""手术操作 · procedure.

一次就诊的一项手术或操作；同一台手术同一切口用手术编号与切口编号相连。
One operation or procedure of an encounter; operations of one session through one incision share their ids.

Generated from ``ledger/tables/procedure.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "procedure"


class Procedure(TypedDict):
    """One row of ``procedure`` (手术操作 · procedure)."""

    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 手术操作序号 · sequence (oprn_oprt_sn)
    sequence: int
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 手术操作编码 · procedure code (oprn_oprt_code)
    code: str
    #: 手术操作名称 · procedure name (oprn_oprt_name)
    name: str | None
    #: 编码版本（空为账本通用的医保版） · version of the code list (empty = the insurance edition of the ledger)
    code_version: str | None
    #: 手术操作类别 · kind (oprn_oprt_type)
    kind: str | None
    #: 主要手术操作标志 · main procedure
    is_main: bool | None
    #: 开始时间 · begin (oprn_oprt_begntime)
    begin_at: datetime | None
    #: 结束时间 · end (oprn_oprt_endtime)
    end_at: datetime | None
    #: 术者医师编码 · surgeon id (oper_dr_code)
    surgeon_id: str | None
    #: 麻醉医师编码 · anaesthetist id (anst_dr_code)
    anaesthetist_id: str | None
    #: 麻醉方式 · anaesthesia (anst_way)
    anaesthesia: str | None
    #: 手术编号 · surgery session id
    session_id: str | None
    #: 切口编号 · incision id
    incision_id: str | None
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
    "begin_at",
    "end_at",
    "surgeon_id",
    "anaesthetist_id",
    "anaesthesia",
    "session_id",
    "incision_id",
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
        pa.field("begin_at", pa.timestamp("us")),
        pa.field("end_at", pa.timestamp("us")),
        pa.field("surgeon_id", pa.string()),
        pa.field("anaesthetist_id", pa.string()),
        pa.field("anaesthesia", pa.string()),
        pa.field("session_id", pa.string()),
        pa.field("incision_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
