"""Ledger rows as tables that people read: chosen columns, labels and code words from the contracts, persons masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from yibao.engine.schema import Column, Table
from yibao.presentation.fmt import NONE, Format, heading
from yibao.presentation.messages import Messages
from yibao.presentation.report.names import Names, mask_id, mask_name

#: What a reader of evidence wants to see of a table, in reading order; any other table shows its first columns.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "charge_line": (
        "charged_at", "item_name", "charge_type", "quantity", "unit_price", "amount", "fund_amount", "institution_id",
    ),
    "encounter": (
        "admitted_at", "discharged_at", "institution_id", "kind", "department", "main_diagnosis", "discharge_way",
    ),
    "settlement": ("settled_at", "institution_id", "kind", "total_amount", "fund_amount", "person_amount"),
    "exam_report": (
        "examined_at", "reported_at", "institution_id", "item_code", "body_part", "status", "conclusion", "device_id",
    ),
    "bed_device": ("device_id", "kind", "department", "status", "begin_at", "end_at", "daily_capacity"),
    "stock_move": ("moved_on", "kind", "item_code", "quantity", "unit", "amount", "batch_no"),
    "leave_checkin": ("begin_at", "end_at", "kind", "approved", "matched"),
    "medical_order": ("begin_at", "end_at", "item_name", "quantity", "status", "department"),
    "execution": ("executed_at", "kind", "order_id"),
    "death_source": ("death_date", "source", "reported_on"),
    "person": ("sex", "birth_date", "death_date"),
    "institution": ("institution_id", "kind", "level", "beds"),
    "exam_class": ("item_code", "class_name", "related_name", "equal_window_days", "related_window_days"),
    "knowledge_point": ("rule_class", "item_name", "constraint_text", "quantity_limit", "limit_unit", "batch"),
    "catalogue_item": ("item_code", "name", "pricing_unit", "pack_unit", "pack_factor", "ceiling_price"),
}  # fmt: skip
_UNKNOWN_TABLE_COLUMNS = 7
_NEVER = frozenset({"recorded_at", "batch_id", "id_number", "phone", "address"})
_NUMERIC = frozenset({"int", "money", "rate", "milli", "micro"})


@dataclass(frozen=True)
class Head:
    """A column heading; `kind` is n for numbers (right-aligned) or empty."""

    label: str
    kind: str = ""


@dataclass(frozen=True)
class Cell:
    """A shown value; `order` is what a click on the heading sorts by when the text is not it.

    `kind` tells the template how to draw it: n number, t time, head (row heading), chip, mark, id, long, or plain text.
    """

    text: str
    kind: str = ""
    order: str | int | None = None
    href: str | None = None
    mark: Markup | None = None


@dataclass
class RowTable:
    """One readable table: rows of cells below heads, a total row, and how many rows it leaves out."""

    title: str
    heads: list[Head]
    rows: list[list[Cell]] = field(default_factory=list)
    total: list[Cell] | None = None
    left_out: int = 0


class RowReader:
    """Turns typed ledger rows into cells for one language."""

    def __init__(self, fmt: Format, t: Messages, names: Names) -> None:
        self.fmt, self.t, self.names = fmt, t, names

    def columns(self, table: Table) -> list[Column]:
        """The columns to show of a table, in reading order."""
        chosen = SHOWN.get(table.name)
        if chosen is None:
            plain = (c.name for c in table.columns if c.name not in _NEVER and c.name not in table.key)
            chosen = tuple(plain)[:_UNKNOWN_TABLE_COLUMNS]
        return [table.by_name[name] for name in chosen if name in table.by_name]

    def heads(self, columns: Sequence[Column]) -> list[Head]:
        return [Head(self.label(c), "n" if c.type in _NUMERIC and not c.codes else "") for c in columns]

    def label(self, column: Column) -> str:
        """The contract's label; money and prices name their unit here because the cells do not."""
        own = {"institution_id": "term.institution", "item_code": "term.item", "person_id": "term.person"}
        text = (
            self.t(own[column.name])
            if column.name in own
            else heading(column.zh if self.fmt.lang == "zh" else column.en)
        )
        if column.type in ("money", "micro"):
            return self.t("table.with_unit", label=text, unit=self.fmt.money_unit)
        return text

    def cell(self, column: Column, value: Any, row: Mapping[str, Any]) -> Cell:
        """One value by its contract type: codes in words, persons masked, institutions and items by name."""
        if column.name == "person_id":
            return Cell(self.names.person(value).label)
        if column.name == "name" and "person_id" in row:
            return Cell(mask_name(value) or NONE)
        if column.name == "institution_id":
            return Cell(self.names.institution(value))
        if column.name in ("item_code", "item_name"):
            written = row.get("item_name") or row.get("name")
            return Cell(self.names.item(row.get("item_code"), written), order=row.get("item_code"))
        if value is None or value == "":
            return Cell(NONE, "n" if column.type in _NUMERIC else "")
        if column.codes:
            word = next((c.zh if self.fmt.lang == "zh" else c.en for c in column.codes if c.value == value), value)
            return Cell(word)
        return self._typed(column, value)

    def _typed(self, column: Column, value: Any) -> Cell:
        if column.type in ("money", "rate", "milli", "micro", "int"):
            shown = {
                "money": self.fmt.amount, "rate": self.fmt.rate, "milli": self.fmt.quantity, "micro": self.fmt.price,
                "int": self.fmt.count,
            }[column.type](value)  # fmt: skip
            return Cell(shown, "n", value)
        if isinstance(value, datetime):
            return Cell(self.fmt.time(value), "t")
        if isinstance(value, date):
            return Cell(self.fmt.date(value), "t")
        if isinstance(value, bool):
            return Cell(self.t("word.yes" if value else "word.no"))
        return Cell(mask_id(value) if column.name in _NEVER else str(value))


def time_column(table: Table) -> Column | None:
    """The column that says when a row happened: the first date or time that is not the ledger's own.

    A person is dated by the death, since a birth is no event of the ledger.
    """
    if table.name == "person":
        return table.by_name.get("death_date")
    return next((c for c in table.columns if c.type in ("time", "date") and c.name not in _NEVER), None)
