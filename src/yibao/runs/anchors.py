"""Anchors of a registry: where its audit trail stood, signed with a key that does not lie in the database.

    FILE    JSON: registry, time, place and hash of the last event of every chain, the anchor before, key, signature

Whoever owns the database can reckon its trail anew; whoever also owns the anchors can write them anew. He cannot sign
them. So an anchor tells of every event up to it that was changed, cut off or moved, if its signer is compared.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from yibao.registry import Registry
from yibao.registry.articles import RegistryError
from yibao.registry.tables.core import META
from yibao.registry.verify import Verified
from yibao.sharing.keys import PrivateKey, PublicKey, fingerprint, signed_by

#: What is signed begins with this, so that a signature of something else is never one of an anchor.
_PURPOSE = b"yibao registry anchor\n"
_FORMAT = 1


@dataclass(frozen=True)
class Anchor:
    """A signed anchor. ``content`` is what is signed, ``key`` the 32 bytes of its signer's public key."""

    content: Mapping[str, Any]
    key: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """By this the next anchor names this one."""
        return hashlib.sha256(_text(self.content)).hexdigest()

    @property
    def heads(self) -> dict[int, tuple[int, str]]:
        """Place and hash of the last event of each chain."""
        return {int(chain): (int(seq), str(sealed)) for chain, (seq, sealed) in self.content["heads"].items()}

    def facts(self) -> dict[str, Any]:
        """What a person wants to know of it."""
        return {
            "noted_at": self.content["noted_at"],
            "events": self.content["events"],
            "signed_by": self.content["signed_by"],
            "fingerprint": fingerprint(self.key),
        }


def make_anchor(
    registry: Registry, verified: Verified, key: PrivateKey, now: datetime, after: Anchor | None = None
) -> Anchor:
    """Sign where the trail stands, as verifying found it; ``after`` is the anchor that it was held against.

    Raises :class:`RegistryError` when verifying found anything: what is signed is not whitewashed.
    """
    if not verified.sound:
        raise RegistryError(
            f"verifying found {verified.count} problems: what is not sound is not anchored", where=registry.place,
            mend="yibao registry verify", zh=f"校验发现 {verified.count} 个问题，不予锚定",
            mend_zh="请运行：yibao registry verify",
        )  # fmt: skip
    content = {
        "anchor": _FORMAT, "registry": registry_id(registry), "noted_at": now.isoformat(timespec="seconds"),
        "events": verified.events, "heads": {str(chain): list(head) for chain, head in verified.heads.items()},
        "after": None if after is None else after.digest, "signed_by": key.public.name or key.public.region,
    }  # fmt: skip
    return Anchor(content, key.public.raw, key.sign(_PURPOSE + _text(content)))


def write_anchor(anchor: Anchor, path: Path) -> None:
    """Write an anchor into a new file; anchors are never written over."""
    doc = {**anchor.content, "key": _base64(anchor.key), "signature": _base64(anchor.signature)}
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(doc, ensure_ascii=False, indent=1) + "\n")
    except FileExistsError:
        raise RegistryError(
            "there is a file already", where=str(path), mend="anchors are kept: name a new one, such as the day",
            zh="文件已存在", mend_zh="锚定文件应予保留：请另取文件名，例如以日期命名",
        ) from None  # fmt: skip


def read_anchor(path: Path, signer: PublicKey | None = None) -> Anchor:
    """An anchor whose signature holds; with ``signer`` only one of that key.

    Raises :class:`RegistryError` for a file that is none, was changed after it was signed, or is somebody else's.
    """
    try:
        doc = json.loads(path.read_bytes())
        key, signature = (base64.b64decode(doc.pop(name), validate=True) for name in ("key", "signature"))
        anchor = Anchor(doc, key, signature)
        if doc["anchor"] != _FORMAT or not anchor.heads or not anchor.facts():
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise _refused(
            path, "this is not an anchor", "这不是锚定文件", "give a file that `yibao registry anchor` wrote",
            "请给出 yibao registry anchor 所写的文件",
        ) from None  # fmt: skip
    if not signed_by(key, _PURPOSE + _text(doc), signature):
        raise _refused(path, "the anchor was changed after it was signed", "锚定文件在签名之后被改动",
                       "take the copy that is kept elsewhere", "请使用另处保管的副本")  # fmt: skip
    if signer is not None and key != signer.raw:
        raise _refused(
            path, f"the anchor is signed by {fingerprint(key)}, not by {signer.fingerprint}",
            f"锚定文件由 {fingerprint(key)} 签名，不是 {signer.fingerprint}",
            "if the key was changed, give the public key of that time", "若更换过密钥，请给出当时的公钥",
        )  # fmt: skip
    return anchor


def noted(registry: Registry, anchors: Sequence[Anchor]) -> dict[int, dict[int, str]]:
    """What the anchors say that the trail holds: hashes by chain and place.

    Raises :class:`RegistryError` for an anchor of another registry, and for two that contradict each other.
    """
    mine = registry_id(registry)
    said: dict[int, dict[int, str]] = {}
    for anchor in anchors:
        if anchor.content["registry"] != mine:
            raise RegistryError(
                "the anchor is of another registry", where=registry.place,
                mend=f"this one is {mine}, the anchor's {anchor.content['registry']}", zh="锚定文件属于另一登记库",
                mend_zh=f"此库为 {mine}，锚定文件属于 {anchor.content['registry']}",
            )  # fmt: skip
        for chain, (seq, sealed) in anchor.heads.items():
            if seq and said.setdefault(chain, {}).setdefault(seq, sealed) != sealed:
                raise RegistryError(
                    f"two anchors contradict each other on the event {chain}/{seq}", where=registry.place,
                    mend="verify with one at a time: the registry was another when one of them was made",
                    zh=f"两份锚定文件对留痕 {chain}/{seq} 的记载不一致",
                    mend_zh="请逐份校验：其中一份所对应的登记库已被改写",
                )  # fmt: skip
    return said


def registry_id(registry: Registry) -> str:
    """The id that the registry got when it was founded; a restored copy has the same."""
    with registry.engine.connect() as connection:
        return str(connection.execute(select(META.c.value).where(META.c.name == "registry_id")).scalar_one())


def _text(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _refused(path: Path, what: str, zh: str, mend: str, mend_zh: str) -> RegistryError:
    return RegistryError(what, where=str(path), mend=mend, zh=zh, mend_zh=mend_zh)
