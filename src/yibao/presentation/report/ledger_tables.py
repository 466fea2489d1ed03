"""The ledger part of the report: quality issues by law, and what became of every row and every fen that came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from yibao.ledger.receipts import BatchReceipt
from yibao.presentation.fmt import heading
from yibao.presentation.report.context import Context
from yibao.presentation.report.names import mask_id
from yibao.presentation.report.results import Row
from yibao.presentation.report.rows import Cell, Head, RowTable

COUNTS = ("rows_in", "accepted", "quarantined", "duplicates")
MONEY = ("money_in", "money_accepted", "money_quarantined", "money_duplicates")
#: Of the accepted rows those that replaced a recorded version, and the money of both; shown when there are any.
CORRECTED = ("corrected", "money_before", "money_after")


def quality_table(c: Context, rows: Sequence[Row]) -> RowTable:
    """One row per quality law with issues: how many, in how many rows and institutions, and the money concerned.

    The money has no total here: one law states a difference, another an amount, and a row may be in several.
    """
    t = c.t
    heads = [
        Head(t("term.law")), Head(t("term.severity")), Head(t("term.table")), Head(t("term.issues"), "n"),
        Head(t("term.rows_touched"), "n"), Head(t("term.institutions"), "n"), c.money_head("term.amount_concerned"),
    ]  # fmt: skip
    view = RowTable(t("quality.caption"), heads)
    for row in rows:
        view.rows.append([
            Cell(c.name(row["law_id"]), "head", row["law_id"]), Cell("", "chip", row["severity"]),
            Cell(c.table(row["table_name"])), c.number(row["issues"]), c.number(row["touched"]),
            c.number(row["institutions"]), c.money(row["amount"]),
        ])  # fmt: skip
    if rows:
        view.total = [
            Cell(t("table.total"), "head"), Cell(""), Cell(""), c.number(sum(r["issues"] for r in rows)),
            Cell(""), Cell(""), Cell(""),
        ]  # fmt: skip
    return view


def quality_examples(c: Context, rows: Sequence[Row]) -> RowTable:
    """A few issues of each law with the place and the value seen."""
    t, tables = c.t, c.tables
    heads = [
        Head(t("term.law")),
        Head(t("term.table")),
        Head(t("term.row")),
        Head(t("term.column")),
        Head(t("term.value")),
        Head(t("term.date")),
        c.money_head("term.amount_concerned"),
    ]
    view = RowTable(t("quality.examples"), heads)
    for row in rows:
        table = tables.get(row["table_name"])
        column = table.by_name.get(row["column_name"]) if table else None
        label = (
            Cell(heading(column.zh if c.fmt.lang == "zh" else column.en)) if column else Cell(row["column_name"], "id")
        )
        personal = table is not None and "person_id" in table.key
        view.rows.append([
            Cell(row["law_id"], "head"), Cell(c.table(row["table_name"])),
            Cell(mask_id(row["ref_id"]) if personal else row["ref_id"], "id"), label,
            Cell(_value(row["column_name"], row["value"])), Cell(c.fmt.date(row["occurred_on"]), "t"),
            c.money(row["amount"]),
        ])  # fmt: skip
    return view


def _value(column: str, value: str | None) -> str:
    """The value seen; numbers that name a person are masked as everywhere on the page."""
    if value is None:
        return "—"
    return mask_id(value) if column in ("person_id", "id_number", "phone", "name", "address", "relative_id") else value


def conservation(batches: Iterable[BatchReceipt]) -> list[Row]:
    """Rows and money per table over these batches, as their receipts state them."""
    out: dict[str, Row] = {}
    for batch in batches:
        for name, tally in batch.tables.items():
            row = out.setdefault(name, {"table": name, **dict.fromkeys((*COUNTS, *MONEY, *CORRECTED), 0)})
            for key in (*COUNTS, *MONEY, *CORRECTED):
                row[key] += getattr(tally, key)
    return sorted(out.values(), key=lambda r: r["table"])


def balanced(row: Mapping[str, int]) -> bool:
    """Rows in = accepted + quarantined + duplicates, and the same in money."""
    return row["rows_in"] == sum(row[k] for k in COUNTS[1:]) and row["money_in"] == sum(row[k] for k in MONEY[1:])


def conservation_table(c: Context, rows: Sequence[Row]) -> RowTable:
    """One row per table and a total: in, accepted, quarantined, duplicates in rows and money; whether they add up.

    Where records were corrected, also how many, and what their money was and is.
    """
    t = c.t
    total = {key: sum(r[key] for r in rows) for key in (*COUNTS, *MONEY, *CORRECTED)}
    corrected = CORRECTED if total["corrected"] else ()
    heads = [Head(t("term.table"))]
    heads += [Head(t(f"ingest.{key}"), "n") for key in COUNTS]
    heads += [c.money_head(f"ingest.{key}") for key in MONEY]
    heads.append(Head(t("ingest.check")))
    heads += [Head(t("ingest.corrected"), "n")] if corrected else []
    heads += [c.money_head(f"ingest.{key}") for key in corrected[1:]]
    view = RowTable(t("ingest.caption"), heads)

    def cells(name: str, row: Mapping[str, int]) -> list[Cell]:
        has_money = any(row[k] for k in MONEY)
        return [
            Cell(name, "head"), *(c.number(row[k]) for k in COUNTS),
            *(c.money(row[k] if has_money else None) for k in MONEY),
            Cell("", "chip", "agree" if balanced(row) else "differ"),
            *(c.number(row[k]) for k in corrected[:1]),
            *(c.money(row[k] if has_money else None) for k in corrected[1:]),
        ]  # fmt: skip

    view.rows = [cells(c.table(r["table"]), r) for r in rows]
    view.total = cells(t("table.total"), total)
    return view
