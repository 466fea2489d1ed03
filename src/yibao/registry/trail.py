"""Walking the audit trail: every event as it was sealed, where it was, with the body that it had.

An event is sealed with the stored hash of the one before, so that the events of a piece can be checked at once: a piece
in which nothing is wrong costs two hashes an event, and only of one in which something is wrong each event is asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Text, select, type_coerce

from yibao.registry.audit import CHAINS, GENESIS, SEALED, SEPARATOR
from yibao.registry.tables.core import EVENT
from yibao.registry.types import Day, Instant

#: Events read at once.
PIECE = 20_000
#: Where the columns of an event stand in a row: those of :data:`SEALED`, then ``body`` and ``hash``.
_SEQ, _ACTION, _TOLD, _CHANGES, _BODY, _HASH = 1, 6, 9, 10, 11, 12

Event = Sequence[Any]
#: Hashes of events noted elsewhere: by chain, then by place.
Noted = Mapping[int, Mapping[int, str]]
#: ``(kind, place, what is wrong)``.
Tell = Callable[[str, str, str], None]


@dataclass
class Trail:
    """What the trail says: how long it is, where its chains end, and how it left each row."""

    events: int = 0
    #: Place and hash of the last event of each chain.
    heads: dict[int, tuple[int, str]] = field(default_factory=lambda: dict.fromkeys(range(CHAINS), (0, GENESIS)))
    #: The last version and digest of each row, by table and key.
    rows: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    #: Events whose body is gone, and up to where retention said that it erased.
    gone: list[tuple[int, int]] = field(default_factory=list)
    erased: dict[int, int] = field(default_factory=dict)


def walk(connection: Connection, tell: Tell, noted: Noted, progress: Callable[[int], None]) -> Trail:
    """Walk all chains and tell of everything that is wrong in them."""
    trail = Trail()
    missed = {(chain, seq) for chain, hashes in noted.items() for seq in hashes}
    for chain, events in _ahead(connection):
        _piece(chain, events, trail, tell)
        for event in events if chain in noted else ():
            if (chain, event[_SEQ]) in missed:
                missed.discard((chain, event[_SEQ]))
                if event[_HASH] != noted[chain][event[_SEQ]]:
                    tell("anchor", f"{chain}/{event[_SEQ]}", "the event is not the one that the anchor names")
        progress(trail.events)
    for chain, seq in sorted(missed):
        end = trail.heads.get(chain, (0, ""))[0]
        tell("anchor", f"{chain}/{seq}", f"the anchor names this event, and it is gone; the chain ends with {end}")
    for chain, seq in trail.gone:
        if seq > trail.erased.get(chain, 0):
            tell("body_missing", f"{chain}/{seq}", "the event's body is gone, and no retention erased it")
    return trail


# --- reading ---------------------------------------------------------------------------------------------------------


def as_stored(column: Any) -> Any:
    """A column as its bytes are: no type is trusted to read them."""
    return type_coerce(column, Text) if isinstance(column.type, (Day, Instant)) else column


def _pieces(connection: Connection) -> Iterator[tuple[int, list[Event]]]:
    """The events of all chains, chain by chain, in pieces."""
    columns = [as_stored(EVENT.c[name]) for name in (*SEALED, "body", "hash")]
    for chain in range(CHAINS):
        last = -(2**62)
        while True:
            query = select(*columns).where(EVENT.c.chain == chain, EVENT.c.seq > last).order_by(EVENT.c.seq)
            result = connection.execute(query.limit(PIECE))
            # The driver's own rows: what SQLAlchemy would make of them costs more than hashing them.
            events: list[Event] = list(result.cursor.fetchall())
            result.close()
            if events:
                yield chain, events
            if len(events) < PIECE:
                break
            last = events[-1][_SEQ]


def _ahead(connection: Connection) -> Iterator[tuple[int, list[Event]]]:
    """The pieces; of a database in a process of its own, the next one is read while this one is checked."""
    pieces = _pieces(connection)
    if connection.dialect.name == "sqlite":
        yield from pieces
        return
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = reader.submit(next, pieces, None)
            yield piece


# --- checking --------------------------------------------------------------------------------------------------------


def _piece(chain: int, events: list[Event], trail: Trail, tell: Tell) -> None:
    """Check the next events of a chain, and note what they say."""
    place, before = trail.heads[chain]
    if _as_sealed(events, place, before):
        trail.gone += [(chain, event[_SEQ]) for event in events if event[_BODY] is None]
        place += len(events)
    else:
        for event in events:
            place = _told_apart(chain, event, place, before, trail, tell)
            before = event[_HASH]
    trail.heads[chain] = (place, events[-1][_HASH])
    trail.events += len(events)
    _note_rows(chain, events, trail, tell)
    for event in events:
        if event[_ACTION] == "registry.retain" and event[_BODY]:
            _note_erasures(event[_BODY], trail.erased)


def _as_sealed(events: list[Event], place: int, before: str) -> bool:
    """Whether the events are those that were sealed, in their order, with the bodies that they had or none."""
    hashes = [event[_HASH] for event in events]
    digest = hashlib.sha256
    try:
        return (
            [event[_SEQ] for event in events] == list(range(place + 1, place + len(events) + 1))
            and [
                digest(whole.encode()).hexdigest() if whole.count(SEPARATOR) == len(SEALED) else ""
                for whole in (_whole(event, hash_) for event, hash_ in zip(events, [before, *hashes], strict=False))
            ]
            == hashes
            and all(
                event[_BODY] is None or digest(event[_BODY].encode()).hexdigest() == event[_TOLD] for event in events
            )
        )
    except (TypeError, ValueError, AttributeError):  # a column that is no text any more
        return False


def _whole(event: Event, before: str) -> str:
    """What the hash of an event is of."""
    return f"{before}{SEPARATOR}{event[0]}{SEPARATOR}{event[1]}{SEPARATOR}{SEPARATOR.join(event[2:11])}"


def _told_apart(chain: int, event: Event, place: int, before: str, trail: Trail, tell: Tell) -> int:
    """Tell what is wrong with an event of a piece that is not sound. Returns its place."""
    seq, body = event[_SEQ], event[_BODY]
    where = f"{chain}/{seq}"
    place += 1
    if seq != place:
        tell("missing_event", f"{chain}/{place}", f"the chain goes on with {seq}")
        place = seq if isinstance(seq, int) else place
    try:
        whole = _whole(event, before)
    except TypeError:
        whole = ""
    if _hash(whole) != event[_HASH]:
        tell("changed_event", where, "the event is not what was sealed, or not where it was")
    elif whole.count(SEPARATOR) != len(SEALED):
        tell("changed_event", where, "a column holds a separator")
    if body is None:
        trail.gone.append((chain, place))
    elif not isinstance(body, str) or _hash(body) != event[_TOLD]:
        tell("changed_body", where, "the event's body is not what was sealed")
    return place


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


# --- noting ----------------------------------------------------------------------------------------------------------


def _note_rows(chain: int, events: list[Event], trail: Trail, tell: Tell) -> None:
    """Note how the events left rows. One reading for the piece is much quicker than one for each event."""
    said = [event[_CHANGES] for event in events if event[_CHANGES]]
    try:
        for changes in json.loads(f"[{','.join(said)}]"):
            _note_changes(changes, trail)
    except (ValueError, TypeError):
        for event in events:
            try:
                _note_changes(json.loads(event[_CHANGES] or "[]"), trail)
            except (ValueError, TypeError):
                tell("changed_event", f"{chain}/{event[_SEQ]}", "the list of its changes cannot be read")


def _note_changes(changes: Sequence[tuple[str, str, int, str]], trail: Trail) -> None:
    rows = trail.rows
    for table, key, version, digest in changes:
        # A row may be changed by events of several chains: its versions put them in order.
        before, known = rows.get((table, key), (version, ""))
        # Of one instant, a removal is the last.
        if (before, known == "-") <= (version, digest == "-"):
            rows[table, key] = (version, digest)


def _note_erasures(body: str, erased: dict[int, int]) -> None:
    try:
        upto = json.loads(body).get("erased", {})
        erased.update({int(chain): max(int(seq), erased.get(int(chain), 0)) for chain, seq in upto.items()})
    except (ValueError, AttributeError):
        return  # a body that is not what was sealed has been told of already
