"""The manifest of a run: what went in, which laws ran, what came out. It makes a result reproducible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from yibao.errors import UsageError


class RunError(UsageError):
    """A run was asked for that there cannot be."""


@dataclass
class LawEntry:
    """What became of one law: ran, skipped (unchanged, rows taken over), lacking or failed.

    A law that reads columns which the ledger does not have is ``lacking``; ``message`` names them.
    """

    version: str
    kind: str
    hash: str
    fingerprint: str
    params: dict[str, Any]
    status: str
    seconds: float
    rows: int
    message: str = ""


@dataclass
class TableEntry:
    """A result table: rows, money and a hash of its content that does not depend on order."""

    rows: int
    money: int
    content_hash: str


@dataclass
class Manifest:
    """See the module. Times are ISO text; `as_of` is the instant as of which the ledger was read."""

    run_id: str
    started_at: str
    seconds: float
    engine: str
    yibao_version: str
    snapshot: str
    as_of: str
    currency: str
    rooms: list[str] = field(default_factory=list)
    grouping: dict[str, Any] = field(default_factory=dict)
    laws: dict[str, LawEntry] = field(default_factory=dict)
    shadow: dict[str, LawEntry] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    tables: dict[str, TableEntry] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2, default=str)
        (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        doc = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for part in ("laws", "shadow"):
            doc[part] = {key: LawEntry(**entry) for key, entry in doc.get(part, {}).items()}
        doc["tables"] = {key: TableEntry(**entry) for key, entry in doc["tables"].items()}
        return cls(**doc)


def fingerprint(parts: Mapping[str, Any]) -> str:
    """A short hash of everything that a law's result depends on."""
    text = json.dumps(parts, sort_keys=True, default=lambda v: v.isoformat() if isinstance(v, datetime) else str(v))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def latest_run(ledger_path: Path) -> Path | None:
    """The folder of the newest complete run of a ledger."""
    pointer = ledger_path / "results" / "LATEST"
    if not pointer.exists():
        return None
    folder = ledger_path / "results" / pointer.read_text(encoding="utf-8").strip()
    return folder if (folder / "manifest.json").exists() else None
