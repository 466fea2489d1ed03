"""医保区划 · region.

国家、省、市、县四级区划及其上下级。
Regions of nation, province, city and county and which belongs to which.

Generated from ``ledger/tables/region.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "region"


class Region(TypedDict):
    """One row of ``region`` (医保区划 · region)."""

    #: 医保区划 · region code (admdvs)
    region_code: str
    #: 名称 · name (admdvs_name)
    name: str
    #: 英文名称 · English name
    name_en: str | None
    #: 层级 · level
    level: str
    #: 上级区划 · region above (prnt_admdvs)
    parent_code: str | None
    #: 所属统筹区 · pooling region
    pool_code: str | None
    #: 纬度（百万分之一度） · latitude in millionths of a degree [millionth of a degree]
    latitude_e6: int | None
    #: 经度（百万分之一度） · longitude in millionths of a degree [millionth of a degree]
    longitude_e6: int | None
    #: 面积 · area [thousandth of a square kilometre]
    area: int | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "region_code",
    "name",
    "name_en",
    "level",
    "parent_code",
    "pool_code",
    "latitude_e6",
    "longitude_e6",
    "area",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("region_code", pa.string()),
        pa.field("name", pa.string()),
        pa.field("name_en", pa.string()),
        pa.field("level", pa.string()),
        pa.field("parent_code", pa.string()),
        pa.field("pool_code", pa.string()),
        pa.field("latitude_e6", pa.int64()),
        pa.field("longitude_e6", pa.int64()),
        pa.field("area", pa.int64()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
