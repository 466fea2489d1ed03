"""Result rows into files: Parquet and CSV for programs (columns and units of the contract), a workbook for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from yibao.engine.schema import Table
from yibao.errors import UsageError
from yibao.presentation.workbook import MAX_ROWS, Field, Workbook

SUFFIXES = (".parquet", ".csv", ".xlsx")
_KINDS = {"money": "money", "int": "count", "date": "date"}
_LONG = {"explanation_zh": 48, "explanation_en": 48, "matched": 40, "checks": 30, "group_name": 30}


def check_suffix(path: Path) -> None:
    """Raises :class:`UsageError` for a file that is not written."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{path.name} has no ending that is written", mend=f"use {', '.join(SUFFIXES)}",
            zh=f"不写这种文件：{path.name}", mend_zh=f"请用 {'、'.join(SUFFIXES)}",
        )  # fmt: skip


class RowFile:
    """A file of rows of one contract, written piece by piece; it appears under its name when the block ends well.

    A workbook holds the first 100 000 rows; ``left_out`` counts the others.
    """

    def __init__(self, path: Path, contract: Table, currency: str = "CNY") -> None:
        check_suffix(path)
        self.path, self.left_out = path, 0
        self._contract, self._currency = contract, currency
        self._work = path.with_name(f".{path.name}.tmp")
        self._rows: list[pa.Table] = []
        self._writer: Any = None

    def __enter__(self) -> RowFile:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        schema = self._contract.arrow_schema()
        if self.path.suffix.lower() == ".parquet":
            self._writer = pq.ParquetWriter(self._work, schema, compression="zstd")
        elif self.path.suffix.lower() == ".csv":
            out = self._work.open("wb")
            out.write(b"\xef\xbb\xbf")  # so that Excel reads Chinese
            self._writer = pa_csv.CSVWriter(out, schema, write_options=pa_csv.WriteOptions(quoting_style="needed"))
            self._out = out
        return self

    def write(self, rows: pa.Table) -> None:
        """Add rows with the columns of the contract."""
        if self._writer is None:
            kept = sum(table.num_rows for table in self._rows)
            self._rows.append(rows.slice(0, max(MAX_ROWS - kept, 0)))
            self.left_out += rows.num_rows - self._rows[-1].num_rows
        elif isinstance(self._writer, pq.ParquetWriter):
            self._writer.write_table(rows)
        else:
            self._writer.write_table(_harmless(rows))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()
            if self.path.suffix.lower() == ".csv":
                self._out.close()
        elif kind is None:
            whole = pa.concat_tables(self._rows) if self._rows else self._contract.empty()
            with Workbook(self.path, self._currency) as book:
                title = self._contract.title
                book.sheet(f"{title['zh']} {title['en']}", fields(self._contract), whole.to_pylist())
            return
        if kind is None:
            self._work.replace(self.path)
        else:
            self._work.unlink(missing_ok=True)


def fields(contract: Table, widths: Mapping[str, int] | None = None) -> list[Field]:
    """The columns of a contract for a workbook: shares in per cent, money in major units."""
    return [
        Field(
            column.name, column.zh, column.en,
            "long" if column.name in _LONG else "ppm" if column.name.endswith("_ppm") and "weight" not in column.name
            else _KINDS.get(column.type, "text"),
            (widths or _LONG).get(column.name, 16),
        )
        for column in contract.columns
    ]  # fmt: skip


def _harmless(rows: pa.Table) -> pa.Table:
    """Texts that a spreadsheet would take for a formula begin with an apostrophe."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            column = rows.column(place)
            risky = pc.match_substring_regex(column, r"^[=+\-@\t\r]")
            if pc.any(risky).as_py():
                quoted = pc.binary_join_element_wise("'", column, "")
                rows = rows.set_column(place, field, pc.if_else(risky, quoted, column))
    return rows
