"""The audit trail: events in chains, each event sealed with the hash of the one before.

There are several chains, so that parallel writers do not wait for one another; all events of one subject are in one.
An event also names every row that it changed, with the digest of the row's content: verifying compares both.
Whoever can write to the database could reckon a whole chain anew. That is found by anchors: heads noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, update

from yibao.registry.articles import Refused
from yibao.registry.clock import TOLERANCE
from yibao.registry.tables.core import EVENT, HEAD
from yibao.registry.types import stored
from yibao.registry.writes import Write, write, write_with

CHAINS = 16
#: What the first event of a chain is sealed with.
GENESIS = "0" * 64
SEPARATOR = "\x1f"
#: The columns that the seal covers, in order, after the hash before.
SEALED = ("chain", "seq", "recorded_at", "acted_at", "actor_id", "role", "action", "subject", "outcome", "body_digest",
          "changes")  # fmt: skip


class Event(NamedTuple):
    """What an event says; ``changes`` are (table, key, version, digest of the row, or ``-`` once it is removed)."""

    acted_at: datetime
    actor_id: str
    role: str
    action: str
    subject: str
    outcome: str
    body: Mapping[str, Any]
    changes: Sequence[tuple[str, str, int, str]]


def chain_of(subject: str) -> int:
    return zlib.crc32(subject.encode()) % CHAINS


def row_digest(row: Mapping[str, Any]) -> str:
    """The digest of what a row says: a column that a later form adds and leaves empty changes nothing."""
    said = {name: stored(value) for name, value in row.items() if value is not None}
    return hashlib.blake2b(compact(said).encode(), digest_size=16).hexdigest()


def row_key(table: Table, row: Mapping[str, Any]) -> str:
    return "|".join(str(row[column.name]) for column in table.primary_key)


def compact(value: Any) -> str:
    """JSON with one form for one content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=stored)


def seal(before: str, sealed: Sequence[Any]) -> str:
    """The hash of an event: of the hash before it and of the columns of :data:`SEALED`."""
    return hashlib.sha256(SEPARATOR.join([before, *map(str, sealed)]).encode()).hexdigest()


def body_digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def append(connection: Connection, said: Event, now: datetime, writes: Sequence[Write] = ()) -> tuple[int, int]:
    """Append an event to its chain, and write the rows that waited for it. Returns chain and place.

    Holds the chain until the transaction ends. Raises :class:`Refused`: ``clock_moved_back`` when the clock is behind
    the last event, ``stale`` for a row that somebody else changed.
    """
    chain = chain_of(said.subject)
    # The number rises first: that holds the row, and brings the old hash in the same step.
    seq, before, last = connection.execute(_NEXT, {"of": chain}).one()
    recorded = now if last is None else max(now, _not_before(last, now))
    body = compact(said.body)
    row = {
        "chain": chain, "seq": seq, "recorded_at": recorded, "acted_at": said.acted_at, "actor_id": said.actor_id,
        "role": said.role, "action": said.action, "subject": said.subject, "outcome": said.outcome,
        "body_digest": body_digest(body), "changes": compact(said.changes) if said.changes else "",
    }  # fmt: skip
    sealed = seal(before, [stored(row[name]) for name in SEALED])
    head = {"of": chain, "head_hash": sealed, "head_at": recorded}
    whole = {**row, "body": body, "hash": sealed}
    waiting = [*writes, Write(EVENT, None, whole, f"{chain}|{seq}")]
    if connection.dialect.name == "postgresql":
        write_with(connection, _SEALED, head, waiting)
    else:
        for one in waiting:
            write(connection, one)
        connection.execute(_SEALED, head)
    return chain, seq


_NEXT = (
    update(HEAD)
    .where(HEAD.c.chain == bindparam("of"))
    .values(seq=HEAD.c.seq + 1)
    .returning(HEAD.c.seq, HEAD.c.hash, HEAD.c.recorded_at)
)
_SEALED = (
    update(HEAD)
    .where(HEAD.c.chain == bindparam("of"))
    .values(hash=bindparam("head_hash"), recorded_at=bindparam("head_at", type_=HEAD.c.recorded_at.type))
)


def _not_before(last: datetime, now: datetime) -> datetime:
    if now + TOLERANCE < last:
        raise moved_back(last, now)
    return last


def moved_back(last: datetime, now: datetime) -> Refused:
    behind = timedelta(seconds=int((last - now).total_seconds()))
    return Refused(
        "clock_moved_back", "cyber_21",
        f"this machine's clock is {behind} behind the last recorded event ({last:%Y-%m-%d %H:%M:%S})",
        f"本机时钟比最后一条记录（{last:%Y-%m-%d %H:%M:%S}）慢 {behind}",
        mend="set the clock right", mend_zh="请校准时钟",
    )  # fmt: skip
