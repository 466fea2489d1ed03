"""A Parquet file of the ledger in the making: sorted, in small row groups, forced to disk, hashed.

Ingest and compaction write through this alone, so a merged file is laid out as a fresh one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.engine.schema import Table
from yibao.ledger.snapshot import DataFile

#: A slice decodes whole row groups, so their cost is rows x columns; scans of all rows want them large. Measured on
#: 10 M lines of 32 columns with groups of 2 048, 4 096 and 8 192 rows: a slice takes 2, 3 and 5 ms, a scan of four
#: columns 0.7, 0.5 and 0.3 s. A full history is a dozen tables in 20 ms, so the wider a table the smaller its groups,
#: down to what the laws over all rows can bear: 14 laws take 20 s with groups of 4 096 and 15 s with 8 192.
CELLS_PER_GROUP = 64_000
ROWS_PER_GROUP = 8_192, 16_384


@dataclass(frozen=True)
class Layout:
    """How the rows of a file lie: their columns, the order of the rows (nulls last), what is summed as money.

    ``extensions`` says whether columns ``x_*`` follow those of the contract.
    """

    schema: pa.Schema
    keys: tuple[str, ...]
    money: str | None = None
    extensions: bool = False

    @property
    def order(self) -> list[tuple[str, str]]:
        """The order as Arrow takes it."""
        return [(name, "ascending") for name in self.keys]

    def columns(self, names: Collection[str]) -> list[str]:
        """Columns of a file whose rows have ``names``, in their order."""
        extensions = sorted(name for name in names if name.startswith("x_")) if self.extensions else []
        return [*self.schema.names, *extensions]

    def sort(self, rows: pa.Table) -> pa.Table:
        """Rows in order; equal ones stay as they were."""
        rows = rows.combine_chunks()
        return rows.take(pc.sort_indices(rows, sort_keys=self.order))

    def fits(self, metadata: pq.FileMetaData) -> bool:
        """Whether a file has the columns, the order and the row groups that :class:`SortedFile` would give it."""
        names = metadata.schema.to_arrow_schema().names
        sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
        size = group_rows(len(names))
        whole = all(rows == size for rows in sizes[:-1]) and sizes[-1] <= size
        return whole and names == self.columns(names) and self.sorted(metadata)

    def sorted(self, metadata: pq.FileMetaData) -> bool:
        """Whether the writer of a file says that its rows have this order."""
        names = metadata.schema.to_arrow_schema().names
        groups = (metadata.row_group(number).sorting_columns for number in range(metadata.num_row_groups))
        wanted = [(name, False, False) for name in self.keys]
        return all([(names[k.column_index], k.descending, k.nulls_first) for k in keys] == wanted for keys in groups)


def table_layout(table: Table) -> Layout:
    """The layout of a table's data files: by slice column, then by the contract's order, then by key."""
    keys = dict.fromkeys([*([table.slice] if table.slice else []), *table.order, *table.key])
    return Layout(table.arrow_schema(), tuple(keys), table.money, extensions=True)


class SortedFile:
    """Takes rows in their order, in pieces of any size; whole row groups go to the disk at once."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.rows = 0
        self._path = path
        self._layout = layout
        self._money = 0
        self._waiting: list[pa.Table] = []
        self._writer: pq.ParquetWriter | None = None
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, rows: pa.Table) -> None:
        """Append rows that have the columns of the layout, the same in every piece."""
        self._waiting.append(rows)
        group = group_rows(rows.num_columns)
        waiting = sum(part.num_rows for part in self._waiting)
        self._flush(waiting // group * group)

    def close(self, path: str, batches: Sequence[str], bucket: int | None) -> DataFile | None:
        """Finish the file, force it to disk and describe it under ``path``; None when no row was given."""
        self._flush(sum(part.num_rows for part in self._waiting))
        if self._writer is None:
            return None
        self._writer.close()
        money = self._money if self._layout.money else None
        return DataFile(path, tuple(batches), bucket, self.rows, money, synced_hash(self._path))

    def _flush(self, count: int) -> None:
        if not count:
            return
        waiting = self._waiting[0] if len(self._waiting) == 1 else pa.concat_tables(self._waiting)
        rows, rest = waiting.slice(0, count), waiting.slice(count)
        self._waiting = [rest] if rest.num_rows else []
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._path,
                rows.schema,
                compression="zstd",
                use_dictionary=_dictionaries(rows),
                sorting_columns=[pq.SortingColumn(rows.column_names.index(name)) for name in self._layout.keys],
            )
        self._writer.write_table(rows, row_group_size=group_rows(rows.num_columns))
        self.rows += rows.num_rows
        if self._layout.money:
            self._money += pc.sum(rows[self._layout.money]).as_py() or 0


def synced_hash(path: Path) -> str:
    """Force a file to disk and hash it."""
    with path.open("rb+") as written:
        os.fsync(written.fileno())
        return hashlib.file_digest(written, "sha256").hexdigest()


def group_rows(columns: int) -> int:
    """Rows in a row group of a file with so many columns."""
    least, most = ROWS_PER_GROUP
    return min(most, max(least, CELLS_PER_GROUP // columns // 2_048 * 2_048))


def _dictionaries(rows: pa.Table) -> bool | list[str]:
    """The columns that get one, True for all: of ids of lines it would be written, found useless and thrown away."""
    if rows.num_rows < 1_024:
        return True
    head = rows.slice(0, 4_096)
    return [name for name in rows.column_names if len(head[name].unique()) * 2 <= head.num_rows]
