"""A Parquet file as a raw table: every column as text, exactly; what has no exact text is refused by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.ledger.raw import Fault, Header, Piece, Role, stem_of
from yibao.ledger.raw.cells import number_texts
from yibao.ledger.refusals import EmptyFile, HeaderRefused, UnreadableFile, unreadable

ROWS = 65_536


class ParquetTable:
    """See :class:`yibao.ledger.raw.RawTable`. Records count from 1."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        self.stems = (stem_of(path) or path.name,)
        self._path = path
        try:
            self.size = path.stat().st_size
            self._schema: pa.Schema = pq.read_schema(path)
        except OSError as error:
            raise unreadable(error, self.file) from error
        except pa.ArrowException as error:
            raise _damaged(self.file, error) from error

    def header(self, known: Callable[[str], bool]) -> Header:  # noqa: ARG002 - a schema names columns
        if not self._schema.names:
            raise EmptyFile("the file has no columns", where=self.file, zh="文件没有列")
        return Header(self._schema.names, self.file)

    def sha256(self) -> str:
        return self._sha256

    @cached_property
    def _sha256(self) -> str:
        with self._path.open("rb") as raw:
            return hashlib.file_digest(raw, "sha256").hexdigest()

    def pieces(self, names: Sequence[str | None], roles: Mapping[str, Role]) -> Iterator[Callable[[], Piece]]:
        wanted = [place for place, name in enumerate(names) if name is not None]
        for place in wanted:
            _refuse_type(self._schema.field(place), self.file)
        given = [name for name in names if name is not None]
        try:
            with pq.ParquetFile(self._path) as file:
                total, seen, told = max(file.metadata.num_rows, 1), 0, 0
                # By place, not by name: two columns may differ in nothing but case.
                for batch in file.iter_batches(ROWS, columns=[self._schema.names[place] for place in wanted]):
                    first, seen = seen, seen + batch.num_rows
                    done = self.size * seen // total
                    yield self._piece(pa.Table.from_batches([batch]).rename_columns(given), roles, first, done - told)
                    told = done
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self.file, error) from error

    def _piece(self, table: pa.Table, roles: Mapping[str, Role], first: int, done: int) -> Callable[[], Piece]:
        def load() -> Piece:
            columns, faults = {}, dict[int, list[Fault]]()
            for name in table.column_names:
                column = table[name].combine_chunks()
                if pa.types.is_floating(column.type):
                    columns[name], found = number_texts(column.cast(pa.float64()), roles.get(name))
                    for place, code, value in found:
                        faults.setdefault(place, []).append((name, code, value))
                else:
                    columns[name] = _text(column)
            rows = np.arange(first + 1, first + 1 + table.num_rows, dtype=np.int64)
            return Piece(pa.table(columns), rows, done=done, faults=faults)

        return load


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "1", "0")
    return column.cast(pa.string())


def _refuse_type(column: pa.Field, file: str) -> None:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    plain = (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_date(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_null(kind)
    )
    if plain or (pa.types.is_timestamp(kind) and kind.tz is None):
        return
    if pa.types.is_timestamp(kind):
        raise HeaderRefused(
            f"the column {column.name} holds instants of the zone {kind.tz}, the ledger local time",
            where=file,
            mend="write the local time without a zone",
            zh=f"列 {column.name} 是 {kind.tz} 时区的时刻，账本存当地时间",
            mend_zh="请写不带时区的当地时间",
        )
    raise HeaderRefused(
        f"the column {column.name} is {kind}, which is no single value",
        where=file,
        mend="give text, numbers, dates or times",
        zh=f"列 {column.name} 的类型是 {kind}，不是单一的值",
        mend_zh="请用文本、数值、日期或时间",
    )


def _damaged(file: str, error: Exception) -> UnreadableFile:
    said = str(error).splitlines()[0]
    return UnreadableFile(
        f"cannot be read as Parquet: {said}",
        where=file,
        mend="send the file again",
        zh=f"无法按 Parquet 读取：{said}",
        mend_zh="请重新发送此文件",
    )
