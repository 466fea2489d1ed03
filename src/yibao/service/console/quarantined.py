"""Why rows of an upload were set aside: one row for each reason, with how often and one example to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from yibao.engine.schema import Table
from yibao.presentation.fmt import Format
from yibao.service.console.listing import Column, Listing, Row

#: Reasons that a CSV can give, in a few words; what is not among them is a condition of the table itself.
REASONS: Mapping[str, tuple[str, str]] = {
    "too_few_cells": ("列数少了", "too few cells"), "too_many_cells": ("列数多了", "too many cells"),
    "bad_quoting": ("引号不成对", "quotes not in pairs"), "bad_line_end": ("行末符号有误", "bad end of a line"),
    "missing_value": ("缺必填项", "a value is missing"), "not_money": ("不是金额", "not an amount"),
    "not_milli": ("不是数量", "not a quantity"), "not_micro": ("不是单价", "not a unit price"),
    "not_rate": ("不是比例", "not a ratio"), "not_int": ("不是整数", "not a whole number"),
    "not_date": ("不是日期", "not a date"), "not_time": ("不是时刻", "not a time"),
    "not_bool": ("不是 1 或 0", "not 1 or 0"), "unknown_code": ("代码不存在", "an unknown code"),
    "below_min": ("过小", "too small"), "above_max": ("过大", "too large"),
    "key_conflict": ("与已入库的记录冲突", "contradicts a record taken before"),
}  # fmt: skip
OTHER = ("不符合本表的规定", "against a rule of the table")
_FIRST = ("row", "value", "expected_zh", "expected_en", "table_name", "column_name")


def listed(found: pa.Table, contracts: Mapping[str, Table]) -> Listing:
    """The reasons of quarantined rows (:mod:`yibao.ledger.quarantine`), the most frequent first."""
    return Listing("reasons", "隔离的原因", "Why rows were set aside", (
        Column("reason", "原因", "Reason", head=True), Column("column", "列", "Column", below=_header),
        Column("rows", "行数", "Rows", "count"), Column("row", "例：第几行", "Example: row", "count"),
        Column("value", "例：交来的值", "Example: value"),
        Column("expected", "应为", "Expected", "long"),
    ), [_row(one, contracts) for one in _grouped(found)], order="-rows", caption=False)  # fmt: skip


def _grouped(found: pa.Table) -> list[dict[str, Any]]:
    """By column and reason: rows concerned, and the first of them as the example."""
    if not found.num_rows:
        return []
    placed = found.sort_by([("row", "ascending"), ("sequence", "ascending")]).group_by(
        ["field", "code"], use_threads=False
    )
    made = placed.aggregate([("row", "count_distinct"), *((name, "first") for name in _FIRST)])
    return made.to_pylist()


def _row(one: Mapping[str, Any], contracts: Mapping[str, Table]) -> dict[str, Any]:
    table = contracts.get(one["table_name_first"])
    column = table.by_name.get(one["column_name_first"] or "") if table is not None else None
    return {
        "reason": REASONS.get(one["code"], OTHER), "rows": one["row_count_distinct"], "row": one["row_first"],
        "column": (column.zh, column.en) if column is not None else None, "field": one["field"],
        "value": one["value_first"], "expected": (one["expected_zh_first"], one["expected_en_first"]),
    }  # fmt: skip


def _header(row: Row, fmt: Format) -> str:  # noqa: ARG001 - the signature of `below`
    """The column's name in the file."""
    return row["field"] or ""
