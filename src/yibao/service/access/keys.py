"""API keys of systems: shown once when made, kept as a digest, ended by a date or by hand."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from yibao.errors import UsageError
from yibao.registry import Registry
from yibao.registry.tables.core import ACTOR
from yibao.service.access.trail import record
from yibao.service.problems import unknown
from yibao.service.tables import API_KEY

#: A key begins so, which lets scanners of repositories find one that leaked.
MARK = "yibao"
LIFE = timedelta(days=365)


def digest(secret: str) -> str:
    """SHA-256: the secret is 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_key(registry: Registry, actor_id: str, label: str, by: str, life: timedelta = LIFE) -> str:
    """A new key of a service actor; the text is not kept. Raises :class:`UsageError` for a person."""
    now, key_id, secret = registry.clock(), secrets.token_hex(6), secrets.token_urlsafe(32)
    with registry.engine.begin() as connection:
        kind = connection.execute(select(ACTOR.c.kind).where(ACTOR.c.actor_id == actor_id)).scalar()
        if kind != "service":
            raise UsageError(
                f"{actor_id} is no service: people sign in", mend="give the key to an actor of kind `service`",
                zh=f"{actor_id} 不是系统账号：个人须登录", mend_zh="请为系统账号创建密钥",
            )  # fmt: skip
        row = {"key_id": key_id, "actor_id": actor_id, "digest": digest(secret), "label": label, "made_at": now,
               "ends_at": now + life, "revoked_at": None}  # fmt: skip
        connection.execute(insert(API_KEY), row)
        record(connection, now, by, "service.key", f"actor:{actor_id}", key_id=key_id, label=label,
               changed=((API_KEY, {"key_id": key_id}),))  # fmt: skip
    return f"{MARK}_{key_id}_{secret}"


def revoke_key(registry: Registry, key_id: str, by: str, reason: str | None = None) -> None:
    """End a key now; ``reason`` goes into the trail."""
    now = registry.clock()
    with registry.engine.begin() as connection:
        done = connection.execute(update(API_KEY).where(API_KEY.c.key_id == key_id).values(revoked_at=now))
        if not done.rowcount:
            raise unknown("key", "密钥")
        record(connection, now, by, "service.key_end", f"key:{key_id}", key_id=key_id, reason=reason,
               changed=((API_KEY, {"key_id": key_id}),))  # fmt: skip


def key_owner(connection: Connection, shown: str, now: datetime) -> str | None:
    """The actor whose key this is; None for one that is unknown, ended or revoked."""
    mark, _, rest = shown.partition("_")
    key_id, _, secret = rest.partition("_")
    if mark != MARK or not secret:
        return None
    row = connection.execute(select(API_KEY).where(API_KEY.c.key_id == key_id)).mappings().one_or_none()
    if row is None or not hmac.compare_digest(row["digest"], digest(secret)):
        return None
    ended = row["revoked_at"] is not None or row["ends_at"] <= now
    return None if ended else str(row["actor_id"])
