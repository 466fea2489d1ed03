"""Builds the indexes that a contract declares and the ledger's files do not have.

An index may be declared, or given other columns, after batches were recorded. It holds nothing that its table does not,
so it is made anew from the table's files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow.parquet as pq

from yibao.engine.schema import Index, Table
from yibao.ledger.contracts import load_contracts
from yibao.ledger.duck import connect, read_parquet
from yibao.ledger.health import check_file, enough_room
from yibao.ledger.keyindex import index_key, index_layout, write_index
from yibao.ledger.refusals import MergeRefused
from yibao.ledger.snapshot import DataFile, Snapshot
from yibao.ledger.writing import Draft


@dataclass(frozen=True)
class Rebuilt:
    """Indexes made anew, by name; None where no row has the key."""

    files: Mapping[str, DataFile | None]
    batches: Mapping[str, tuple[str, ...]]

    def paths(self) -> list[str]:
        return [file.path for file in self.files.values() if file]

    def into(self, snapshot: Snapshot) -> Snapshot:
        """``snapshot`` with these indexes in place of what it had under their names."""
        files = {name: (file,) if file else () for name, file in self.files.items()}
        return replace(snapshot, indexes={**snapshot.indexes, **files}, indexed={**snapshot.indexed, **self.batches})


def rebuild(draft: Draft, memory: int) -> Rebuilt:
    """Write every index that lacks batches or columns below the draft's folder, compared by the count of its rows.

    ``memory`` is what the whole process may take, in bytes.
    """
    files: dict[str, DataFile | None] = {}
    batches: dict[str, tuple[str, ...]] = {}
    for table, index in _lacking(draft):
        name, held = index_key(table, index), draft.base.files[table.name]
        for file in held:
            check_file(draft.root, file)
        enough_room(draft.root, sum((draft.root / file.path).stat().st_size for file in held))
        stem = f"c{draft.base.number + 1:06d}"
        files[name] = write_index(table, index, held, draft.root, draft.folder, stem, f"{memory * 3 // 4 >> 20}MB")
        batches[name] = tuple(sorted({batch for file in held for batch in file.batches}))
        made = files[name]
        if (made.rows if made else 0) != _keyed(draft, index, held):
            raise MergeRefused(
                "the index does not have the rows of its table; it was not published",
                where=name,
                mend="please report this; the ledger is as it was before",
                zh="索引的行与表不一致，未发布",
                mend_zh="请报告此问题；账本与之前相同",
            )
    return Rebuilt(files, batches)


def _lacking(draft: Draft) -> Iterator[tuple[Table, Index]]:
    for table in load_contracts().values():
        for index in table.indexes if draft.base.files.get(table.name) else ():
            name, wanted = index_key(table, index), index_layout(table, index).schema.names
            held = [draft.root / file.path for file in draft.base.indexes.get(name, ())]
            other = any(pq.read_schema(path).names != wanted for path in held if path.exists())
            if other or draft.base.unindexed(table.name, name):
                yield table, index


def _keyed(draft: Draft, index: Index, held: tuple[DataFile, ...]) -> int:
    """Rows of the table that have the key."""
    with connect(temp=draft.folder) as engine:
        files = read_parquet([draft.root / file.path for file in held])
        row = engine.execute(f'select count("{index.name}") from {files}').fetchone()
    return int(row[0]) if row else 0
