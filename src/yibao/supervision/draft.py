"""A doctor's draft order: how it is read, and the ledger rows that it would become.

A draft becomes rows of ``medical_order`` and ``charge_line`` whose ids begin with ``draft:``, so that the law that
judges settled bills judges the order too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from yibao.engine.money import round_half_up
from yibao.errors import YibaoError

#: Ids of rows that do not exist yet begin so.
PREFIX = "draft:"


class DraftError(YibaoError):
    """The draft order cannot be read."""


@dataclass(frozen=True)
class OrderLine:
    """One ordered item. ``quantity`` in thousandths."""

    order_id: str
    item_code: str
    quantity: int
    override_reason: str | None = None

    @property
    def row_id(self) -> str:
        return PREFIX + self.order_id


@dataclass(frozen=True)
class Draft:
    """Who orders what for whom, where and when."""

    person_id: str
    institution_id: str
    staff_id: str
    encounter_id: str
    department: str | None
    ordered_at: datetime
    encounter_kind: str | None
    orders: tuple[OrderLine, ...]


_FIELDS = {
    "person_id", "institution_id", "staff_id", "encounter_id", "department", "ordered_at", "encounter_kind", "orders",
}  # fmt: skip
_REQUIRED = ("person_id", "institution_id", "ordered_at", "orders")


def read_draft(path: Path) -> Draft:
    """A draft order from a JSON file. Raises :class:`DraftError` naming the field and what is expected."""
    try:
        doc = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DraftError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError as error:
        raise DraftError(f"not UTF-8 at byte {error.start}", where=str(path), mend="save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise DraftError(f"not valid JSON: {error.msg}", where=f"{path}, line {error.lineno}") from None
    return draft_from(doc, str(path))


def draft_from(doc: Any, where: str = "draft") -> Draft:
    """A draft order from plain data (the shape of the JSON file)."""
    if not isinstance(doc, dict):
        raise DraftError("expected an object with person_id, institution_id, ordered_at and orders", where=where)
    for name in doc:
        if name not in _FIELDS:
            raise DraftError(f"unknown field {name!r}", where=where, mend=f"known: {', '.join(sorted(_FIELDS))}")
    for name in _REQUIRED:
        if not doc.get(name):
            raise DraftError(f"the field {name!r} is missing or empty", where=where)
    if not isinstance(doc["orders"], list):
        raise DraftError("orders: expected a list", where=where)
    orders = tuple(_line(item, i, where) for i, item in enumerate(doc["orders"], start=1))
    ids = [o.order_id for o in orders]
    if len(set(ids)) < len(ids):
        raise DraftError("two orders have the same order_id", where=where)
    try:
        ordered_at = datetime.fromisoformat(str(doc["ordered_at"]))
    except ValueError:
        raise DraftError(f"ordered_at: expected YYYY-MM-DD HH:MM:SS, got {doc['ordered_at']!r}", where=where) from None
    return Draft(
        person_id=str(doc["person_id"]),
        institution_id=str(doc["institution_id"]),
        staff_id=str(doc.get("staff_id") or ""),
        encounter_id=str(doc.get("encounter_id") or PREFIX + "encounter"),
        department=doc.get("department"),
        ordered_at=ordered_at.replace(tzinfo=None),
        encounter_kind=doc.get("encounter_kind"),
        orders=orders,
    )


def _line(item: Any, number: int, where: str) -> OrderLine:
    place = f"{where}, order {number}"
    if not isinstance(item, dict) or not item.get("item_code"):
        raise DraftError("expected an object with item_code", where=place)
    unknown = set(item) - {"order_id", "item_code", "quantity", "override_reason"}
    if unknown:
        raise DraftError(f"unknown field {sorted(unknown)[0]!r}", where=place)
    try:
        thousandths = Decimal(str(item.get("quantity", 1))) * 1000
        quantity = int(thousandths)
    except (InvalidOperation, ValueError, OverflowError):
        raise DraftError(f"quantity: expected a number, got {item['quantity']!r}", where=place) from None
    if thousandths != quantity or quantity <= 0:
        raise DraftError(
            f"quantity: expected a positive number with at most 3 decimals, got {item['quantity']!r}", where=place
        )
    order_id = str(item.get("order_id") or number)
    return OrderLine(order_id, str(item["item_code"]), quantity, item.get("override_reason"))


def draft_rows(draft: Draft, catalogue: Mapping[str, Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The rows by table that the draft would become; prices come from the catalogue entry of each code, if any."""
    base = {"person_id": draft.person_id, "institution_id": draft.institution_id, "encounter_id": draft.encounter_id}
    lines, orders = [], []
    for order in draft.orders:
        item = catalogue.get(order.item_code, {})
        price = item.get("unit_price")
        # thousandths x millionths of a yuan -> fen: 10^-9 yuan each, 10^7 of them a fen
        amount = round_half_up(order.quantity * price, 10_000_000) if price is not None else None
        shared = {**base, "item_code": order.item_code, "item_name": item.get("name"), "order_id": order.row_id,
                  "staff_id": draft.staff_id, "department": draft.department, "quantity": order.quantity}  # fmt: skip
        orders.append(
            {**shared, "begin_at": draft.ordered_at, "is_long_term": False, "status": "draft",
             "override_reason": order.override_reason}
        )  # fmt: skip
        lines.append(
            {**shared, "line_id": order.row_id, "list_type": item.get("list_type"), "unit_price": price,
             "charge_type": item.get("charge_type"), "payment_class": item.get("payment_class"),
             "amount": amount, "charged_at": draft.ordered_at}
        )  # fmt: skip
    visit = {**base, "kind": draft.encounter_kind or "11", "department": draft.department, "staff_id": draft.staff_id,
             "admitted_at": draft.ordered_at}  # fmt: skip
    return {"charge_line": lines, "medical_order": orders, "encounter": [visit]}
