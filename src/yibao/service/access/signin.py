"""Signing in: a password, lock-out after wrong ones, a second factor, a session that ends."""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.errors import UsageError
from yibao.registry import Registry
from yibao.registry.clock import CHINA
from yibao.registry.tables.core import ACTOR
from yibao.service.access.keys import digest
from yibao.service.access.once import first_use
from yibao.service.access.trail import Changed, record
from yibao.service.problems import Problem
from yibao.service.reads import reads
from yibao.service.tables import CREDENTIAL, SESSION, STRANGER

#: Wrong passwords in a row before the account is locked, and for how long (doubled by each further one, up to a day).
FAILURES, LOCKED, _LONGEST = 5, timedelta(minutes=15), timedelta(days=1)
#: A session ends when it was not used for so long, and in any case after a working day.
IDLE, WHOLE = timedelta(minutes=30), timedelta(hours=10)
SHORTEST = 12
#: Seconds of one code, and how many steps a clock may be off.
STEP, DRIFT = 30, 1
#: argon2id with the library's parameters: those that RFC 9106 recommends where memory is short (64 MiB, 3 passes).
HASHER = PasswordHasher()


@dataclass(frozen=True)
class SignedIn:
    """A new session: the cookie's text, and whether the second factor is still due."""

    cookie: str
    actor_id: str
    csrf: str
    second_factor: bool


class SignIn:
    """Credentials and sessions of one registry. ``cipher`` encrypts the secrets of second factors."""

    def __init__(self, registry: Registry, cipher: Fernet) -> None:
        self.registry, self.cipher = registry, cipher

    def set_password(self, actor_id: str, password: str, by: str) -> None:
        """Give an actor a password. Raises :class:`UsageError` for one that is too short or for an unknown actor."""
        if len(password) < SHORTEST:
            raise UsageError(
                f"a password has at least {SHORTEST} characters", mend="take a longer one",
                zh=f"密码至少 {SHORTEST} 位", mend_zh="请使用更长的密码",
            )  # fmt: skip
        now = self.registry.clock()
        said = {"password_hash": HASHER.hash(password), "failures": 0, "locked_until": None, "changed_at": now}
        with self.registry.engine.begin() as connection:
            if connection.execute(select(ACTOR.c.actor_id).where(ACTOR.c.actor_id == actor_id)).first() is None:
                raise UsageError(f"there is no actor {actor_id!r}", zh=f"没有操作人 {actor_id!r}")
            mine = CREDENTIAL.c.actor_id == actor_id
            if not connection.execute(update(CREDENTIAL).where(mine).values(said)).rowcount:
                connection.execute(insert(CREDENTIAL), {"actor_id": actor_id, **said})
            connection.execute(delete(SESSION).where(SESSION.c.actor_id == actor_id))
            record(connection, now, by, "service.password", f"actor:{actor_id}", changed=_credential(actor_id))

    def enrol(self, actor_id: str, by: str) -> str:
        """A new secret for the second factor (base 32); it counts once a code of it was given."""
        secret, now = pyotp.random_base32(), self.registry.clock()
        with self.registry.engine.begin() as connection:
            said = {"totp_secret": self.cipher.encrypt(secret.encode()).decode(), "totp_confirmed_at": None}
            connection.execute(update(CREDENTIAL).where(CREDENTIAL.c.actor_id == actor_id).values(said))
            record(connection, now, by, "service.second_factor", f"actor:{actor_id}", changed=_credential(actor_id))
        return secret

    def sign_in(self, actor_id: str, password: str, second_factor: bool | None = None) -> SignedIn:
        """Begin a session. ``second_factor`` is decided by the caller's roles. Raises :class:`Problem` 401."""
        now, until = self.registry.clock(), None
        with self.registry.engine.begin() as connection:
            row = connection.execute(select(CREDENTIAL).where(CREDENTIAL.c.actor_id == actor_id)).mappings().first()
            tried = row if row is not None else _stranger(connection, actor_id)
            right = _matches(row["password_hash"] if row is not None else _nobody(), password)
            free = row is not None and right and _locked(tried, now) is None
            signed = self._begin(connection, actor_id, now, second_factor) if free else None
            if signed is None:
                until = self._failed(connection, actor_id, row, tried, now)
        if signed is None:
            raise _wrong(until)
        return signed

    def _begin(self, connection: Connection, actor_id: str, now: datetime, second: bool | None) -> SignedIn | None:
        cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        row = {"digest": digest(cookie), "actor_id": actor_id, "csrf": csrf, "factors": 1, "made_at": now,
               "seen_at": now, "ends_at": now + WHOLE}  # fmt: skip
        connection.execute(insert(SESSION), row)
        mine = CREDENTIAL.c.actor_id == actor_id
        connection.execute(update(CREDENTIAL).where(mine).values(failures=0, locked_until=None))
        record(connection, now, actor_id, "service.sign_in", f"actor:{actor_id}", changed=_credential(actor_id))
        return SignedIn(cookie, actor_id, csrf, bool(second))

    def _failed(self, connection: Connection, actor_id: str, row: Any, tried: Any, now: datetime) -> datetime | None:
        """Count a wrong try under a name that has a credential (``row``) or that nobody has; until when it is locked.

        ``tried`` holds the tries so far. While a lock lasts nothing is counted.
        """
        was_locked = _locked(tried, now)
        until = was_locked
        if until is None:
            failures = (tried["failures"] if tried is not None else 0) + 1
            over = failures - FAILURES
            until = now + (min(LOCKED * 2**over, _LONGEST) if over < 12 else _LONGEST) if over >= 0 else None
            said = {"failures": failures, "locked_until": until}
            if row is not None:
                connection.execute(update(CREDENTIAL).where(CREDENTIAL.c.actor_id == actor_id).values(said))
            elif tried is not None:
                connection.execute(update(STRANGER).where(STRANGER.c.bucket == tried["bucket"]).values(said))
            else:
                with suppress(IntegrityError), connection.begin_nested():  # somebody else's try may be counted first
                    connection.execute(insert(STRANGER), {"bucket": _bucket(actor_id), **said})
        # What was typed where the name belongs may be a password: only names that exist are written down.
        known = actor_id if row is not None else "-"
        changed = _credential(actor_id) if row is not None else ()
        record(connection, now, known, "service.sign_in", f"actor:{known}", outcome="refused",
               locked=was_locked is not None, changed=changed)  # fmt: skip
        return until

    def confirm(self, cookie: str, code: str) -> None:
        """Give the second factor to a session. Raises :class:`Problem` 401; wrong codes count like wrong passwords."""
        now, until = self.registry.clock(), None
        with self.registry.engine.begin() as connection:
            session = _session(connection, cookie, now)
            row = None
            if session is not None:
                mine = CREDENTIAL.c.actor_id == session["actor_id"]
                row = connection.execute(select(CREDENTIAL).where(mine)).mappings().first()
            right = row is not None and _locked(row, now) is None and self._code_fits(connection, row, code, now)
            if right and session is not None and row is not None:
                connection.execute(update(SESSION).where(SESSION.c.digest == session["digest"]).values(factors=2))
                confirmed = row["totp_confirmed_at"] or now
                connection.execute(update(CREDENTIAL).where(mine).values(totp_confirmed_at=confirmed, failures=0))
                who = session["actor_id"]
                record(connection, now, who, "service.code", f"actor:{who}", changed=_credential(who))
            elif session is not None:
                until = self._failed(connection, session["actor_id"], row, row, now)
        if not right:
            raise _wrong(until)

    def _code_fits(self, connection: Connection, row: Any, code: str, now: datetime) -> bool:
        """Whether a code is of now, or of a step beside it, and was not used before."""
        if row["totp_secret"] is None or not code.isascii():
            return False
        otp = pyotp.TOTP(self.cipher.decrypt(row["totp_secret"].encode()).decode(), interval=STEP)
        step = int(now.replace(tzinfo=CHINA).timestamp()) // STEP
        for one in range(step - DRIFT, step + DRIFT + 1):
            if hmac.compare_digest(otp.generate_otp(one), code):
                until = now + timedelta(seconds=STEP * (2 * DRIFT + 2))
                return first_use(connection, f"totp:{row['actor_id']}:{one}", until, now)
        return False

    def session(self, cookie: str) -> Any:
        """The session of a cookie, its time moved on; None when it ended."""
        now = self.registry.clock()
        with reads(self.registry) as connection:
            row = _session(connection, cookie, now)
        if row is not None and now - row["seen_at"] > timedelta(minutes=1):
            with self.registry.engine.begin() as connection:
                connection.execute(update(SESSION).where(SESSION.c.digest == row["digest"]).values(seen_at=now))
        return row

    def sign_out(self, cookie: str) -> None:
        """End a session."""
        with self.registry.engine.begin() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.digest == digest(cookie)))


def _session(connection: Connection, cookie: str, now: datetime) -> Any:
    row = connection.execute(select(SESSION).where(SESSION.c.digest == digest(cookie))).mappings().one_or_none()
    if row is None or row["ends_at"] <= now or row["seen_at"] + IDLE <= now:
        return None
    return row


@cache
def _nobody() -> str:
    """What is compared when there is no such account, so that both take the same time."""
    return HASHER.hash(secrets.token_hex(16))


def _matches(known: str, password: str) -> bool:
    try:
        return HASHER.verify(known, password)
    except (VerificationError, InvalidHashError):
        return False


def _credential(actor_id: str) -> tuple[Changed, ...]:
    return ((CREDENTIAL, {"actor_id": actor_id}),)


def _locked(tried: Any, now: datetime) -> datetime | None:
    """Until when a name is locked; None when it is not."""
    if tried is None or tried["locked_until"] is None or tried["locked_until"] <= now:
        return None
    until: datetime = tried["locked_until"]
    return until


def _stranger(connection: Connection, name: str) -> Any:
    """The wrong tries under a name that nobody has."""
    mine = STRANGER.c.bucket == _bucket(name)
    return connection.execute(select(STRANGER).where(mine)).mappings().first()


def _bucket(name: str) -> str:
    return digest(name)[:4]


def _wrong(until: datetime | None) -> Problem:
    # The same words for every reason, and the same lock for a name that nobody has: who exists is not told.
    zh, en = "用户名、密码或验证码有误", "the name, the password or the code is wrong"
    mend, mend_zh = "try again, or ask the administrator", "请重试，或联系管理员"
    if until is not None:
        # The moment is told to the minute, and never before the lock ends.
        when = f"{until + timedelta(seconds=59):%Y-%m-%d %H:%M}"
        zh, en = f"{zh}；因多次错误，锁定至 {when}", f"{en}; locked after too many wrong ones until {when}"
        mend, mend_zh = "try again then, or ask the administrator", "请届时重试，或联系管理员"
    return Problem(401, "wrong", en, zh, mend=mend, mend_zh=mend_zh)
