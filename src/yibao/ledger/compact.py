"""Compaction: the files of several batches become one sorted file per bucket, and not a row, a fen or a time changes.

Indexes that a contract declared since are built on the way: see :mod:`yibao.ledger.reindex`.

A merged file is compared with the files that it replaces (rows, money, order-free content) before the new snapshot
names it. Old snapshots keep their files until they are dropped: see :mod:`yibao.ledger.expire`.
"""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from yibao.ledger.contracts import load_contracts
from yibao.ledger.duck import connect
from yibao.ledger.expire import Expired, expire
from yibao.ledger.founding import open_ledger
from yibao.ledger.health import check_file, content, enough_room, gone
from yibao.ledger.keyindex import index_layout
from yibao.ledger.merge import merge
from yibao.ledger.parallel import in_order
from yibao.ledger.refusals import LedgerError, MergeRefused
from yibao.ledger.reindex import Rebuilt, rebuild
from yibao.ledger.slices import with_extensions
from yibao.ledger.snapshot import DataFile, Snapshot
from yibao.ledger.sortedfile import ROWS_PER_GROUP, Layout, SortedFile, table_layout
from yibao.ledger.superseded import superseded_layout
from yibao.ledger.writing import Draft, writing

#: Memory that a compaction may take when nobody says how much.
MEMORY = 2 << 30
#: What the process takes besides the rows that it holds.
_PROCESS = 300 << 20
#: Rows held by a merge. More makes no merge quicker: two million lines of 32 columns in five files of one bucket took
#: 4.0 s with 65 536 rows at once, 4.3 s with 131 072, 5.3 s with 262 144 and 6.8 s with 524 288, and the process 330,
#: 409, 528 and 797 MB: 270 MB and 1.0 KB for each row, which takes 0.3 KB alone (it is read, joined, sorted and waits
#: to be written). The rows of the bucket do not matter: 100 M lines take no more than two million do.
_ROWS_AT_ONCE = 131_072
_COPIES = 5

#: Told as (stage, done, total); the one stage is "compact" and counts buckets.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Compacted:
    """What a compaction did. ``files`` and ``bytes`` are those that the current snapshot names, before and after.

    ``rows`` and ``money`` (minor units) are the facts that were merged, counted before and after with the same result;
    ``merged`` counts the files that the ``written`` new ones replace, indexes included; ``indexes`` names those
    that were built because their contract asks for them. ``snapshot`` is the current one afterwards.
    """

    snapshot: int
    merged: int
    written: int
    indexes: tuple[str, ...]
    rows: int
    money: int
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    seconds: float
    peak_memory_mb: int
    expired: Expired


@dataclass(frozen=True)
class Group:
    """Files of one table or index, and of one bucket, that become one."""

    name: str
    files: tuple[DataFile, ...]
    layout: Layout

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def money(self) -> int | None:
        amounts = [file.money for file in self.files if file.money is not None]
        return sum(amounts) if amounts else None


def compact(
    ledger_path: Path | str,
    progress: Progress | None = None,
    memory: int | None = None,
    keep: int | None = None,
    before: datetime | None = None,
) -> Compacted:
    """Merge what can be merged; then drop snapshots older than the last ``keep``, or made before ``before``.

    ``memory`` is what the whole process may take, in bytes. Without anything to merge no snapshot is made. Raises a
    :class:`yibao.ledger.refusals.LedgerError` when a file is damaged or gone, when there is too little room, or when a
    merged file does not say what its sources say; then the ledger is as before.
    """
    root, clock = open_ledger(ledger_path).path, time.perf_counter()
    with writing(root) as draft:
        rebuilt = rebuild(draft, memory or MEMORY)
        groups = [group for group in _groups(draft.base) if group.name not in rebuilt.files and _worth(root, group)]
        groups.sort(key=lambda group: group.rows, reverse=True)
        made = _merged(root, draft, groups, progress or _untold, memory or MEMORY) if groups else []
        snapshot = _publish(draft, groups, made, rebuilt) if groups or rebuilt.files else draft.base
        named = [[file for files in s.groups() for file in files] for s in (draft.base, snapshot)]
        sizes = [_bytes(root, files) for files in named]
        expired = expire(root, keep, before)
    facts = [file for file in made if file.path.startswith("tables/")]
    return Compacted(
        snapshot=snapshot.number,
        merged=sum(len(group.files) for group in groups),
        written=len(made),
        indexes=tuple(rebuilt.files),
        rows=sum(file.rows for file in facts),
        money=sum(file.money or 0 for file in facts),
        files_before=len(named[0]),
        files_after=len(named[1]),
        bytes_before=sizes[0],
        bytes_after=sizes[1],
        seconds=round(time.perf_counter() - clock, 3),
        peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        expired=expired,
    )


def _groups(snapshot: Snapshot) -> Iterator[Group]:
    for kind in ("files", "superseded", "indexes"):
        for name, files in getattr(snapshot, kind).items():
            layout = _layout(kind, name)
            buckets: dict[int | None, list[DataFile]] = {}
            for file in files if layout else ():
                buckets.setdefault(file.bucket, []).append(file)
            yield from (Group(name, tuple(group), layout) for group in buckets.values() if layout)


def _layout(kind: str, name: str) -> Layout | None:
    """How such files lie; None when no contract knows them, as of a newer program, which may know better."""
    table, _, column = name.partition(".")
    contract = load_contracts().get(table)
    if contract is None:
        return None
    if kind == "indexes":
        return next((index_layout(contract, index) for index in contract.indexes if index.name == column), None)
    return table_layout(contract) if kind == "files" else superseded_layout(contract)


def _worth(root: Path, group: Group) -> bool:
    """Whether a group has several files, or one that is not laid out as a new one would be."""
    if len(group.files) > 1:
        return True
    try:
        return not group.layout.fits(pq.read_metadata(root / group.files[0].path))
    except FileNotFoundError:
        raise gone(root / group.files[0].path) from None
    except pa.ArrowInvalid:
        # What is wrong with it is told when it is read.
        return True


def _merged(root: Path, draft: Draft, groups: Sequence[Group], tell: Progress, memory: int) -> list[DataFile]:
    """The new files, one for each group, written below the draft's folder and compared with what they replace."""
    workers = max(1, min(os.cpu_count() or 1, 8, len(groups)))
    sizes = [_bytes(root, group.files) for group in groups]
    # Sources that must be sorted first, or are too many to be held at once, are spilled once more.
    enough_room(root, sum(sizes) + workers * max(sizes))
    for group in groups:
        # Here, not by the workers: each would try the parents that another is just making, in one run and not the next.
        (draft.folder / group.files[0].path).parent.mkdir(parents=True, exist_ok=True)
    made: list[DataFile] = []
    pool = ThreadPoolExecutor(workers, "compact")
    with connect(threads=workers, temp=draft.folder) as engine:
        engine.execute(f"set memory_limit = '{memory // 4 >> 20}MB'")
        merges = [
            _Merge(draft, group, draft.folder / f"spill{number}", (memory * 3 // 4 - _PROCESS) // workers, engine)
            for number, group in enumerate(groups)
        ]
        try:
            for file in in_order(pool, (merge.run for merge in merges), 2 * workers):
                made.append(file)
                tell("compact", len(made), len(groups))
        finally:
            pool.shutdown(cancel_futures=True)
    return made


@dataclass(frozen=True)
class _Merge:
    """The merge of one group within so much ``memory``; ``spill`` is a directory of its own."""

    draft: Draft
    group: Group
    spill: Path
    memory: int
    engine: duckdb.DuckDBPyConnection

    def run(self) -> DataFile:
        """Write the new file, compare it with its sources and describe it."""
        group, root = self.group, self.draft.root
        for file in group.files:
            check_file(root, file)
        sources = [root / file.path for file in group.files]
        schema = group.layout.schema
        if group.layout.extensions:
            schema = with_extensions([pq.read_schema(source) for source in sources], schema)
        path = str(PurePosixPath(group.files[0].path).with_name(f"c{self.draft.base.number + 1:06d}.parquet"))
        target = SortedFile(self.draft.folder / path, group.layout)
        merge(sources, target, group.layout, schema, self.spill, self._at_once(sources[0]))
        batches = dict.fromkeys(batch for file in group.files for batch in file.batches)
        made = target.close(path, tuple(batches), group.files[0].bucket)
        shutil.rmtree(self.spill, ignore_errors=True)
        if made is None or not self._same(made, sources, schema):
            raise _refused(group)
        # Superseded versions are named without their amounts: the sum is what was recorded of them.
        return made if group.layout.money else replace(made, money=group.money)

    def _at_once(self, source: Path) -> int:
        """How many rows may be held."""
        least = 2 * ROWS_PER_GROUP[0]
        if self.group.rows <= least:
            return least
        with pq.ParquetFile(source) as file:
            head = file.read_row_group(0, use_threads=False)
        return max(least, min(_ROWS_AT_ONCE, self.memory // (_COPIES * (head.nbytes // head.num_rows + 1))))

    def _same(self, made: DataFile, sources: Sequence[Path], schema: pa.Schema) -> bool:
        money = self.group.layout.money
        with self.engine.cursor() as engine:
            before = content(engine, sources, schema, money)
            after = content(engine, [self.draft.folder / made.path], schema, money)
        recorded = (self.group.rows, self.group.money if money else None)
        return before == after and (made.rows, made.money) == recorded


def _publish(draft: Draft, groups: Sequence[Group], made: Sequence[DataFile], rebuilt: Rebuilt) -> Snapshot:
    """The next snapshot: each group's files are replaced by the new one, so are built indexes; the others stay."""
    instead = {file.path: new for group, new in zip(groups, made, strict=True) for file in group.files}

    def replaced(files: Mapping[str, tuple[DataFile, ...]]) -> dict[str, tuple[DataFile, ...]]:
        return {
            name: tuple(dict.fromkeys(instead.get(file.path, file) for file in group)) for name, group in files.items()
        }

    base = draft.base
    snapshot = replace(
        base,
        files=replaced(base.files),
        superseded=replaced(base.superseded),
        indexes=replaced(base.indexes),
        why="compact",
    )
    return draft.commit(rebuilt.into(snapshot), [*(file.path for file in made), *rebuilt.paths()])


def _bytes(root: Path, files: Iterable[DataFile]) -> int:
    try:
        return sum((root / file.path).stat().st_size for file in files)
    except FileNotFoundError as error:
        raise gone(Path(error.filename)) from None


def _refused(group: Group) -> LedgerError:
    place = f"{group.name}, bucket {group.files[0].bucket}" if group.files[0].bucket is not None else group.name
    return MergeRefused(
        "the merged file does not say what its sources say; it was not published",
        where=place,
        mend="please report this; the ledger is as it was before",
        zh="合并后的文件与原文件内容不一致，未发布",
        mend_zh="请报告此问题；账本与之前相同",
    )


def _untold(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""
