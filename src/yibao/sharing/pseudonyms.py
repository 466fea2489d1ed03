"""Keyed pseudonyms: HMAC-SHA256 under a secret that stays with the sender, the same for a value in every table."""

from __future__ import annotations

import hmac
import secrets
import stat
from pathlib import Path

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.sharing.keys import write_new
from yibao.sharing.refusals import KeyRefused

#: Bytes of a secret, and hexadecimal digits of a pseudonym (128 bits: no two of a billion values share one).
SECRET_BYTES, DIGITS = 32, 32
_BLOCK = 64


def new_secret(path: Path) -> None:
    """Make a secret. Who holds it can tell which pseudonym is whose by trying; without it nobody can."""
    write_new(path, secrets.token_hex(SECRET_BYTES).encode() + b"\n", 0o600)


def read_secret(path: Path) -> bytes:
    """The secret of a file. Raises :class:`KeyRefused`."""
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
        safe = not stat.S_IMODE(path.stat().st_mode) & 0o077
    except (OSError, ValueError):
        secret, safe = b"", True
    if len(secret) != SECRET_BYTES:
        raise KeyRefused(
            "this is no secret for pseudonyms",
            where=str(path),
            mend=f"make one with `yibao keys secret {path}`",
            zh="这不是化名密钥",
            mend_zh=f"可用 `yibao keys secret {path}` 建立",
        )
    if not safe:
        raise KeyRefused(
            "others may read this secret",
            where=str(path),
            mend=f"chmod 600 {path}",
            zh="他人可读取此密钥",
            mend_zh=f"请执行 chmod 600 {path}",
        )
    return secret


def secret_id(secret: bytes) -> str:
    """Tells packages under one secret from those under another, without telling the secret."""
    return hmac.digest(secret, b"yibao pseudonyms", "sha256").hex()[:16]


def pseudonym(secret: bytes, value: str) -> str:
    """What stands in a package for ``value``."""
    return hmac.digest(secret, value.encode(), "sha256").hex()[:DIGITS]


def use_secret(engine: DuckEngine, secret: bytes) -> None:
    """Let :func:`pseudonym_sql` be run in ``engine``; the secret is data there, never part of a statement."""
    key = secret.ljust(_BLOCK, b"\0")
    pads = {"inner": bytes(b ^ 0x36 for b in key), "outer": bytes(b ^ 0x5C for b in key)}
    engine.register("_pads", pa.table({name: pa.array([pad], pa.binary()) for name, pad in pads.items()}))


def pseudonym_sql(column: str) -> str:
    """:func:`pseudonym` of a text column, as the definition of HMAC (RFC 2104) writes it; null stays null."""
    inner = f'sha256((select "inner" from _pads) || encode({column}))'
    return f'left(sha256((select "outer" from _pads) || unhex({inner})), {DIGITS})'
