"""Spans of validity of one code must not overlap: a law that asks for the rule of a day must find one."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from yibao.ledger.codes.kinds import Kind
from yibao.ledger.duck import connect


@dataclass(frozen=True)
class Overlap:
    """Record ``at`` of the file overlaps another span of its code; ``value`` says both."""

    at: int
    value: str


def has_spans(kind: Kind) -> bool:
    """Whether the table keeps several spans of one code side by side."""
    return "valid_from" in kind.table.key


def overlaps(kind: Kind, incoming: pa.Table, known: pa.Table) -> list[Overlap]:
    """Records whose span overlaps one of the ledger, or of an earlier record of the file.

    A record with the same key as another is not among them: whether that is a repeat or a conflict, the ingest judges.
    """
    if not has_spans(kind) or not incoming.num_rows:
        return []
    same = " and ".join(f"b.{c} is not distinct from a.{c}" for c in kind.table.key if c != "valid_from")
    with connect() as engine:
        engine.register("incoming", incoming)
        engine.register("known", known)
        found = engine.execute(
            f"""
            with spans as (
                select {", ".join(kind.table.key)}, valid_to, -1 as _at from known
                union all
                select {", ".join(kind.table.key)}, valid_to, _at from incoming where _ok
            )
            select a._at as at,
                min(cast(a.valid_from as varchar) || ' – ' || coalesce(cast(a.valid_to as varchar), '…') || ' / '
                    || cast(b.valid_from as varchar) || ' – ' || coalesce(cast(b.valid_to as varchar), '…')) as value
            from spans a join spans b on {same} and b.valid_from <> a.valid_from and b._at < a._at
            where a.valid_from < coalesce(b.valid_to, date '9999-12-31')
                and b.valid_from < coalesce(a.valid_to, date '9999-12-31')
            group by a._at order by a._at
            """
        ).fetchall()
    return [Overlap(at, value) for at, value in found]
