"""A CSV file as a raw table: UTF-8 or GB18030, plain or gzip."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from yibao.ledger.raw import Header, Piece, Role, stem_of
from yibao.ledger.raw.blocks import Block, CsvBlocks
from yibao.ledger.raw.encoding import to_utf8
from yibao.ledger.raw.records import parse
from yibao.ledger.refusals import HeaderRefused, unreadable


class CsvTable:
    """See :class:`yibao.ledger.raw.RawTable`. The header is line 1."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        self.stems = (stem_of(path) or path.name,)
        try:
            self.size = path.stat().st_size
        except OSError as error:
            raise unreadable(error, self.file) from error
        self._blocks = CsvBlocks(path, self.file)
        self._read = False

    def header(self, known: Callable[[str], bool]) -> Header:  # noqa: ARG002 - always the first line
        where = f"{self.file}, line 1"
        try:
            return Header([cell.strip() for cell in next(csv.reader([self._blocks.header()], strict=True))], where)
        except (csv.Error, StopIteration) as error:
            raise HeaderRefused(
                f"the header cannot be read: {error}",
                where=where,
                mend="name the columns, separated by commas",
                zh=f"表头无法读取：{error}",
                mend_zh="请写列名，以逗号分隔",
            ) from error

    def sha256(self) -> str:
        if not self._read:
            for _ in self._blocks:
                pass
            self._read = True
        return self._blocks.sha256()

    def pieces(
        self,
        names: Sequence[str | None],
        roles: Mapping[str, Role],  # noqa: ARG002 - cells are text already
    ) -> Iterator[Callable[[], Piece]]:
        for block in self._blocks:
            yield self._piece(block, names)
        self._read = True

    def _piece(self, block: Block, names: Sequence[str | None]) -> Callable[[], Piece]:
        # The parser wants a name for every cell; those that nobody wants are dropped behind it.
        all_names = [name if name is not None else f" {place}" for place, name in enumerate(names)]
        wanted = [name for name in names if name is not None]

        def load() -> Piece:
            text = to_utf8(block.data, block.encoding, self.file, block.line)
            table, rows, rejects = parse(text, block.line, all_names)
            return Piece(table.select(wanted), rows, rejects, block.done)

        return load
