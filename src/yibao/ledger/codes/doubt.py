"""Codes that the national list has, used under names that are quite another thing there.

A hospital that codes in another edition without saying so looks national by its codes alone: some strings mean
different things in two editions. Its names give it away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.engine import DuckEngine
from yibao.ledger.codes.coding import NATIONAL
from yibao.ledger.codes.distance import edit_distances
from yibao.ledger.codes.names import plain_name

#: Names that share no more than this of their letters are names of different things.
ALIKE = 0.34


@dataclass(frozen=True)
class Doubt:
    """A code with the name under which it is used and the name that the list gives it."""

    code: str
    used_name: str
    listed_name: str
    rows: int
    money: int


def doubtful(engine: DuckEngine, kind: str, edition: str, top: int) -> list[Doubt]:
    """Doubtful codes by rows, at most ``top``; ``engine`` is that of :func:`yibao.ledger.codes.coding.attached`."""
    national = NATIONAL[kind]
    of = f"and n.{national.edition} = $edition" if national.edition else ""
    rows = engine.execute(
        f"""
        with used as (
            select code, name, cast(sum(row_count) as bigint) as n, cast(sum(money) as bigint) as money
            from coded where state = 'national' and name is not null group by code, name
        ),
        listed as (select n.{national.code} as code, any_value(n.name) as name from {national.table} n
            where n.name is not null {of} group by 1)
        select u.code, u.name as used_name, l.name as listed_name, u.n as rows, u.money
        from used u join listed l using (code) where u.name <> l.name order by u.n desc, u.code, u.name
        """,
        {"edition": edition} if national.edition else None,
    ).to_pylist()
    used = [plain_name(row["used_name"], drug=kind == "item").text for row in rows]
    listed = [plain_name(row["listed_name"], drug=kind == "item").text for row in rows]
    longer = np.array([max(len(a), len(b), 1) for a, b in zip(used, listed, strict=True)], np.int64)
    kept = 1 - edit_distances(used, listed) / longer if rows else np.empty(0)
    found = [
        Doubt(**row)
        for row, share, a, b in zip(rows, kept, used, listed, strict=True)
        # A short name within a long one is the same thing said briefly.
        if share < ALIKE and len(set(a) & set(b)) <= ALIKE * min(len(set(a)), len(set(b)))
    ]
    return found[:top]
