"""What the code map says so far: suggestions, confirmations and rejections in the order in which they were made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.ledger.contracts import RECORDED, load_contracts
from yibao.ledger.storage import Ledger

#: A local code: (system, institution or None for all, code).
Key: TypeAlias = tuple[str, str | None, str]
#: A row of ``code_map``.
Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """Statements of one kind and target system, by local code."""

    in_force: dict[Key, Row] = field(default_factory=dict)
    rejected_targets: dict[Key, set[str | None]] = field(default_factory=dict)
    candidates: dict[Key, list[Row]] = field(default_factory=dict)
    latest: dict[Key, datetime] = field(default_factory=dict)

    def after(self, key: Key, now: datetime) -> datetime:
        """A time for the next statement on a code: now, or a second behind the last one, so that their order is told.

        It is remembered as the last one.
        """
        at = max(now, self.latest[key] + timedelta(seconds=1)) if key in self.latest else now
        self.latest[key] = at
        return at

    def decided(self, key: Key) -> bool:
        """Whether a person confirmed a target, or said that there is none."""
        return key in self.in_force or self.rejected(key, None)

    def rejected(self, key: Key, target: str | None) -> bool:
        return target in self.rejected_targets.get(key, ())

    def learn(self, key: Key, confirmed: bool, target: str | None) -> None:
        """Count in a decision that is about to be recorded."""
        rejected = self.rejected_targets.setdefault(key, set())
        if confirmed:
            self.in_force[key] = {"to_code": target}
            rejected -= {target, None}
            return
        rejected.add(target)
        if key in self.in_force and target in (None, self.in_force[key]["to_code"]):
            del self.in_force[key]

    @property
    def most_rejected(self) -> int:
        """How many candidates of one code were rejected at most: so many more are looked for."""
        return max((len(targets) for targets in self.rejected_targets.values()), default=0)

    def suggested_already(self, key: Key, rows: Sequence[Row]) -> bool:
        """Whether the last suggestion for a code was the same."""
        return [_said(row) for row in self.candidates.get(key, ())] == [_said(row) for row in rows]


def known_statements(ledger: Ledger, kind: str, edition: str) -> Known:
    """What the ledger's code map says of a kind of code and a target system."""
    if not ledger.row_count("code_map"):
        return Known()
    columns = ", ".join(column for column in load_contracts()["code_map"].column_names)
    of = {"kind": kind, "edition": edition}
    with DuckEngine() as engine:
        ledger.attach(engine, only=["code_map", "code_in_force"])
        force = engine.execute(
            "select from_system, institution_id, from_code, from_name, to_code, to_name, decided_by, decided_at "
            "from code_in_force where kind = $kind and to_system = $edition",
            of,
        )
        # The decision that a target met last; an earlier rejection is lifted by a later confirmation.
        rejected = engine.execute(
            "select from_system, institution_id, from_code, to_code from code_map "
            "where kind = $kind and to_system = $edition and status <> 'suggested' "
            "qualify row_number() over (partition by from_system, institution_id, from_code, to_code "
            "order by recorded_at desc, batch_id desc, decided_at desc, status) = 1 and status = 'rejected'",
            of,
        )
        confirmed = engine.execute(
            "select from_system, institution_id, from_code, max(batch_id) as batch_id from code_map "
            "where kind = $kind and to_system = $edition and status = 'confirmed' group by all",
            of,
        )
        none = engine.execute(
            "select from_system, institution_id, from_code, max(batch_id) as batch_id from code_map "
            "where kind = $kind and to_system = $edition and status = 'rejected' and to_code is null group by all",
            of,
        )
        suggested = engine.execute(
            f"select {columns} from code_map where kind = $kind and to_system = $edition and status = 'suggested' "
            "qualify dense_rank() over (partition by from_system, institution_id, from_code "
            "order by recorded_at desc, batch_id desc, decided_at desc) = 1 order by rank",
            of,
        )
        latest = engine.execute(
            "select from_system, institution_id, from_code, max(decided_at) as at from code_map "
            "where kind = $kind and to_system = $edition group by all",
            of,
        )
    targets: dict[Key, set[str | None]] = defaultdict(set)
    for row in rejected.to_pylist():
        targets[key_of(row)].add(row["to_code"])
    last = {key_of(row): row["batch_id"] for row in confirmed.to_pylist()}
    for row in none.to_pylist():
        # "None fits" holds until something is confirmed after all.
        if last.get(key_of(row), "") > row["batch_id"]:
            targets[key_of(row)].discard(None)
    candidates: dict[Key, list[Row]] = defaultdict(list)
    for row in suggested.to_pylist():
        candidates[key_of(row)].append(row)
    return Known(
        in_force={key_of(row): row for row in force.to_pylist()},
        rejected_targets=dict(targets),
        candidates=dict(candidates),
        latest={key_of(row): row["at"] for row in latest.to_pylist()},
    )


def as_statements(rows: Sequence[Row]) -> pa.Table:
    """Rows of ``code_map`` in the contract's types; what a row does not say is null."""
    ours = {column.name for column in RECORDED}
    fields = [field for field in load_contracts()["code_map"].arrow_schema() if field.name not in ours]
    return pa.table([pa.array([row.get(f.name) for row in rows], f.type) for f in fields], schema=pa.schema(fields))


def key_of(row: Row) -> Key:
    return row["from_system"], row["institution_id"], row["from_code"]


def _said(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("to_code", "similarity_ppm", "is_ambiguous", "why_zh"))
