"""Snapshots: which files are the ledger at a moment, and how a new one becomes visible in one atomic step.

    LEDGER/ledger.json            what the ledger is: currency, buckets, version of this layout
    LEDGER/CURRENT                number of the current snapshot
    LEDGER/snapshots/<n>.json     its files and its batches
    LEDGER/tables/<table>/[<bucket>/]<batch>.parquet
    LEDGER/indexes/<table>.<column>/<batch>.parquet
    LEDGER/superseded/<table>/<batch>.parquet
    LEDGER/quarantine/<batch>.parquet
    LEDGER/tmp/<batch>/           a batch in the making

Nothing is ever changed in place. A batch is written under ``tmp``, synced, renamed to its place and only then named by
a snapshot; replacing ``CURRENT`` is the one step that makes it visible. What a killed writer leaves behind is named by
no snapshot and is removed by the next writer.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from yibao.ledger.receipts import BatchReceipt, FileReceipt, Tally
from yibao.ledger.refusals import NoSuchSnapshot, NotALedger


@dataclass(frozen=True)
class DataFile:
    """A Parquet file of one table. ``path`` is relative to the ledger; ``money`` in minor units.

    ``batches`` are those whose rows it holds: one when an ingest wrote it, several once it was compacted.
    """

    path: str
    batches: tuple[str, ...]
    bucket: int | None
    rows: int
    money: int | None
    sha256: str


@dataclass(frozen=True)
class Snapshot:
    """The ledger at a moment: data files by table, and all batches so far.

    ``superseded`` holds, by table, the files that name rows for which a correction was recorded; ``indexes`` those that
    hold rows sorted by another key, by ``table.index``, and ``indexed`` names the batches whose rows are in them (those
    that have the key). ``why`` says what made the snapshot, ``made_at`` when.
    ``last_batch`` and ``last_recorded`` are those of the newest batch ever made: a rollback takes batches away, but no
    later one gets their number or an earlier time.
    """

    number: int
    files: Mapping[str, tuple[DataFile, ...]] = field(default_factory=dict)
    batches: tuple[BatchReceipt, ...] = ()
    superseded: Mapping[str, tuple[DataFile, ...]] = field(default_factory=dict)
    indexes: Mapping[str, tuple[DataFile, ...]] = field(default_factory=dict)
    indexed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    why: str = "create"
    made_at: datetime | None = None
    last_batch: int = 0
    last_recorded: datetime | None = None

    def files_per_bucket(self) -> int:
        """The most data files that any bucket of any table has."""
        found = Counter((name, file.bucket) for name, files in self.files.items() for file in files)
        return max(found.values(), default=0)

    def unindexed(self, table: str, index: str) -> list[str]:
        """Batches of a table whose rows the index ``table.index`` does not hold: it was declared after they came."""
        known = set(self.indexed.get(index, ())).union(*(file.batches for file in self.indexes.get(index, ())))
        return sorted({batch for file in self.files.get(table, ()) for batch in file.batches} - known)

    def groups(self) -> Iterator[tuple[DataFile, ...]]:
        """Every group of files that the snapshot names, whatever they are for."""
        for kind in (self.files, self.superseded, self.indexes):
            yield from kind.values()


def write_snapshot(root: Path, snapshot: Snapshot) -> None:
    """Make ``snapshot`` the current one: old or new, never between."""
    target = root / "snapshots" / f"{snapshot.number}.json"
    replace_text(target, json.dumps(_to_json(snapshot), ensure_ascii=False, separators=(",", ":")))
    replace_text(root / "CURRENT", f"{snapshot.number}\n")


def read_snapshot(root: Path, number: int | None = None) -> Snapshot:
    """A snapshot by number, by default the current one. Raises :class:`NotALedger`."""
    try:
        return _current(root) if number is None else _read(root, number)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotALedger(
            f"the snapshot cannot be read: {error}", where=str(root), zh=f"快照无法读取：{error}"
        ) from error


def _current(root: Path) -> Snapshot:
    number = _pointer(root)
    while True:
        try:
            return _read(root, number)
        except FileNotFoundError:
            # A writer may have made the next one current and dropped this one in between.
            before, number = number, _pointer(root)
            if number == before:
                raise


def _pointer(root: Path) -> int:
    return int((root / "CURRENT").read_text(encoding="utf-8"))


def _read(root: Path, number: int) -> Snapshot:
    return _from_json(json.loads((root / "snapshots" / f"{number}.json").read_text(encoding="utf-8")))


def find_snapshot(root: Path, number: int) -> Snapshot:
    """A snapshot that somebody asks for by number. Raises :class:`NoSuchSnapshot` naming those that there are."""
    numbers = snapshot_numbers(root)
    if number not in numbers:
        last = numbers[-1]
        held, held_zh = f"{numbers[0]} to {last}", f"有 {numbers[0]} 至 {last}"
        if len(numbers) == 1:
            held, held_zh = f"{last} alone", f"只有 {last}"
        raise NoSuchSnapshot(
            f"there is no snapshot {number}",
            where=str(root),
            mend=f"the ledger has {held}: see `yibao snapshot list`",
            zh=f"没有快照 {number}",
            mend_zh=f"账本{held_zh}：见 `yibao snapshot list`",
        )
    return read_snapshot(root, number)


def snapshot_numbers(root: Path) -> list[int]:
    """Numbers of the snapshots up to the current one. Raises :class:`NotALedger`."""
    current = read_snapshot(root).number
    numbers = (int(path.stem) for path in (root / "snapshots").glob("*.json") if path.stem.isdigit())
    return sorted(number for number in numbers if number <= current)


def remove_leftovers(root: Path) -> tuple[int, int]:
    """Remove what no snapshot names, such as the work of a writer that did not finish. Call it as the only writer.

    Returns how many data files were removed, and their bytes.
    """
    numbers = snapshot_numbers(root)
    for path in (root / "snapshots").iterdir():
        if path.stem not in {str(number) for number in numbers} or path.suffix != ".json":
            path.unlink()
    named: set[str] = set()
    for number in numbers:
        snapshot = read_snapshot(root, number)
        named |= {file.path for files in snapshot.groups() for file in files}
        named |= {batch.quarantine for batch in snapshot.batches if batch.quarantine}
    (root / "CURRENT.new").unlink(missing_ok=True)
    sizes = []
    for folder in ("tables", "superseded", "indexes", "quarantine"):
        for path in (root / folder).rglob("*.parquet"):
            if path.relative_to(root).as_posix() not in named:
                sizes.append(path.stat().st_size)
                path.unlink()
    # Last, because its presence says that there may be something to remove.
    shutil.rmtree(root / "tmp", ignore_errors=True)
    return len(sizes), sum(sizes)


def replace_text(target: Path, text: str) -> None:
    """Write a small file so that a reader sees the old text or the new, also after a power cut."""
    draft = target.with_name(f"{target.name}.new")
    with draft.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(target)
    sync_folders([target.parent])


def sync_folders(folders: Iterable[Path]) -> None:
    """Make renames in these directories durable."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _to_json(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "snapshot": snapshot.number,
        "why": snapshot.why,
        "made_at": _text(snapshot.made_at),
        "last_batch": snapshot.last_batch,
        "last_recorded": _text(snapshot.last_recorded),
        "tables": _groups_to_json(snapshot.files),
        "superseded": _groups_to_json(snapshot.superseded),
        "indexes": _groups_to_json(snapshot.indexes),
        "indexed": {name: list(batches) for name, batches in sorted(snapshot.indexed.items())},
        "batches": [asdict(batch) | {"recorded_at": batch.recorded_at.isoformat()} for batch in snapshot.batches],
    }


def _from_json(doc: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        number=doc["snapshot"],
        files=_groups_from_json(doc["tables"]),
        batches=tuple(_batch_from_json(batch) for batch in doc["batches"]),
        superseded=_groups_from_json(doc["superseded"]),
        indexes=_groups_from_json(doc["indexes"]),
        indexed={name: tuple(batches) for name, batches in doc.get("indexed", {}).items()},
        why=doc["why"],
        made_at=_moment(doc["made_at"]),
        last_batch=doc["last_batch"],
        last_recorded=_moment(doc["last_recorded"]),
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _groups_to_json(groups: Mapping[str, tuple[DataFile, ...]]) -> dict[str, list[dict[str, Any]]]:
    return {name: [asdict(file) for file in files] for name, files in sorted(groups.items())}


def _groups_from_json(doc: Mapping[str, Any]) -> dict[str, tuple[DataFile, ...]]:
    return {
        name: tuple(DataFile(**(file | {"batches": tuple(file["batches"])})) for file in files)
        for name, files in doc.items()
    }


def _batch_from_json(doc: Mapping[str, Any]) -> BatchReceipt:
    files = tuple(FileReceipt(**(file | {"tally": Tally(**file["tally"])})) for file in doc["files"])
    return BatchReceipt(
        batch_id=doc["batch_id"],
        source=doc["source"],
        recorded_at=datetime.fromisoformat(doc["recorded_at"]),
        files=files,
        tables={table: Tally(**tally) for table, tally in doc["tables"].items()},
        quarantine=doc["quarantine"],
        corrections=doc["corrections"],
    )
