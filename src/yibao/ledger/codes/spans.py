"""Spans of validity of one code must not overlap: a law that asks for the rule of a day must find one."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from yibao.ledger.codes.kinds import Kind
from yibao.ledger.contracts import RECORDED
from yibao.ledger.duck import connect

_OURS = {column.name for column in RECORDED}


@dataclass(frozen=True)
class Overlap:
    """Record ``at`` of the file stands against another of its code; ``value`` says how."""

    at: int
    value: str


def has_spans(kind: Kind) -> bool:
    """Whether the table keeps several spans of one code side by side."""
    return "valid_from" in kind.table.key


def ends(kind: Kind, incoming: pa.Table, known: pa.Table) -> pa.Table:
    """The ledger's spans that a later span of the file runs into, as they read when they end where that one begins."""
    columns = [name for name in kind.table.column_names if name not in _OURS]
    chosen = ", ".join(f"min(a.valid_from) as {name}" if name == "valid_to" else f"b.{name}" for name in columns)
    with connect() as engine:
        engine.register("incoming", incoming)
        engine.register("known", known)
        return engine.execute(
            f"select {chosen} from known b join incoming a on {_same(kind)} where a._ok "
            "and a.valid_from > b.valid_from and a.valid_from < coalesce(b.valid_to, date '9999-12-31') "
            f"group by {', '.join(f'b.{name}' for name in columns if name != 'valid_to')} order by all"
        ).to_arrow_table()


def changed(kind: Kind, incoming: pa.Table, known: pa.Table) -> list[Overlap]:
    """Records with the key of a recorded row and other contents; ``value`` is the key."""
    columns = [name for name in kind.table.column_names if name not in _OURS]
    differ = " or ".join(f"a.{name} is distinct from b.{name}" for name in columns)
    key = " || '|' || ".join(f"coalesce(cast(a.{name} as varchar), '')" for name in kind.table.key)
    same = " and ".join(f"a.{name} is not distinct from b.{name}" for name in kind.table.key)
    with connect() as engine:
        engine.register("incoming", incoming)
        engine.register("known", known)
        found = engine.execute(
            f"select a._at, {key} from incoming a join known b on {same} where a._ok and ({differ}) order by 1"
        ).fetchall()
    return [Overlap(at, value) for at, value in found]


def overlaps(kind: Kind, incoming: pa.Table, known: pa.Table) -> list[Overlap]:
    """Records whose span overlaps one of the ledger, or of an earlier record of the file.

    A record with the same key as another is not among them: whether that is a repeat or a conflict, the ingest judges.
    """
    if not has_spans(kind) or not incoming.num_rows:
        return []
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
            from spans a join spans b on {_same(kind)} and b.valid_from <> a.valid_from and b._at < a._at
            where a.valid_from < coalesce(b.valid_to, date '9999-12-31')
                and b.valid_from < coalesce(a.valid_to, date '9999-12-31')
            group by a._at order by a._at
            """
        ).fetchall()
    return [Overlap(at, value) for at, value in found]


def _same(kind: Kind) -> str:
    return " and ".join(f"b.{c} is not distinct from a.{c}" for c in kind.table.key if c != "valid_from")
