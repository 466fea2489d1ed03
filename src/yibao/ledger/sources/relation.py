"""Raw relations of a mapping: files of one kind, read once into columns of text that SQL can select from.

Whatever the files are (CSV in either encoding, sheets, Parquet), their records become rows of text with two more
columns: `_row`, the number by which a person finds the record (above :data:`yibao.ledger.sources.ROW_BITS` stands which
file), and `_file`, the name of its file. Texts that mean "not known" are null, blanks at the ends are taken off.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.ledger.blanks import trimmed
from yibao.ledger.duck import read_parquet
from yibao.ledger.raw import Piece, RawTable, Reject
from yibao.ledger.refusals import HeaderRefused
from yibao.ledger.sources import ROW_BITS
from yibao.ledger.sources.mapping import FILE, ROW, RelationText, columns_of

#: With more columns missing than so many a file is of another kind, and a list of them helps nobody.
_TOLD = 5


class Workspace:
    """A scratch folder that goes with the last relation that uses it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="yibao-raw-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


@dataclass
class Relation:
    """The files of one relation. ``names`` are all files of the source; a row's upper bits count in them."""

    name: str
    text: RelationText
    tables: Sequence[RawTable]
    names: Sequence[str]
    nulls: Sequence[str]
    workspace: Workspace
    #: How many selects share its records between them, and the records that they have taken so far.
    parts: int = 0
    taken: list[npt.NDArray[np.int64]] = field(default_factory=list)
    records: int = 0
    rejects: list[Reject] = field(default_factory=list)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def headers(self) -> Mapping[str, Sequence[str]]:
        """The columns of each file. Raises :class:`HeaderRefused` when one lacks a column that it must have."""
        wanted = {name.lower() for name in columns_of(self.text)}
        found = {}
        for table in self.tables:
            header = table.header(lambda cell: cell.strip().lower() in wanted)
            held = [cell.strip().lower() for cell in header.cells]
            missing = [name for name in self.text.columns if name.lower() not in held]
            twice = next((name for name in wanted if held.count(name) > 1), None)
            if missing or twice:
                raise _unfit(self, header.where, missing, twice)
            found[table.file] = header.cells
        return found

    @property
    def size(self) -> int:
        return sum(table.size for table in self.tables)

    def sha256(self) -> str:
        return " ".join(table.sha256() for table in self.tables)

    def define(self, engine: duckdb.DuckDBPyConnection) -> None:
        """Make the relation readable in an engine."""
        if self.tables:
            engine.execute(f'create view "{self.name}" as select * from {read_parquet([self._path])}')
            return
        columns = ", ".join(f'"{name}" varchar' for name in (*columns_of(self.text), FILE))
        engine.execute(f'create table "{self.name}" ({columns}, {ROW} bigint)')

    def stage(self) -> Path | None:
        """Read the files, once. Whoever comes second waits; None when there are none."""
        with self._lock:
            if self.tables and not self._path.exists():
                self._read()
        return self._path if self.tables else None

    @property
    def _path(self) -> Path:
        return self.workspace.folder / f"{self.name}.parquet"

    def _read(self) -> None:
        names = list(columns_of(self.text))
        schema = pa.schema([*((name, pa.string()) for name in (*names, FILE)), (ROW, pa.int64())])
        unfinished = self._path.with_suffix(".part")
        with pq.ParquetWriter(unfinished, schema, compression="lz4") as out:
            for table in self.tables:
                declared = {name.lower(): name for name in names}
                given = [declared.get(cell.strip().lower()) for cell in self.headers[table.file]]
                for load in table.pieces(given, {}):
                    out.write_table(self._rows(load(), table, schema))
        unfinished.rename(self._path)

    def _rows(self, piece: Piece, table: RawTable, schema: pa.Schema) -> pa.Table:
        """A piece as it is staged. Records with faults are rejected whole: nobody knows yet who needs the cell."""
        first = self.names.index(table.file) << ROW_BITS
        rows, numbers = piece.columns, piece.rows + first
        self.rejects += [Reject(r.row + first, r.code, r.raw, r.value) for r in piece.rejects]
        self.records += rows.num_rows + len(piece.rejects)
        if piece.faults:
            for at, faults in sorted(piece.faults.items()):
                column, code, value = faults[0]
                raw = ",".join(str(cell or "") for cell in rows.slice(at, 1).to_pylist()[0].values())
                self.rejects.append(Reject(int(numbers[at]), code, raw, f"{column}: {value}"))
            kept = np.setdiff1d(np.arange(rows.num_rows), list(piece.faults))
            rows, numbers = rows.take(kept), numbers[kept]
        rows, blanks = trimmed(rows, rows.column_names)
        self.notes.update({("blanks", column): cells for column, cells in blanks.items()})
        columns = []
        for name in schema.names:
            if name == FILE:
                columns.append(pa.array([table.file]).take(pa.array(np.zeros(rows.num_rows, np.int8))))
            elif name == ROW:
                columns.append(pa.array(numbers, pa.int64()))
            elif name in rows.column_names:
                columns.append(_known(rows[name], self.nulls))
            else:
                columns.append(pa.nulls(rows.num_rows, pa.string()))
        return pa.table(columns, schema=schema)


def _known(column: pa.ChunkedArray, nulls: Sequence[str]) -> pa.ChunkedArray:
    unknown = pc.is_in(column, value_set=pa.array([*nulls, ""], pa.string()))
    return pc.if_else(unknown, None, column) if pc.any(unknown).as_py() else column


def _unfit(relation: Relation, where: str, missing: Sequence[str], twice: str | None) -> HeaderRefused:
    reads = ", ".join(relation.text.columns)
    if len(missing) > _TOLD:
        few, rest = ", ".join(missing[:_TOLD]), len(missing) - _TOLD
        return HeaderRefused(
            f"this is no {relation.name} of this source: without the columns {few} and {rest} more",
            where=where,
            mend="see `yibao source list`: perhaps another source reads it",
            zh=f"这不是此来源的 {relation.name}：缺少列 {few} 等 {len(missing)} 列",
            mend_zh="请看 `yibao source list`：可能应由其他来源读取",
        )
    if missing:
        return HeaderRefused(
            f"without the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            where=where,
            mend=f"{relation.name} needs {reads}",
            zh=f"缺少列 {'、'.join(missing)}",
            mend_zh=f"{relation.name} 需要 {reads}",
        )
    return HeaderRefused(
        f"the column {twice} stands twice",
        where=where,
        mend="keep one",
        zh=f"列 {twice} 出现两次",
        mend_zh="请只留一列",
    )
