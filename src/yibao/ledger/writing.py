"""The one writer of a ledger: its lock, its working directory, and the step that publishes a batch."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import duckdb
import pyarrow as pa

from yibao.ledger.contracts import load_contracts
from yibao.ledger.health import still_there
from yibao.ledger.keyindex import index_key
from yibao.ledger.receipts import BatchReceipt
from yibao.ledger.refusals import LedgerError, LedgerLocked, LedgerWriteFailed
from yibao.ledger.snapshot import DataFile, Snapshot, read_snapshot, remove_leftovers, sync_folders, write_snapshot

FileGroups: TypeAlias = "Mapping[str, Sequence[DataFile]]"
_STORAGE_ERRORS = (OSError, duckdb.IOException, duckdb.OutOfMemoryException, pa.ArrowMemoryError)


@dataclass(frozen=True)
class Draft:
    """A batch in the making. Its files are written below ``folder`` at the path that they will have in the ledger."""

    root: Path
    folder: Path
    base: Snapshot
    batch_id: str
    recorded_at: datetime

    def publish(
        self, files: FileGroups, superseded: FileGroups, indexes: FileGroups, receipt: BatchReceipt
    ) -> Snapshot:
        """Make the batch part of the ledger."""
        paths = [file.path for groups in (files, superseded, indexes) for group in groups.values() for file in group]
        if receipt.quarantine:
            paths.append(receipt.quarantine)
        snapshot = replace(
            self.base,
            files=_joined(self.base.files, files),
            superseded=_joined(self.base.superseded, superseded),
            indexes=_joined(self.base.indexes, indexes),
            indexed=self._indexed(files),
            batches=(*self.base.batches, receipt),
            why=f"ingest {receipt.batch_id}",
            last_batch=self.base.last_batch + 1,
            last_recorded=self.recorded_at,
        )
        return self.commit(snapshot, paths)

    def _indexed(self, files: FileGroups) -> dict[str, tuple[str, ...]]:
        """The batch is in every index of its tables, also in those for which none of its rows has a key."""
        found = dict(self.base.indexed)
        for table in (load_contracts()[name] for name, group in files.items() if group):
            for index in table.indexes:
                name = index_key(table, index)
                found[name] = (*found.get(name, ()), self.batch_id)
        return found

    def commit(self, snapshot: Snapshot, paths: Iterable[str]) -> Snapshot:
        """Move new files to their place and make ``snapshot``, as the next one, current."""
        folders: set[Path] = set()
        for path in paths:
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).replace(target)
            # Each directory up to the ledger's own, since any of them may be new.
            folders |= {self.root / folder for folder in Path(path).parents}
        sync_folders(sorted(folders))
        snapshot = replace(snapshot, number=self.base.number + 1, made_at=datetime.now().replace(microsecond=0))
        write_snapshot(self.root, snapshot)
        return snapshot


def _joined(old: FileGroups, new: FileGroups) -> dict[str, tuple[DataFile, ...]]:
    return {name: (*old.get(name, ()), *new.get(name, ())) for name in sorted({*old, *new})}


@contextmanager
def writing(root: Path, recorded_at: datetime | None = None) -> Iterator[Draft]:
    """Hold the ledger as its only writer and give a draft of the next batch; see :func:`sole_writer`."""
    with sole_writer(root) as base:
        batch_id = f"b{base.last_batch + 1:06d}"
        folder = root / "tmp" / batch_id
        folder.mkdir(parents=True)
        yield Draft(root, folder, base, batch_id, _moment(base, recorded_at))


@contextmanager
def sole_writer(root: Path) -> Iterator[Snapshot]:
    """Hold the ledger as its only writer and give the current snapshot.

    Whatever happens inside, what was not published leaves no trace. Raises :class:`LedgerLocked` when another process
    writes, :class:`LedgerWriteFailed` when the storage refuses (disk full, no permission).
    """
    with _lock(root):
        base = None
        try:
            base = _begin(root)
            yield base
        except BaseException as error:
            with suppress(OSError, LedgerError):
                remove_leftovers(root)
            if isinstance(error, _STORAGE_ERRORS):
                raise _failed(root, base, error) from error
            raise
        shutil.rmtree(root / "tmp", ignore_errors=True)


def _failed(root: Path, base: Snapshot | None, error: Exception) -> LedgerError:
    """What a failure of the storage means: a file that vanished, or a write refused before the switch or after it."""
    if base is not None and read_snapshot(root).number != base.number:
        return LedgerWriteFailed(
            f"the change was made, but the storage failed afterwards: {error}",
            where=str(root),
            mend="check the disk, then the ledger with `yibao snapshot verify`",
            zh=f"更改已完成，但随后存储出错：{error}",
            mend_zh="请检查磁盘，再用 `yibao snapshot verify` 核验账本",
        )
    if base is not None:
        try:
            still_there(root, base)
        except LedgerError as told:
            return told
    return LedgerWriteFailed(
        f"writing failed: {error}",
        where=str(root),
        mend="the ledger is as it was before; make room and run the same command again",
        zh=f"写入失败：{error}",
        mend_zh="账本与之前相同；请腾出空间后重新运行同一命令",
    )


def _begin(root: Path) -> Snapshot:
    """The current snapshot, after clearing up what a killed writer left; ``tmp`` exists only while somebody writes."""
    if (root / "tmp").exists():
        remove_leftovers(root)
    return read_snapshot(root)


def _moment(base: Snapshot, recorded_at: datetime | None) -> datetime:
    """When the batch is recorded; as-of reading needs that batches follow each other in time."""
    last = base.last_recorded or datetime.min
    if recorded_at is None:
        return max(datetime.now().replace(microsecond=0), last)
    if recorded_at < last:
        raise LedgerError(
            f"a batch cannot be recorded at {recorded_at}: the last one was at {last}",
            mend="give a later moment",
            zh=f"批次不能记在 {recorded_at}：上一批次记于 {last}",
            mend_zh="请给更晚的时刻",
        )
    return recorded_at.replace(microsecond=0)


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """The operating system frees this lock when its holder dies, so a stale one cannot stand in the way."""
    try:
        handle = os.open(root / "writer.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _failed(root, None, error) from error
        raise LedgerWriteFailed(
            f"the ledger cannot be written: {error.strerror}",
            where=str(root),
            mend="check that you may write there",
            zh=f"账本无法写入：{error.strerror}",
            mend_zh="请确认您有写权限",
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise LedgerLocked(
                f"process {holder} is writing to this ledger",
                where=str(root),
                mend="wait until it is done",
                zh=f"进程 {holder} 正在写此账本",
                mend_zh="请等它完成",
            ) from error
        # Only for the message above: a disk too full for it will be told of by the batch itself.
        with suppress(OSError):
            os.pwrite(handle, f"{os.getpid():<20}".encode(), 0)
        yield
    finally:
        os.close(handle)
