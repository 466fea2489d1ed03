"""Source ``national``: CSV files whose columns are the field codes of the national insurance platform.

A directory of ``<table>.csv``, ``<table>_<anything>.csv`` or the same with ``.gz``, or one such file; ``<table>`` is
the contract's name or its national name. UTF-8 (with or without mark) or GB18030. Forms of values: see
:mod:`yibao.ledger.sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from yibao.engine.schema import Table, Tables
from yibao.ledger.refusals import NothingToRead, UnknownTable, UnreadableFile
from yibao.ledger.sources import Chunk, Inputs
from yibao.ledger.sources.national.blocks import Block, CsvBlocks
from yibao.ledger.sources.national.encoding import to_utf8
from yibao.ledger.sources.national.header import columns_of
from yibao.ledger.sources.national.records import parse


class NationalFile:
    """One CSV file for one table: an :class:`yibao.ledger.sources.Input`."""

    def __init__(self, path: Path, file: str, table: Table) -> None:
        self.table, self.file, self.size = table.name, file, path.stat().st_size
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
        if not path.is_dir():
            raise UnreadableFile("there is no such file or directory", where=str(path))
        files = [entry for entry in sorted(path.iterdir()) if entry.is_file() and not entry.name.startswith(".")]
        ours = [entry for entry in files if _stem(entry) is not None]
        if not ours:
            raise NothingToRead(
                "the directory holds no CSV file", where=str(path), mend="name files <table>.csv or <table>.csv.gz"
            )
        return Inputs(
            [NationalFile(entry, entry.name, _table_of(entry, stems)) for entry in ours],
            [entry.name for entry in files if entry not in ours],
        )


def _stem(path: Path) -> str | None:
    name = path.name.lower().removesuffix(".gz")
    return name.removesuffix(".csv") if name.endswith(".csv") else None


def _table_of(path: Path, stems: dict[str, Table]) -> Table:
    stem = _stem(path)
    if stem is None:
        raise UnknownTable("only .csv and .csv.gz files are read", where=path.name)
    for name in sorted(stems, key=len, reverse=True):
        if stem == name or stem.startswith(f"{name}_"):
            return stems[name]
    near = get_close_matches(stem, stems, n=1, cutoff=0.5)
    raise UnknownTable(
        f"{stem!r} is no table",
        where=path.name,
        mend=f"did you mean {near[0]}.csv?" if near else "name the file after the table it holds",
    )


SOURCE = National()
