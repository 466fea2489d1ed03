"""A ledger on disk, read. It is made in :mod:`yibao.ledger.founding` and written by :mod:`yibao.ledger.ingest`."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine import Engine
from yibao.engine.portable import derived_order, derived_sources
from yibao.engine.protocol import Keep
from yibao.engine.schema import Table, Tables
from yibao.ledger.contracts import load_contracts
from yibao.ledger.duck import connect
from yibao.ledger.facts_hash import facts_hash
from yibao.ledger.health import still_there, while_reading
from yibao.ledger.keyindex import find_index, index_key, not_built
from yibao.ledger.receipts import BatchReceipt
from yibao.ledger.refusals import LedgerError
from yibao.ledger.slices import SliceReader, Within, conform
from yibao.ledger.snapshot import Snapshot, find_snapshot, read_snapshot, snapshot_numbers
from yibao.ledger.typing_sql import bucket_of
from yibao.ledger.visible import Timeline

#: Tables up to so many cells (rows x columns read) are read into memory once: opening their 64 files for each law takes
#: longer than the law. A larger one is read anew by each statement, unless it is read often: of 10 M charge lines the
#: engine's own copy takes 30 processor seconds and 0.7 GB of disk, and saves each law one to two seconds.
KEEP_CELLS = 10_000_000


class Ledger:
    """The facts of one fund, read as of the snapshot that was current when it was opened, or as of a chosen one.

    ``refresh`` moves on to what was written since; a chosen snapshot is kept. Reading is safe while another process
    writes.
    """

    def __init__(self, path: Path, currency: str, snapshot: int | None = None) -> None:
        self.path = path
        self.currency = currency
        self._chosen = snapshot
        self._slices = SliceReader()
        self._readers = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "slice")
        self.refresh()

    @property
    def snapshot_id(self) -> int:
        return self._timeline.snapshot.number

    def refresh(self) -> None:
        """Read the current snapshot from now on, unless one was chosen."""
        found = read_snapshot(self.path) if self._chosen is None else find_snapshot(self.path, self._chosen)
        self._timeline = Timeline(self.path, found)

    def writable(self) -> None:
        """Raise :class:`LedgerError` when an earlier snapshot was chosen: what is written comes after the newest."""
        if self._chosen is not None:
            raise LedgerError(
                f"snapshot {self._chosen} is read only",
                where=str(self.path),
                mend="open the ledger without a snapshot",
                zh=f"快照 {self._chosen} 只读",
                mend_zh="请不指定快照打开账本",
            )

    def tables(self) -> Tables:
        """Contracts by table name."""
        return load_contracts()

    def batches(self) -> list[BatchReceipt]:
        """Receipts of all batches, oldest first."""
        return list(self._timeline.snapshot.batches)

    def snapshots(self) -> list[Snapshot]:
        """All snapshots up to the current one, oldest first."""
        return [read_snapshot(self.path, number) for number in snapshot_numbers(self.path)]

    def files(self, table: str, as_of: datetime | None = None) -> list[Path]:
        """Parquet files with rows of a table that were recorded until ``as_of``; they may hold later rows too."""
        return list(self._timeline.reading(self._contract(table), as_of).files)

    def row_count(self, table: str, as_of: datetime | None = None) -> int:
        """Rows of a table, from the receipts alone."""
        return self._timeline.row_count(table, as_of)

    def size(self, as_of: datetime | None = None) -> int:
        """Rows of all tables together, from the receipts alone."""
        return sum(self.row_count(name, as_of) for name in self.tables())

    def sources(self, table: str, as_of: datetime | None = None) -> list[str]:
        """Batches on which the visible rows of a table rest; what is computed from the table depends on nothing else.

        Compaction does not change them.
        """
        return self._timeline.batches(self._contract(table).name, as_of)

    def absent_columns(self, table: str, as_of: datetime | None = None) -> frozenset[str]:
        """Columns that the contract got after a table's facts were ingested; attached, they are null in every row.

        None for a table without facts. To fill them the data must be ingested again.
        """
        contract = self._contract(table)
        return self._timeline.reading(contract, as_of).absent() if contract.kind == "fact" else frozenset()

    def content_hash(self, table: str, as_of: datetime | None = None, recorded: bool = False) -> str:
        """Order-free hash of a table's facts: equal however they were split into batches and files.

        With ``recorded`` it says when and in which batch each row came, too. Raises :class:`LedgerError` for a table
        that holds no facts.
        """
        contract = self._contract(table)
        if contract.kind != "fact":
            raise LedgerError(f"{table} holds no facts", mend="hash the tables that it is computed from")
        return facts_hash(self._timeline.reading(contract, as_of), recorded)

    def last_recorded(self) -> datetime | None:
        """When the newest batch was recorded; None for an empty ledger."""
        return max((batch.recorded_at for batch in self._timeline.snapshot.batches), default=None)

    def attach(
        self,
        engine: Engine,
        as_of: datetime | None = None,
        only: Collection[str] | Mapping[str, Collection[str]] | None = None,
        keep_cells: int = KEEP_CELLS,
        often: Collection[str] = (),
    ) -> None:
        """Make contract tables readable in ``engine``, empty ones too.

        ``only`` names the tables wanted (default: all), or the columns of each; what a derived table is computed from
        comes with it. Derived tables that were named are computed here, once; of all tables a statement computes those
        that it reads. Tables of at most ``keep_cells`` cells are read into memory once, larger ones read ``often`` are
        copied once into files of the engine.
        """
        wanted = set(self.tables() if only is None else only)
        columns = only if isinstance(only, Mapping) else {}
        for name in wanted:
            self._contract(name)
        derived = derived_order(wanted, self.tables())
        sources = {source for name in derived for source in derived_sources(name, self.tables())}
        with self.reading():
            for name in sorted((wanted | sources) - set(derived)):
                chosen = columns.get(name) or self._contract(name).column_names
                small = self.row_count(name, as_of) * len(chosen) <= keep_cells
                keep: Keep = "memory" if small else "disk" if name in often else "no"
                self._timeline.reading(self._contract(name), as_of).attach(engine, columns.get(name), keep)
            derive = engine.view if only is None else engine.materialise
            for name in derived:
                derive(name, self._contract(name).sql or "")

    def slice(
        self,
        person_id: str,
        tables: Sequence[str],
        as_of: datetime | None = None,
        columns: Mapping[str, Collection[str]] | None = None,
        at_hand: bool = False,
    ) -> dict[str, pa.Table]:
        """One person's rows of each table, sorted as the contract says within each batch.

        ``columns`` limits a table to some of its columns (in contract order, without extensions), which is quicker.
        ``at_hand`` keeps in memory what was decoded, within bounds: for small tables that are asked for one person
        after another.
        """

        def one(name: str) -> pa.Table:
            contract, wanted = self._contract(name), (columns or {}).get(name)
            if contract.slice is None:
                raise LedgerError(f"{name} is not kept by person", mend="read it as a whole")
            reading = self._timeline.bucket(contract, bucket_of(person_id), as_of)
            found = reading.slice(self._slices, contract.slice, person_id, wanted, at_hand=at_hand)
            return conform(found, _schema(name, None if wanted is None else frozenset(wanted)))

        # Decoding leaves Python's lock, so the tables of a history are read side by side. What is at hand needs none.
        read = self._readers.map(one, tables) if len(tables) > 1 and not at_hand else map(one, tables)
        with self.reading():
            return dict(zip(tables, read, strict=True))

    def slice_by(
        self,
        table: str,
        column: str,
        value: str,
        since: date | None = None,
        until: date | None = None,
        as_of: datetime | None = None,
    ) -> pa.Table:
        """Rows of one trace code, bed, physician, institution or invoice: the columns of that index of the contract.

        ``since`` and ``until`` bound the index's second column, half-open, in its own type (date or datetime). Raises
        :class:`LedgerError` when the table has no such index, or one that was declared after batches had come and was
        not built for them.
        """
        contract = self._contract(table)
        index = find_index(contract, column)
        if missing := self._timeline.unindexed(contract, index_key(contract, index)):
            raise not_built(contract, column, self.path, missing)
        within = Within(index.by[1], since, until) if (since, until) != (None, None) else None
        reading = self._timeline.index(contract, index_key(contract, index), as_of)
        with self.reading():
            found = reading.slice(self._slices, column, value, within=within)
        return conform(found, _schema(table, frozenset(contract.index_columns(index))))

    def rows(self, table: str, column: str, values: Sequence[Any], as_of: datetime | None = None) -> pa.Table:
        """Rows whose ``column`` is one of ``values`` (evidence by its key)."""
        contract = self._contract(table)
        if column not in contract.by_name:
            raise LedgerError(f"{table} has no column {column!r}")
        wanted = list(dict.fromkeys(values))
        if column == contract.slice:
            return conform([self.slice(value, [table], as_of)[table] for value in wanted], contract.arrow_schema())
        reading = self._timeline.reading(contract, as_of)
        if not reading.files or not wanted:
            return contract.empty()
        with self.reading(), connect() as connection:
            marks = ", ".join("?" * len(wanted))
            found = connection.execute(
                f'select * from ({reading.parquet_sql()}) where "{column}" in ({marks})', wanted
            ).to_arrow_table()
        return conform([found], contract.arrow_schema())

    def quarantine(self, batch_id: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        """Quarantined rows with their reasons, of one batch or of all; see :mod:`yibao.ledger.quarantine`."""
        paths = [
            self.path / batch.quarantine
            for batch in self._timeline.snapshot.batches
            if batch.quarantine and batch_id in (None, batch.batch_id)
        ]
        with self.reading():
            read = [pq.read_table(path, columns=None if columns is None else list(columns)) for path in paths]
            return pa.concat_tables(read) if read else pa.table({})

    def reading(self) -> AbstractContextManager[None]:
        """A block in which files of the snapshot are read, also by statements over what ``attach`` made readable.

        Raises :class:`yibao.ledger.refusals.SnapshotDropped` or :class:`yibao.ledger.refusals.DamagedLedger` when what
        is read inside is not there any more.
        """
        return while_reading(self.path, self._timeline.snapshot)

    def still_there(self) -> None:
        """Raise as :meth:`reading` does when the snapshot was dropped or a file of it is gone."""
        still_there(self.path, self._timeline.snapshot)

    def append(self, tables: dict[str, pa.Table], source: str) -> BatchReceipt:
        """Add typed rows (contract types, without ``recorded_at`` and ``batch_id``) as one batch, all or none.

        Raises :class:`yibao.ledger.refusals.LedgerError` when a row breaks its contract or contradicts a recorded one.
        """
        from yibao.ledger.ingest import append

        receipt = append(self, tables, source)
        self.refresh()
        return receipt

    def _contract(self, table: str) -> Table:
        try:
            return self.tables()[table]
        except KeyError:
            raise LedgerError(f"there is no table {table!r}", zh=f"没有表 {table}") from None


@cache
def _schema(table: str, wanted: frozenset[str] | None) -> pa.Schema:
    schema = load_contracts()[table].arrow_schema()
    return schema if wanted is None else pa.schema([field for field in schema if field.name in wanted])
