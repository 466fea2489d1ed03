"""Tables as people keep them (CSV in either encoding, Excel, Parquet), read as text cells."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from yibao.equity.errors import PanelError

#: How statistics write that nothing is known.
BLANK = {"", "-", "—", "–", "…", "...", "na", "n/a", "nan", "null", "空缺", "缺"}


def read_rows(path: Path, sheet: str | None = None) -> list[list[str]]:
    """All rows of a file as text; the first row of a CSV or Parquet is its heading. Raises PanelError."""
    if not path.exists():
        raise PanelError(
            "there is no such file",
            where=str(path),
            mend="check the path, or name its folder with --data",
            zh="文件不存在",
            mend_zh="请检查路径，或用 --data 指明数据目录",
        )
    name = path.name.lower()
    if name.endswith((".xlsx", ".xls", ".xlsm", ".ods")):
        return _sheet(path, sheet)
    if name.endswith(".parquet"):
        table = pq.read_table(path)
        return [table.column_names, *([_text(v) for v in row.values()] for row in table.to_pylist())]
    data = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    return [row for row in csv.reader(io.StringIO(_decoded(data, path))) if any(cell.strip() for cell in row)]


def number(cell: str, where: str) -> float:
    """A cell as a number, NaN when blank; thousands commas and full-width digits are read. Raises PanelError."""
    text = cell.strip().replace(",", "").replace("，", "").replace(" ", "")
    if text.lower() in BLANK:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise PanelError(
            f"{cell!r} is not a number",
            where=where,
            mend="write the number alone, without unit or note",
            zh=f"“{cell}”不是数",
            mend_zh="请只写数字，不带单位或注释",
        ) from None


def _sheet(path: Path, sheet: str | None) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise PanelError(
                f"there is no sheet {sheet!r}",
                where=str(path),
                mend=f"it has: {', '.join(names)}",
                zh=f"没有工作表 {sheet}",
                mend_zh=f"现有：{'、'.join(names)}",
            )
        rows = book.get_sheet_by_name(sheet or names[0]).to_python()
    except CalamineError as error:
        raise PanelError(f"not a workbook: {error}", where=str(path), zh="无法读取工作簿") from None
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _decoded(data: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PanelError("neither UTF-8 nor GB18030", where=str(path), zh="既非 UTF-8 也非 GB18030 编码")
