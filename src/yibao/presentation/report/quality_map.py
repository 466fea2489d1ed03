"""Where the quality issues lie, institutions down and months across; and how far codes join their lists.

A cell is shaded by its fifth among all cells with money, and says its figures, so that it reads without colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yibao.presentation.quality.figures import QualityFigures, Row
from yibao.presentation.report.context import Context
from yibao.presentation.report.rows import Cell, Head, RowTable

MAX_INSTITUTIONS = 15
MAX_MONTHS = 12
CLASSES = 5


@dataclass(frozen=True)
class HeatCell:
    """Money and issues of one institution and month; ``level`` 0 (nothing) to 5 (the costliest fifth)."""

    level: int
    money: str = ""
    issues: str = ""


@dataclass(frozen=True)
class HeatMap:
    """The map: month names, then a line per institution with its name, cells and sum; how many were left out."""

    months: list[str]
    lines: list[tuple[str, list[HeatCell], str]]
    institutions_left_out: int
    months_left_out: int


def quality_map(c: Context, figures: QualityFigures) -> HeatMap | None:
    """The costliest institutions over the last months; None when no issue has both."""
    rows = [r for r in figures.by_institution_month if r["institution_id"] and r["month"]]
    if not rows:
        return None
    all_months = sorted({r["month"] for r in rows})
    months = all_months[-MAX_MONTHS:]
    shown = [r for r in rows if r["month"] in months]
    sums: dict[str, int] = {}
    for r in shown:
        sums[r["institution_id"]] = sums.get(r["institution_id"], 0) + r["amount_once"]
    ranked = sorted(sums, key=lambda i: (-sums[i], i))
    c.names.load_institutions(ranked[:MAX_INSTITUTIONS])
    level = _levels([r["amount_once"] for r in shown if r["institution_id"] in ranked[:MAX_INSTITUTIONS]])
    found = {(r["institution_id"], r["month"]): r for r in shown}
    return HeatMap(
        months=[f"{m:%Y-%m}" for m in months],
        lines=[
            (c.names.institution(i), [_cell(c, found.get((i, m)), level) for m in months], c.fmt.money(sums[i]))
            for i in ranked[:MAX_INSTITUTIONS]
        ],
        institutions_left_out=max(0, len({r["institution_id"] for r in rows}) - MAX_INSTITUTIONS),
        months_left_out=len(all_months) - len(months),
    )


def _cell(c: Context, row: Row | None, level: dict[int, int]) -> HeatCell:
    if row is None:
        return HeatCell(0)
    money = c.fmt.short(row["amount_once"]) if row["amount_once"] else ""
    return HeatCell(level.get(row["amount_once"], 0), money, c.t.count("n.issues", row["issues"]))


def _levels(amounts: Sequence[int]) -> dict[int, int]:
    """Fifth of each amount above nought, 1 to 5; equal amounts are of one fifth."""
    ranked = sorted(amount for amount in amounts if amount)
    return {amount: 1 + ranked.index(amount) * CLASSES // len(ranked) for amount in set(ranked)}


def coverage_table(c: Context, rows: Sequence[Row]) -> RowTable | None:
    """Each coverage by rows and by money over the whole ledger; None when none was measured."""
    if not rows:
        return None
    t = c.t
    view = RowTable(
        t("quality.coverage"),
        [Head(t("quality.measure")), Head(t("quality.by_rows"), "n"), Head(t("quality.by_money"), "n"),
         Head(t("quality.rows_without"), "n"), c.money_head("quality.money_without")],
    )  # fmt: skip
    for law_id in dict.fromkeys(row["law_id"] for row in rows):
        mine = {row["subject_kind"]: row for row in rows if row["law_id"] == law_id}
        counted, money = mine.get("institution"), mine.get("institution_money")
        view.rows.append(
            [
                Cell(c.name(law_id), "head", law_id), _share(counted), _share(money),
                c.number(counted["denominator"] - counted["numerator"]) if counted else Cell(""),
                c.money(money["denominator"] - money["numerator"]) if money else Cell(""),
            ]
        )  # fmt: skip
    return view


def _share(row: Row | None) -> Cell:
    if row is None:
        return Cell("")
    ppm = row["value_ppm"]
    return Cell(f"{ppm // 10_000}.{ppm % 10_000 // 100:02d} %", "n", ppm)
