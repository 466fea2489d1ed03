"""`registry verify`: every event is as written, none is missing or moved; every row is as the last one left it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, select

from yibao.registry.audit import CHAINS, row_digest, row_key
from yibao.registry.store import Registry
from yibao.registry.tables import METADATA
from yibao.registry.tables.core import EVENT, HEAD
from yibao.registry.trail import Noted, as_stored, walk
from yibao.registry.unit import reading

#: Tables that events do not speak of: they are the events.
_TRAIL = {"audit_event", "audit_head"}
#: More problems than this are counted, not listed.
SHOWN = 1_000

#: A table beside the registry's own, and columns of it that events do not tell of.
Beside = tuple[Table, frozenset[str]]
Progress = Callable[[str, float, float], None]


@dataclass
class Verified:
    """What verifying found. ``problems`` are (kind, place, what is wrong); no problem means nothing was changed."""

    events: int = 0
    rows: int = 0
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    count: int = 0

    @property
    def sound(self) -> bool:
        return not self.count

    def add(self, kind: str, place: str, what: str) -> None:
        self.count += 1
        if len(self.problems) < SHOWN:
            self.problems.append((kind, place, what))


def verify(
    registry: Registry, *, noted: Noted | None = None, progress: Progress | None = None, more: Sequence[Beside] = ()
) -> Verified:
    """Check chains, bodies and rows; with ``noted`` also that hashes noted elsewhere are still those of the chains.

    ``more`` are tables that others keep in the same database, and whose rows their events tell of.
    """
    found = Verified()
    with registry.engine.connect() as connection, reading(connection) as seen:
        total = sum(int(seq) for seq in seen.execute(select(HEAD.c.seq)).scalars() if str(seq).isdigit())
        trail = walk(seen, found.add, noted or {}, lambda events: progress and progress("verify", events, total))
        found.events, found.heads = trail.events, trail.heads
        _heads(seen, found)
        own = [(table, frozenset[str]()) for table in METADATA.sorted_tables if table.name not in _TRAIL]
        _rows(seen, found, trail.rows, [*own, *more])
    return found


def _heads(connection: Connection, found: Verified) -> None:
    last = {
        chain: connection.execute(
            select(as_stored(EVENT.c.recorded_at)).where(EVENT.c.chain == chain).order_by(EVENT.c.seq.desc()).limit(1)
        ).scalar()
        for chain in range(CHAINS)
    }
    query = select(*(as_stored(HEAD.c[name]) for name in ("chain", "seq", "hash", "recorded_at")))
    said = {row[0]: tuple(row[1:]) for row in connection.execute(query)}
    for chain in range(CHAINS):
        if said.get(chain) != (*found.heads[chain], last[chain]):
            found.add(
                "wrong_head", str(chain), f"the head says {said.get(chain)}, the chain ends with {found.heads[chain]}"
            )
    for chain in set(said) - set(range(CHAINS)):
        found.add("wrong_head", str(chain), "there is no such chain")
    stray = select(EVENT.c.chain).where((EVENT.c.chain < 0) | (EVENT.c.chain >= CHAINS)).limit(1)
    if connection.execute(stray).first() is not None:
        found.add("changed_event", "-", "an event is in a chain that does not exist")


def _rows(
    connection: Connection, found: Verified, rows: Mapping[tuple[str, str], tuple[int, str]], tables: Sequence[Beside]
) -> None:
    """Every row is the one that the last event told of it; none is there that no event told of, none is gone."""
    names = {table.name for table, _ in tables}
    left = {place for place, (_, digest) in rows.items() if digest != "-" and place[0] in names}
    for table, unsealed in tables:
        columns = [column for column in table.columns if column.name not in unsealed]
        for row in connection.execute(select(*(as_stored(column) for column in columns))):
            found.rows += 1
            content = dict(zip((column.name for column in columns), row, strict=True))
            place = (table.name, row_key(table, content))
            left.discard(place)
            if place not in rows or rows[place][1] == "-":
                found.add("unknown_row", "/".join(place), "no event told of this row")
            elif _digest(content) != rows[place][1]:
                found.add("changed_row", "/".join(place), "the row is not as the last event left it")
    for table_name, lost in sorted(left):
        found.add("missing_row", f"{table_name}/{lost}", "the row is gone, and no event removed it")


def _digest(content: Mapping[str, Any]) -> str:
    try:
        return row_digest(content)
    except (TypeError, ValueError, UnicodeError):
        return ""
