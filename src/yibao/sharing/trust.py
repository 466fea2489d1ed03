"""Whose ledger this is, and whose signatures it takes.

LEDGER/packages/own.json               the public key under which this ledger speaks, and so its region
LEDGER/packages/trusted/<print>.json   a public key that was compared with its owner, one file each
"""

from __future__ import annotations

from pathlib import Path

from yibao.ledger import Ledger
from yibao.ledger.snapshot import replace_text
from yibao.sharing.keys import PublicKey, parse_public
from yibao.sharing.refusals import KeyRefused


def packages_folder(ledger: Ledger) -> Path:
    """Where a ledger keeps all that concerns packages."""
    return ledger.path / "packages"


def trust(ledger: Ledger, key: PublicKey) -> None:
    """Take packages signed with ``key``, for its region, from now on."""
    folder = packages_folder(ledger) / "trusted"
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / f"{key.fingerprint}.json", key.to_json())


def distrust(ledger: Ledger, fingerprint: str) -> PublicKey:
    """Take none from now on; what was taken stays. Returns the key. Raises :class:`KeyRefused`."""
    found = [key for key in trusted(ledger) if key.fingerprint == fingerprint]
    if not found:
        raise KeyRefused(
            f"no key {fingerprint} is trusted here", where=str(ledger.path), zh=f"此账本未信任密钥 {fingerprint}"
        )
    (packages_folder(ledger) / "trusted" / f"{fingerprint}.json").unlink()
    return found[0]


def trusted(ledger: Ledger) -> list[PublicKey]:
    """Keys whose packages are taken, by region and name."""
    files = sorted((packages_folder(ledger) / "trusted").glob("*.json"))
    keys = [parse_public(path.read_bytes(), str(path)) for path in files]
    return sorted(keys, key=lambda key: (key.region, key.name, key.fingerprint))


def find_trusted(ledger: Ledger, raw: bytes) -> PublicKey | None:
    """The trusted key of these bytes."""
    return next((key for key in trusted(ledger) if key.raw == raw), None)


def set_own(ledger: Ledger, key: PublicKey) -> None:
    """Say whose ledger this is. The region stays; a new key of the same region replaces the old one."""
    before = _own(ledger)
    if before is not None and before.region != key.region:
        raise KeyRefused(
            f"the ledger belongs to region {before.region}, not to {key.region}",
            where=str(ledger.path),
            mend="use a key of the ledger's region",
            zh=f"账本属于区划 {before.region}，不是 {key.region}",
            mend_zh="请使用账本所属区划的密钥",
        )
    packages_folder(ledger).mkdir(exist_ok=True)
    replace_text(packages_folder(ledger) / "own.json", key.to_json())


def own(ledger: Ledger) -> PublicKey:
    """The key under which this ledger speaks. Raises :class:`KeyRefused` when none was named."""
    key = _own(ledger)
    if key is None:
        raise KeyRefused(
            "the ledger does not say whose it is",
            where=str(ledger.path),
            mend=f"yibao keys own {ledger.path} YOUR_KEY.pub",
            zh="账本尚未说明属于谁",
            mend_zh=f"yibao keys own {ledger.path} 您的密钥.pub",
        )
    return key


def _own(ledger: Ledger) -> PublicKey | None:
    path = packages_folder(ledger) / "own.json"
    return parse_public(path.read_bytes(), str(path)) if path.exists() else None
