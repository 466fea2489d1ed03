"""Source ``national``: files whose columns are the field codes of the national insurance platform.

A directory of ``<table>.csv``, ``<table>_<anything>.csv``, the same with ``.csv.gz``, ``.parquet`` or ``.xlsx``, or one
such file; ``<table>`` is the contract's name or its national name. In a workbook each sheet is called after its table;
a workbook of one sheet may be. CSV in UTF-8 (with or without mark) or GB18030. Forms of values: see
:mod:`yibao.ledger.sources` and, for numbers and dates of workbooks and Parquet, :mod:`yibao.ledger.raw`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa

from yibao.engine.schema import Table, Tables
from yibao.ledger.raw import Piece, RawTable, Role, open_tables, stem_of
from yibao.ledger.refusals import NothingToRead, UnknownTable, unreadable
from yibao.ledger.sources import FAULT_TYPE, FAULTS, Chunk, Inputs
from yibao.ledger.sources.national.header import columns_of, known_names


class NationalTable:
    """One file or sheet for one table: an :class:`yibao.ledger.sources.Input`."""

    def __init__(self, raw: RawTable, table: Table) -> None:
        self.table, self.file, self.size = table.name, raw.file, raw.size
        self._raw = raw
        known = known_names(table)
        self.header = raw.header(lambda cell: cell.lower() in known)
        self.fields = columns_of(self.header, table)
        self._names = list(self.fields)
        self._roles: dict[str, Role] = {name: role_of(table, name) for name in self._names}

    def content(self) -> str:
        return self._raw.sha256()

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        for load in self._raw.pieces(self._names, self._roles):
            yield lambda load=load: _chunk(load())  # type: ignore[misc]


def role_of(table: Table, name: str) -> Role:
    """What a contract column is for: a spreadsheet must not have touched the digits of ids and codes."""
    column = table.by_name.get(name)
    if column is None:
        return "text"
    if column.type != "text":
        return "form"
    coded = column.identity or column.codes or name in table.key or name in table.foreign
    return "code" if coded or name == "code" or name.endswith("_code") else "text"


def _chunk(piece: Piece) -> Chunk:
    columns = piece.columns
    if piece.faults:
        told = [
            [{"column": column, "code": code, "value": value} for column, code, value in piece.faults[at]]
            if at in piece.faults
            else None
            for at in range(columns.num_rows)
        ]
        columns = columns.append_column(FAULTS, pa.array(told, FAULT_TYPE))
    notes = {("numbers", column): cells for column, cells in piece.numbers.items()}
    return Chunk(columns, piece.rows, piece.rejects, piece.done, notes)


class National:
    """The source: which files of a path are for which table."""

    name = "national"
    about = (
        "files with the field codes of the national platform",
        "以国家医保信息平台字段编码为列名的文件",
    )
    #: The national platform's amounts are yuan; other countries' files in this form keep their ledger's currency.
    currency = None

    def inputs(self, path: Path, tables: Tables) -> Inputs:
        """Every known file of a directory in name order, or the one file. Refuses unknown names and unfit headers."""
        facts = {name: table for name, table in tables.items() if table.kind == "fact"}
        stems = {stem: table for table in facts.values() for stem in (table.name, table.national) if stem}
        files = [path] if path.is_file() else _files(path)
        found = open_tables([file for file in files if stem_of(file) is not None])
        ignored = [file.name for file in files if stem_of(file) is None]
        if not found.tables:
            raise _only(path) if path.is_file() else _nothing(path, files)
        items, remarks = [], list(found.remarks)
        for raw in found.tables:
            table = _table_of(raw, stems)
            if table is not None:
                items.append(NationalTable(raw, table))
                if items[-1].header.titles:
                    remarks.append(_titles(items[-1]))
            elif _is_sheet(raw) and any(_table_of(o, stems) for o in found.tables if _book(o) == _book(raw)):
                ignored.append(raw.file)
            else:
                raise _unknown(raw, stems)
        return Inputs(items, ignored, remarks)


def _files(path: Path) -> list[Path]:
    try:
        # A link that leads nowhere is no directory: it is told of when it is opened, not left aside.
        entries = [entry for entry in sorted(path.iterdir()) if not entry.is_dir() and not entry.name.startswith(".")]
    except OSError as error:
        raise unreadable(error, str(path)) from error
    # A spreadsheet program that has a workbook open leaves such a file beside it.
    return [entry for entry in entries if not entry.name.startswith("~$")]


def _table_of(raw: RawTable, stems: dict[str, Table]) -> Table | None:
    for stem in raw.stems:
        for name in sorted(stems, key=len, reverse=True):
            if stem == name or stem.startswith(f"{name}_"):
                return stems[name]
    return None


def _is_sheet(raw: RawTable) -> bool:
    return ", sheet " in raw.file


def _book(raw: RawTable) -> str:
    return raw.file.partition(", sheet ")[0]


def _titles(item: NationalTable) -> tuple[str, str]:
    return (
        f"{item.header.where}: the column names stand here; the {item.header.titles} rows above are taken for titles",
        f"{item.header.where}：列名在此；其上 {item.header.titles} 行按标题处理",
    )


def _nothing(path: Path, files: Sequence[Path]) -> NothingToRead:
    """Nothing to read here: perhaps one directory further down, perhaps in another form."""
    inner = next((entry for entry in sorted(path.glob("*/")) if any(map(stem_of, entry.iterdir()))), None)
    if inner is not None:
        mend, mend_zh = f"did you mean {inner}?", f"是否应为 {inner}？"
    else:
        mend, mend_zh = f"name files <table> with one of {_ENDINGS}", f"文件名应为 <表名>，后缀为 {_ENDINGS} 之一"
    held = ", ".join(entry.name for entry in files[:3]) + (", …" if len(files) > 3 else "")
    return NothingToRead(
        "the directory holds no CSV, Excel or Parquet file" + (f", only {held}" if held else ""),
        where=str(path),
        mend=mend,
        zh="目录中没有 CSV、Excel 或 Parquet 文件" + (f"，只有 {held}" if held else ""),
        mend_zh=mend_zh,
    )


def _only(path: Path) -> UnknownTable:
    old = path.name.lower().endswith((".xls", ".xlsb", ".ods"))
    return UnknownTable(
        f"only {_ENDINGS} files are read",
        where=path.name,
        mend="save the workbook as .xlsx" if old else "save the table in one of these forms",
        zh=f"只读取 {_ENDINGS} 文件",
        mend_zh="请将工作簿另存为 .xlsx" if old else "请另存为其中一种格式",
    )


def _unknown(raw: RawTable, stems: dict[str, Table]) -> UnknownTable:
    stem = raw.stems[-1]
    near = get_close_matches(stem, stems, n=1, cutoff=0.5)
    return UnknownTable(
        f"{stem!r} is no table",
        where=raw.file,
        mend=f"did you mean {near[0]}?" if near else f"name the file or sheet after the table it holds: {_SOME}",
        zh=f"没有名为 {stem} 的表",
        mend_zh=f"是否应为 {near[0]}？" if near else f"请以所含的表命名文件或工作表：{_SOME}",
    )


_ENDINGS = ".csv, .csv.gz, .xlsx, .parquet"
_SOME = "person, encounter, settlement, charge_line …"


SOURCE = National()
