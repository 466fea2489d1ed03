"""Which rows of a table are visible at an instant.

Facts are immutable, so an instant is read by leaving out: files of later batches wholly; of a compacted file, which
holds rows of several batches, the later rows one by one; and each version of a record for which a correction had been
recorded. Of a record exactly one version is visible at any instant from its first on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.engine import Engine
from yibao.engine.protocol import Keep
from yibao.engine.schema import Table
from yibao.ledger.contracts import load_contracts
from yibao.ledger.duck import read_parquet
from yibao.ledger.receipts import BatchReceipt
from yibao.ledger.slices import SliceReader, Within
from yibao.ledger.snapshot import DataFile, Snapshot
from yibao.ledger.superseded import Superseded


@dataclass(frozen=True)
class Reading:
    """What to read of a table: the rows of ``files``, but those recorded after ``until`` or superseded at ``as_of``.

    ``until`` and ``superseded`` are None where nothing has to be left out, so that it costs nothing. ``samples`` is a
    file of each batch, or of each set of merged ones: files of one batch have the same columns.
    """

    table: Table
    files: tuple[Path, ...]
    samples: tuple[Path, ...]
    as_of: datetime | None
    until: datetime | None
    superseded: Superseded | None

    def absent(self) -> frozenset[str]:
        """Columns of the contract that no file has: the contract got them after the facts were ingested."""
        if not self.files:
            return frozenset()
        return frozenset(self.table.column_names).difference(*(pq.read_schema(path).names for path in self.samples))

    def attach(self, engine: Engine, columns: Collection[str] | None, keep: Keep) -> None:
        """Make the visible rows readable in ``engine``; ``columns`` of them, kept as ``keep`` says.

        A column that no file has is null in every row; who judges by it asks :meth:`absent` first.
        """
        name = self.table.name
        if not self.files:
            engine.register(name, self.table.empty())
            return
        absent = self.absent() & frozenset(columns or self.table.column_names)
        if self.until is None and self.superseded is None and not absent:
            engine.register(name, self.files, columns=columns, keep=keep)
            return
        engine.register(f"{name}__files", self.files)
        if self.superseded:
            engine.register(f"{name}__superseded", self.superseded.files, keep="memory")
        sql = self.sql(f'"{name}__files"', f'"{name}__superseded"', sorted(columns or ()), absent)
        if keep == "no":
            engine.view(name, sql)
        else:
            engine.materialise(name, sql, keep=keep)

    def parquet_sql(self) -> str:
        """The visible rows as a SELECT over the files themselves."""
        return self.sql(read_parquet(self.files), read_parquet(self.superseded.files) if self.superseded else "")

    def sql(self, files: str, superseded: str, columns: Sequence[str] = (), absent: Collection[str] = ()) -> str:
        """A portable SELECT of the visible rows (of all ``columns``) from relations that hold all rows of the files.

        Columns ``absent`` from the files are null.
        """
        nulls = [f'cast(null as {self.table.by_name[one].sql_type}) as "{one}"' for one in sorted(absent)]
        listed = ", ".join([f'f."{one}"' for one in columns if one not in absent] or ["f.*"] * (not columns))
        listed = ", ".join(part for part in (listed, *nulls) if part)
        conditions = [f"f.recorded_at <= {_literal(self.until)}"] if self.until else []
        if self.superseded:
            same = [_same(self.table, name) for name in (*self.table.key, "batch_id")]
            same += [f"s.superseded_at <= {_literal(self.as_of)}"] if self.as_of else []
            conditions.append(f"not exists (select 1 from {superseded} as s where {' and '.join(same)})")
        where = f" where {' and '.join(conditions)}" if conditions else ""
        return f"select {listed} from {files} as f{where}"

    def slice(
        self,
        reader: SliceReader,
        column: str,
        value: str,
        wanted: Collection[str] | None = None,
        within: Within | None = None,
        at_hand: bool = False,
    ) -> list[pa.Table]:
        """The visible rows whose ``column`` is ``value``, by file; see :meth:`SliceReader.read`."""
        hidden = self.superseded.hidden(column, value, self.as_of) if self.superseded else ()
        if wanted is not None and (len(hidden) or self.until):
            wanted = {*wanted, *self.table.key, "recorded_at", "batch_id"}
        found = reader.read(self.files, column, value, wanted, within, at_hand)
        if self.until:
            until = pa.scalar(self.until, pa.timestamp("us"))
            found = [rows.filter(pc.less_equal(rows["recorded_at"], until)) for rows in found]
        if self.superseded and len(hidden):
            mark = self.superseded.mark
            found = [rows.filter(pc.invert(pc.is_in(mark(rows), hidden))) for rows in found]
        return found


def _literal(moment: datetime) -> str:
    return f"timestamp '{moment}'"


def _same(table: Table, column: str) -> str:
    """That a fact and a superseded version agree in a column of the key; equality is quicker where there is no null."""
    return f'f."{column}" {"=" if table.by_name[column].required else "is not distinct from"} s."{column}"'


class Timeline:
    """A snapshot, asked what it shows at an instant (None: now). Safe to share between threads."""

    def __init__(self, root: Path, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._root = root
        self._last: tuple[datetime, frozenset[str]] | None = None
        self._unindexed: dict[str, list[str]] = {}

    def reading(self, table: Table, as_of: datetime | None) -> Reading:
        """A whole table."""
        return self._reading(table, self.snapshot.files.get(table.name, ()), as_of)

    def bucket(self, table: Table, bucket: int, as_of: datetime | None) -> Reading:
        """One bucket of a table that is kept by person."""
        return self._reading(table, self._buckets.get((table.name, bucket), ()), as_of)

    def index(self, table: Table, key: str, as_of: datetime | None) -> Reading:
        """A key index of a table; ``key`` as in :attr:`Snapshot.indexes`."""
        return self._reading(table, self.snapshot.indexes.get(key, ()), as_of)

    def unindexed(self, table: Table, key: str) -> list[str]:
        """Batches of a table that its index ``key`` lacks; see :meth:`Snapshot.unindexed`."""
        if key not in self._unindexed:
            self._unindexed[key] = self.snapshot.unindexed(table.name, key)
        return self._unindexed[key]

    def row_count(self, table: str, as_of: datetime | None) -> int:
        """Visible rows of a table, from the receipts alone."""
        tallies = [batch.tables.get(table) for batch in self._batches(as_of)]
        return sum(tally.visible()[0] for tally in tallies if tally)

    def batches(self, table: str, as_of: datetime | None) -> list[str]:
        """Batches with visible rows of a table, or corrections of such rows: the same however the files are merged."""
        kinds = (self.snapshot.files, self.snapshot.superseded)
        found = {batch for files in kinds for file in files.get(table, ()) for batch in file.batches}
        return sorted(found if as_of is None else found & self._recorded(as_of))

    @cached_property
    def _buckets(self) -> Mapping[tuple[str, int | None], Sequence[DataFile]]:
        found: dict[tuple[str, int | None], list[DataFile]] = {}
        for name, files in self.snapshot.files.items():
            for file in files:
                found.setdefault((name, file.bucket), []).append(file)
        return found

    @cached_property
    def _superseded(self) -> Mapping[str, Superseded]:
        tables = load_contracts()
        groups = self.snapshot.superseded.items()
        return {
            name: Superseded(tables[name], [self._root / file.path for file in files])
            for name, files in groups
            if files and name in tables
        }

    def _reading(self, table: Table, files: Sequence[DataFile], as_of: datetime | None) -> Reading:
        superseded, until = self._superseded.get(table.name), None
        if as_of is not None:
            recorded = self._recorded(as_of)
            files = [file for file in files if not recorded.isdisjoint(file.batches)]
            until = as_of if any(not recorded.issuperset(file.batches) for file in files) else None
            if all(recorded.isdisjoint(file.batches) for file in self.snapshot.superseded.get(table.name, ())):
                superseded = None
        samples = {file.batches: self._root / file.path for file in files}
        every = tuple(self._root / file.path for file in files)
        return Reading(table, every, tuple(samples.values()), as_of, until, superseded)

    def _recorded(self, as_of: datetime) -> frozenset[str]:
        """Ids of the batches recorded until a moment."""
        last = self._last
        if last is None or last[0] != as_of:
            last = self._last = (as_of, frozenset(batch.batch_id for batch in self._batches(as_of)))
        return last[1]

    def _batches(self, as_of: datetime | None) -> list[BatchReceipt]:
        return [batch for batch in self.snapshot.batches if as_of is None or batch.recorded_at <= as_of]
