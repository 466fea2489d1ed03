"""One person's rows out of bucket files, in milliseconds.

Files are sorted by the slice column and cut into small row groups. Footers and the bounds of each row group are read
once and kept, so a slice opens one file per table and batch, finds its row groups by bisection and reads nothing else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.ledger.duck import connect

#: Footers kept in memory; one of a wide table takes about half a megabyte.
KEPT = 2048
#: Bytes of decoded row groups kept for tables that are asked all day.
AT_HAND = 256 * 2**20
#: Stands for the bounds of a row group of nulls, which is sorted after every text.
_NULLS = chr(0x10FFFF)


#: A file, the number of a row group, and the columns read of it (None: all).
_Group = tuple[Path, int, tuple[str, ...] | None]


@dataclass(frozen=True)
class _Footer:
    metadata: pq.FileMetaData
    lows: list[str]
    highs: list[str]
    coded: list[str]

    def place(self, column: str) -> int:
        """Number of a column of plain type among the file's columns."""
        return self.metadata.schema.names.index(column)


@dataclass(frozen=True)
class Within:
    """Rows whose ``column`` lies in [since, until); either may be open. Values are of the column's Python type."""

    column: str
    since: date | None = None
    until: date | None = None

    def may_hold(self, footer: _Footer, group: int, value: str) -> bool:
        """Whether a row group can hold such rows of ``value``; one that begins or ends with another value may."""
        bound = footer.metadata.row_group(group).column(footer.place(self.column)).statistics
        if not footer.lows[group] == footer.highs[group] == value or bound is None or not bound.has_min_max:
            return True
        return (self.since is None or bound.max >= self.since) and (self.until is None or bound.min < self.until)

    def of(self, table: pa.Table) -> pa.ChunkedArray:
        """Which rows are inside."""
        at = table[self.column]
        since = pc.greater_equal(at, pa.scalar(self.since, at.type)) if self.since is not None else True
        until = pc.less(at, pa.scalar(self.until, at.type)) if self.until is not None else True
        return pc.and_(since, until)


class _AtHand:
    """Decoded row groups, up to so many bytes; those not asked for longest go first. Safe to share between threads."""

    def __init__(self, most: int = AT_HAND) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[_Group, pa.Table] = OrderedDict()
        self._lock = Lock()

    def get(self, group: _Group) -> pa.Table | None:
        with self._lock:
            if group in self._kept:
                self._kept.move_to_end(group)
            return self._kept.get(group)

    def keep(self, group: _Group, table: pa.Table) -> None:
        with self._lock:
            if group in self._kept:
                return
            self._kept[group] = table
            self._bytes += table.nbytes
            while self._bytes > self._most:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes


class SliceReader:
    """Reads slices from immutable files; safe to share between threads."""

    def __init__(self) -> None:
        self._footers: OrderedDict[tuple[Path, str], _Footer] = OrderedDict()
        self._lock = Lock()
        self._at_hand = _AtHand()

    def read(
        self,
        files: Sequence[Path],
        column: str,
        value: str,
        wanted: Collection[str] | None = None,
        within: Within | None = None,
        at_hand: bool = False,
    ) -> list[pa.Table]:
        """Rows of each file whose ``column`` is ``value``; files without such a row give nothing.

        ``wanted`` are the columns to read (default: all); reading fewer takes less time in proportion. ``within``
        bounds the column by which the rows of one value are sorted. ``at_hand`` keeps what was decoded for the next
        time: for small tables that are asked for one person after another.
        """
        columns = None if wanted is None else sorted({column, *wanted})
        found = []
        for path in files:
            footer = self._footer(path, column)
            first, last = bisect_left(footer.highs, value), bisect_right(footer.lows, value)
            groups = [g for g in range(first, last) if within is None or within.may_hold(footer, g, value)]
            if groups:
                table = (self._kept if at_hand else _decoded)(path, footer, groups, column, columns)
                # A typed scalar: otherwise pyarrow looks for packages each time.
                chosen = pc.equal(table[column], pa.scalar(value, pa.string()))
                rows = pc.indices_nonzero(chosen if within is None else pc.and_(chosen, within.of(table)))
                if len(rows):
                    found.append(_as_texts(table.slice(rows[0].as_py(), len(rows))))
        return found

    def _kept(
        self, path: Path, footer: _Footer, groups: Sequence[int], column: str, columns: Sequence[str] | None
    ) -> pa.Table:
        """Row groups, those at hand without reading."""
        tables = []
        for group in groups:
            name = (path, group, None if columns is None else tuple(columns))
            table = self._at_hand.get(name)
            if table is None:
                table = _as_texts(_decoded(path, footer, [group], column, columns)).combine_chunks()
                self._at_hand.keep(name, table)
            tables.append(table)
        return tables[0] if len(tables) == 1 else pa.concat_tables(tables)

    def _footer(self, path: Path, column: str) -> _Footer:
        key = (path, column)
        with self._lock:
            footer = self._footers.get(key)
            if footer is not None:
                self._footers.move_to_end(key)
                return footer
        footer = _read_footer(path, column)
        with self._lock:
            self._footers[key] = footer
            while len(self._footers) > KEPT:
                self._footers.popitem(last=False)
        return footer


def _decoded(
    path: Path, footer: _Footer, groups: Sequence[int], column: str, columns: Sequence[str] | None
) -> pa.Table:
    """Row groups as they are in the file."""
    # Texts that the file keeps as codes are read as codes, and only the rows of the slice become texts. An open file:
    # otherwise pyarrow searches file systems each time.
    coded = [name for name in footer.coded if name != column and (columns is None or name in columns)]
    with (
        pa.OSFile(str(path)) as raw,
        pq.ParquetFile(raw, metadata=footer.metadata, read_dictionary=coded) as file,
    ):
        return file.read_row_groups(groups, columns, use_threads=False)


def _read_footer(path: Path, column: str) -> _Footer:
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        schema = file.schema_arrow
    place = schema.get_field_index(column)
    bounds = [metadata.row_group(group).column(place).statistics for group in range(metadata.num_row_groups)]
    lows = [bound.min if bound.has_min_max else _NULLS for bound in bounds]
    highs = [bound.max if bound.has_min_max else _NULLS for bound in bounds]
    return _Footer(metadata, lows, highs, _coded(metadata, schema))


def _coded(metadata: pq.FileMetaData, schema: pa.Schema) -> list[str]:
    """The texts that a file keeps as codes, by its first row group: the writer decides by column."""
    if not metadata.num_row_groups:
        return []
    head = metadata.row_group(0)
    texts = [(number, field.name) for number, field in enumerate(schema) if pa.types.is_string(field.type)]
    return [name for number, name in texts if "RLE_DICTIONARY" in head.column(number).encodings]


def _as_texts(table: pa.Table) -> pa.Table:
    """The same rows, texts for codes."""
    if not any(pa.types.is_dictionary(field.type) for field in table.schema):
        return table
    plain = pa.schema(
        [
            field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
            for field in table.schema
        ]
    )
    return table.cast(plain)


def conform(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """One table of the contract's ``schema`` plus all extension columns; what a file lacks is null."""
    wanted = with_extensions([table.schema for table in tables], schema)
    return pa.concat_tables([fit(table, wanted) for table in tables]) if tables else wanted.empty_table()


def with_extensions(found: Sequence[pa.Schema], schema: pa.Schema) -> pa.Schema:
    """``schema`` and the extension columns of all files, each of a type that holds what all of them say."""
    types: dict[str, dict[pa.DataType, None]] = {}
    for each in found:
        for field in each:
            if field.name.startswith("x_"):
                types.setdefault(field.name, {})[field.type] = None
    return pa.schema([*schema, *(pa.field(name, _common(tuple(types[name]))) for name in sorted(types))])


def fit(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of ``schema`` in its types; what the table lacks is null."""
    if table.schema.equals(schema):
        return table
    given = dict(zip(table.column_names, table.columns, strict=True))
    columns = [
        _cast(given[field.name], field.type) if field.name in given else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


@cache
def _common(types: tuple[pa.DataType, ...]) -> pa.DataType:
    """The type that the engine gives a column of files that differ in it: batches may say an extension differently."""
    return types[0] if len(types) == 1 else _union([pa.chunked_array([], kind) for kind in types]).type


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    # Only the engine's own cast writes a number or a date as the text that a query over both files shows.
    return _union([pa.chunked_array([], kind), column]).cast(kind)


def _union(columns: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    with connect(threads=1) as engine:
        for number, column in enumerate(columns):
            engine.register(f"c{number}", pa.table({"x": column}))
        sql = " union all ".join(f"select x from c{number}" for number in range(len(columns)))
        return engine.execute(sql).to_arrow_table()["x"]
