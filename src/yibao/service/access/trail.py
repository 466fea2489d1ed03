"""What the service did, in the registry's audit trail: acts, refusals, and every look at data of persons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from yibao.registry import Registry
from yibao.registry.audit import Event, append
from yibao.service.access.scope import Caller


def record(
    connection: Connection, now: datetime, actor_id: str, action: str, subject: str, *, role: str = "",
    outcome: str = "done", **body: Any,
) -> None:  # fmt: skip
    """Append one event in the transaction of what it tells."""
    append(connection, Event(now, actor_id, role, action, subject, outcome, body, ()), now)


def look(
    registry: Registry, caller: Caller, role: str, purpose: str, rows: Mapping[str, int], persons: Iterable[str]
) -> None:
    """Somebody looked at data of persons: who, in which role, for which purpose, how many rows of which tables.

    One event for each person, under the person: so a person can be told who looked at his data.
    """
    now = registry.clock()
    with registry.engine.begin() as connection:
        for person in dict.fromkeys(persons):
            record(connection, now, caller.actor_id, "data.look", f"person:{person}", role=role, purpose=purpose,
                   way=caller.way, rows=sum(rows.values()), tables=dict(rows))  # fmt: skip
