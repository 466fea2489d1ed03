"""Where a ledger begins and ends: create, open, discard."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from pathlib import Path

from yibao.ledger.refusals import LedgerError, LedgerWriteFailed, NotALedger, WrongCurrency
from yibao.ledger.snapshot import Snapshot, read_snapshot, replace_text, sync_folders, write_snapshot
from yibao.ledger.storage import Ledger
from yibao.ledger.typing_sql import BUCKETS

#: Version of the layout on disk. A program reads ledgers of its own version.
LAYOUT = 2
_FOLDERS = ("snapshots", "tables", "superseded", "indexes", "quarantine")
_OURS = (*_FOLDERS, "tmp", "CURRENT", "CURRENT.new", "ledger.json.new", "writer.lock")


def create_ledger(path: Path | str, currency: str = "CNY") -> Ledger:
    """A new empty ledger. ``currency`` is an ISO 4217 code; amounts are kept in its minor unit."""
    path = Path(path)
    if not re.fullmatch("[A-Z]{3}", currency):
        raise WrongCurrency(
            f"{currency!r} is no currency",
            mend="give an ISO 4217 code such as CNY",
            zh=f"{currency!r} 不是币种",
            mend_zh="请用 ISO 4217 代码，如 CNY",
        )
    if (path / "ledger.json").exists():
        raise LedgerError("there is a ledger already", where=str(path), zh="此处已有账本")
    if path.exists() and (not path.is_dir() or _foreign(path)):
        raise NotALedger(
            "the place is taken",
            where=str(path),
            mend="name a new or empty directory",
            zh="此处已有别的内容",
            mend_zh="请指定新的或空的目录",
        )
    about = {"layout": LAYOUT, "currency": currency, "buckets": BUCKETS}
    try:
        for folder in _FOLDERS:
            (path / folder).mkdir(parents=True, exist_ok=True)
        write_snapshot(path, Snapshot(0, made_at=datetime.now().replace(microsecond=0)))
        # Last, because it is what makes the directory a ledger.
        replace_text(path / "ledger.json", json.dumps(about, indent=1) + "\n")
        sync_folders([path.parent])
    except OSError as error:
        raise LedgerWriteFailed(
            f"the ledger cannot be created: {error.strerror}",
            where=str(path),
            mend="choose a place where you may write",
            zh=f"无法创建账本：{error.strerror}",
            mend_zh="请选择您有写权限的位置",
        ) from error
    return Ledger(path, currency)


def open_ledger(path: Path | str, snapshot: int | None = None) -> Ledger:
    """An existing ledger, as it stands or as of an earlier ``snapshot``, which is read only.

    Raises :class:`NotALedger`, :class:`yibao.ledger.refusals.NoSuchSnapshot`.
    """
    path = Path(path)
    try:
        about = json.loads((path / "ledger.json").read_text(encoding="utf-8"))
        layout, currency, buckets = about["layout"], about["currency"], about["buckets"]
    except (FileNotFoundError, NotADirectoryError):
        raise NotALedger(
            "this is not a ledger",
            where=str(path),
            mend="create one with `yibao ingest`",
            zh="这不是账本",
            mend_zh="请先用 `yibao ingest` 建立",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotALedger(
            f"ledger.json cannot be read: {error}", where=str(path), zh=f"ledger.json 无法读取：{error}"
        ) from error
    if (layout, buckets) != (LAYOUT, BUCKETS):
        raise NotALedger(
            f"the ledger has layout {layout} with {buckets} buckets; this program reads {LAYOUT} with {BUCKETS}",
            where=str(path),
            zh=f"账本为版式 {layout}、{buckets} 桶；本程序读取版式 {LAYOUT}、{BUCKETS} 桶",
        )
    return Ledger(path, currency, snapshot)


def discard_ledger(path: Path) -> None:
    """Remove a ledger that nothing was ever recorded in, and its directory when nothing else is in it."""
    if read_snapshot(path).number == 0:
        (path / "ledger.json").unlink()
        for name in _OURS:
            entry = path / name
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)
        if not any(path.iterdir()):
            path.rmdir()


def _foreign(path: Path) -> bool:
    """Whether a directory holds anything but the beginnings of a ledger that was never finished."""
    return any(entry.name not in _OURS for entry in path.iterdir())
