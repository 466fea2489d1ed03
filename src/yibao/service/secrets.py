"""The service's own keys: made once, kept in a file that only its user can read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)  # fmt: skip

from yibao.errors import YibaoError

_FILE = "secrets.json"


@dataclass(frozen=True)
class Secrets:
    """``cipher`` encrypts what must be read again (secrets of second factors), ``voucher`` signs e-vouchers."""

    cipher: Fernet
    voucher: Ed25519PrivateKey


def open_secrets(home: Path) -> Secrets:
    """The keys in ``home``, made if they are not there. Raises :class:`YibaoError` when others could read the file."""
    path = home / _FILE
    home.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise YibaoError(
            "others can read the service's keys", where=str(path), mend=f"chmod 600 {path}",
            zh="其他用户可读取服务密钥", mend_zh=f"请运行：chmod 600 {path}",
        )  # fmt: skip
    said = json.loads(path.read_text(encoding="utf-8"))
    voucher = load_pem_private_key(said["voucher"].encode(), None)
    assert isinstance(voucher, Ed25519PrivateKey)
    return Secrets(Fernet(said["cipher"].encode()), voucher)


def _make(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    said = json.dumps({"cipher": Fernet.generate_key().decode(), "voucher": pem})
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(said)
