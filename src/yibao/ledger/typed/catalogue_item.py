"""医保目录项目 · catalogue item.

目录中的一个药品、服务项目或耗材在一段时间内的支付规定。
How the catalogue pays for one drug, service or consumable over a span of time.

Generated from ``ledger/tables/catalogue_item.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "catalogue_item"


class CatalogueItem(TypedDict):
    """One row of ``catalogue_item`` (医保目录项目 · catalogue item)."""

    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str
    #: 生效日期 · valid from (begndate)
    valid_from: date
    #: 失效日期（不含） · valid until (exclusive) (enddate)
    valid_to: date | None
    #: 名称 · name
    name: str | None
    #: 英文名称 · English name
    name_en: str | None
    #: 商品名称 · brand name
    brand_name: str | None
    #: 规格 · specification
    specification: str | None
    #: 剂型 · dosage form
    dosage_form: str | None
    #: 生产企业 · manufacturer
    manufacturer: str | None
    #: 目录类别 · catalogue list (list_type)
    list_type: str | None
    #: 医疗收费项目类别 · charge category (med_chrgitm_type)
    charge_type: str | None
    #: 收费项目等级 · payment class (chrgitm_lv)
    payment_class: str | None
    #: 单价 · unit price [millionth of the currency's major unit] (pric)
    unit_price: int | None
    #: 定价上限金额 · ceiling price [millionth of the currency's major unit] (pric_uplmt_amt)
    ceiling_price: int | None
    #: 先行自付比例 · first-share rate [basis point, 1/10 000] (selfpay_prop)
    first_share_rate: int | None
    #: 计价单位 · pricing unit
    pricing_unit: str | None
    #: 包装单位 · pack unit
    pack_unit: str | None
    #: 每包装含计价单位数 · pricing units in one pack
    pack_factor: int | None
    #: 成分编码 · ingredient code
    ingredient_code: str | None
    #: 处方药标志 · sold on prescription only
    prescription_only: bool | None
    #: 限定支付范围 · payment restriction
    restriction: str | None
    #: 目录版本 · version of the catalogue
    version: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "item_code",
    "valid_from",
    "valid_to",
    "name",
    "name_en",
    "brand_name",
    "specification",
    "dosage_form",
    "manufacturer",
    "list_type",
    "charge_type",
    "payment_class",
    "unit_price",
    "ceiling_price",
    "first_share_rate",
    "pricing_unit",
    "pack_unit",
    "pack_factor",
    "ingredient_code",
    "prescription_only",
    "restriction",
    "version",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("item_code", pa.string()),
        pa.field("valid_from", pa.date32()),
        pa.field("valid_to", pa.date32()),
        pa.field("name", pa.string()),
        pa.field("name_en", pa.string()),
        pa.field("brand_name", pa.string()),
        pa.field("specification", pa.string()),
        pa.field("dosage_form", pa.string()),
        pa.field("manufacturer", pa.string()),
        pa.field("list_type", pa.string()),
        pa.field("charge_type", pa.string()),
        pa.field("payment_class", pa.string()),
        pa.field("unit_price", pa.int64()),
        pa.field("ceiling_price", pa.int64()),
        pa.field("first_share_rate", pa.int64()),
        pa.field("pricing_unit", pa.string()),
        pa.field("pack_unit", pa.string()),
        pa.field("pack_factor", pa.int64()),
        pa.field("ingredient_code", pa.string()),
        pa.field("prescription_only", pa.bool_()),
        pa.field("restriction", pa.string()),
        pa.field("version", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
