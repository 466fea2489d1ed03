"""The ledger's own history: its snapshots beside each other, what each batch brought, and going back to one.

Going back is a step forward: a new snapshot names the files of the old one, and nothing is deleted, so that it can be
undone in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from yibao.engine.schema import Table
from yibao.ledger.duck import connect, read_parquet
from yibao.ledger.health import gone
from yibao.ledger.receipts import BatchReceipt, Tally
from yibao.ledger.refusals import LedgerError
from yibao.ledger.snapshot import Snapshot, find_snapshot, write_snapshot
from yibao.ledger.storage import Ledger
from yibao.ledger.writing import sole_writer


@dataclass(frozen=True)
class Step:
    """A snapshot beside the one before it: visible rows, their money in minor units, batches that came and went."""

    snapshot: Snapshot
    rows: int
    money: int
    added: tuple[str, ...]
    withdrawn: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What one batch brought to one table; ``first`` and ``last`` are the event times of the rows in the ledger.

    ``late`` counts rows whose event lies before the newest one of earlier batches.
    """

    table: str
    tally: Tally
    clock: str | None = None
    first: date | None = None
    last: date | None = None
    late: int = 0


def steps(snapshots: Sequence[Snapshot]) -> Iterator[Step]:
    """Each snapshot, oldest first, with what is new against the one before."""
    before: list[str] = []
    for snapshot in snapshots:
        total = Tally()
        for batch in snapshot.batches:
            for tally in batch.tables.values():
                total.add(tally)
        now = [batch.batch_id for batch in snapshot.batches]
        came, went = tuple(b for b in now if b not in before), tuple(b for b in before if b not in now)
        yield Step(snapshot, *total.visible(), came, went)
        before = now


def parts(ledger: Ledger) -> dict[str, list[Part]]:
    """What each batch of the ledger's snapshot brought, by batch and table."""
    spans: dict[tuple[str, str], Part] = {}
    tables = {name for batch in ledger.batches() for name in batch.tables}
    for name in sorted(tables):
        table = ledger.tables()[name]
        clock = clock_of(table)
        if clock and (files := ledger.files(name)):
            for batch_id, first, last, late in _spans(files, clock):
                spans[batch_id, name] = Part(name, Tally(), clock, first, last, late)
    return {batch.batch_id: list(_parts(batch, spans)) for batch in ledger.batches()}


def clock_of(table: Table) -> str | None:
    """The column that says when the event of a row happened; None for tables of things rather than events."""
    ordered = [table.by_name[name] for name in table.order if table.by_name[name].type in ("date", "time")]
    times = [column for column in table.columns if column.type == "time" and column.name != "recorded_at"]
    return (ordered or times)[0].name if ordered or times else None


def rollback(path: Path, to: int) -> Snapshot:
    """Make the content of snapshot ``to`` current again, as a new snapshot; nothing is deleted.

    Batches that it does not have are withdrawn: no reading sees them, and their files may be ingested again. Raises
    :class:`yibao.ledger.refusals.NoSuchSnapshot`, :class:`LedgerError` when it is the current one, and
    :class:`yibao.ledger.refusals.DamagedLedger` when a file of it is gone.
    """
    with sole_writer(path) as base:
        target = find_snapshot(path, to)
        if to == base.number:
            raise LedgerError(
                f"snapshot {to} is the current one",
                where=str(path),
                mend="choose an earlier one: see `yibao snapshot list`",
                zh=f"快照 {to} 就是当前快照",
                mend_zh="请选更早的快照：见 `yibao snapshot list`",
            )
        for file in (file for group in target.groups() for file in group):
            if not (path / file.path).exists():
                raise gone(path / file.path)
        snapshot = replace(
            target,
            number=base.number + 1,
            why=f"rollback to {to}",
            made_at=datetime.now().replace(microsecond=0),
            last_batch=base.last_batch,
            last_recorded=base.last_recorded,
        )
        write_snapshot(path, snapshot)
        return snapshot


def _parts(batch: BatchReceipt, spans: dict[tuple[str, str], Part]) -> Iterator[Part]:
    for name, tally in batch.tables.items():
        part = spans.get((batch.batch_id, name), Part(name, tally))
        yield replace(part, tally=tally)


def _spans(files: Sequence[Path], clock: str) -> list[tuple[str, date | None, date | None, int]]:
    """First and last event of each batch, and how many of its rows are older than the newest of earlier batches."""
    with connect() as engine:
        engine.execute(f'create view facts as select batch_id, "{clock}" as moment from {read_parquet(files)}')
        return engine.execute(
            """
            with spans as (select batch_id, min(moment) as first, max(moment) as last from facts group by batch_id),
            known as (
                select *, max(last) over before as newest from spans
                window before as (
                    order by length(batch_id), batch_id rows between unbounded preceding and 1 preceding
                )
            )
            select batch_id, any_value(first), any_value(last), count(*) filter (where moment < newest)
            from facts join known using (batch_id) group by batch_id
            """
        ).fetchall()
