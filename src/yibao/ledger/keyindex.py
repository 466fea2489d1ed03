"""Key indexes: some columns of a table once more, sorted by another key than the person.

A slice by trace code, bed, physician, institution and hour, or invoice would otherwise touch every bucket. A contract's
``index`` says by which columns and with which others; each batch writes one file per index, in the same atomic step as
its facts, and compaction merges them. An index holds nothing that the table does not, so compaction can also make one
that a contract declares since.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from yibao.engine.schema import Index, Table
from yibao.ledger.duck import connect, read_parquet
from yibao.ledger.refusals import LedgerError
from yibao.ledger.snapshot import DataFile
from yibao.ledger.sortedfile import Layout, SortedFile

#: Sorted rows are taken from the engine in pieces of so many.
ROWS_AT_ONCE = 131_072
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


def not_built(table: Table, column: str, root: Path, batches: Sequence[str]) -> LedgerError:
    """What to say of an index that lacks ``batches``: a slice by it would leave their rows out."""
    return LedgerError(
        f"the index of {table.name} by {column} was not built for {len(batches)} batches, from {batches[0]} on",
        where=str(root),
        mend=f"build it: yibao compact {root}",
        zh=f"{table.name} 按 {column} 的索引尚缺 {len(batches)} 个批次（{batches[0]} 起）",
        mend_zh=f"请补建：yibao compact {root}",
    )


def index_layout(table: Table, index: Index) -> Layout:
    """How the rows of an index file lie."""
    schema = pa.schema([table.arrow_schema().field(name) for name in table.index_columns(index)])
    return Layout(schema, tuple(dict.fromkeys([*index.by, *table.key])))


def write_indexes(table: Table, files: Sequence[DataFile], folder: Path, stem: str) -> dict[str, tuple[DataFile, ...]]:
    """Index the rows of new data files, which lie below ``folder``, into files named ``stem``; none when empty."""
    made = {index_key(table, index): write_index(table, index, files, folder, folder, stem) for index in table.indexes}
    return {name: (file,) for name, file in made.items() if file is not None}


def write_index(
    table: Table, index: Index, files: Sequence[DataFile], root: Path, folder: Path, stem: str, memory: str = MEMORY
) -> DataFile | None:
    """Index the rows of data files that lie below ``root`` into one file ``stem`` below ``folder``; None when empty."""
    path, layout = f"indexes/{index_key(table, index)}/{stem}.parquet", index_layout(table, index)
    target = SortedFile(folder / path, layout)
    columns = ", ".join(f'"{name}"' for name in layout.schema.names)
    order = ", ".join(f'"{name}"' for name in layout.keys)
    with connect(temp=folder) as connection:
        connection.execute(f"set memory_limit = '{memory}'")
        rows = connection.execute(
            f"select {columns} from {read_parquet([root / file.path for file in files])} "
            f'where "{index.name}" is not null order by {order}'
        ).to_arrow_reader(ROWS_AT_ONCE)
        for batch in rows:
            target.write(pa.Table.from_batches([batch]))
    return target.close(path, sorted({batch for file in files for batch in file.batches}), None)
