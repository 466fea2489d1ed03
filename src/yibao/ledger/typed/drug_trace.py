"""药品追溯码销售 · drug trace.

一盒药品追溯码的一次销售或退货；退货数量为负。
One sale or return of a traced pack; a return has a negative quantity.

Generated from ``ledger/tables/drug_trace.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "drug_trace"


class DrugTrace(TypedDict):
    """One row of ``drug_trace`` (药品追溯码销售 · drug trace)."""

    #: 销售流水号 · move id
    move_id: str
    #: 药品追溯码 · drug trace code (drug_trac_codg)
    trace_code: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 人员编号（非参保销售可空） · person id (may be empty for a sale outside insurance) (psn_no)
    person_id: str | None
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str | None
    #: 结算编号 · settlement id (setl_id)
    settlement_id: str | None
    #: 医保目录编码 · catalogue item code (med_list_codg)
    item_code: str | None
    #: 销售或退货数量 · quantity sold or returned [thousandth of the unit] (sel_retn_cnt)
    quantity: int
    #: 销售或退货时间 · time sold or returned (sel_retn_time)
    sold_at: datetime
    #: 拆零标志 · split pack (trdn_flag)
    split_pack: bool | None
    #: 医保结算标志 · settled by insurance
    insured: bool | None
    #: 零售单据号 · retail document number (rtal_docno)
    document_no: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "move_id",
    "trace_code",
    "institution_id",
    "person_id",
    "encounter_id",
    "settlement_id",
    "item_code",
    "quantity",
    "sold_at",
    "split_pack",
    "insured",
    "document_no",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("move_id", pa.string()),
        pa.field("trace_code", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("settlement_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("quantity", pa.int64()),
        pa.field("sold_at", pa.timestamp("us")),
        pa.field("split_pack", pa.bool_()),
        pa.field("insured", pa.bool_()),
        pa.field("document_no", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
