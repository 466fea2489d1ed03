"""质量问题 · quality issue.

一条质量规则在一行一列上发现的问题。
What a quality law found in one column of one row.

Generated from ``ledger/tables/quality_issue.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "quality_issue"


class QualityIssue(TypedDict):
    """One row of ``quality_issue`` (质量问题 · quality issue)."""

    #: 规则编号 · law id
    law_id: str
    #: 表 · table
    table_name: str
    #: 行主键 · key of the row
    ref_id: str
    #: 列 · column
    column_name: str
    #: 严重程度 · severity
    severity: str
    #: 人员编号 · person id
    person_id: str | None
    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 发生日期 · date
    occurred_on: date | None
    #: 所见值 · value seen
    value: str | None
    #: 涉及费用 · amount concerned [minor unit of the ledger's currency (fen)]
    amount: int | None
    #: 涉及行数 · rows that the issue stands for
    row_count: int | None
    #: 中文说明 · note in Chinese
    note_zh: str | None
    #: 英文说明 · note in English
    note_en: str | None


COLUMNS: tuple[str, ...] = (
    "law_id",
    "table_name",
    "ref_id",
    "column_name",
    "severity",
    "person_id",
    "institution_id",
    "occurred_on",
    "value",
    "amount",
    "row_count",
    "note_zh",
    "note_en",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("law_id", pa.string()),
        pa.field("table_name", pa.string()),
        pa.field("ref_id", pa.string()),
        pa.field("column_name", pa.string()),
        pa.field("severity", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("occurred_on", pa.date32()),
        pa.field("value", pa.string()),
        pa.field("amount", pa.int64()),
        pa.field("row_count", pa.int64()),
        pa.field("note_zh", pa.string()),
        pa.field("note_en", pa.string()),
    ]
)
