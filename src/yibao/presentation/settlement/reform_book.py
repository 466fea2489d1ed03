"""The workbook of a reform: every table with both languages, ready for Excel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from yibao.ledger.contracts import load_contracts
from yibao.presentation.settlement.columns import fields, group_words, rows
from yibao.presentation.workbook import Field, Workbook, write_csv

XLSX_NAME, CSV_NAME = "reform.xlsx", "reform_groups.csv"
_SHEETS = (
    ("reform_layer", "各层支出 layers"), ("reform_group", "人群 groups"),
    ("reform_catastrophic", "灾难性支出 catastrophic"), ("reform_pooling", "统筹与调剂 pooling"),
    ("reform_person", "个人 persons"),
)  # fmt: skip
_GROUP = Field("words", "组名", "group in words", width=34)
_CHANGE = (
    Field("fund_change", "基金支付变化", "change of funds", "money", 17),
    Field("person_change", "个人负担变化", "change of burden", "money", 17),
    Field("share_before", "改革前个人负担率", "burden rate before", "ppm", 12),
    Field("share_after", "改革后个人负担率", "burden rate after", "ppm", 12),
)


def write_reform_book(
    folder: Path,
    tables: Mapping[str, pa.Table],
    summary: Sequence[tuple[str, str]],
    regions: Mapping[str, tuple[str, str]],
    currency: str,
) -> list[Path]:
    """Write ``reform.xlsx`` and ``reform_groups.csv``. ``summary`` are labelled lines for the first sheet."""
    contracts = load_contracts()
    with Workbook(folder / XLSX_NAME, currency) as book:
        book.words("说明 read me", "改革测算：现行政策与改革政策 Reform workbench: today and the reform", summary)
        for name, title in _SHEETS:
            contract = contracts[name]
            if name == "reform_group":
                book.sheet(title, _group_fields(), _group_rows(tables[name], regions))
            else:
                book.sheet(title, fields(contract), rows(tables[name], contract, regions))
    write_csv(folder / CSV_NAME, _group_fields(), _group_rows(tables["reform_group"], regions), currency)
    return [folder / XLSX_NAME, folder / CSV_NAME]


def _group_fields() -> list[Field]:
    dimension, code, *others = fields(load_contracts()["reform_group"])
    return [dimension, code, _GROUP, *others, *_CHANGE]


def _group_rows(table: pa.Table, regions: Mapping[str, tuple[str, str]]) -> list[dict[str, object]]:
    contract = load_contracts()["reform_group"]
    out = []
    for raw, row in zip(table.to_pylist(), rows(table, contract, regions), strict=True):
        total = raw["total_amount"]
        out.append(
            row
            | {
                "words": " ".join(group_words(raw["dimension"], raw["group_code"], regions)),
                "fund_change": raw["fund_after"] - raw["fund_before"],
                "person_change": raw["person_after"] - raw["person_before"],
                "share_before": share_ppm(raw["person_before"], total),
                "share_after": share_ppm(raw["person_after"], total),
            }
        )
    return out


def share_ppm(part: int, whole: int) -> int | None:
    """A share in parts per million; None of nothing."""
    return None if whole <= 0 else (2 * part * 1_000_000 + whole) // (2 * whole)
