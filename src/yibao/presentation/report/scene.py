"""What a figure may draw from: the finding, its evidence, the rows behind it and the person's slice of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from markupsafe import Markup

from yibao.presentation.fmt import Format, heading
from yibao.presentation.messages import Messages
from yibao.presentation.report.evidence import LedgerRows, Row
from yibao.presentation.report.names import Names
from yibao.presentation.report.rows import RowTable
from yibao.presentation.report.source import Instant

HISTORY = ("encounter", "charge_line", "leave_checkin", "execution", "medical_order", "exam_report")


@dataclass(frozen=True)
class Figure:
    """A drawing with its message, its unit line and the key to its marks (sign, words).

    ``data`` are the values of a drawing that reckons some; what only shows rows has them in the tables beside it.
    """

    title: str
    unit: str
    svg: Markup
    key: tuple[tuple[str, str], ...] = ()
    data: RowTable | None = None


@dataclass(frozen=True)
class Scene:
    """One finding with everything at hand to draw it; `params` are the values that were bound in the run."""

    law: Any
    params: Mapping[str, Any]
    finding: Row
    refs: Sequence[Row]
    rows: LedgerRows
    ledger: Instant
    names: Names
    fmt: Format
    t: Messages

    @cached_property
    def history(self) -> dict[str, list[Row]]:
        """The person's rows of the tables that tell a story, by one read of the slice; nothing without a person."""
        if not self.finding["person_id"]:
            return {}
        wanted = [name for name in HISTORY if name in self.ledger.tables()]
        slices = self.ledger.slice(self.finding["person_id"], wanted)
        found = {name: rows.to_pylist() for name, rows in slices.items()}
        every = [row for rows in found.values() for row in rows]
        self.names.load_items(row.get("item_code") for row in every)
        self.names.load_institutions(row.get("institution_id") for row in every)
        return found

    def past(self, table: str) -> list[Row]:
        return self.history.get(table, [])

    def referenced(self, table: str) -> list[Row]:
        """The distinct ledger rows of one table that the evidence points at."""
        found = {r["ref_id"]: self.rows.get(r) for r in self.refs if r["ref_table"] == table}
        return [row for row in found.values() if row is not None]

    @cached_property
    def at_stake(self) -> set[tuple[str, str]]:
        """Table and key of the rows that carry money in this finding."""
        return {(r["ref_table"], r["ref_id"]) for r in self.refs if r["amount"] or r["fund_amount"]}

    def title_of(self, table: str) -> str:
        found = self.ledger.tables().get(table)
        return heading(found.title[self.fmt.lang]) if found else table

    def what(self, row: Row) -> str:
        """What a row is about: its item, else the institution where it happened."""
        if row.get("item_code"):
            return self.names.item(row["item_code"], row.get("item_name"))
        return self.names.institution(row["institution_id"]) if row.get("institution_id") else ""


def instant(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time())


def clip(name: str, most: int = 20) -> str:
    """Shorten a name for a chart label; a Chinese character counts for two.

    >>> clip("云州市第一人民医院"), clip("Yunzhou Municipal Community Centre")
    ('云州市第一人民医院', 'Yunzhou Municipal C…')
    """
    width = 0
    for i, character in enumerate(name):
        width += 2 if ord(character) > 0x2E7F else 1
        if width > most:
            return name[: i - 1] + "…"
    return name
