"""The record of every package that left a ledger or came to it: who, what, when, for which purpose.

``LEDGER/packages/journal.jsonl`` only grows. Each line holds the SHA-256 of the line before it, so a line that is
changed or taken out breaks the chain. Somebody who rewrites everything from a line on is seen by comparing the last
hash with one noted elsewhere: `yibao package log` prints it.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from yibao.ledger import Ledger
from yibao.ledger.refusals import LedgerLocked
from yibao.ledger.snapshot import sync_folders
from yibao.sharing.refusals import JournalBroken
from yibao.sharing.trust import packages_folder

_START = hashlib.sha256(b"").hexdigest()


class Journal:
    """The lines of one ledger's journal, oldest first. Raises :class:`JournalBroken` when the chain does not hold."""

    def __init__(self, ledger: Ledger) -> None:
        self.path = packages_folder(ledger) / "journal.jsonl"
        self.entries: list[dict[str, Any]] = []
        self.head = _START
        self._size = 0
        self._read()

    def made(self, receiver: str, profile: str) -> list[dict[str, Any]]:
        """Packages made for a receiver under a profile: one chain, oldest first."""
        wanted = ("make", receiver, profile)
        return [e for e in self.entries if (e["action"], e["receiver"], e["profile"]) == wanted]

    def received(self, sender: str, profile: str) -> list[dict[str, Any]]:
        """Packages received of a sender's chain, oldest first."""
        wanted = ("receive", sender, profile)
        return [e for e in self.entries if (e["action"], e["sender"], e["profile"]) == wanted]

    def write(self, action: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Add a line, on disk when this returns. What a writer that died left unfinished is replaced by it."""
        line = {
            "number": len(self.entries) + 1,
            "at": datetime.now().replace(microsecond=0).isoformat(sep=" "),
            "who": _user(),
            "host": socket.gethostname(),
            "action": action,
            **entry,
            "before": self.head,
        }
        data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self.path.open("r+b" if self.path.exists() else "xb") as out:
            out.truncate(self._size)
            out.seek(self._size)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        sync_folders([self.path.parent])
        self._take(data)
        return line

    def _read(self) -> None:
        if not self.path.exists():
            return
        for line in self.path.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break  # a writer died in the middle of it: it stands for nothing
            try:
                before = json.loads(line)["before"]
            except (ValueError, KeyError, TypeError):
                before = None
            if before != self.head:
                number = len(self.entries) + 1
                raise JournalBroken(
                    f"line {number} does not follow the one before it: the record was changed",
                    where=str(self.path),
                    mend="compare with a copy; packages are neither made nor received until it is put right",
                    zh=f"第 {number} 行与前一行不衔接：记录被改动",
                    mend_zh="请与备份核对；恢复之前不再制作或接收数据包",
                )
            self._take(line)

    def _take(self, line: bytes) -> None:
        self.entries.append(json.loads(line))
        self.head = hashlib.sha256(line).hexdigest()
        self._size += len(line)


@contextmanager
def exchanging(ledger: Ledger) -> Iterator[Journal]:
    """Be the only one who makes or receives packages of this ledger; the lock goes with its holder."""
    folder = packages_folder(ledger)
    folder.mkdir(exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerLocked(
                "another process makes or receives a package",
                where=str(ledger.path),
                mend="wait until it is done",
                zh="另一进程正在制作或接收数据包",
                mend_zh="请等它完成",
            ) from None
        for name in ("make-*", "receive-*"):  # of one who died: nobody else can be here
            for stale in folder.glob(name):
                shutil.rmtree(stale, ignore_errors=True)
        yield Journal(ledger)
    finally:
        os.close(handle)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return str(os.getuid())
