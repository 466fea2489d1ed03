"""A bill that is to be settled: how its file is read, and the ledger rows that it would become.

The file is JSON: whose bill, where and when it is settled, the visit, and lists of rows. Field names are those of the
contracts; money in yuan, quantities as people write them. Ids of rows that do not exist yet begin with ``draft:``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from yibao.engine.money import round_half_up
from yibao.engine.schema import Column, Tables
from yibao.errors import YibaoError
from yibao.supervision.draft import PREFIX

#: Lists of the file and the tables whose rows they are.
LISTS = {
    "diagnoses": "diagnosis", "procedures": "procedure", "lines": "charge_line", "orders": "medical_order",
    "executions": "execution", "reports": "exam_report", "prescriptions": "prescription", "details": "list_detail",
    "leave_checkins": "leave_checkin", "traces": "drug_trace",
}  # fmt: skip
_HEAD = ("person_id", "institution_id", "settled_at", "encounter", "settlement", *LISTS)
_REQUIRED = ("person_id", "institution_id", "settled_at", "encounter", "lines")
_SCALE = {"money": 100, "milli": 1000, "micro": 1_000_000, "rate": 10_000, "int": 1}
_WORDS = {
    "money": ("金额（元，最多 2 位小数）", "an amount in yuan with at most 2 decimals"),
    "milli": ("数量（最多 3 位小数）", "a quantity with at most 3 decimals"),
    "micro": ("单价（元，最多 6 位小数）", "a price in yuan with at most 6 decimals"),
    "rate": ("比例，如 0.1", "a ratio such as 0.1"),
    "int": ("整数", "a whole number"),
    "date": ("日期 YYYY-MM-DD", "a date YYYY-MM-DD"),
    "time": ("当地时间 YYYY-MM-DD HH:MM:SS", "local time as YYYY-MM-DD HH:MM:SS"),
    "bool": ("true 或 false", "true or false"),
    "text": ("文本", "a text"),
}


class BillError(YibaoError):
    """The bill cannot be read."""


@dataclass(frozen=True)
class Bill:
    """A bill as rows by table. ``encounter_id`` is the ledger's where the visit is known there."""

    person_id: str
    institution_id: str
    encounter_id: str
    settled_at: datetime
    rows: Mapping[str, list[dict[str, Any]]]

    @property
    def codes(self) -> tuple[str, ...]:
        """The item codes on the bill, each once."""
        return tuple(dict.fromkeys(row["item_code"] for row in self.rows["charge_line"] if row.get("item_code")))


def read_bill(path: Path, tables: Tables) -> Bill:
    """A bill from a JSON file. Raises :class:`BillError` naming the field and what is expected."""
    try:
        doc = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BillError(
            f"cannot be read: {error.strerror}", where=str(path), zh=f"无法读取：{error.strerror}"
        ) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BillError(
            f"not JSON in UTF-8: {error}", where=str(path), mend="see the reference page of bills to check",
            zh=f"不是 UTF-8 的 JSON：{error}", mend_zh="格式见参考手册“待审账单”",
        ) from None  # fmt: skip
    return bill_from(doc, tables, str(path))


def bill_from(doc: Any, tables: Tables, where: str = "bill") -> Bill:
    """A bill from plain data (the shape of the JSON file). Raises :class:`BillError`."""
    if not isinstance(doc, dict):
        raise BillError("not an object", where=where, zh="不是对象")
    _known(doc, _HEAD, where)
    for name in _REQUIRED:
        if doc.get(name) in (None, "", []):
            raise BillError(
                f"the field {name!r} is missing or empty", where=where, mend=f"needed: {', '.join(_REQUIRED)}",
                zh=f"字段 {name} 缺失或为空", mend_zh=f"须有：{'、'.join(_REQUIRED)}",
            )  # fmt: skip
    person, place = str(doc["person_id"]), str(doc["institution_id"])
    settled = _value(tables["settlement"].by_name["settled_at"], doc["settled_at"], where)
    visit = _row(tables, "encounter", doc["encounter"], f"{where}, encounter")
    own = visit.get("encounter_id") or PREFIX + "encounter"
    shared = {"person_id": person, "institution_id": place, "encounter_id": own}
    visit = {"admitted_at": settled, **visit, **shared}
    if visit.get("kind") is None:
        raise BillError("encounter: the field 'kind' is missing", where=where, zh="encounter 缺少 kind（医疗类别）")
    rows: dict[str, list[dict[str, Any]]] = {"encounter": [visit]}
    for name, table in LISTS.items():
        given = [] if doc.get(name) is None else doc[name]
        if not isinstance(given, list):
            raise BillError(f"{name}: expected a list", where=where, zh=f"{name} 应为列表")
        rows[table] = [
            _numbered(tables, table, _row(tables, table, item, f"{where}, {name} {i}"), i, shared)
            for i, item in enumerate(given, start=1)
        ]
    paid = PREFIX + "settlement"
    rows["charge_line"] = [_line(row, visit, settled, paid, f"{where}, lines {i}")
                           for i, row in enumerate(rows["charge_line"], start=1)]  # fmt: skip
    rows["settlement"] = [_settlement(tables, doc.get("settlement") or {}, rows, shared, settled, paid, where)]
    return Bill(person, place, own, settled, rows)


def _numbered(tables: Tables, name: str, row: dict[str, Any], number: int, shared: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the ids that it shares with its bill, and one of its own where it brings none."""
    table = tables[name]
    row = {**row, **{k: v for k, v in shared.items() if k in table.by_name}}
    for key in table.key:
        if row.get(key) is None and key not in shared:
            column = table.by_name[key]
            row[key] = number if column.type == "int" else f"{PREFIX}{name}-{number}" if column.identity else ""
    return row


def _line(row: dict[str, Any], visit: Mapping[str, Any], settled: datetime, paid: str, where: str) -> dict[str, Any]:
    if not row.get("item_code"):
        raise BillError("the field 'item_code' is missing or empty", where=where, zh="字段 item_code 缺失或为空")
    quantity: int = 1000 if row.get("quantity") is None else row["quantity"]
    amount, price = row.get("amount"), row.get("unit_price")
    if amount is None and price is None:
        raise BillError("give the amount or the unit price", where=where, zh="须有 amount（金额）或 unit_price（单价）")
    if amount is None:
        # thousandths x millionths of a yuan -> fen
        amount = round_half_up(quantity * int(price or 0), 10_000_000)
    return {
        **row, "quantity": quantity, "amount": amount, "settlement_id": paid,
        "charged_at": row.get("charged_at") or min(settled, visit.get("discharged_at") or settled),
        "department": row.get("department") or visit.get("department"),
        "staff_id": row.get("staff_id") or visit.get("staff_id"),
    }  # fmt: skip


def _settlement(
    tables: Tables, doc: Any, rows: Mapping[str, Sequence[Mapping[str, Any]]], shared: Mapping[str, Any],
    settled: datetime, paid: str, where: str,
) -> dict[str, Any]:  # fmt: skip
    given = _row(tables, "settlement", doc, f"{where}, settlement")
    lines, visit = rows["charge_line"], rows["encounter"][0]
    return {
        "total_amount": sum(line["amount"] for line in lines),
        "fund_amount": sum(line.get("fund_amount") or 0 for line in lines),
        "kind": visit["kind"], "scheme": visit.get("scheme"), **given, **shared, "settled_at": settled,
        "settlement_id": paid,
    }  # fmt: skip


def _row(tables: Tables, name: str, item: Any, where: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BillError("expected an object", where=where, zh="应为对象")
    columns = tables[name].by_name
    usable = [c for c in columns if c not in ("recorded_at", "batch_id")]
    _known(item, usable, where)
    return {key: _value(columns[key], value, where) for key, value in item.items() if value is not None}


def _value(column: Column, value: Any, where: str) -> Any:
    """A value of the file in the type of its column."""
    try:
        return _typed(column.type, value)
    except (ValueError, InvalidOperation, OverflowError):
        zh, en = _WORDS[column.type]
        raise BillError(
            f"{column.name}: expected {en}, got {value!r}", where=where, zh=f"{column.name} 应为{zh}，实为 {value!r}"
        ) from None


def _typed(kind: str, value: Any) -> Any:
    if isinstance(value, (dict, list)) or (isinstance(value, bool) and kind != "bool"):
        raise ValueError
    if kind in _SCALE:
        scaled = Decimal(str(value)) * _SCALE[kind]
        if scaled != int(scaled) or abs(scaled) >= 2**62:
            raise ValueError
        return int(scaled)
    if kind == "date":
        return date.fromisoformat(str(value))
    if kind == "time":
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is not None:
            raise ValueError
        return moment
    if kind == "bool":
        if not isinstance(value, bool):
            raise ValueError
        return value
    return str(value)


def _known(doc: Mapping[str, Any], fields: Sequence[str], where: str) -> None:
    for name in doc:
        if name not in fields:
            known = ", ".join(fields)
            raise BillError(
                f"unknown field {name!r}", where=where, mend=f"known: {known}", zh=f"没有字段 {name!r}",
                mend_zh=f"可用：{known}",
            )  # fmt: skip
