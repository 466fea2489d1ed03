"""医务人员 · staff.

登记了医保支付资格的一名人员。
One person registered as qualified for insurance payment.

Generated from ``ledger/tables/staff.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "staff"


class Staff(TypedDict):
    """One row of ``staff`` (医务人员 · staff)."""

    #: 人员编码 · staff id (dr_code)
    staff_id: str
    #: 姓名 · name (dr_name)
    name: str | None
    #: 主要执业机构编号 · main institution id (fixmedins_code)
    institution_id: str | None
    #: 科室编码 · department (dept_code)
    department: str | None
    #: 专业技术职务 · professional title (dr_profttl)
    title: str | None
    #: 人员类别 · kind of staff
    kind: str | None
    #: 执业范围 · scope of practice
    scope: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "staff_id",
    "name",
    "institution_id",
    "department",
    "title",
    "kind",
    "scope",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("staff_id", pa.string()),
        pa.field("name", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("department", pa.string()),
        pa.field("title", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("scope", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
