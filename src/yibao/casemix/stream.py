"""Grouping a whole file: pieces side by side in threads, results in the order of the file, nothing lost on the way."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.casemix.agreement import Agreement
from yibao.casemix.casefile import CaseFile, settle
from yibao.casemix.cases import Cases, encode
from yibao.casemix.codes import WAYS
from yibao.casemix.grouper import Decided, Grouper

Progress = Callable[[str, float, float], None]


@dataclass
class Tally:
    """What became of the records of a run, in records and in minor units of money.

    records = grouped + ambiguous + ungroupable + quarantined + duplicates, and the same in money. ``left`` are records
    of a file that belong to another pack; ``codes`` counts uses of codes by kind and by how they came to be grouped.
    """

    records: int = 0
    amount: int = 0
    left: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    money: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, table: pa.Table, decided: Decided | None = None) -> None:
        """Count rows of ``case_group``."""
        self.records += table.num_rows
        self.amount += pc.sum(table["amount"]).as_py() or 0
        by = table.group_by("status").aggregate([("amount", "sum"), ("amount", "count")]).to_pylist()
        for row in by:
            self.rows[row["status"]] += row["amount_count"]
            self.money[row["status"]] += row["amount_sum"]
        self.reasons.update(_counts(table["reason"]))
        raised = table["checks"].drop_null().combine_chunks()
        names = pc.list_flatten(pc.split_pattern(raised, " "))
        self.checks.update(_counts(pc.replace_substring_regex(names, ":.*$", "")))
        if decided is not None:
            self._add_codes(decided)

    def _add_codes(self, decided: Decided) -> None:
        for kind, ways in decided.ways.items():
            codes = decided.cases.diagnoses if kind == "diagnosis" else decided.cases.procedures
            uses = np.bincount(ways[codes.index], minlength=len(WAYS)) if len(codes.index) else np.zeros(len(WAYS), int)
            self.codes.setdefault(kind, Counter()).update(dict(zip(WAYS, uses.tolist(), strict=True)))

    def leave_out(self, records: int, amount: int) -> None:
        """Count records that are repetitions of others."""
        self.records += records
        self.amount += amount
        self.rows["duplicates"] += records
        self.money["duplicates"] += amount

    def to_dict(self) -> dict[str, Any]:
        """Plain figures; every status is named, those without a record too."""
        statuses = ("grouped", "ambiguous", "ungroupable", "quarantined", "duplicates")
        return {
            "records": self.records,
            **{status: self.rows[status] for status in statuses},
            "records_of_other_packs": self.left,
            "amount": self.amount,
            **{f"{status}_amount": self.money[status] for status in statuses},
            "reasons": dict(sorted(self.reasons.items())),
            "checks": dict(sorted(self.checks.items())),
            "codes": {kind: dict(counts) for kind, counts in self.codes.items()},
        }


def group_file(
    grouper: Grouper,
    file: CaseFile,
    take: Callable[[pa.Table], None],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[Tally, Agreement | None]:
    """Group a file; ``take`` gets the rows of ``case_group`` piece by piece, those of repeated ids last.

    Where the file says what is expected of each case, the answers are compared with it.
    """
    tally, repeats, pack = Tally(), file.repeats(), grouper.pack.head.id
    agreement = Agreement() if {"expected_drg"} <= file.columns else None
    again: list[pa.Table] = []

    def own() -> Iterator[pa.Table]:
        for piece in file.pieces(pack):
            once, repeated = repeats.split(piece)
            if repeated.num_rows:
                again.append(repeated)
            yield once

    def done(piece: pa.Table, decided: Decided, rows: pa.Table) -> None:
        tally.add(rows, decided)
        if agreement is not None:
            agreement.compare(piece, rows)
        take(rows)
        if progress:
            progress("group", tally.records, file.rows)

    for piece, decided, rows in _side_by_side(grouper, own(), threads or os.cpu_count() or 1):
        done(piece, decided, rows)
    kept, left_out = settle(again)
    if kept is not None:
        decided = grouper.decide(encode(kept))
        whole = int(encode(pa.concat_tables(again)).amount.sum())
        done(kept, decided, grouper.table(decided))
        tally.leave_out(left_out, whole - int(decided.cases.amount.sum()))
    tally.left = file.rows - tally.records
    return tally, agreement


def find_case(file: CaseFile, case_id: str, pack: str) -> Cases | None:
    """The first record with an id, encoded; of this pack where a file has those of several. None: there is none."""
    for piece in file.pieces(pack):
        at = pc.index(piece["case_id"], case_id).as_py()
        if at >= 0:
            return encode(piece.slice(at, 1))
    return None


def _side_by_side(
    grouper: Grouper, pieces: Iterator[pa.Table], threads: int
) -> Iterator[tuple[pa.Table, Decided, pa.Table]]:
    """Pieces with their results, in order; few more are held than there are threads."""

    def work(piece: pa.Table) -> tuple[pa.Table, Decided, pa.Table]:
        decided = grouper.decide(encode(piece))
        return piece, decided, grouper.table(decided)

    waiting: deque[Future[tuple[pa.Table, Decided, pa.Table]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _counts(texts: pa.Array | pa.ChunkedArray) -> Mapping[str, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(texts.drop_null()).to_pylist()}
