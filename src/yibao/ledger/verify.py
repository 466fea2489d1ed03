"""Whether a snapshot is whole: every file that it names, and every row and fen that its receipts count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from yibao.engine import DuckEngine
from yibao.engine.schema import Table
from yibao.ledger.duck import connect, read_parquet
from yibao.ledger.facts_hash import facts_hash
from yibao.ledger.founding import open_ledger
from yibao.ledger.health import check_file
from yibao.ledger.receipts import BatchReceipt, Tally
from yibao.ledger.refusals import DamagedLedger
from yibao.ledger.snapshot import DataFile, Snapshot, find_snapshot
from yibao.ledger.visible import Timeline

#: Told as (stage, done, total); stages are "files" (bytes hashed, in files) and "tables".
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Damage:
    """What is wrong, and where: a path within the ledger."""

    where: str
    what: str
    zh: str


@dataclass(frozen=True)
class Verified:
    """``tables`` are visible rows, their money in minor units and hash (see :func:`facts_hash`), None when damaged."""

    snapshot: int
    files: int
    tables: Mapping[str, tuple[int, int, str | None]]
    damages: tuple[Damage, ...]

    @property
    def whole(self) -> bool:
        return not self.damages


def verify(path: Path | str, number: int | None = None, progress: Progress | None = None) -> Verified:
    """Check a snapshot, by default the current one. Raises :class:`yibao.ledger.refusals.NoSuchSnapshot`."""
    ledger = open_ledger(path)
    snapshot = find_snapshot(ledger.path, ledger.snapshot_id if number is None else number)
    tell, tables = progress or _untold, ledger.tables()
    files = [file for group in snapshot.groups() for file in group]
    damages = [*_bytes(ledger.path, files, tell)]
    broken = {damage.where for damage in damages}
    damages += _receipts(snapshot, tables)
    damages += [damage for batch in snapshot.batches for damage in _quarantined(ledger.path, batch)]
    found: dict[str, tuple[int, int, str | None]] = {}
    for done, name in enumerate(sorted(snapshot.files)):
        tell("tables", done, len(snapshot.files))
        mine = (*snapshot.files[name], *snapshot.superseded.get(name, ()))
        rows, money = _visible(snapshot, name)
        digest = None
        if name in tables and not broken.intersection(file.path for file in mine):
            wrong = [
                *_counts(ledger.path, tables[name], snapshot.files[name]),
                *_shown(ledger.path, snapshot, tables[name]),
            ]
            damages += wrong
            digest = None if wrong else facts_hash(Timeline(ledger.path, snapshot).reading(tables[name], None))
        found[name] = (rows, money, digest)
    return Verified(snapshot.number, len(files), found, tuple(damages))


def _bytes(root: Path, files: Sequence[DataFile], tell: Progress) -> Iterator[Damage]:
    """Every named file is there and has the bytes that were written."""
    for done, file in enumerate(files):
        tell("files", done, len(files))
        try:
            check_file(root, file)
        except DamagedLedger as error:
            yield Damage(file.path, error.what, error.zh or error.what)


def _receipts(snapshot: Snapshot, tables: Mapping[str, Table]) -> Iterator[Damage]:
    """The receipts balance, and what they accepted and corrected is what the files hold."""
    where = f"snapshots/{snapshot.number}.json"
    for batch in snapshot.batches:
        for name, tally in batch.tables.items():
            if not tally.balances():
                yield _differ(
                    where, f"{name} of batch {batch.batch_id}", (tally.rows_in, tally.money_in), _parts(tally)
                )
    for name in sorted({*snapshot.files, *(name for batch in snapshot.batches for name in batch.tables)}):
        total, monetary = _total(snapshot, name), name in tables and tables[name].money is not None
        for files, rows, money, word in (
            (snapshot.files, total.accepted, total.money_accepted, "accepted"),
            (snapshot.superseded, total.corrected, total.money_before, "superseded"),
        ):
            held = files.get(name, ())
            said = (rows, money if monetary else 0)
            there = (sum(file.rows for file in held), sum(file.money or 0 for file in held))
            if said != there:
                yield _differ(where, f"{word} in {name}", said, there)


def _quarantined(root: Path, batch: BatchReceipt) -> Iterator[Damage]:
    """The quarantine of a batch holds the records that its receipt counts."""
    said = (
        sum(tally.quarantined for tally in batch.tables.values()),
        sum(tally.money_quarantined for tally in batch.tables.values()),
    )
    where = batch.quarantine or f"quarantine/{batch.batch_id}.parquet"
    if batch.quarantine is None:
        there: tuple[int, int] | None = (0, 0)
    elif not (root / batch.quarantine).exists():
        yield Damage(where, "a file of the ledger is gone", "账本的文件不存在")
        return
    else:
        there = _sums(root / batch.quarantine)
    if there is None:
        yield Damage(where, "the file is damaged: it cannot be read", "文件已损坏：无法读取")
    elif said != there:
        yield _differ(where, "quarantined", said, there)


def _sums(path: Path) -> tuple[int, int] | None:
    with connect() as engine:
        try:
            rows, money = engine.execute(
                "select count(*), cast(coalesce(sum(amount), 0) as bigint) "
                f"from {read_parquet([path])} where sequence = 1"
            ).fetchall()[0]
        except duckdb.Error:
            return None
    return int(rows), int(money)


def _counts(root: Path, table: Table, files: Sequence[DataFile]) -> Iterator[Damage]:
    """Rows, money and batches of each file are those that the snapshot states."""
    money = f'sum("{table.money}")' if table.money else "0"
    with connect() as engine:
        found = engine.execute(
            f"select filename, count(*), cast(coalesce({money}, 0) as bigint), list_sort(list(distinct batch_id)) "
            f"from {read_parquet([root / file.path for file in files], filename=True)} group by filename"
        ).fetchall()
    there = {Path(name): (rows, amount, tuple(batches)) for name, rows, amount, batches in found}
    for file in files:
        said = (file.rows, file.money or 0, tuple(sorted(file.batches)))
        if there.get(root / file.path) != said:
            yield _differ(file.path, "rows, money, batches", said, there.get(root / file.path))


def _shown(root: Path, snapshot: Snapshot, table: Table) -> Iterator[Damage]:
    """As many rows are visible as the receipts say: each superseded version names exactly one row."""
    with DuckEngine() as engine:
        Timeline(root, snapshot).reading(table, None).attach(engine, None, keep="no")
        there = engine.execute(f'select count(*) as n from "{table.name}"').to_pylist()[0]["n"]
    said = _visible(snapshot, table.name)[0]
    if said != there:
        yield _differ(f"superseded/{table.name}", f"visible rows of {table.name}", said, there)


def _visible(snapshot: Snapshot, name: str) -> tuple[int, int]:
    return _total(snapshot, name).visible()


def _total(snapshot: Snapshot, name: str) -> Tally:
    total = Tally()
    for batch in snapshot.batches:
        total.add(batch.tables.get(name, Tally()))
    return total


def _parts(tally: Tally) -> tuple[int, int]:
    rows = tally.accepted + tally.quarantined + tally.duplicates
    return rows, tally.money_accepted + tally.money_quarantined + tally.money_duplicates


def _differ(where: str, what: str, said: object, there: object) -> Damage:
    return Damage(where, f"{what}: {said} by the receipts, {there} found", f"{what}：账目为 {said}，实有 {there}")


def _untold(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""
