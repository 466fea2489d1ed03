"""Workbooks and CSV files: exact money, no formulas, and what a hospital reads in its own units."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from yibao.engine.schema import Column
from yibao.presentation.quality.feedback import _stems
from yibao.presentation.quality.values import as_sent
from yibao.presentation.workbook import Field, Workbook, spreadsheet_safe, write_csv

FIELDS = (
    Field("name", "名称", "name"),
    Field("words", "说明", "words", "long", 20),
    Field("amount", "金额", "money", "money"),
    Field("share", "比例", "share", "ppm"),
    Field("day", "日期", "date", "date"),
)
ROWS = [
    {"name": "=1+1", "words": "@SUM(A1)", "amount": -5, "share": 333_333, "day": date(2026, 3, 1)},
    {"name": "+8610", "words": "-2", "amount": 123_456_789, "share": 1_000_000, "day": None},
]


def test_a_workbook_holds_text_not_formulas_and_money_to_the_fen(tmp_path: Path) -> None:
    with Workbook(tmp_path / "a.xlsx", "CNY") as book:
        book.words("先读 first", "标题", [("一", "=cmd")])
        book.sheet("表 rows", FIELDS, ROWS)
    sheets = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx"))
    rows = sheets.get_sheet_by_name("表 rows").to_python()
    assert rows[0][2] == "金额\nmoney (CNY)"
    assert rows[1][:3] == ["=1+1", "@SUM(A1)", -0.05]
    assert rows[2][2] == 1_234_567.89
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        pages = [package.read(n).decode() for n in package.namelist() if n.startswith("xl/worksheets/sheet")]
        assert not any("<f>" in page for page in pages)
        assert 'quotePrefix="1"' in package.read("xl/styles.xml").decode()


def test_a_workbook_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Workbook(tmp_path / "a.xlsx", "CNY") as book:
        book.sheet("a", FIELDS, ({"amount": 1 // i} for i in (1, 0)))
    assert list(tmp_path.iterdir()) == []


def test_a_csv_opens_in_a_spreadsheet_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, FIELDS, ROWS, "CNY")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["'=1+1", "'@SUM(A1)", "-0.05", "33.33%", "2026-03-01"]
    assert rows[2] == ["'+8610", "'-2", "1234567.89", "100.00%", ""]


@pytest.mark.parametrize("cell", ["=a", "+a", "-a", "@a", "\ta", "\ra"])
def test_no_cell_runs(cell: str) -> None:
    assert spreadsheet_safe(cell) == f"'{cell}"
    assert spreadsheet_safe("a" + cell) == "a" + cell


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("money", "498630", "4986.30"),
        ("money", "-5", "-0.05"),
        ("milli", "1500", "1.5"),
        ("milli", "48000", "48"),
        ("micro", "12345600", "12.3456"),
        ("int", "12", "12"),
        ("money", "I2 I3", "I2 I3"),
        ("text", "0012", "0012"),
    ],
)
def test_values_are_shown_as_their_sender_wrote_them(kind: str, value: str, shown: str) -> None:
    assert as_sent(Column("a", kind, "", ""), value, "CNY") == shown


def test_file_names_are_ids_that_every_file_system_takes() -> None:
    stems = _stems({"H1", "h1", "../../etc", "a/b", "a_b", None})
    assert stems[None] == "_unassigned"
    assert len({stem.lower() for stem in stems.values()}) == 6
    assert all("/" not in stem and not stem.startswith(".") for stem in stems.values())
