"""What the service did, in the registry's audit trail: acts, refusals, and every look at data of persons."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from yibao.registry import Registry, Unit
from yibao.registry.audit import Event, append, row_digest, row_key
from yibao.registry.clock import CHINA
from yibao.registry.rights import note
from yibao.registry.trail import as_stored
from yibao.service.access.scope import Caller
from yibao.service.tables import UNSEALED

#: What is looked at, as the registry's list of data sets calls it.
LEDGER = "ledger"
#: The registry's permission to see persons through the service, within scope: it needs no permit of its own.
SEE = "data.see"
#: A row that an act changed: its table and its key.
Changed = tuple[Table, Mapping[str, str]]


def record(
    connection: Connection, now: datetime, actor_id: str, action: str, subject: str, *, role: str = "",
    outcome: str = "done", changed: Sequence[Changed] = (), **body: Any,
) -> None:  # fmt: skip
    """Append one event in the transaction of what it tells, with the digests of the rows that it changed."""
    changes = [_digest(connection, table, key, now) for table, key in changed]
    append(connection, Event(now, actor_id, role, action, subject, outcome, body, changes), now)


def look(
    registry: Registry, caller: Caller, role: str, purpose: str, rows: Mapping[str, int], persons: Iterable[str]
) -> None:
    """Somebody looked at data of persons: who, in which role, for which purpose, how many rows of which tables.

    One event for each person, under the person: so a person can be told who looked at his data. A look of a person (a
    hospital's system sees its patients all day and night) is weighed by the registry too, which marks what is alarming.
    """
    named = [*dict.fromkeys(persons)]
    if not named:
        return
    first, *others = named
    now = registry.clock()
    said = told(caller, purpose, rows)
    with registry.engine.begin() as connection:
        unit = Unit(connection, "data.look", f"person:{first}", caller.actor_id, now, now, registry.calendar,
                    role=role, body=dict(said))  # fmt: skip
        unit.identify()
        # The route asked for the scope; here the registry is asked whether this role sees persons at all.
        unit.allow(permission=SEE)
        unit.role = role or unit.role_for(SEE)
        if unit.actor["kind"] == "person":
            _note(unit, purpose, rows, named)
        unit.finish()
        for person in others:
            record(connection, now, caller.actor_id, "data.look", f"person:{person}", role=unit.role, **said)


def told(caller: Caller, purpose: str, rows: Mapping[str, int]) -> dict[str, Any]:
    """What an event tells of a look: an act that looks tells it in its own event."""
    return {"purpose": purpose, "way": caller.way, "rows": sum(rows.values()), "tables": dict(rows)}


def _note(unit: Unit, purpose: str, rows: Mapping[str, int], persons: Sequence[str]) -> None:
    note(
        unit, secrets.token_hex(10), dataset_id=LEDGER, purpose_id=purpose, columns=sorted(rows), predicate="person_id",
        rows=sum(rows.values()), persons=persons,
    )  # fmt: skip


def _digest(connection: Connection, table: Table, key: Mapping[str, str], now: datetime) -> tuple[str, str, int, str]:
    """(table, key, version, digest) of a row as it now is; its version is the instant, which rises like one."""
    columns = [as_stored(column) for column in table.columns if column.name not in UNSEALED.get(table.name, ())]
    query = select(*columns).where(*(table.c[name] == value for name, value in key.items()))
    row = connection.execute(query).mappings().one_or_none()
    version = int(now.replace(tzinfo=CHINA).timestamp() * 1_000_000)
    return table.name, row_key(table, key), version, "-" if row is None else row_digest(dict(row))
