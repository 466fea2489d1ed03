"""定点医药机构 · institution.

一家定点医院、社区中心、诊所或药店。
One designated hospital, community centre, clinic or pharmacy.

Generated from ``ledger/tables/institution.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "institution"


class Institution(TypedDict):
    """One row of ``institution`` (定点医药机构 · institution)."""

    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 机构名称 · name (fixmedins_name)
    name: str | None
    #: 机构英文名称 · English name
    name_en: str | None
    #: 机构类型 · kind of institution (fixmedins_type)
    kind: str | None
    #: 医疗机构等级 · level (medinslv)
    level: str | None
    #: 所有制 · ownership
    ownership: str | None
    #: 所在区划 · region (admdvs)
    region_code: str | None
    #: 医疗集团编号 · institution group id
    group_id: str | None
    #: 核定床位数 · approved beds [bed]
    beds: int | None
    #: 纬度（百万分之一度） · latitude in millionths of a degree [millionth of a degree]
    latitude_e6: int | None
    #: 经度（百万分之一度） · longitude in millionths of a degree [millionth of a degree]
    longitude_e6: int | None
    #: 协议状态 · status of the agreement
    agreement_status: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "institution_id",
    "name",
    "name_en",
    "kind",
    "level",
    "ownership",
    "region_code",
    "group_id",
    "beds",
    "latitude_e6",
    "longitude_e6",
    "agreement_status",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("institution_id", pa.string()),
        pa.field("name", pa.string()),
        pa.field("name_en", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("level", pa.string()),
        pa.field("ownership", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("group_id", pa.string()),
        pa.field("beds", pa.int64()),
        pa.field("latitude_e6", pa.int64()),
        pa.field("longitude_e6", pa.int64()),
        pa.field("agreement_status", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
