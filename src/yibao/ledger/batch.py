"""One batch in the making: what its inputs bring, what the ledger knows of it already, and what becomes of each row.

Chunks are parsed and typed in parallel, spilled by bucket, checked for keys, written sorted, and published by one
atomic step. A batch that does not balance is not published.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pyarrow as pa

from yibao.engine.schema import Table
from yibao.ledger.buckets import write_bucket
from yibao.ledger.extensions import Extensions
from yibao.ledger.keyindex import write_indexes
from yibao.ledger.parallel import in_order
from yibao.ledger.quarantine import Quarantine, conflicts_as_text
from yibao.ledger.receipts import BatchReceipt, FileReceipt, Tally
from yibao.ledger.refusals import LedgerError
from yibao.ledger.report import IngestReport, Remarks
from yibao.ledger.snapshot import DataFile, Snapshot
from yibao.ledger.sortedfile import synced_hash
from yibao.ledger.sources import Chunk, Input, Inputs
from yibao.ledger.stage import Stage
from yibao.ledger.storage import Ledger
from yibao.ledger.superseded import write_superseded
from yibao.ledger.typing_sql import MINOR_DIGITS
from yibao.ledger.typist import Typed, Typist
from yibao.ledger.versions import Verdict, settle
from yibao.ledger.visible import Timeline
from yibao.ledger.writing import Draft, writing

#: Told as (stage, done, total); stages are "read" (units of the source) and "write" (buckets).
Progress = Callable[[str, int, int], None]
#: Asked right before a batch is published; what it raises leaves the ledger as it was.
Gate = Callable[[], None]
#: A slice opens every file of its bucket; with more than so many, compaction is advised.
FILES_PER_BUCKET = 8


class Batch:
    """One run of ingest: the inputs, what is known of them so far, and at the end the receipt."""

    def __init__(
        self,
        ledger: Ledger,
        source: str,
        inputs: Inputs,
        progress: Progress | None,
        strict: bool = False,
        corrections: bool = False,
        gate: Gate | None = None,
    ) -> None:
        self.receipt: BatchReceipt | None = None
        self._ledger = ledger
        self._source = source
        self._inputs, self._sparse, self._told = inputs.items, inputs.sparse, inputs.remarks
        self._tallies = [Tally() for _ in inputs.items]
        self._remarks = Remarks()
        for name in inputs.ignored:
            self._remarks.left_aside(name)
        self._notes: Counter[tuple[str, str, str]] = Counter()
        self._tell = progress or _untold
        self._gate = gate
        self._strict = strict
        self._corrections = corrections
        self._again: list[int] = []
        self._workers = min(os.cpu_count() or 1, 8)

    def run(self, recorded_at: datetime | None) -> IngestReport:
        with writing(self._ledger.path, recorded_at) as draft:
            digits = MINOR_DIGITS.get(self._ledger.currency, 2)
            path = f"quarantine/{draft.batch_id}.parquet"
            quarantine = Quarantine(draft.folder / path, draft.batch_id, digits)
            stages = self._read(draft, quarantine)
            verdicts = self._settle(draft, stages)
            files = self._write(draft, stages, verdicts, quarantine)
            kept = quarantine.close()
            self._check(files)
            if self._gate is not None:
                self._gate()
            snapshot = draft.base
            if files or kept:
                if self._strict and kept:
                    raise _broken(quarantine)
                if kept:
                    synced_hash(quarantine.path)
                self.receipt = self._receipt(draft, path if kept else None)
                snapshot = draft.publish(
                    files, _superseded(draft, stages, verdicts), self._index(draft, files), self.receipt
                )
        return self._report(snapshot, quarantine.reasons)

    def _read(self, draft: Draft, quarantine: Quarantine) -> dict[str, Stage]:
        """Parse and type all inputs; what is good is staged, what is not is quarantined."""
        stages: dict[str, Stage] = {}
        extensions: dict[str, Extensions] = {}
        recorded = Timeline(draft.root, draft.base)
        total, done = sum(item.size for item in self._inputs), 0
        typist = Typist(self._ledger.currency)
        pool = ThreadPoolExecutor(self._workers, "ingest")
        try:
            for number, item in enumerate(self._inputs):
                if self._known(draft, number, item):
                    done += item.size
                    continue
                table = self._ledger.tables()[item.table]
                stage = stages.setdefault(table.name, Stage(table, draft.folder))
                types = extensions.setdefault(table.name, Extensions(table, recorded.reading(table, None).files))
                for typed in in_order(pool, _jobs(typist, table, number, item), 2 * self._workers):
                    types.admit(typed.rows.schema, item.file)
                    self._keep(number, item, table, typed, stage, quarantine)
                    done += typed.done
                    self._tell("read", min(done, total), total)
                if not self._tallies[number].rows_in and not self._sparse:
                    self._remarks.only_a_header(item.file)
            for stage in stages.values():
                stage.finish()
        finally:
            pool.shutdown(cancel_futures=True)
            typist.close()
        return stages

    def _known(self, draft: Draft, number: int, item: Input) -> bool:
        """Whether these very bytes were taken before; hashing comes first only when a file of that size was.

        Taken as facts before and given as corrections now, its rows are looked at: some may have been in conflict.
        """
        for batch in draft.base.batches:
            for file in batch.files:
                if (file.table, file.size) == (item.table, item.size) and file.sha256 == item.content():
                    if self._corrections and not batch.corrections:
                        self._again.append(number)
                        continue
                    before = file.tally
                    self._tallies[number] = Tally(
                        rows_in=before.rows_in,
                        duplicates=before.rows_in,
                        money_in=before.money_in,
                        money_duplicates=before.money_in,
                        unreadable=before.unreadable,
                    )
                    self._remarks.taken_before(item.file, batch.batch_id)
                    return True
        return False

    def _keep(self, number: int, item: Input, table: Table, typed: Typed, stage: Stage, quarantine: Quarantine) -> None:
        self._tallies[number].add(typed.tally)
        self._notes.update({(kind, table.name, column): cells for (kind, column), cells in typed.notes.items()})
        if typed.faulty is not None:
            quarantine.rows(table, item, typed.faulty)
        if typed.rejects:
            quarantine.rejects(table, item, typed.rejects)
        if typed.rows.num_rows:
            stage.add(typed.rows, typed.bounds)

    def _settle(self, draft: Draft, stages: Mapping[str, Stage]) -> dict[str, Verdict]:
        """Judge the keys of every table."""
        verdicts: dict[str, Verdict] = {}
        recorded = Timeline(draft.root, draft.base)
        for name, stage in stages.items():
            verdicts[name] = settle(stage, recorded.reading(stage.table, None), self._corrections, self._again)
            for number, rows, money in verdicts[name].repeats:
                self._tallies[number].duplicates += rows
                self._tallies[number].money_duplicates += money
            for number, rows, before, after in verdicts[name].corrected:
                self._tallies[number].add(Tally(corrected=rows, money_before=before, money_after=after))
        return verdicts

    def _write(
        self, draft: Draft, stages: Mapping[str, Stage], verdicts: Mapping[str, Verdict], quarantine: Quarantine
    ) -> dict[str, list[DataFile]]:
        """Write every bucket."""
        files: dict[str, list[DataFile]] = {}
        steps = [(stage, bucket) for stage in stages.values() for bucket in stage.buckets()]
        conflicts: dict[str, list[pa.Table]] = {}
        with ThreadPoolExecutor(self._workers, "write") as pool:
            jobs = (lambda s=s, b=b: write_bucket(s, b, verdicts[s.table.name], draft) for s, b in steps)
            for step, written in enumerate(in_order(pool, jobs, 2 * self._workers)):
                name = steps[step][0].table.name
                if written.file:
                    files.setdefault(name, []).append(written.file)
                if written.conflicts is not None:
                    conflicts.setdefault(name, []).append(written.conflicts)
                self._tell("write", step + 1, len(steps))
        for name, parts in conflicts.items():
            self._quarantine_conflicts(stages[name].table, parts, quarantine)
        return files

    def _index(self, draft: Draft, files: Mapping[str, Sequence[DataFile]]) -> dict[str, tuple[DataFile, ...]]:
        """Key indexes of the new files."""
        indexes: dict[str, tuple[DataFile, ...]] = {}
        for name, group in files.items():
            indexes |= write_indexes(self._ledger.tables()[name], group, draft.folder, draft.batch_id)
        return indexes

    def _quarantine_conflicts(self, table: Table, parts: Sequence[pa.Table], quarantine: Quarantine) -> None:
        rows = pa.concat_tables(parts, promote_options="default").sort_by("_place")
        for number in rows["_input"].unique().to_pylist():
            item, tally = self._inputs[number], self._tallies[number]
            found = conflicts_as_text(table, rows, number, MINOR_DIGITS.get(self._ledger.currency, 2))
            tally.quarantined += found.num_rows
            tally.money_quarantined += sum(amount or 0 for amount in found["_amount"].to_pylist())
            quarantine.rows(table, item, found)

    def _check(self, files: Mapping[str, Sequence[DataFile]]) -> None:
        """Accepted rows and money are those in the files; with what was set aside they are all that came in."""
        for tally in self._tallies:
            tally.accepted = tally.rows_in - tally.quarantined - tally.duplicates
            tally.money_accepted = tally.money_in - tally.money_quarantined - tally.money_duplicates
        for name, tally in self._tables().items():
            rows = sum(file.rows for file in files.get(name, ()))
            money = sum(file.money or 0 for file in files.get(name, ()))
            if (tally.accepted, tally.money_accepted) != (rows, money):
                raise RuntimeError(f"{name} does not balance: {tally} but {rows} rows and {money} were written")

    def _tables(self) -> dict[str, Tally]:
        tables: dict[str, Tally] = {}
        for item, tally in zip(self._inputs, self._tallies, strict=True):
            tables.setdefault(item.table, Tally()).add(tally)
        return tables

    def _files(self) -> tuple[FileReceipt, ...]:
        return tuple(
            FileReceipt(item.file, item.table, item.content(), item.size, tally)
            for item, tally in zip(self._inputs, self._tallies, strict=True)
        )

    def _receipt(self, draft: Draft, quarantine: str | None) -> BatchReceipt:
        return BatchReceipt(
            draft.batch_id,
            self._source,
            draft.recorded_at,
            self._files(),
            self._tables(),
            quarantine,
            self._corrections,
        )

    def _report(self, snapshot: Snapshot, reasons: Mapping[str, int]) -> IngestReport:
        tables = self._tables()
        for en, zh in self._told:
            self._remarks.add(en, zh)
        unreadable = sum(tally.unreadable for tally in tables.values())
        if unreadable:
            self._remarks.no_amount(unreadable)
        most = snapshot.files_per_bucket()
        if self.receipt and most > FILES_PER_BUCKET:
            self._remarks.compaction_helps(most)
        for (kind, table, column), cells in self._notes.items():
            self._remarks.note(kind, f"{table}.{column}", cells)
        return IngestReport(
            source=self._source,
            corrections=self._corrections,
            currency=self._ledger.currency,
            batch_id=self.receipt.batch_id if self.receipt else None,
            snapshot=snapshot.number,
            tables=tables,
            files=self._files(),
            reasons=dict(sorted(reasons.items())),
            messages=tuple(self._remarks.en),
            messages_zh=tuple(self._remarks.zh),
        )


def _superseded(
    draft: Draft, stages: Mapping[str, Stage], verdicts: Mapping[str, Verdict]
) -> dict[str, tuple[DataFile, ...]]:
    """Name the versions in place of which corrections come."""
    return {
        name: write_superseded(stages[name].table, verdict.superseded, sum(c[2] for c in verdict.corrected), draft)
        for name, verdict in verdicts.items()
        if verdict.superseded is not None
    }


def _jobs(typist: Typist, table: Table, number: int, item: Input) -> Iterator[Callable[[], Typed]]:
    def job(load: Callable[[], Chunk]) -> Callable[[], Typed]:
        return lambda: typist.work(table, number, load())

    for load in item.chunks():
        yield job(load)


def _untold(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def _broken(quarantine: Quarantine) -> LedgerError:
    first = quarantine.first()
    return LedgerError(
        f"{first['table_name']}.{first['column_name']} = {first['value']!r}: {first['code']}",
        mend=f"expected: {first['expected_en']}",
    )
