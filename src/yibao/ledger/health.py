"""Whether data files are what the ledger says they are: there, unchanged, saying the same after a merge."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine import EngineError
from yibao.ledger.duck import read_parquet
from yibao.ledger.refusals import DamagedLedger, LedgerWriteFailed, SnapshotDropped
from yibao.ledger.snapshot import DataFile, Snapshot


@dataclass(frozen=True)
class Content:
    """What some files say together: rows, money in minor units, and a digest that does not depend on their order."""

    rows: int
    money: int
    digest: int


def content(engine: duckdb.DuckDBPyConnection, paths: Sequence[Path], schema: pa.Schema, money: str | None) -> Content:
    """The content of files; a column of ``schema`` that they all lack counts as null.

    The digest sums a 64-bit hash of each row, so it compares files within one process, not across versions of the
    engine as :func:`yibao.engine.content_hash` does, and takes a sixth of its time.
    """
    there = {name for path in paths for name in pq.read_schema(path).names}
    cells = ", ".join(f'"{name}"' if name in there else "null" for name in schema.names)
    row = engine.execute(
        f"select count(*), cast(coalesce(sum({money or 0}), 0) as hugeint), cast(sum(hash({cells})) as hugeint) "
        f"from {read_parquet(paths)}"
    ).fetchone()
    assert row is not None
    return Content(*row)


def check_file(root: Path, file: DataFile) -> None:
    """Raise :class:`DamagedLedger` when a data file is gone or its bytes are not those that were written."""
    path = root / file.path
    try:
        with path.open("rb") as data:
            same = hashlib.file_digest(data, "sha256").hexdigest() == file.sha256
    except FileNotFoundError:
        raise gone(path) from None
    if not same:
        raise DamagedLedger(
            "the file is damaged: it is not what was written",
            where=str(path),
            mend="restore it from a backup; the ledger was not changed",
            zh="文件已损坏：内容与写入时不同",
            mend_zh="请从备份恢复；账本未改动",
        )


def gone(path: Path) -> DamagedLedger:
    """The refusal for a data file that somebody removed."""
    return DamagedLedger(
        "a file of the ledger is gone",
        where=str(path),
        mend="restore it from a backup; the ledger was not changed",
        zh="账本的文件不存在",
        mend_zh="请从备份恢复；账本未改动",
    )


def still_there(root: Path, snapshot: Snapshot) -> None:
    """Raise :class:`SnapshotDropped` or :class:`DamagedLedger` when files of a snapshot are not there any more."""
    if not (root / "snapshots" / f"{snapshot.number}.json").exists():
        raise SnapshotDropped(
            f"snapshot {snapshot.number} was dropped while it was read",
            where=str(root),
            mend="run the same command again: it reads the current snapshot; facts are the same there",
            zh=f"快照 {snapshot.number} 在读取期间被删除",
            mend_zh="请重新运行同一命令：将读取当前快照，其中事实不变",
        )
    for path in (root / file.path for files in snapshot.groups() for file in files):
        if not path.exists():
            raise gone(path)


@contextmanager
def while_reading(root: Path, snapshot: Snapshot) -> Iterator[None]:
    """Whatever fails inside because files are gone or damaged is told as such; see :func:`still_there`."""
    try:
        yield
    except (OSError, duckdb.Error, EngineError, pa.ArrowInvalid) as error:
        still_there(root, snapshot)
        # Of a whole ledger it would take long to find a damaged file; mostly the engine says which one it is.
        said = str(error)
        for file in (file for files in snapshot.groups() for file in files):
            if str(root / file.path) in said:
                check_file(root, file)
        raise


def enough_room(root: Path, needed: int) -> None:
    """Raise :class:`LedgerWriteFailed` when so many bytes do not fit beside the ledger."""
    free = shutil.disk_usage(root).free
    if free < needed:
        raise LedgerWriteFailed(
            f"this may need {_megabytes(needed)}, but {_megabytes(free)} are free",
            where=str(root),
            mend="make room and run the same command again; dropping old snapshots (--keep) may help",
            zh=f"可能需要 {_megabytes(needed)}，但只有 {_megabytes(free)} 可用",
            mend_zh="请腾出空间后重新运行同一命令；删除旧快照（--keep）可能有帮助",
        )


def _megabytes(size: int) -> str:
    return f"{-(-size >> 20):,} MB"
