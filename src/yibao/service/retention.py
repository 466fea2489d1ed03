"""What the service keeps no longer than it must: what has ended by itself, and rows whose retention is over."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, inspect, or_, select

from yibao.registry import Refused, Registry
from yibao.registry.backup import Annex
from yibao.registry.retention import LEAST
from yibao.registry.trail import Noted
from yibao.registry.verify import Beside, Progress, Verified, verify
from yibao.service.access.trail import Changed, record
from yibao.service.forms import forget, prepare
from yibao.service.tables import (
    API_KEY,
    CARD,
    METADATA,
    ONCE,
    RENEWAL,
    RENEWAL_STEP,
    SEALED,
    SESSION,
    STRANGER,
    UNSEALED,
    UPLOAD,
    VISIT,
)

#: States in which an upload has come to its end.
READ = ("taken", "failed", "cancelled")
#: States in which a renewal has come to its end.
ENDED = ("refused", "declined", "handed_over", "delivered")


def beside(registry: Registry) -> list[Beside]:
    """The service's tables for ``verify``, where the database has them: every row is told of in the trail."""
    there = set(inspect(registry.engine).get_table_names())
    return [(table, UNSEALED.get(table.name, frozenset())) for table in SEALED if table.name in there]


def verify_all(registry: Registry, *, noted: Noted | None = None, progress: Progress | None = None) -> Verified:
    """The registry verified with what the service keeps in the same database; see :func:`yibao.registry.verify`."""
    return verify(registry, noted=noted, progress=progress, more=beside(registry))


def annex() -> Annex:
    """The service's tables for a backup: all but sessions, tokens of one use and strangers, which are made anew."""
    tables = [table for table in METADATA.sorted_tables if table not in (SESSION, ONCE, STRANGER)]
    return Annex(tables, [(table, UNSEALED.get(table.name, frozenset())) for table in SEALED], prepare, forget)


def tidy(registry: Registry) -> None:
    """Forget sessions that ended and tokens that have expired by themselves."""
    now = registry.clock()
    with registry.engine.begin() as connection:
        connection.execute(delete(SESSION).where(SESSION.c.ends_at <= now))
        connection.execute(delete(ONCE).where(ONCE.c.until < now))


def retire(registry: Registry, home: Path, before: date, by: str) -> dict[str, int]:
    """Remove what ended before a day: visits, answered reminders, renewals, keys, uploads with their files.

    The trail keeps that each row was there, and its digest. Raises :class:`Refused` (``kept_by_law``) for a day within
    six months.
    """
    now = registry.clock()
    if before > (now - LEAST).date():
        raise Refused("kept_by_law", "cyber_21", f"what ended since {(now - LEAST).date()} must be kept",
                      f"{(now - LEAST).date()} 以来的记录依法须留存", mend="name an earlier day",
                      mend_zh="请给出更早的日期")  # fmt: skip
    with registry.engine.begin() as connection:
        found = _over(connection, datetime.combine(before, time()))
        changed: list[Changed] = [(table, key) for table, keys in found for key in keys]
        for table, key in changed:
            connection.execute(delete(table).where(*(table.c[name] == value for name, value in key.items())))
        record(connection, now, by, "service.retain", f"retention:{before}", before=before.isoformat(),
               changed=changed)  # fmt: skip
    counts = {table.name: len(keys) for table, keys in found}
    folders = [home / "uploads" / key["upload_id"] for table, key in changed if table is UPLOAD]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return {**counts, "files": len(folders)}


def _over(connection: Connection, instant: datetime) -> list[tuple[Table, Sequence[dict[str, str]]]]:
    """Keys of the rows whose retention is over, by table."""
    renewals = and_(RENEWAL.c.state.in_(ENDED), RENEWAL.c.moved_at < instant)
    steps = RENEWAL_STEP.c.renewal_id.in_(select(RENEWAL.c.renewal_id).where(renewals))
    conditions: list[tuple[Table, ColumnElement[bool]]] = [
        (VISIT, VISIT.c.ends_at < instant),
        # An answer that has not reached the ledger yet is not lost.
        (CARD, and_(CARD.c.shown_at < instant, or_(CARD.c.outcome.is_(None), CARD.c.kept_at.is_not(None)))),
        (RENEWAL_STEP, steps), (RENEWAL, renewals),
        (API_KEY, or_(API_KEY.c.ends_at < instant, API_KEY.c.revoked_at < instant)),
        (UPLOAD, and_(UPLOAD.c.state.in_(READ), UPLOAD.c.moved_at < instant)),
    ]  # fmt: skip
    return [
        (table, [dict(row) for row in connection.execute(select(*table.primary_key.columns).where(over)).mappings()])
        for table, over in conditions
    ]
