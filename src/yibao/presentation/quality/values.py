"""What an issue shows, in the units and words of those who sent it: 4986.30 instead of 498630 fen."""

from __future__ import annotations

import re
from collections.abc import Mapping

from yibao.engine.schema import Column, Table
from yibao.presentation.fmt import currency

_DECIMALS = {"milli": 3, "micro": 6, "rate": 4}

#: Figures that laws point at although no column holds them.
_FIGURES: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column("cost_per_day", "money", "日均费用", "cost per day"),
        Column("surgery_fee", "money", "手术、麻醉费", "surgery and anaesthesia fees"),
        Column("newborn_weight", "text", "新生儿体重", "newborn weight"),
        Column("nursing_days", "int", "护理天数", "nursing days"),
        Column("procedure", "money", "手术费（无手术操作记录）", "surgery fee without a procedure"),
        Column("settled_at", "time", "结算时间", "time settled"),
        Column("charge_type", "money", "已归类的费用合计", "sum of the classified charges"),
        Column("month", "int", "当月行数", "rows of the month"),
    )
}


def column_of(table: Table | None, name: str | None) -> Column | None:
    """The column that an issue points at, or the figure of that name; None for neither."""
    own = table.by_name.get(name or "") if table else None
    return own or _FIGURES.get(name or "")


def as_sent(column: Column | None, value: str | None, code: str) -> str | None:
    """A value of the ledger as its sender writes it: money in major units, quantities and rates with their decimals.

    >>> as_sent(Column("amount", "money", "", ""), "-498630", "CNY"), as_sent(None, "abc", "CNY")
    ('-4986.30', 'abc')
    """
    if value is None or column is None or not re.fullmatch("-?[0-9]+", value):
        return value
    digits = currency(code).decimals if column.type == "money" else _DECIMALS.get(column.type, 0)
    if not digits:
        return value
    sign, body = ("-", value[1:]) if value.startswith("-") else ("", value)
    whole, rest = body[:-digits] or "0", body[-digits:].rjust(digits, "0")
    if column.type != "money":
        rest = rest.rstrip("0")
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"
