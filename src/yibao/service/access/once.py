"""Things that count once: the id of a signed token, the step of a one-time code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert
from sqlalchemy.exc import IntegrityError

from yibao.service.tables import ONCE


def first_use(connection: Connection, token: str, until: datetime, now: datetime) -> bool:
    """Whether this is the first use; later ones are known until the token has expired by itself anyway."""
    connection.execute(delete(ONCE).where(ONCE.c.until < now))
    try:
        with connection.begin_nested():
            connection.execute(insert(ONCE), {"token": token, "until": until})
    except IntegrityError:
        return False
    return True
