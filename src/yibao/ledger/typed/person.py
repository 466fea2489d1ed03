"""人员 · person.

一个人的基本信息，不论是否参保。
One person's particulars, insured or not.

Generated from ``ledger/tables/person.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "person"


class Person(TypedDict):
    """One row of ``person`` (人员 · person)."""

    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 证件号码 · certificate number (certno)
    id_number: str | None
    #: 证件类型 · certificate type (psn_cert_type)
    id_type: str | None
    #: 姓名 · name (psn_name)
    name: str | None
    #: 性别 · sex (gend)
    sex: str | None
    #: 出生日期 · date of birth (brdy)
    birth_date: date | None
    #: 死亡日期 · date of death (die_date)
    death_date: date | None
    #: 联系电话 · telephone (tel)
    phone: str | None
    #: 居住地址 · address (live_addr)
    address: str | None
    #: 居住地区划 · region of residence (resd_admdvs)
    region_code: str | None
    #: 家庭编号 · household id
    household_id: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "person_id",
    "id_number",
    "id_type",
    "name",
    "sex",
    "birth_date",
    "death_date",
    "phone",
    "address",
    "region_code",
    "household_id",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("person_id", pa.string()),
        pa.field("id_number", pa.string()),
        pa.field("id_type", pa.string()),
        pa.field("name", pa.string()),
        pa.field("sex", pa.string()),
        pa.field("birth_date", pa.date32()),
        pa.field("death_date", pa.date32()),
        pa.field("phone", pa.string()),
        pa.field("address", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("household_id", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
