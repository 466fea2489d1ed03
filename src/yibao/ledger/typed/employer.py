"""参保单位 · employer.

为职工参保缴费的单位。
An organisation that enrols its employees.

Generated from ``ledger/tables/employer.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "employer"


class Employer(TypedDict):
    """One row of ``employer`` (参保单位 · employer)."""

    #: 单位编号 · employer id (emp_no)
    employer_id: str
    #: 单位名称 · name (emp_name)
    name: str | None
    #: 单位类型 · kind (emp_type)
    kind: str | None
    #: 参保地医保区划 · insured region (insu_admdvs)
    region_code: str | None
    #: 联系电话 · telephone (tel)
    phone: str | None
    #: 地址 · address (addr)
    address: str | None
    #: 登记日期 · date registered
    registered_on: date | None
    #: 注销日期 · date deregistered
    ended_on: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "employer_id",
    "name",
    "kind",
    "region_code",
    "phone",
    "address",
    "registered_on",
    "ended_on",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("employer_id", pa.string()),
        pa.field("name", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("phone", pa.string()),
        pa.field("address", pa.string()),
        pa.field("registered_on", pa.date32()),
        pa.field("ended_on", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
