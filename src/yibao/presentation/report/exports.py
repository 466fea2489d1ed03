"""Working lists beside the report: findings.csv and findings.xlsx with headings in both languages.

They carry full identifiers for the audit staff who act on them; the page itself masks persons.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import xlsxwriter

from yibao.engine.schema import Column, Table, Tables
from yibao.presentation.fmt import currency
from yibao.presentation.report.results import Results

CSV_NAME, XLSX_NAME = "findings.csv", "findings.xlsx"
MAX_XLSX_ROWS = 10_000
"""Rows of a sheet, most fund money first: a workbook is read by people; all rows are in the CSV and in Parquet."""
_FORMULA = r"^[=+\-@\t\r]"


def write_exports(run_dir: Path, results: Results, tables: Tables, currency_code: str) -> tuple[Path, Path]:
    """Write both files, unless they are newer than the run, and return their paths.

    Each appears at once or not at all. They are the same for every language of the report.
    """
    paths = run_dir / CSV_NAME, run_dir / XLSX_NAME
    made = (run_dir / "manifest.json").stat().st_mtime_ns
    if not all(path.exists() and path.stat().st_mtime_ns > made for path in paths):
        _write_csv(paths[0], results, tables, currency_code)
        _write_xlsx(paths[1], results, tables, currency_code)
    return paths


def heading(column: Column, code: str) -> str:
    """Both labels; money names its currency because a cell holds the number alone."""
    unit = f" ({code})" if column.type == "money" else ""
    return f"{column.zh} {column.en}{unit}"


def text_sql(column: Column, decimals: int) -> str:
    """A column as text for a spreadsheet: exact decimals of money, and no text that would run as a formula."""
    name = f'"{column.name}"'
    if column.type == "money":
        scale = 10**decimals
        part = f"lpad(cast(abs({name}) % {scale} as varchar), {decimals}, '0')"
        return f"case when {name} < 0 then '-' else '' end || cast(abs({name}) // {scale} as varchar) || '.' || {part}"
    if column.type == "text":
        return f"case when regexp_matches({name}, '{_FORMULA}') then '''' || {name} else {name} end"
    return f"cast({name} as varchar)"


def _select(table: Table, code: str) -> str:
    decimals = currency(code).decimals
    columns = ", ".join(f'{text_sql(c, decimals)} as "{heading(c, code)}"' for c in table.columns)
    return f"select {columns} from finding order by law_id, institution_id, occurred_at, finding_id"


def _write_csv(path: Path, results: Results, tables: Tables, code: str) -> None:
    work = path.with_name(f".{path.name}.tmp")
    rows: pa.Table = results.engine.execute(_select(tables["finding"], code))
    with work.open("wb") as out:
        # Excel takes a CSV without this mark for the local code page and shows Chinese as noise.
        out.write(b"\xef\xbb\xbf")
        pyarrow.csv.write_csv(rows, out)
    work.replace(path)


def _write_xlsx(path: Path, results: Results, tables: Tables, code: str) -> None:
    work = path.with_name(f".{path.name}.tmp")
    book = xlsxwriter.Workbook(
        str(work), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    styles = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    shown = f"select finding_id from finding order by fund_amount desc, amount desc, finding_id limit {MAX_XLSX_ROWS}"
    most = MAX_XLSX_ROWS
    refs = f"select * from finding_ref where finding_id in ({shown}) order by finding_id, sequence limit {most}"
    findings = f"select * from finding where finding_id in ({shown}) order by fund_amount desc, amount desc, finding_id"
    issues = f"select * from quality_issue order by law_id, table_name, ref_id, column_name limit {MAX_XLSX_ROWS}"
    for name, sql in (("finding", findings), ("finding_ref", refs), ("quality_issue", issues)):
        _sheet(book, tables[name], results.engine.execute(sql), styles, code)
    book.close()
    work.replace(path)


def _sheet(book: xlsxwriter.Workbook, table: Table, rows: pa.Table, styles: dict, code: str) -> None:
    sheet = book.add_worksheet(f"{table.title['zh']} {table.title['en']}"[:31])
    sheet.freeze_panes(1, 0)
    scale = 10 ** currency(code).decimals
    columns = [c for c in table.columns if c.name in rows.column_names]
    for i, column in enumerate(columns):
        wide = column.name.startswith("explanation")
        sheet.set_column(i, i, 60 if wide else 18, styles.get(column.type))
        sheet.write_string(
            0, i, f"{column.zh}\n{column.en}" + (f" ({code})" if column.type == "money" else ""), styles["head"]
        )
    for line, row in enumerate(rows.to_pylist(), start=1):
        for i, column in enumerate(columns):
            value = row[column.name]
            if value is None:
                continue
            if column.type == "money":
                # A workbook knows no other number than a double; shown with two decimals it is exact to 90 trillion.
                sheet.write_number(line, i, value / scale, styles["money"])
            elif column.type in ("date", "time"):
                sheet.write_datetime(line, i, value, styles[column.type])
            elif isinstance(value, int):
                sheet.write_number(line, i, value)
            else:
                sheet.write_string(line, i, str(value))
    sheet.autofilter(0, 0, max(rows.num_rows, 1), max(len(columns) - 1, 0))
