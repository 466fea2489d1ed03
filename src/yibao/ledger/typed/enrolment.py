"""参保 · enrolment.

一个人在一个统筹区一个险种的一段参保。
One span of one person in one scheme of one pooling region.

Generated from ``ledger/tables/enrolment.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "enrolment"


class Enrolment(TypedDict):
    """One row of ``enrolment`` (参保 · enrolment)."""

    #: 参保关系编号 · enrolment id (psn_insu_rlts_id)
    enrolment_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 险种类型 · insurance scheme (insutype)
    scheme: str
    #: 参保地医保区划 · insured region (insu_admdvs)
    region_code: str | None
    #: 单位编号 · employer id (emp_no)
    employer_id: str | None
    #: 人员参保状态 · status (psn_insu_stas)
    status: str | None
    #: 人员类别 · class of person (psn_type)
    person_class: str | None
    #: 开始日期 · from (begndate)
    begin_date: date
    #: 结束日期 · until (enddate)
    end_date: date | None
    #: 待遇享受开始日期（等待期满，空为参保即享） · entitled from (after a waiting period; empty = at once)
    benefit_from: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "enrolment_id",
    "person_id",
    "scheme",
    "region_code",
    "employer_id",
    "status",
    "person_class",
    "begin_date",
    "end_date",
    "benefit_from",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("enrolment_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("employer_id", pa.string()),
        pa.field("status", pa.string()),
        pa.field("person_class", pa.string()),
        pa.field("begin_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("benefit_from", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
