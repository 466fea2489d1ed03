"""What one ingest did, for people and for ``--json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from yibao.ledger.receipts import FileReceipt, Tally


@dataclass(frozen=True)
class IngestReport:
    """What one ingest did.

    ``batch_id`` is None when there was nothing new; ``corrections`` says whether rows could take the place of recorded
    ones; ``reasons`` counts quarantined records by their first code;
    ``messages_zh`` are ``messages`` in Chinese.
    """

    source: str
    corrections: bool
    currency: str
    batch_id: str | None
    snapshot: int
    tables: Mapping[str, Tally]
    files: Sequence[FileReceipt]
    reasons: Mapping[str, int] = field(default_factory=dict)
    messages: Sequence[str] = ()
    messages_zh: Sequence[str] = ()

    @property
    def total(self) -> Tally:
        total = Tally()
        for tally in self.tables.values():
            total.add(tally)
        return total

    @property
    def rows_in(self) -> int:
        return self.total.rows_in

    @property
    def accepted(self) -> int:
        return self.total.accepted

    @property
    def quarantined(self) -> int:
        return self.total.quarantined

    @property
    def duplicates(self) -> int:
        return self.total.duplicates

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``: the totals, then the same by table and by file."""
        return {
            "source": self.source,
            "corrections": self.corrections,
            "currency": self.currency,
            "batch_id": self.batch_id,
            "snapshot": self.snapshot,
            **asdict(self.total),
            "tables": {name: asdict(tally) for name, tally in self.tables.items()},
            "files": [asdict(file) for file in self.files],
            "reasons": dict(self.reasons),
            "messages": list(self.messages),
            "messages_zh": list(self.messages_zh),
        }


#: What may be said of cells that were accepted, by kind, in Chinese and English.
NOTES = {
    "blanks": ("首尾有空格，已去除", "had blanks at the ends, taken without them"),
    "numbers": (
        "在表格中是数值：开头的 0 若有过，已经丢失；请设为文本格式",
        "stored as a number: leading zeros, if there were any, are lost; format the column as text",
    ),
}


@dataclass
class Remarks:
    """What people should know of a batch besides its figures, in both languages."""

    en: list[str] = field(default_factory=list)
    zh: list[str] = field(default_factory=list)

    def left_aside(self, name: str) -> None:
        self.add(f"{name}: left aside, the source does not read it", f"{name}：此来源不读取，未处理")

    def only_a_header(self, file: str) -> None:
        self.add(f"{file}: only a header, no rows", f"{file}：只有表头，没有数据行")

    def taken_before(self, file: str, batch_id: str) -> None:
        self.add(f"{file}: taken before, in batch {batch_id}", f"{file}：已在批次 {batch_id} 入库")

    def note(self, kind: str, column: str, cells: int) -> None:
        """Something about cells of a column that is no fault: ``kind`` is a key of :data:`NOTES`."""
        zh, en = NOTES[kind]
        self.add(f"{column}: {cells:,} cell{'s' if cells > 1 else ''} {en}", f"{column}：{cells:,} 个值{zh}")

    def no_amount(self, records: int) -> None:
        one = "1 quarantined record has no readable amount: it is in no sum"
        many = f"{records:,} quarantined records have no readable amount: they are in no sum"
        self.add(one if records == 1 else many, f"隔离记录中有 {records:,} 条金额无法读取，不计入任何合计")

    def compaction_helps(self, files: int) -> None:
        self.add(
            f"the ledger has up to {files} files per bucket: `yibao compact` would make reading quicker",
            f"账本每桶已有多达 {files} 个文件：运行 `yibao compact` 可加快读取",
        )

    def add(self, en: str, zh: str) -> None:
        self.en.append(en)
        self.zh.append(zh)
