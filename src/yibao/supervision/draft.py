"""A doctor's draft order: how it is read, and the ledger rows that it would become.

A draft becomes rows of ``medical_order`` and ``charge_line`` whose ids begin with ``draft:``, so that the law that
judges settled bills judges the order too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    """One ordered item. ``quantity`` in thousandths; ``days_supply`` of a drug, if the doctor said so."""

    order_id: str
    item_code: str
    quantity: int
    override_reason: str | None = None
    days_supply: int | None = None

    @property
    def row_id(self) -> str:
        return PREFIX + self.order_id


@dataclass(frozen=True)
class Draft:
    """Who orders what for whom, where and when; ``diagnoses`` are codes, the main one first."""

    person_id: str
    institution_id: str
    staff_id: str
    encounter_id: str
    department: str | None
    ordered_at: datetime
    encounter_kind: str | None
    orders: tuple[OrderLine, ...]
    diagnoses: tuple[str, ...] = ()


_FIELDS = (
    "person_id", "institution_id", "staff_id", "encounter_id", "department", "ordered_at", "encounter_kind",
    "diagnoses", "orders",
)  # fmt: skip
_LINE_FIELDS = ("order_id", "item_code", "quantity", "days_supply", "override_reason")
_REQUIRED = ("person_id", "institution_id", "ordered_at", "orders")
_SHAPE = (
    "应为含 person_id、institution_id、ordered_at 和 orders 的 JSON 对象",
    "give a JSON object with person_id, institution_id, ordered_at and orders",
)
#: The largest quantity of one order, in thousandths; with the price of any item its amount fits 64 bits.
MOST = 1_000_000_000
#: The longest supply of one order, in days.
MOST_DAYS = 3_660


def read_draft(path: Path) -> Draft:
    """A draft order from a JSON file. Raises :class:`DraftError` naming the field and what is expected."""
    where = str(path)
    try:
        doc = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DraftError(f"cannot be read: {error.strerror}", where=where, zh=f"无法读取：{error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DraftError(
            f"not UTF-8 at byte {error.start}",
            where=where,
            mend="save the file as UTF-8",
            zh=f"第 {error.start} 字节起不是 UTF-8",
            mend_zh="请存为 UTF-8",
        ) from None
    except json.JSONDecodeError as error:
        raise DraftError(
            f"not valid JSON: {error.msg} (column {error.colno})",
            where=f"{path}, line {error.lineno}",
            mend=_SHAPE[1],
            zh=f"不是有效的 JSON：{error.msg}（第 {error.colno} 列）",
            mend_zh=_SHAPE[0],
        ) from None
    return draft_from(doc, where)


def draft_from(doc: Any, where: str = "draft") -> Draft:
    """A draft order from plain data (the shape of the JSON file). Raises :class:`DraftError`."""
    if not isinstance(doc, dict):
        raise DraftError("not an object", where=where, mend=_SHAPE[1], zh="不是对象", mend_zh=_SHAPE[0])
    _refuse_unknown(doc, _FIELDS, where)
    for name in _REQUIRED:
        if doc.get(name) in (None, "", []):
            raise DraftError(
                f"the field {name!r} is missing or empty",
                where=where,
                mend=_SHAPE[1],
                zh=f"字段 {name} 缺失或为空",
                mend_zh=_SHAPE[0],
            )
    if not isinstance(doc["orders"], list):
        raise _expected("orders", ("列表", "a list"), doc["orders"], where)
    orders = tuple(_line(item, i, where) for i, item in enumerate(doc["orders"], start=1))
    ids = [o.order_id for o in orders]
    if len(set(ids)) < len(ids):
        raise DraftError("two orders have the same order_id", where=where, zh="两条医嘱的 order_id 相同")
    return Draft(
        person_id=_id(doc, "person_id", where) or "",
        institution_id=_id(doc, "institution_id", where) or "",
        staff_id=_id(doc, "staff_id", where) or "",
        encounter_id=_id(doc, "encounter_id", where) or PREFIX + "encounter",
        department=_id(doc, "department", where),
        ordered_at=_moment(doc["ordered_at"], where),
        encounter_kind=_id(doc, "encounter_kind", where),
        orders=orders,
        diagnoses=_codes(doc.get("diagnoses") or [], where),
    )


def _line(item: Any, number: int, where: str) -> OrderLine:
    place = f"{where}, order {number}"
    if not isinstance(item, dict):
        raise _expected("order", ("含 item_code 的对象", "an object with item_code"), item, place)
    _refuse_unknown(item, _LINE_FIELDS, place)
    code = _id(item, "item_code", place)
    if not code:
        raise DraftError("the field 'item_code' is missing or empty", where=place, zh="字段 item_code 缺失或为空")
    return OrderLine(
        order_id=_id(item, "order_id", place) or str(number),
        item_code=code,
        quantity=_quantity(item.get("quantity", 1), place),
        override_reason=_id(item, "override_reason", place),
        days_supply=_days(item.get("days_supply"), place),
    )


def _codes(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(code, str) and code for code in value):
        raise _expected("diagnoses", ("诊断编码列表", "a list of diagnosis codes"), value, where)
    return tuple(value)


def _days(value: Any, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MOST_DAYS:
        raise _expected("days_supply", ("1 到 3660 的整数", "a whole number from 1 to 3660"), value, where)
    return value


def _id(doc: Mapping[str, Any], name: str, where: str) -> str | None:
    """A text field; whole numbers are taken for the code that they spell."""
    value = doc.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _expected(name, ("文本", "a text"), value, where)
    return str(value)


def _moment(value: Any, where: str) -> datetime:
    expected = ("当地时间 YYYY-MM-DD HH:MM:SS", "local time as YYYY-MM-DD HH:MM:SS")
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _expected("ordered_at", expected, value, where) from None
    if moment.tzinfo is not None:
        # Records carry local time without a zone; taking the digits of another zone would move the order by hours.
        raise _expected("ordered_at", expected, value, where)
    return moment


def _quantity(value: Any, where: str) -> int:
    """Thousandths."""
    expected = ("不超过 100 万的正数，小数不超过 3 位", "a positive number up to a million, with at most 3 decimals")
    try:
        thousandths = Decimal(str(value)) * 1000
        quantity = int(thousandths)
    except (InvalidOperation, ValueError, OverflowError):
        raise _expected("quantity", expected, value, where) from None
    if thousandths != quantity or not 0 < quantity <= MOST:
        raise _expected("quantity", expected, value, where)
    return quantity


def _refuse_unknown(doc: Mapping[str, Any], fields: Sequence[str], where: str) -> None:
    for name in doc:
        if name not in fields:
            known = ", ".join(fields)
            raise DraftError(
                f"unknown field {name!r}",
                where=where,
                mend=f"known: {known}",
                zh=f"没有字段 {name!r}",
                mend_zh=f"可用：{known}",
            )


def _expected(name: str, expected: tuple[str, str], value: Any, where: str) -> DraftError:
    zh, en = expected
    return DraftError(f"{name}: expected {en}, got {value!r}", where=where, zh=f"{name} 应为{zh}，实为 {value!r}")


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
             "amount": amount, "charged_at": draft.ordered_at, "days_supply": order.days_supply}
        )  # fmt: skip
    visit = {**base, "kind": draft.encounter_kind or "11", "department": draft.department, "staff_id": draft.staff_id,
             "admitted_at": draft.ordered_at}  # fmt: skip
    # Numbered behind whatever the encounter's own list holds already.
    told = [
        {"encounter_id": draft.encounter_id, "sequence": MOST + place, "person_id": draft.person_id, "code": code,
         "is_main": place == 0}
        for place, code in enumerate(draft.diagnoses)
    ]  # fmt: skip
    return {"charge_line": lines, "medical_order": orders, "encounter": [visit], "diagnosis": told}
