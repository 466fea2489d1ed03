"""Workbooks and CSV files that people open: headings in both languages, fitting widths, no cell that is a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from yibao.presentation.fmt import currency

#: A sheet holds 1 048 576 rows; beyond so many people search a CSV instead.
MAX_ROWS = 100_000
#: Characters that a cell of a workbook holds.
MAX_CELL = 32_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: What the name of a sheet may not hold, and the characters that it may have.
_NO_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_NAME_LONG = 31


@dataclass(frozen=True)
class Field:
    """A column: key in the rows, both headings, kind, width in characters, decimals shown of a number.

    Kinds: text, long, count, money, ppm, date, number (a float that is no money).
    """

    key: str
    zh: str
    en: str
    kind: str = "text"
    width: int = 16
    digits: int = 4


def spreadsheet_safe(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, for CSV files."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def sheet_name(title: str) -> str:
    """A title as the name of a sheet: without the characters that spreadsheets refuse there, cut where they cut."""
    return " ".join(title.translate(_NO_NAME).split())[:_NAME_LONG].strip("' ")


def write_csv(path: Path, fields: Sequence[Field], rows: Iterable[Mapping[str, Any]], code: str) -> None:
    """A CSV that Excel opens as it is: UTF-8 with its mark, money in major units of the currency ``code``."""
    scale = currency(code).decimals
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([f"{field.zh} {field.en}" + _unit(field, code) for field in fields])
        writer.writerows([_csv_cell(field, row.get(field.key), scale) for field in fields] for row in rows)


class Workbook:
    """An XLSX file under construction; it appears under its name when the ``with`` block ends well."""

    def __init__(self, path: Path, code: str) -> None:
        import xlsxwriter  # only when a workbook is written

        self.path, self._code = path, code
        self._work = path.with_name(f".{path.name}.tmp")
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(self._work), options)
        plain = {"valign": "top", "font_size": 10}
        money = "#,##0" + ("." + "0" * currency(code).decimals if currency(code).decimals else "")
        self._styles = {
            "title": self._book.add_format({"bold": True, "font_size": 14}),
            "words": self._book.add_format({"text_wrap": True, "valign": "top", "font_size": 10}),
            "head": self._book.add_format(
                {
                    "bold": True,
                    "text_wrap": True,
                    "valign": "vcenter",
                    "bottom": 1,
                    "bg_color": "#ECEFF2",
                    "font_size": 10,
                }
            ),
            "text": self._book.add_format({**plain, "num_format": "@"}),
            "quoted": self._book.add_format({**plain, "num_format": "@", "quote_prefix": True}),
            "long": self._book.add_format({**plain, "text_wrap": True}),
            "long quoted": self._book.add_format({**plain, "text_wrap": True, "quote_prefix": True}),
            "count": self._book.add_format({**plain, "num_format": "#,##0"}),
            "money": self._book.add_format({**plain, "num_format": money}),
            "ppm": self._book.add_format({**plain, "num_format": "0.00%"}),
            "date": self._book.add_format({**plain, "num_format": "yyyy-mm-dd"}),
            **{
                f"number {d}": self._book.add_format({**plain, "num_format": "0." + "0" * d if d else "0"})
                for d in range(7)
            },
        }

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._book.close()
        if kind is None:
            self._work.replace(self.path)
        else:
            self._work.unlink(missing_ok=True)

    def words(self, name: str, title: str, lines: Sequence[tuple[str, str]]) -> None:
        """A sheet of a title and labelled lines, to be read first."""
        sheet = self._book.add_worksheet(sheet_name(name))
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 90)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, title, self._styles["title"])
        for line, (label, text) in enumerate(lines, start=2):
            sheet.set_row(line, 15 * max(_lines(label, 30), _lines(text, 90)))
            sheet.write_string(line, 0, label, self._styles["words"])
            sheet.write_string(line, 1, text, self._styles["words"])

    def sheet(self, name: str, fields: Sequence[Field], rows: Iterable[Mapping[str, Any]]) -> None:
        """A sheet of rows below a heading that stays in sight, printed across one page."""
        sheet = self._book.add_worksheet(sheet_name(name))
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&F&R&P / &N")
        heads = [f"{field.zh}\n{field.en}" + _unit(field, self._code) for field in fields]
        for i, field in enumerate(fields):
            sheet.set_column(i, i, field.width)
        sheet.set_row(0, 15 * max(_lines(head, field.width) for head, field in zip(heads, fields, strict=True)))
        for i, head in enumerate(heads):
            sheet.write_string(0, i, head, self._styles["head"])
        last = 1
        for line, row in enumerate(rows, start=1):
            if line > MAX_ROWS:
                break
            last = line
            tall = max((_lines(str(row.get(f.key) or ""), f.width) for f in fields if f.kind == "long"), default=1)
            sheet.set_row(line, 14 * tall)
            for i, field in enumerate(fields):
                self._write(sheet, line, i, field, row.get(field.key))
        sheet.autofilter(0, 0, last, len(fields) - 1)

    def _write(self, sheet: Any, line: int, column: int, field: Field, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, str) and field.kind not in ("text", "long"):
            sheet.write_string(line, column, value, self._styles["text"])  # a figure that is withheld
        elif field.kind == "money":
            # A workbook knows no other number than a double; with two decimals it is exact to 90 trillion.
            sheet.write_number(line, column, value / 10 ** currency(self._code).decimals, self._styles["money"])
        elif field.kind == "ppm":
            sheet.write_number(line, column, value / 1_000_000, self._styles["ppm"])
        elif field.kind == "count":
            sheet.write_number(line, column, value, self._styles["count"])
        elif field.kind == "number":
            sheet.write_number(line, column, value, self._styles[f"number {min(field.digits, 6)}"])
        elif field.kind == "date":
            sheet.write_datetime(line, column, value, self._styles["date"])
        else:
            text = str(value)[:MAX_CELL]
            quoted = text.startswith(_FORMULA)
            style = ("long quoted" if quoted else "long") if field.kind == "long" else "quoted" if quoted else "text"
            sheet.write_string(line, column, text, self._styles[style])


def _unit(field: Field, code: str) -> str:
    return f" ({code})" if field.kind == "money" else ""


def _csv_cell(field: Field, value: Any, decimals: int) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return spreadsheet_safe(value)
    if field.kind == "money":
        whole, rest = divmod(abs(value), 10**decimals)
        return ("-" if value < 0 else "") + (f"{whole}.{rest:0{decimals}d}" if decimals else str(whole))
    if field.kind == "ppm":
        return f"{value // 10_000}.{value % 10_000 // 100:02d}%"
    return str(value)


def _lines(text: str, width: int) -> int:
    """Lines of a text in a column ``width`` characters wide: a Chinese character takes two, line breaks a tenth."""
    width = max(1, width * 9 // 10)
    return sum(max(1, -(-sum(2 if ord(c) > 0x2E7F else 1 for c in part) // width)) for part in text.split("\n"))
