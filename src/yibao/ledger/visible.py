"""Which rows of a table are visible at an instant.

Facts are immutable, so an earlier instant is read by leaving out what came later: files of later batches wholly, and of
a compacted file, which holds rows of several batches, the later rows one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from yibao.engine import Engine
from yibao.engine.schema import Table
from yibao.ledger.slices import SliceReader, Within
from yibao.ledger.snapshot import DataFile, Snapshot


@dataclass(frozen=True)
class Reading:
    """What to read of a table: the rows of ``files``, without those recorded after ``until``."""

    table: Table
    files: tuple[Path, ...]
    until: datetime | None

    @property
    def plain(self) -> bool:
        """Whether every row of the files is visible."""
        return self.until is None

    def attach(self, engine: Engine, columns: Collection[str] | None, keep: bool) -> None:
        """Make the visible rows readable in ``engine``; ``columns`` of them, ``keep`` in memory."""
        name = self.table.name
        if not self.files:
            engine.register(name, self.table.empty())
        elif self.plain:
            engine.register(name, self.files, columns=columns, keep=keep)
        else:
            engine.register(f"{name}__files", self.files)
            sql = self.sql(f'"{name}__files"', sorted(columns or ()))
            if keep:
                engine.materialise(name, sql)
            else:
                engine.view(name, sql)

    def sql(self, files: str, columns: Sequence[str] = ()) -> str:
        """A portable SELECT of the visible rows (of all ``columns``); ``files`` is a relation of all rows."""
        listed = ", ".join(f'"{column}"' for column in columns) or "*"
        where = f" where recorded_at <= timestamp '{self.until}'" if self.until else ""
        return f"select {listed} from {files}{where}"

    def slice(
        self,
        reader: SliceReader,
        column: str,
        value: str,
        wanted: Collection[str] | None = None,
        within: Within | None = None,
    ) -> list[pa.Table]:
        """The visible rows whose ``column`` is ``value``, by file; see :meth:`SliceReader.read`."""
        if self.until is not None and wanted is not None:
            wanted = {*wanted, "recorded_at"}
        found = reader.read(self.files, column, value, wanted, within)
        if self.until is None:
            return found
        until = pa.scalar(self.until, pa.timestamp("us"))
        return [rows.filter(pc.less_equal(rows["recorded_at"], until)) for rows in found]


class Timeline:
    """A snapshot, asked what it shows at an instant (None: now). Safe to share between threads."""

    def __init__(self, root: Path, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._root = root
        self._last: tuple[datetime, frozenset[str]] | None = None

    def reading(self, table: Table, as_of: datetime | None) -> Reading:
        """A whole table."""
        return self._reading(table, self.snapshot.files.get(table.name, ()), as_of)

    def bucket(self, table: Table, bucket: int, as_of: datetime | None) -> Reading:
        """One bucket of a table that is kept by person."""
        return self._reading(table, self._buckets.get((table.name, bucket), ()), as_of)

    def index(self, table: Table, key: str, as_of: datetime | None) -> Reading:
        """A key index of a table; ``key`` as in :attr:`Snapshot.indexes`."""
        return self._reading(table, self.snapshot.indexes.get(key, ()), as_of)

    def row_count(self, table: str, as_of: datetime | None) -> int:
        """Visible rows of a table, from the receipts alone."""
        batches = (b for b in self.snapshot.batches if as_of is None or b.recorded_at <= as_of)
        return sum(batch.tables[table].accepted for batch in batches if table in batch.tables)

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

    def _reading(self, table: Table, files: Sequence[DataFile], as_of: datetime | None) -> Reading:
        if as_of is None:
            return Reading(table, tuple(self._root / file.path for file in files), None)
        recorded = self._recorded(as_of)
        chosen = [file for file in files if not recorded.isdisjoint(file.batches)]
        mixed = any(not recorded.issuperset(file.batches) for file in chosen)
        return Reading(table, tuple(self._root / file.path for file in chosen), as_of if mixed else None)

    def _recorded(self, as_of: datetime) -> frozenset[str]:
        """Batches recorded until a moment."""
        last = self._last
        if last is None or last[0] != as_of:
            known = frozenset(batch.batch_id for batch in self.snapshot.batches if batch.recorded_at <= as_of)
            last = self._last = (as_of, known)
        return last[1]
