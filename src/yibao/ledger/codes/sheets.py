"""A catalogue file (CSV, a workbook, Parquet) with its headings, of a workbook the sheet that fits best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.ledger.raw import Fault, Header, RawTable, Reject, Role, open_tables, stem_of
from yibao.ledger.refusals import NothingToRead, UnreadableFile


@dataclass(frozen=True)
class Records:
    """All records of a sheet: the wanted columns as text, their numbers in the file, and what is known against them."""

    columns: pa.Table
    rows: npt.NDArray[np.int64]
    rejects: Sequence[Reject]
    faults: Mapping[int, Sequence[Fault]]


@dataclass(frozen=True)
class Sheet:
    """``others`` names the sheets of the workbook that are not read."""

    raw: RawTable
    header: Header
    others: tuple[str, ...] = ()

    def records(self, wanted: Mapping[str, int], roles: Mapping[str, Role]) -> Records:
        """The records, with ``wanted`` (name -> place of its heading) columns."""
        names: list[str | None] = [None] * len(self.header.cells)
        for name, place in wanted.items():
            names[place] = name
        empty = pa.table({name: pa.array([], pa.string()) for name in wanted})
        tables, rows, rejects, seen = [empty], [np.empty(0, np.int64)], list[Reject](), 0
        faults: dict[int, Sequence[Fault]] = {}
        for load in self.raw.pieces(names, roles):
            piece = load()
            tables.append(piece.columns.select(list(wanted)).cast(empty.schema))
            rows.append(piece.rows)
            rejects += piece.rejects
            faults |= {seen + at: found for at, found in piece.faults.items()}
            seen += piece.columns.num_rows
        return Records(pa.concat_tables(tables), np.concatenate(rows), rejects, faults)


def open_sheet(path: Path, known: Callable[[str], bool], wanted: str | None = None) -> Sheet:
    """The file's headings. ``known`` tells headings from other cells; ``wanted`` names one sheet of a workbook.

    Raises a refusal for a file that cannot be read, or has no such sheet.
    """
    if stem_of(path) is None:
        raise UnreadableFile(
            "this kind of file is not read",
            where=path.name,
            mend="give a .csv, .csv.gz, .xlsx or .parquet file",
            zh="不读取这种文件",
            mend_zh="请给 .csv、.csv.gz、.xlsx 或 .parquet 文件",
        )
    found = open_tables([path])
    tables = [table for table in found.tables if wanted is None or wanted.strip().lower() in table.stems]
    if not tables:
        names = ", ".join(table.stems[0] for table in found.tables)
        raise NothingToRead(
            f"the workbook has no visible sheet {wanted!r}",
            where=path.name,
            mend=f"its sheets are: {names}",
            zh=f"工作簿中没有可见的工作表 {wanted!r}",
            mend_zh=f"工作表：{names}",
        )
    sheets = [(table, table.header(known)) for table in tables]
    raw, header = max(sheets, key=lambda sheet: sum(map(known, sheet[1].cells)))
    return Sheet(raw, header, tuple(table.file for table in found.tables if table is not raw))
