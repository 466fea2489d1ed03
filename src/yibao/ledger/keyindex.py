"""Key indexes: some columns of a table once more, sorted by another key than the person.

A slice by trace code, bed, physician, institution and hour, or invoice would otherwise touch every bucket. A contract's
``index`` says by which columns and with which others; each batch writes one file per index, in the same atomic step as
its facts, and compaction merges them. An index holds nothing that the table does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from yibao.engine.schema import Index, Table
from yibao.ledger.duck import connect
from yibao.ledger.refusals import LedgerError
from yibao.ledger.snapshot import DataFile
from yibao.ledger.sortedfile import synced_hash

#: An index is narrow, so a group of this many rows is decoded in about a millisecond.
ROWS_PER_GROUP = 8_192
#: Sorting spills beyond this, whatever the size of the batch.
MEMORY = "2GB"


def index_key(table: Table, index: Index) -> str:
    """Name of an index in :attr:`Snapshot.indexes`."""
    return f"{table.name}.{index.name}"


def find_index(table: Table, column: str) -> Index:
    """The index whose first column is ``column``. Raises :class:`LedgerError` naming those that there are."""
    for index in table.indexes:
        if index.name == column:
            return index
    there = ", ".join(index.name for index in table.indexes) or "none"
    raise LedgerError(
        f"{table.name} has no index by {column!r}",
        mend=f"it has: {there}",
        zh=f"{table.name} 没有按 {column!r} 的索引",
        mend_zh=f"现有：{there}",
    )


def write_indexes(table: Table, files: Sequence[DataFile], folder: Path, stem: str) -> dict[str, tuple[DataFile, ...]]:
    """Index the rows of new data files, which lie below ``folder``, into files named ``stem``; none when empty."""
    return dict(_written(table, dict.fromkeys(table.indexes, files), folder, folder, stem))


def merge_indexes(
    table: Table, old: Mapping[str, Sequence[DataFile]], root: Path, folder: Path, stem: str
) -> dict[str, tuple[DataFile, ...]]:
    """One file in place of several for each index of ``table`` that has them; ``old`` is :attr:`Snapshot.indexes`."""
    several = {i: old[index_key(table, i)] for i in table.indexes if len(old.get(index_key(table, i), ())) > 1}
    return dict(_written(table, several, root, folder, stem))


def _written(
    table: Table, sources: Mapping[Index, Sequence[DataFile]], root: Path, folder: Path, stem: str
) -> Iterator[tuple[str, tuple[DataFile, ...]]]:
    for index, files in sources.items():
        path = f"indexes/{index_key(table, index)}/{stem}.parquet"
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _sort(table, index, [root / file.path for file in files], target, folder)
        rows = pq.read_metadata(target).num_rows
        if not rows:
            target.unlink()
            continue
        batches = tuple(sorted({batch for file in files for batch in file.batches}))
        yield index_key(table, index), (DataFile(path, batches, None, rows, None, synced_hash(target)),)


def _sort(table: Table, index: Index, sources: Sequence[Path], target: Path, spill: Path) -> None:
    columns = ", ".join(f'"{name}"' for name in table.index_columns(index))
    order = ", ".join(f'"{name}"' for name in dict.fromkeys([*index.by, *table.key]))
    with connect(temp=spill) as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        rows = connection.from_parquet([str(path) for path in sources], union_by_name=True, hive_partitioning=False)
        rows = rows.filter(f'"{index.name}" is not null').select(columns).order(order)
        rows.write_parquet(str(target), compression="zstd", row_group_size=ROWS_PER_GROUP)
