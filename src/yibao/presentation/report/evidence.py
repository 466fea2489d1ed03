"""One page of evidence: what a finding says, every row it rests on, what speaks against it, and the law."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yibao.engine.schema import Column, Table
from yibao.presentation.fmt import Format, heading
from yibao.presentation.messages import Messages
from yibao.presentation.report.names import Names, mask_id
from yibao.presentation.report.rows import Cell, Head, RowReader, RowTable, time_column
from yibao.presentation.report.source import Instant

Row = dict[str, Any]

MAX_ROWS = 40
"""Ledger rows shown of one table in one finding; the total counts all of them."""
MAX_VALUES = 4


@dataclass(frozen=True)
class SignalLine:
    """One kind of evidence, numbered: its sentence, its rows and the money they carry."""

    number: int
    text: str
    values: str
    rows: int
    amount: int
    fund_amount: int


class LedgerRows:
    """The ledger rows that evidence points at, fetched once per table; keys of several columns are joined with |."""

    def __init__(self, ledger: Instant) -> None:
        self._ledger = ledger
        self._rows: dict[tuple[str, str], Row] = {}

    def load(self, refs: Iterable[Row]) -> None:
        wanted: dict[str, set[str]] = {}
        for ref in refs:
            wanted.setdefault(ref["ref_table"], set()).add(ref["ref_id"])
        for name, ids in wanted.items():
            table = self._ledger.tables().get(name)
            if table is None:
                continue
            firsts = sorted({i.split("|")[0] for i in ids}) if len(table.key) > 1 else sorted(ids)
            for row in self._ledger.rows(name, table.key[0], firsts).to_pylist():
                self._rows[name, row_key(table, row)] = row

    def get(self, ref: Row) -> Row | None:
        return self._rows.get((ref["ref_table"], ref["ref_id"]))

    def values(self, column: str) -> set[str]:
        """All values of a column that any of the rows has."""
        return {row[column] for row in self._rows.values() if row.get(column)}


def row_key(table: Table, row: Mapping[str, Any]) -> str:
    return "|".join("" if row[c] is None else str(row[c]) for c in table.key)


def signal_lines(law: Any, refs: Sequence[Row], fmt: Format, t: Messages) -> list[SignalLine]:
    """The signals that fired, in the law's order; one that the law does not name is shown under its own name."""
    lines = []
    for name, number in _numbers(law, refs).items():
        rows = [r for r in refs if r["signal"] == name]
        signal = law.signals.get(name)
        unit = signal.unit if signal else None
        seen = sorted({r["value"] for r in rows if r["value"] is not None})
        lines.append(
            SignalLine(
                number, _phrase(signal, rows, fmt) if signal else name,
                "" if _said(signal, seen) or unit is None else _values(seen, unit, fmt, t), len(rows),
                sum(r["amount"] for r in rows), sum(r["fund_amount"] for r in rows),
            )
        )  # fmt: skip
    return lines


def _said(signal: Any, seen: Sequence[int]) -> bool:
    """Whether the words already carry the value: one value, and a place for it."""
    return len(seen) <= 1 and signal is not None and "{" in signal.zh


def _phrase(signal: Any, rows: Sequence[Row], fmt: Format) -> str:
    """The law's words with the same figures as in the finding's explanation: greatest value, count and sum."""
    seen = [r["value"] for r in rows if r["value"] is not None]

    def shown(value: int | None) -> str:
        return (
            "?"
            if value is None
            else fmt.amount(value)
            if signal.unit in ("fen", "money")
            else fmt.value(value, signal.unit)
        )

    words = signal.zh if fmt.lang == "zh" else signal.en
    for name, value in (("value", max(seen, default=None)), ("sum", sum(seen) if seen else None)):
        words = words.replace(f"{{{name}}}", shown(value))
    return heading(words.replace("{count}", fmt.count(len(seen))))


def _values(seen: Sequence[int], unit: str | None, fmt: Format, t: Messages) -> str:
    if not seen:
        return ""
    word = t.word("unit", unit, seen[0] if len(seen) == 1 else None)
    if len(seen) > MAX_VALUES:
        shown = t("evidence.from_to", first=fmt.value(seen[0], unit), last=fmt.value(seen[-1], unit))
    else:
        shown = t("list.comma").join(fmt.value(v, unit) for v in seen)
    return f"{shown} {word}".strip()


def evidence_tables(
    finding: Row, refs: Sequence[Row], law: Any, rows: LedgerRows, ledger: Instant, reader: RowReader
) -> list[RowTable]:
    """Every row that the finding points at, one readable table per ledger table, with the money it carries.

    A column that says nothing new (empty in all rows, or the finding's own institution) is left out.
    """
    numbers = _numbers(law, refs)
    out = []
    for name in dict.fromkeys(r["ref_table"] for r in refs):
        mine = [r for r in refs if r["ref_table"] == name]
        table = ledger.tables().get(name)
        columns = reader.columns(table) if table else []
        found = [row for row in map(rows.get, mine) if row is not None]
        telling = [c for c in columns if not found or any(_tells(c.name, row, finding) for row in found)]
        out.append(_one_table(name, table, telling or columns, mine, numbers, rows, reader))
    return out


def _tells(column: str, row: Row, finding: Row) -> bool:
    own = column == "institution_id" and row[column] == finding["institution_id"]
    return row[column] not in (None, "") and not own


def _numbers(law: Any, refs: Sequence[Row]) -> dict[str, int]:
    """The signals that fired with their numbers, in the law's order; one that the law does not name comes last."""
    known = [name for name in law.signals if any(r["signal"] == name for r in refs)]
    stray = sorted({r["signal"] for r in refs} - set(known))
    return {name: i for i, name in enumerate([*known, *stray], start=1)}


def _one_table(
    name: str, table: Table | None, columns: Sequence[Column], refs: Sequence[Row], numbers: Mapping[str, int],
    rows: LedgerRows, reader: RowReader,
) -> RowTable:  # fmt: skip
    """Rows that serve several signals are shown once with all their numbers."""
    fmt, t = reader.fmt, reader.t
    by_id: dict[str, list[Row]] = {}
    for ref in refs:
        by_id.setdefault(ref["ref_id"], []).append(ref)
    money = any(r["fund_amount"] or r["amount"] for r in refs)
    unit = fmt.money_unit
    heads = [Head(t("evidence.no")), *reader.heads(columns)]
    if money:
        heads += [
            Head(t("table.with_unit", label=t(f"term.{k}"), unit=unit), "n") for k in ("amount_stake", "fund_stake")
        ]
    heads.append(Head(t("evidence.key")))
    found = [(i, g, rows.get(g[0])) for i, g in by_id.items()]
    when = time_column(table) if table else None
    if when is not None:
        found.sort(key=lambda item: (item[2] is None, _order(item[2], when.name)))
    view = RowTable(_title(name, table, len(by_id), reader), heads, left_out=max(len(found) - MAX_ROWS, 0))
    for identifier, group, row in found[:MAX_ROWS]:
        tags = t("list.comma").join(str(n) for n in sorted({numbers[r["signal"]] for r in group}))
        cells = [Cell(tags, "t")]
        if row is None:
            cells += [Cell(t("evidence.not_found"))] + [Cell("")] * (len(columns) - 1) if columns else []
        else:
            cells += [reader.cell(c, row[c.name], row) for c in columns]
        if money:
            for key in ("amount", "fund_amount"):
                total = sum(r[key] for r in group)
                cells.append(Cell(fmt.amount(total) if total else "", "n", total))
        personal = table is not None and "person_id" in table.key
        cells.append(Cell(mask_id(identifier) if personal else identifier, "id"))
        view.rows.append(cells)
    if money:
        sums = [Cell(fmt.amount(sum(r[k] for r in refs)), "n") for k in ("amount", "fund_amount")]
        view.total = [Cell(""), Cell(t("table.total"))] + [Cell("")] * (len(columns) - 1) + sums + [Cell("")]
    return view


def _title(name: str, table: Table | None, rows: int, reader: RowReader) -> str:
    title = heading(table.title[reader.fmt.lang]) if table else name
    return reader.t("evidence.table", table=title, rows=reader.t.count("n.rows", rows))


def _order(row: Row | None, column: str) -> Any:
    value = row[column] if row else None
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, datetime.min.time()) if isinstance(value, date) else datetime.min


def person_line(names: Names, finding: Row, t: Messages) -> str:
    """The person of a finding as a page may show them: masked name and id, sex, age at the time."""
    if not finding["person_id"]:
        return ""
    person = names.person(finding["person_id"])
    parts = [person.label]
    if person.sex in ("1", "2"):
        parts.append(t(f"sex.{person.sex}"))
    at = finding["occurred_at"]
    age = person.age(at.date()) if at else None
    if age is not None and age >= 0:
        parts.append(t("term.age", n=age))
    return t("list.aside").join(parts)
