"""Tampering with a registry, one byte at a time, behind its back; and how quickly a long trail is verified."""

from __future__ import annotations

import random
import sqlite3
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from yibao.benchmarks.registry_city import REGION, TILL, capped
from yibao.registry import Registry
from yibao.registry.accounts import settle
from yibao.registry.audit import CHAINS, SEALED, body_digest, compact, seal
from yibao.registry.tables import METADATA
from yibao.registry.tables.core import EVENT, HEAD
from yibao.registry.types import stored
from yibao.registry.verify import verify

SEED = 7


def tamper(place: Path, times: int) -> dict[str, int]:
    """Change one byte of one stored value so many times, each time alone, and count what verifying finds.

    The registry is a file of SQLite; every table and column takes its part, by the number of its bytes.
    """
    with Registry.open(str(place)) as registry:
        for number in range(30):
            registry.do(settle, f"P{number % 5}", f"S{number}", capped(3_000), REGION, by=TILL, request=f"T{number}")
        assert verify(registry).sound
        chance = random.Random(SEED)
        wire = sqlite3.connect(place, isolation_level=None)
        cells = _cells(wire)
        found = 0
        for table, rowid, column, value in chance.choices(cells, [len(str(c[3])) for c in cells], k=times):
            change = f"update {table} set {column} = ? where rowid = ?"
            wire.execute("pragma ignore_check_constraints = on")
            wire.execute("pragma foreign_keys = off")
            if not _changed(wire, change, _other(value, chance), rowid):
                found += 1  # the database itself would not take it
                continue
            found += not verify(registry).sound
            wire.execute(change, (value, rowid))
        sound = verify(registry).sound
        wire.close()
    return {"tried": times, "found": found, "sound_again": int(sound)}


def _changed(wire: sqlite3.Connection, change: str, value: Any, rowid: int) -> bool:
    try:
        wire.execute(change, (value, rowid))
    except sqlite3.IntegrityError:
        return False
    return True


def _cells(wire: sqlite3.Connection) -> list[tuple[str, int, str, Any]]:
    """Every stored value: table, row, column, value."""
    cells = []
    for table in METADATA.sorted_tables:
        columns = list(table.columns.keys())
        for row in wire.execute(f"select rowid, {', '.join(columns)} from {table.name}"):
            named = zip(columns, row[1:], strict=True)
            cells += [(table.name, row[0], name, v) for name, v in named if v not in (None, "")]
    return cells


def _other(value: Any, chance: random.Random) -> Any:
    """The value with one of its bytes changed."""
    if isinstance(value, int):
        digits = list(str(value))
        at = chance.randrange(len(digits))
        digits[at] = chance.choice([d for d in "0123456789" if d != digits[at]] if digits[at] != "-" else ["1"])
        changed = int("".join(digits))
        return changed if changed != value else value + 1
    stored = bytearray(value.encode())
    at = chance.randrange(len(stored))
    stored[at] = chance.choice([b for b in range(32, 127) if b != stored[at]])
    # What is no text any more is what a disk would hold; the driver takes it as it is.
    return (
        stored.decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape").decode("latin-1")
        if not _is_text(stored)
        else stored.decode()
    )


def _is_text(stored: bytearray) -> bool:
    try:
        stored.decode()
    except UnicodeDecodeError:
        return False
    return True


def verify_speed(place: str, events: int) -> dict[str, Any]:
    """Lengthen a registry's trail by so many events, written in bulk, and verify it whole."""
    with Registry.open(place) as registry:
        with registry.engine.begin() as connection:
            for chain in range(CHAINS):
                _lengthen(connection, chain, events // CHAINS, registry.clock())
        clock = time.perf_counter()
        found = verify(registry)
        seconds = time.perf_counter() - clock
    return {"events": found.events, "rows": found.rows, "seconds": round(seconds, 3),
            "events_a_second": int(found.events / seconds), "problems": found.count}  # fmt: skip


def _lengthen(connection: Connection, chain: int, events: int, now: datetime) -> None:
    """Events of somebody who reads, sealed as the registry seals them."""
    seq, before = connection.execute(select(HEAD.c.seq, HEAD.c.hash).where(HEAD.c.chain == chain)).one()
    rows = []
    for number in range(events):
        seq += 1
        body = compact({"person_id": f"P{number}", "purpose": "bench", "columns": ["amount", "settled_at"]})
        row = {"chain": chain, "seq": seq, "recorded_at": now, "acted_at": now, "actor_id": TILL, "role": "settlement",
               "action": "account.read", "subject": f"person:P{number}", "outcome": "done",
               "body_digest": body_digest(body), "changes": ""}  # fmt: skip
        before = seal(before, [stored(row[name]) for name in SEALED])
        rows.append({**row, "body": body, "hash": before})
    if rows:
        connection.execute(insert(EVENT), rows)
        head = {"seq": seq, "hash": before, "recorded_at": now}
        connection.execute(update(HEAD).where(HEAD.c.chain == chain).values(head))
