"""限价 · price cap.

一个地区一个机构等级对一个项目的最高价格。
The highest price of an item for a region and a level of institution.

Generated from ``ledger/tables/price_cap.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "price_cap"


class PriceCap(TypedDict):
    """One row of ``price_cap`` (限价 · price cap)."""

    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str
    #: 医保区划 · region (admdvs)
    region_code: str
    #: 医疗机构等级 · level of institution (medinslv)
    institution_level: str
    #: 生效日期 · valid from (begndate)
    valid_from: date
    #: 失效日期（不含） · valid until (exclusive) (enddate)
    valid_to: date | None
    #: 最高价格 · highest price [millionth of the currency's major unit]
    cap_price: int
    #: 文件依据 · document
    source: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "item_code",
    "region_code",
    "institution_level",
    "valid_from",
    "valid_to",
    "cap_price",
    "source",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("item_code", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("institution_level", pa.string()),
        pa.field("valid_from", pa.date32()),
        pa.field("valid_to", pa.date32()),
        pa.field("cap_price", pa.int64()),
        pa.field("source", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
