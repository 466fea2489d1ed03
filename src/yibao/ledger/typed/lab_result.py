"""检验结果 · laboratory result.

检验报告中的一项结果，按报告的写法保存。
One analyte of a laboratory report, kept as it was reported.

Generated from ``ledger/tables/lab_result.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "lab_result"


class LabResult(TypedDict):
    """One row of ``lab_result`` (检验结果 · laboratory result)."""

    #: 报告单号 · report id
    report_id: str
    #: 检验项目 · analyte
    analyte: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 结果 · result as reported
    value: str | None
    #: 单位 · unit of the result
    unit: str | None
    #: 参考下限 · lower reference limit
    reference_low: str | None
    #: 参考上限 · upper reference limit
    reference_high: str | None
    #: 结果标志 · flag
    flag: str | None
    #: 检测方法 · method
    method: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "report_id",
    "analyte",
    "person_id",
    "value",
    "unit",
    "reference_low",
    "reference_high",
    "flag",
    "method",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("report_id", pa.string()),
        pa.field("analyte", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("value", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("reference_low", pa.string()),
        pa.field("reference_high", pa.string()),
        pa.field("flag", pa.string()),
        pa.field("method", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
