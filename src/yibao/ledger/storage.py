"""A ledger on disk: create, open, read. Writing is :mod:`yibao.ledger.ingest`."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine import DuckEngine
from yibao.engine.portable import derived_sources
from yibao.engine.schema import Table, Tables
from yibao.ledger.contracts import load_contracts
from yibao.ledger.duck import connect
from yibao.ledger.keyindex import find_index, index_key
from yibao.ledger.refusals import LedgerError, LedgerWriteFailed, NotALedger, WrongCurrency
from yibao.ledger.slices import SliceReader, Within, conform
from yibao.ledger.snapshot import (
    BatchReceipt,
    DataFile,
    Snapshot,
    read_snapshot,
    replace_text,
    snapshot_numbers,
    write_snapshot,
)
from yibao.ledger.typing_sql import BUCKETS, bucket_of

#: Version of the layout on disk. A program reads ledgers of its own version.
LAYOUT = 2
#: Tables up to so many cells (rows x columns read) are read into memory once: opening their 64 files for each law takes
#: longer than the law. A larger one stays on disk: on 10 M charge lines building the table takes 5 s and 3.5 GB, and
#: saves the laws no more than that.
KEEP_CELLS = 10_000_000
_FOLDERS = ("snapshots", "tables", "indexes", "quarantine")
_OURS = (*_FOLDERS, "tmp", "CURRENT", "CURRENT.new", "ledger.json.new", "writer.lock")


class Ledger:
    """The facts of one fund, read as of the snapshot that was current when it was opened.

    ``refresh`` moves on to what was written since. Reading is safe while another process writes.
    """

    def __init__(self, path: Path, currency: str) -> None:
        self.path = path
        self.currency = currency
        self._snapshot = read_snapshot(path)
        self._slices = SliceReader()
        self._readers = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "slice")
        self._by_bucket: dict[str, dict[int | None, list[DataFile]]] = {}

    @property
    def snapshot_id(self) -> int:
        return self._snapshot.number

    def refresh(self) -> None:
        """Read the current snapshot from now on."""
        self._snapshot = read_snapshot(self.path)
        self._by_bucket = {}

    def tables(self) -> Tables:
        """Contracts by table name."""
        return load_contracts()

    def batches(self) -> list[BatchReceipt]:
        """Receipts of all batches, oldest first."""
        return list(self._snapshot.batches)

    def snapshots(self) -> list[Snapshot]:
        """All snapshots, oldest first."""
        return [read_snapshot(self.path, number) for number in snapshot_numbers(self.path)]

    def files(self, table: str, as_of: datetime | None = None) -> list[Path]:
        """Parquet files of a table; with ``as_of`` only of batches recorded until then."""
        self._contract(table)
        return [self.path / file.path for file in self._files(table, as_of)]

    def row_count(self, table: str, as_of: datetime | None = None) -> int:
        """Rows of a table, from the snapshot alone."""
        return sum(file.rows for file in self._files(table, as_of))

    def last_recorded(self) -> datetime | None:
        """When the newest batch was recorded; None for an empty ledger."""
        return max((batch.recorded_at for batch in self._snapshot.batches), default=None)

    def attach(
        self,
        engine: DuckEngine,
        as_of: datetime | None = None,
        only: Collection[str] | Mapping[str, Collection[str]] | None = None,
        keep_cells: int = KEEP_CELLS,
    ) -> None:
        """Make contract tables readable in ``engine``, empty ones too, and compute the derived ones.

        ``only`` names the tables wanted (default: all), or the columns of each; what a derived table is computed from
        comes with it. Tables of at most ``keep_cells`` cells are read into memory once.
        """
        wanted = set(self.tables() if only is None else only)
        columns = only if isinstance(only, Mapping) else {}
        derived = [name for name in sorted(wanted) if self._contract(name).kind == "derived"]
        sources = {source for name in derived for source in derived_sources(name, self.tables())}
        for name in sorted((wanted | sources) - set(derived)):
            chosen = columns.get(name) or self._contract(name).column_names
            keep = self.row_count(name, as_of) * len(chosen) <= keep_cells
            source = self.files(name, as_of) or self._contract(name).empty()
            engine.register(name, source, columns=columns.get(name), keep=keep)
        for name in derived:
            engine.materialise(name, self._contract(name).sql or "")

    def slice(
        self,
        person_id: str,
        tables: Sequence[str],
        as_of: datetime | None = None,
        columns: Mapping[str, Collection[str]] | None = None,
    ) -> dict[str, pa.Table]:
        """One person's rows of each table, sorted as the contract says within each batch.

        ``columns`` limits a table to some of its columns (in contract order, without extensions), which is quicker.
        """

        def one(name: str) -> pa.Table:
            contract, wanted = self._contract(name), (columns or {}).get(name)
            if contract.slice is None:
                raise LedgerError(f"{name} is not kept by person", mend="read it as a whole")
            files = self._bucket_files(name, bucket_of(person_id), as_of)
            found = self._slices.read(files, contract.slice, person_id, wanted)
            return conform(found, _schema(name, None if wanted is None else frozenset(wanted)))

        # Decoding leaves Python's lock, so the tables of a history are read side by side.
        read = self._readers.map(one, tables) if len(tables) > 1 else map(one, tables)
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
        :class:`LedgerError` when the table has no such index.
        """
        contract = self._contract(table)
        index = find_index(contract, column)
        within = Within(index.by[1], since, until) if (since, until) != (None, None) else None
        files = self._known_until(self._snapshot.indexes.get(index_key(contract, index), ()), as_of)
        found = self._slices.read([self.path / file.path for file in files], column, value, within=within)
        return conform(found, _schema(table, frozenset(contract.index_columns(index))))

    def rows(self, table: str, column: str, values: Sequence[Any], as_of: datetime | None = None) -> pa.Table:
        """Rows whose ``column`` is one of ``values`` (evidence by its key)."""
        contract = self._contract(table)
        if column not in contract.by_name:
            raise LedgerError(f"{table} has no column {column!r}")
        wanted = list(dict.fromkeys(values))
        if column == contract.slice:
            return conform([self.slice(value, [table], as_of)[table] for value in wanted], contract.arrow_schema())
        files = [str(path) for path in self.files(table, as_of)]
        if not files or not wanted:
            return contract.empty()
        with connect() as connection:
            marks = ", ".join("?" * len(wanted))
            found = connection.execute(
                "select * from read_parquet(?, union_by_name = true, hive_partitioning = false) "
                f'where "{column}" in ({marks})',
                [files, *wanted],
            ).to_arrow_table()
        return conform([found], contract.arrow_schema())

    def quarantine(self, batch_id: str | None = None) -> pa.Table:
        """Quarantined rows with their reasons, of one batch or of all; see :mod:`yibao.ledger.quarantine`."""
        paths = [
            self.path / batch.quarantine
            for batch in self._snapshot.batches
            if batch.quarantine and batch_id in (None, batch.batch_id)
        ]
        return pa.concat_tables([pq.read_table(path) for path in paths]) if paths else pa.table({})

    def append(self, tables: dict[str, pa.Table], source: str) -> BatchReceipt:
        """Add typed rows (contract types, without ``recorded_at`` and ``batch_id``) as one batch, all or none.

        Raises :class:`yibao.ledger.refusals.LedgerError` when a row breaks its contract or contradicts a recorded one.
        """
        from yibao.ledger.ingest import append

        receipt = append(self, tables, source)
        self.refresh()
        return receipt

    def _bucket_files(self, table: str, bucket: int, as_of: datetime | None) -> list[Path]:
        if table not in self._by_bucket:
            found: dict[int | None, list[DataFile]] = {}
            for file in self._files(table, None):
                found.setdefault(file.bucket, []).append(file)
            self._by_bucket[table] = found
        files = self._by_bucket[table].get(bucket, [])
        recorded = self._recorded(as_of)
        return [self.path / file.path for file in files if recorded is None or recorded.issuperset(file.batches)]

    def _contract(self, table: str) -> Table:
        try:
            return self.tables()[table]
        except KeyError:
            raise LedgerError(f"there is no table {table!r}", zh=f"没有表 {table}") from None

    def _files(self, table: str, as_of: datetime | None) -> Sequence[DataFile]:
        return self._known_until(self._snapshot.files.get(table, ()), as_of)

    def _known_until(self, files: Sequence[DataFile], as_of: datetime | None) -> Sequence[DataFile]:
        recorded = self._recorded(as_of)
        return [file for file in files if recorded is None or recorded.issuperset(file.batches)]

    def _recorded(self, as_of: datetime | None) -> set[str] | None:
        """Batches recorded until a moment; None when all are wanted."""
        if as_of is None:
            return None
        return {batch.batch_id for batch in self._snapshot.batches if batch.recorded_at <= as_of}


@cache
def _schema(table: str, wanted: frozenset[str] | None) -> pa.Schema:
    schema = load_contracts()[table].arrow_schema()
    return schema if wanted is None else pa.schema([field for field in schema if field.name in wanted])


def create_ledger(path: Path | str, currency: str = "CNY") -> Ledger:
    """A new empty ledger. ``currency`` is an ISO 4217 code; amounts are kept in its minor unit."""
    path = Path(path)
    if not re.fullmatch("[A-Z]{3}", currency):
        raise WrongCurrency(
            f"{currency!r} is no currency",
            mend="give an ISO 4217 code such as CNY",
            zh=f"{currency!r} 不是币种",
            mend_zh="请用 ISO 4217 代码，如 CNY",
        )
    if (path / "ledger.json").exists():
        raise LedgerError("there is a ledger already", where=str(path), zh="此处已有账本")
    if path.exists() and (not path.is_dir() or _foreign(path)):
        raise NotALedger(
            "the place is taken",
            where=str(path),
            mend="name a new or empty directory",
            zh="此处已有别的内容",
            mend_zh="请指定新的或空的目录",
        )
    about = {"layout": LAYOUT, "currency": currency, "buckets": BUCKETS}
    try:
        for folder in _FOLDERS:
            (path / folder).mkdir(parents=True, exist_ok=True)
        write_snapshot(path, Snapshot(0, made_at=datetime.now().replace(microsecond=0)))
        # Last, because it is what makes the directory a ledger.
        replace_text(path / "ledger.json", json.dumps(about, indent=1) + "\n")
    except OSError as error:
        raise LedgerWriteFailed(
            f"the ledger cannot be created: {error.strerror}",
            where=str(path),
            mend="choose a place where you may write",
            zh=f"无法创建账本：{error.strerror}",
            mend_zh="请选择您有写权限的位置",
        ) from error
    return Ledger(path, currency)


def open_ledger(path: Path | str) -> Ledger:
    """An existing ledger. Raises :class:`NotALedger`."""
    path = Path(path)
    try:
        about = json.loads((path / "ledger.json").read_text(encoding="utf-8"))
        layout, currency, buckets = about["layout"], about["currency"], about["buckets"]
    except (FileNotFoundError, NotADirectoryError):
        raise NotALedger(
            "this is not a ledger",
            where=str(path),
            mend="create one with `yibao ingest`",
            zh="这不是账本",
            mend_zh="请先用 `yibao ingest` 建立",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotALedger(
            f"ledger.json cannot be read: {error}", where=str(path), zh=f"ledger.json 无法读取：{error}"
        ) from error
    if (layout, buckets) != (LAYOUT, BUCKETS):
        raise NotALedger(
            f"the ledger has layout {layout} with {buckets} buckets; this program reads {LAYOUT} with {BUCKETS}",
            where=str(path),
            zh=f"账本为版式 {layout}、{buckets} 桶；本程序读取版式 {LAYOUT}、{BUCKETS} 桶",
        )
    return Ledger(path, currency)


def discard_ledger(path: Path) -> None:
    """Remove a ledger that nothing was ever recorded in, and its directory when nothing else is in it."""
    if read_snapshot(path).number == 0:
        (path / "ledger.json").unlink()
        for name in _OURS:
            entry = path / name
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)
        if not any(path.iterdir()):
            path.rmdir()


def _foreign(path: Path) -> bool:
    """Whether a directory holds anything but the beginnings of a ledger that was never finished."""
    return any(entry.name not in _OURS for entry in path.iterdir())
