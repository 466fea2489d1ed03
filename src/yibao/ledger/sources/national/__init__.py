"""Source ``national``: CSV files whose columns are the field codes of the national insurance platform.

A directory of ``<table>.csv``, ``<table>_<anything>.csv`` or the same with ``.gz``, or one such file; ``<table>`` is
the contract's name or its national name. UTF-8 (with or without mark) or GB18030. Forms of values: see
:mod:`yibao.ledger.sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from yibao.engine.schema import Table, Tables
from yibao.ledger.raw.blocks import Block, CsvBlocks
from yibao.ledger.raw.encoding import to_utf8
from yibao.ledger.raw.records import parse
from yibao.ledger.refusals import NothingToRead, UnknownTable, unreadable
from yibao.ledger.sources import Chunk, Inputs
from yibao.ledger.sources.national.header import columns_of


class NationalFile:
    """One CSV file for one table: an :class:`yibao.ledger.sources.Input`."""

    def __init__(self, path: Path, file: str, table: Table) -> None:
        try:
            self.table, self.file, self.size = table.name, file, path.stat().st_size
        except OSError as error:
            raise unreadable(error, file) from error
        self._path = path
        self._blocks = CsvBlocks(path, file)
        self.fields = columns_of(self._blocks.header(), table, file)
        self._names = list(self.fields)
        self._read = False

    def content(self) -> str:
        if not self._read:
            for _ in self._blocks:
                pass
            self._read = True
        return self._blocks.sha256()

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        for block in self._blocks:
            yield self._piece(block)
        self._read = True

    def _piece(self, block: Block) -> Callable[[], Chunk]:
        def load() -> Chunk:
            text = to_utf8(block.data, block.encoding, self.file, block.line)
            table, rows, rejects = parse(text, block.line, self._names)
            return Chunk(table, rows, rejects, block.done)

        return load


class National:
    """The source: which files of a path are for which table."""

    name = "national"
    #: The national platform's amounts are yuan; other countries' files in this form keep their ledger's currency.
    currency = None

    def inputs(self, path: Path, tables: Tables) -> Inputs:
        """Every known file of a directory in name order, or the one file. Refuses unknown names and unfit headers."""
        facts = {name: table for name, table in tables.items() if table.kind == "fact"}
        stems = {stem: table for table in facts.values() for stem in (table.name, table.national) if stem}
        if path.is_file():
            return Inputs([NationalFile(path, path.name, _table_of(path, stems))])
        try:
            # A link that leads nowhere is no directory: it is told of when it is opened, not left aside.
            files = [entry for entry in sorted(path.iterdir()) if not entry.is_dir() and not entry.name.startswith(".")]
        except OSError as error:
            raise unreadable(error, str(path)) from error
        ours = [entry for entry in files if _stem(entry) is not None]
        if not ours:
            raise _nothing(path, files)
        return Inputs(
            [NationalFile(entry, entry.name, _table_of(entry, stems)) for entry in ours],
            [entry.name for entry in files if entry not in ours],
        )


def _nothing(path: Path, files: Sequence[Path]) -> NothingToRead:
    """Nothing to read here: perhaps one directory further down, perhaps in another form."""
    inner = next((entry for entry in sorted(path.glob("*/")) if any(map(_stem, entry.iterdir()))), None)
    if inner is not None:
        mend, mend_zh = f"did you mean {inner}?", f"是否应为 {inner}？"
    else:
        mend, mend_zh = "name files <table>.csv or <table>.csv.gz", "文件名应为 <表名>.csv 或 <表名>.csv.gz"
    held = ", ".join(entry.name for entry in files[:3]) + (", …" if len(files) > 3 else "")
    return NothingToRead(
        "the directory holds no CSV file" + (f", only {held}" if held else ""),
        where=str(path),
        mend=mend,
        zh="目录中没有 CSV 文件" + (f"，只有 {held}" if held else ""),
        mend_zh=mend_zh,
    )


def _stem(path: Path) -> str | None:
    name = path.name.lower().removesuffix(".gz")
    return name.removesuffix(".csv") if name.endswith(".csv") else None


def _table_of(path: Path, stems: dict[str, Table]) -> Table:
    stem = _stem(path)
    if stem is None:
        raise UnknownTable(
            "only .csv and .csv.gz files are read",
            where=path.name,
            mend="save the sheet as CSV",
            zh="只读取 .csv 和 .csv.gz 文件",
            mend_zh="请另存为 CSV",
        )
    for name in sorted(stems, key=len, reverse=True):
        if stem == name or stem.startswith(f"{name}_"):
            return stems[name]
    near = get_close_matches(stem, stems, n=1, cutoff=0.5)
    raise UnknownTable(
        f"{stem!r} is no table",
        where=path.name,
        mend=f"did you mean {near[0]}.csv?" if near else f"name the file after the table it holds: {_SOME}",
        zh=f"没有名为 {stem} 的表",
        mend_zh=f"是否应为 {near[0]}.csv？" if near else f"请以所含的表命名文件：{_SOME}",
    )


_SOME = "person.csv, encounter.csv, settlement.csv, charge_line.csv …"


SOURCE = National()
