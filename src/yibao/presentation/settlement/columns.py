"""Columns and rows of a result table as a spreadsheet shows them: headings and coded values in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from yibao.engine.schema import Column, Table
from yibao.ledger.contracts import load_contracts
from yibao.presentation.workbook import Field

_KINDS = {"money": "money", "int": "count", "rate": "count", "date": "date"}
_WIDTHS = {"money": 17, "count": 12, "date": 12, "ppm": 12}
Row = dict[str, Any]

#: Words for groups that are no code of a contract: (Chinese, English).
GROUPS: Mapping[str, tuple[str, str]] = {
    "all": ("全部", "all"), "unknown": ("未知", "unknown"),
    "in_service": ("在职", "in service"), "retired": ("退休", "retired"), "retired_cadre": ("离休", "retired cadre"),
    "minor": ("居民（未成年）", "resident, minor"), "adult": ("居民（成年）", "resident, adult"),
    "elderly": ("居民（老年）", "resident, elderly"), "none": ("无", "none"),
    "returned_to_poverty": ("返贫致贫人口", "returned to poverty"),
    "local": ("统筹区内", "in the own pool"), "long_term": ("异地长期居住", "elsewhere, long-term"),
    "referral": ("异地转诊", "elsewhere, referral"), "emergency": ("异地急诊", "elsewhere, emergency"),
    "unfiled": ("异地未备案", "elsewhere, not filed"),
}  # fmt: skip
#: Dimension of ``reform_group`` -> the contract column whose codes name its groups.
_CODED = {
    "scheme": ("enrolment", "scheme"), "status": ("assistance_status", "kind"), "level": ("institution", "level"),
    "kind": ("encounter", "kind"),
}  # fmt: skip
_FIFTHS = (("最低", "lowest"), ("次低", "second"), ("中间", "middle"), ("次高", "fourth"), ("最高", "highest"))


def group_words(dimension: str, code: str, regions: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """A group of a dimension in Chinese and English."""
    if dimension == "income" and code in "12345":
        zh, en = _FIFTHS[int(code) - 1]
        return f"{code} {zh}五分之一", f"{code} {en} fifth"
    if dimension == "age" and code != "unknown":
        return f"{code} 岁", f"{code} years"
    if dimension == "region" and code in regions:
        return regions[code]
    if dimension in _CODED:
        words = codes(*_CODED[dimension])
        if code in words:
            return words[code]
    return GROUPS.get(code, (code, code))


def codes(table: str, column: str) -> dict[str, tuple[str, str]]:
    """The coded values of a contract's column in Chinese and English."""
    return {c.value: (c.zh, c.en) for c in load_contracts()[table].by_name[column].codes}


def fields(table: Table, leave_out: Sequence[str] = ()) -> list[Field]:
    """A column for each column of the contract."""
    return [_field(column) for column in table.columns if column.name not in leave_out]


def _field(column: Column) -> Field:
    kind = "ppm" if column.unit == "ppm" else _KINDS.get(column.type, "text")
    width = _WIDTHS.get(kind, 30 if column.codes else 24)
    return Field(column.name, column.zh, column.en, kind, width)


def rows(table: pa.Table, contract: Table, regions: Mapping[str, tuple[str, str]]) -> Iterator[Row]:
    """The rows with codes and regions in both languages, a batch in memory at a time."""
    words = {c.name: {code.value: f"{code.zh} {code.en}" for code in c.codes} for c in contract.columns if c.codes}
    places = [name for name in contract.column_names if name.endswith("region") or name == "region_code"]
    schemes = {code: f"{zh} {en}" for code, (zh, en) in codes("enrolment", "scheme").items()}
    for batch in table.to_batches(max_chunksize=50_000):
        for row in batch.to_pylist():
            for name, known in words.items():
                row[name] = known.get(row[name], row[name])
            for name in places:
                row[name] = " ".join((row[name] or "", *regions.get(row[name], ())))
            if "scheme" in row:
                row["scheme"] = schemes.get(row["scheme"], row["scheme"])
            yield row
