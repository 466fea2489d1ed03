"""What a receiver tells the sender of a package: what it took, what it set aside and why, by table."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from yibao.ledger import BatchReceipt, Ledger, Tally
from yibao.ledger.snapshot import replace_text
from yibao.sharing.keys import PrivateKey, fingerprint, signed_by
from yibao.sharing.manifest import Manifest
from yibao.sharing.refusals import PackageDamaged
from yibao.sharing.trust import packages_folder

_FORMAT = 1
_PURPOSE = b"yibao package receipt 1\n"
#: So many rows that were set aside are told one by one; the counts are of all.
ROWS_TOLD = 1_000


@dataclass(frozen=True)
class Receipt:
    """A receipt file. ``key`` is the fingerprint of whoever signed it, None when nobody did."""

    content: Mapping[str, Any]
    key: str | None
    raw_key: bytes | None


def receipt_of(ledger: Ledger, manifest: Manifest, batch: BatchReceipt | None) -> dict[str, Any]:
    """The receipt of a package; without a batch every row was there already."""
    aside, reasons = _aside(ledger, batch)
    return {
        "receipt": _FORMAT,
        "package": manifest.package,
        "sender": manifest.sender.region,
        "receiver": manifest.receiver.region,
        "batch": batch.batch_id if batch else None,
        "recorded_at": batch.recorded_at.isoformat(sep=" ") if batch else None,
        "currency": ledger.currency,
        "tables": _tables(manifest, batch),
        "reasons": reasons,
        "aside": aside,
    }


def _tables(manifest: Manifest, batch: BatchReceipt | None) -> dict[str, Any]:
    if batch is not None:
        return {name: asdict(tally) for name, tally in sorted(batch.tables.items())}
    known = {
        name: Tally(table.rows, duplicates=table.rows, money_in=table.money or 0, money_duplicates=table.money or 0)
        for name, table in sorted(manifest.tables.items())
    }
    return {name: asdict(tally) for name, tally in known.items()}


def _aside(ledger: Ledger, batch: BatchReceipt | None) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Rows in quarantine as the sender can find them (table and row of the package), and how many for what."""
    if batch is None or batch.quarantine is None:
        return [], {}
    columns = ["table_name", "row", "column_name", "value", "code", "expected_zh", "expected_en"]
    found = ledger.quarantine(batch.batch_id)
    first = [code for code, n in zip(found["code"].to_pylist(), found["sequence"].to_pylist(), strict=True) if n == 1]
    reasons = {code: first.count(code) for code in sorted(set(first))}
    return found.select(columns).slice(0, ROWS_TOLD).to_pylist(), reasons


def save_receipt(ledger: Ledger, receipt: Mapping[str, Any]) -> None:
    """Keep a receipt with the ledger."""
    folder = packages_folder(ledger) / "receipts"
    folder.mkdir(exist_ok=True)
    replace_text(folder / f"{receipt['package']}.json", _text(receipt) + "\n")


def write_receipt(receipt: Mapping[str, Any], target: Path, key: PrivateKey | None) -> None:
    """Write a receipt for the sender, signed if there is a key."""
    doc: dict[str, Any] = {"content": receipt}
    if key is not None:
        doc["key"] = base64.b64encode(key.public.raw).decode()
        doc["signature"] = base64.b64encode(key.sign(_PURPOSE + _text(receipt).encode())).decode()
    replace_text(target, json.dumps(doc, ensure_ascii=False, indent=1) + "\n")


def read_receipt(path: Path) -> Receipt:
    """A receipt file. Raises :class:`PackageDamaged` when it is none, or was changed after it was signed."""
    try:
        doc = json.loads(path.read_bytes())
        content = doc["content"]
        if content["receipt"] != _FORMAT:
            raise ValueError
        raw = base64.b64decode(doc["key"], validate=True) if "key" in doc else None
        signature = base64.b64decode(doc["signature"], validate=True) if raw is not None else b""
    except OSError as error:
        raise PackageDamaged(
            f"the receipt cannot be read: {error.strerror}", where=str(path), zh=f"回执无法读取：{error.strerror}"
        ) from error
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise PackageDamaged("this is no receipt", where=str(path), zh="这不是回执") from None
    if raw is not None and not signed_by(raw, _PURPOSE + _text(content).encode(), signature):
        raise PackageDamaged(
            "the receipt was changed after it was signed",
            where=str(path),
            mend="ask the receiver for it again",
            zh="回执在签名之后被改动",
            mend_zh="请向接收方重新索取",
        )
    return Receipt(content, fingerprint(raw) if raw is not None else None, raw)


def _text(receipt: Mapping[str, Any]) -> str:
    return json.dumps(receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
