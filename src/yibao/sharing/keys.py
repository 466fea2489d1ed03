"""Ed25519 keys with which packages are signed: a private file, and a public file that others are given.

    KEY        the private key (PKCS 8, PEM), readable by its owner only, under a passphrase if one was given
    KEY.pub    JSON: the region that the key speaks for, a name for people, the public key

Whoever receives a public file compares its fingerprint with the owner, by telephone or face to face, before trusting
it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from yibao.sharing.refusals import KeyRefused

#: Bytes of a raw public key, and of a signature.
PUBLIC_BYTES, SIGNATURE_BYTES = 32, 64
_FORMAT = 1


@dataclass(frozen=True)
class PublicKey:
    """Who may sign for which region. ``raw`` are the 32 bytes of the key."""

    region: str
    name: str
    raw: bytes

    @property
    def fingerprint(self) -> str:
        """Eight groups of four hexadecimal digits: the first half of the SHA-256 of the key, to be read out."""
        return fingerprint(self.raw)

    def to_json(self) -> str:
        doc = {
            "yibao_key": _FORMAT,
            "region": self.region,
            "name": self.name,
            "public_key": base64.b64encode(self.raw).decode(),
        }
        return json.dumps(doc, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True)
class PrivateKey:
    """A key that signs, with its public half."""

    public: PublicKey
    key: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same message gives the same signature."""
        return self.key.sign(message)


def fingerprint(raw: bytes) -> str:
    """See :attr:`PublicKey.fingerprint`.

    >>> fingerprint(bytes(32))
    '6668-7aad-f862-bd77-6c8f-c18b-8e9f-8e20'
    """
    digits = hashlib.sha256(raw).hexdigest()[:32]
    return "-".join(digits[at : at + 4] for at in range(0, 32, 4))


def signed_by(raw: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` of ``message`` was made with the private half of the public key ``raw``."""
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_path(path: Path) -> Path:
    """Where the public half of the private file ``path`` lies."""
    return path.with_name(f"{path.name}.pub")


def new_key(path: Path, region: str, name: str, passphrase: bytes | None) -> PublicKey:
    """Make a key pair: ``path`` and ``path.pub``. An existing file is never overwritten."""
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption(),
    )
    public = PublicKey(region, name, key.public_key().public_bytes_raw())
    for target, content, mode in ((path, secret, 0o600), (public_path(path), public.to_json().encode(), 0o644)):
        write_new(target, content, mode)
    return public


def write_new(target: Path, content: bytes, mode: int) -> None:
    """Write a file that must not exist yet, with its permissions from the first byte on."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise KeyRefused(
            "there is a file already",
            where=str(target),
            mend="keys are not overwritten: choose another name",
            zh="此处已有文件",
            mend_zh="密钥不会被覆盖：请换一个名称",
        ) from None
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def read_public(path: Path) -> PublicKey:
    """A public file. Raises :class:`KeyRefused`."""
    return parse_public(_bytes(path), str(path))


def parse_public(content: bytes, where: str) -> PublicKey:
    """The content of a public file."""
    try:
        doc = json.loads(content)
        raw = base64.b64decode(doc["public_key"], validate=True)
        key = PublicKey(doc["region"], doc["name"], raw)
        if doc["yibao_key"] != _FORMAT or len(raw) != PUBLIC_BYTES or not isinstance(key.region, str) or not key.region:
            raise ValueError
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise KeyRefused(
            "this is no public key file",
            where=where,
            mend="ask for the file that ends in .pub",
            zh="这不是公钥文件",
            mend_zh="请索取以 .pub 结尾的文件",
        ) from None
    return key


def encrypted(path: Path) -> bool:
    """Whether a private file is under a passphrase."""
    return b"BEGIN ENCRYPTED PRIVATE KEY" in _bytes(path)


def read_private(path: Path, passphrase: bytes | None = None) -> PrivateKey:
    """A private file, with the public file beside it. Raises :class:`KeyRefused`."""
    content = _bytes(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyRefused(
            "others may read this private key",
            where=str(path),
            mend=f"chmod 600 {path}; if others may have read it, make a new key",
            zh="他人可读取此私钥",
            mend_zh=f"请执行 chmod 600 {path}；若可能已被读取，请另建密钥",
        )
    try:
        key = serialization.load_pem_private_key(content, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyRefused(
            "the private key cannot be read: another file, or not this passphrase",
            where=str(path),
            mend="check file and passphrase",
            zh="私钥无法读取：文件不对，或口令不符",
            mend_zh="请检查文件和口令",
        ) from None
    public = read_public(public_path(path))
    if not isinstance(key, Ed25519PrivateKey) or key.public_key().public_bytes_raw() != public.raw:
        raise KeyRefused(
            "the private and the public file are not of one key",
            where=str(path),
            mend=f"put the public half of this key at {public_path(path)}",
            zh="私钥文件与公钥文件不成对",
            mend_zh=f"请把此密钥的公钥放在 {public_path(path)}",
        )
    return PrivateKey(public, key)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyRefused(
            f"the key file cannot be read: {error.strerror}",
            where=str(path),
            mend="make one with `yibao keys new`",
            zh=f"密钥文件无法读取：{error.strerror}",
            mend_zh="可用 `yibao keys new` 建立",
        ) from error
