"""支付明细 · payment line.

与机构清算的一行：病组、权重、系数、价格与应付金额。
One line of clearing with an institution: group, weight, coefficient, price and the amount due.

Generated from ``ledger/tables/payment_line.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "payment_line"


class PaymentLine(TypedDict):
    """One row of ``payment_line`` (支付明细 · payment line)."""

    #: 支付明细编号 · payment line id
    payment_line_id: str
    #: 支付方案编号 · payment scheme id
    scheme_id: str
    #: 支付方案版本 · payment scheme version
    scheme_version: str
    #: 定点医药机构编号 · institution id
    institution_id: str
    #: 期间起 · period from
    period_from: date
    #: 期间止（不含） · period until (exclusive)
    period_to: date
    #: 支付方式 · method of payment
    method: str
    #: 就诊编号 · encounter id
    encounter_id: str | None
    #: 结算编号 · settlement id
    settlement_id: str | None
    #: 病组编码 · group code
    group_code: str | None
    #: 权重（百万分之一） · relative weight in parts per million [part per million]
    weight_ppm: int | None
    #: 机构系数（百万分之一） · institution coefficient in parts per million [part per million]
    coefficient_ppm: int | None
    #: 点数或分值 · points [thousandth of the unit]
    points: int | None
    #: 费率或点值 · price of a weight or point [millionth of the currency's major unit]
    price: int | None
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    total_amount: int | None
    #: 支付标准 · payment standard [minor unit of the ledger's currency (fen)]
    standard_amount: int | None
    #: 应付金额 · amount due [minor unit of the ledger's currency (fen)]
    due_amount: int
    #: 说明 · note
    note: str | None


COLUMNS: tuple[str, ...] = (
    "payment_line_id",
    "scheme_id",
    "scheme_version",
    "institution_id",
    "period_from",
    "period_to",
    "method",
    "encounter_id",
    "settlement_id",
    "group_code",
    "weight_ppm",
    "coefficient_ppm",
    "points",
    "price",
    "total_amount",
    "standard_amount",
    "due_amount",
    "note",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("payment_line_id", pa.string()),
        pa.field("scheme_id", pa.string()),
        pa.field("scheme_version", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("period_from", pa.date32()),
        pa.field("period_to", pa.date32()),
        pa.field("method", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("settlement_id", pa.string()),
        pa.field("group_code", pa.string()),
        pa.field("weight_ppm", pa.int64()),
        pa.field("coefficient_ppm", pa.int64()),
        pa.field("points", pa.int64()),
        pa.field("price", pa.int64()),
        pa.field("total_amount", pa.int64()),
        pa.field("standard_amount", pa.int64()),
        pa.field("due_amount", pa.int64()),
        pa.field("note", pa.string()),
    ]
)
