"""进销存变动 · stock move.

机构库存的一次变动（期初、采购、调拨、退货、损耗）；数量恒为正，方向由类别决定。
One move of an institution's stock (opening, purchase, transfer, return, loss); quantities are positive and the kind gives the direction.

Generated from ``ledger/tables/stock_move.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "stock_move"


class StockMove(TypedDict):
    """One row of ``stock_move`` (进销存变动 · stock move)."""

    #: 变动流水号 · move id
    move_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str
    #: 变动类别 · kind of move
    kind: str
    #: 变动日期 · date of the move
    moved_on: date
    #: 数量 · quantity [thousandth of the unit]
    quantity: int
    #: 数量单位 · unit of the quantity
    unit: str | None
    #: 金额 · amount [minor unit of the ledger's currency (fen)]
    amount: int | None
    #: 生产批号 · manufacturer's batch number (manu_lotnum)
    batch_no: str | None
    #: 有效期止 · expiry date (expy_end)
    expires_on: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "move_id",
    "institution_id",
    "item_code",
    "kind",
    "moved_on",
    "quantity",
    "unit",
    "amount",
    "batch_no",
    "expires_on",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("move_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("moved_on", pa.date32()),
        pa.field("quantity", pa.int64()),
        pa.field("unit", pa.string()),
        pa.field("amount", pa.int64()),
        pa.field("batch_no", pa.string()),
        pa.field("expires_on", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
