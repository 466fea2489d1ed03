"""Drafts: what somebody wrote stays on the server under the object it is about, until it is sent or dropped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from yibao.service.access.scope import Caller
from yibao.service.access.trail import record
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.tables import DRAFT


@dataclass(frozen=True)
class Draft:
    """What was written, and when."""

    body: Mapping[str, Any]
    saved_at: datetime


def keep(service: Service, caller: Caller, subject: str, body: Mapping[str, Any]) -> None:
    """Keep what the caller wrote about ``subject`` (such as ``clue:CL-1``), in place of what he wrote before."""
    now, text = service.registry.clock(), json.dumps(dict(body), ensure_ascii=False)
    mine = (DRAFT.c.actor_id == caller.actor_id) & (DRAFT.c.object == subject)
    with service.registry.engine.begin() as connection:
        if not connection.execute(update(DRAFT).where(mine).values(body=text, saved_at=now)).rowcount:
            row = {"actor_id": caller.actor_id, "object": subject, "body": text, "saved_at": now}
            connection.execute(insert(DRAFT), row)
        record(connection, now, caller.actor_id, "service.draft", subject)


def kept(service: Service, caller: Caller, subject: str) -> Draft | None:
    """The caller's draft about a subject; nobody else's."""
    mine = (DRAFT.c.actor_id == caller.actor_id) & (DRAFT.c.object == subject)
    with reads(service.registry) as connection:
        row = connection.execute(select(DRAFT).where(mine)).mappings().one_or_none()
    return None if row is None else Draft(json.loads(row["body"]), row["saved_at"])


def drop(service: Service, caller: Caller, subject: str) -> None:
    """The draft was sent, or is not wanted."""
    with service.registry.engine.begin() as connection:
        connection.execute(
            delete(DRAFT).where((DRAFT.c.actor_id == caller.actor_id) & (DRAFT.c.object == subject))
        )  # fmt: skip
