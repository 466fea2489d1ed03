"""Which laws are in force in a ledger: an append-only register of steps, each tied to the hash of the law's text.

A law whose ``rule.yaml`` says ``status: draft`` starts as a draft. What it may do is what the register of the ledger
says of exactly this text: a changed law is a draft again. Laws without ``status`` are on, unless they were turned off.
Entries are chained by hash, so that one that was changed or taken out shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from yibao.errors import YibaoError
from yibao.lawbook import Law, Lawbook
from yibao.ledger import Ledger

Stage = Literal["draft", "grey", "on", "off"]
What = Literal["backtest", "grey", "step"]
STAGES: tuple[Stage, ...] = ("draft", "grey", "on", "off")
FILE = "law-register.jsonl"


class LifecycleError(YibaoError):
    """A step that a law cannot take now, or a register that was tampered with."""


@dataclass(frozen=True)
class Entry:
    """One line of the register: a report that was made, or a step that was taken, of one text of one law."""

    at: str
    law_id: str
    version: str
    law_hash: str
    what: What
    stage: Stage
    by: str = ""
    reason: str = ""
    regions: Sequence[str] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    before: str = ""
    hash: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a law stands: its stage, and for grey the regions (prefixes of codes; none means everywhere)."""

    stage: Stage
    regions: tuple[str, ...] = ()
    since: str = ""


class Register:
    """The register of one ledger. Reading checks the chain; writing appends one line."""

    def __init__(self, ledger: Ledger) -> None:
        self.path = ledger.path / FILE
        self.entries = _read(self.path)

    def standing(self, law: Law) -> Standing:
        """Where exactly this text of the law stands."""
        steps = [e for e in self.entries if e.what == "step" and e.law_id == law.id and e.law_hash == law.hash]
        if steps:
            last = steps[-1]
            return Standing(last.stage, tuple(last.regions), last.at)
        return Standing(law.text.status)

    def report(self, law: Law, what: What) -> Entry | None:
        """The latest report of a kind on exactly this text."""
        found = [e for e in self.entries if e.what == what and e.law_id == law.id and e.law_hash == law.hash]
        return found[-1] if found else None

    def add(self, law: Law, what: What, stage: Stage, **more: Any) -> Entry:
        """Append an entry about a law and return it."""
        before = self.entries[-1].hash if self.entries else ""
        at = datetime.now().replace(microsecond=0).isoformat(sep=" ")
        bare = Entry(at, law.id, law.text.version, law.hash, what, stage, before=before, **more)
        entry = Entry(**{**asdict(bare), "hash": _hash(bare)})
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        self.entries.append(entry)
        return entry


def in_force(ledger: Ledger, lawbook: Lawbook) -> tuple[Lawbook, dict[str, Standing]]:
    """The laws that may speak, and the grey ones (by key) that run in the shadow beside them.

    The lawbook keeps its problems. Drafts and laws that were turned off are in neither.
    """
    register = Register(ledger)
    standing = {law.key: register.standing(law) for law in lawbook.versions}
    on = tuple(law for law in lawbook.versions if standing[law.key].stage == "on")
    grey = {key: at for key, at in standing.items() if at.stage == "grey"}
    return Lawbook(on, lawbook.problems), grey


def _read(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    out: list[Entry] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError):
            raise _broken(path, number) from None
        if entry.before != (out[-1].hash if out else "") or entry.hash != _hash(entry):
            raise _broken(path, number)
        out.append(entry)
    return out


def _hash(entry: Entry) -> str:
    body = {**asdict(entry), "hash": ""}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _broken(path: Path, number: int) -> LifecycleError:
    return LifecycleError(
        "the register of laws was changed by hand", where=f"{path}, line {number}",
        mend="restore the file from a backup; lines are only ever appended by yibao law",
        zh="法规登记簿被手工改动", mend_zh="请从备份恢复；该文件只由 yibao law 追加",
    )  # fmt: skip
