"""Reviews month by month: clues opened and concluded, how often they held, money found, upheld and recovered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Text, case, func, select, type_coerce

from yibao.presentation.charts.panel import Point, panel
from yibao.presentation.fmt import Lang
from yibao.registry.tables.clues import CLUE_EVENT, RECOVERY
from yibao.service.access.scope import Caller
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.audit.record import CONCLUSIONS
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.listing import Column, Listing
from yibao.service.console.suppression import BUREAU, few
from yibao.service.reads import reads
from yibao.service.state import Service

#: Months that are shown, the current one included.
LONG = 24
#: The panels: key, words, unit words, divisor, digits.
PANELS = (
    ("concluded", ("审结", "Concluded"), ("条", "clues"), 1, 0),
    ("rate", ("成立比例", "Upheld share"), ("%", "%"), 10_000, 1),
    ("found", ("查出涉及基金", "Fund money found"), ("元", "¥"), 100, 0),
    ("back", ("到账", "Money recovered"), ("元", "¥"), 100, 0),
)


def by_month(service: Service, caller: Caller) -> list[dict[str, Any]]:
    """A row for each month from the first with anything to the current one, within reach; at most 24.

    Money found counts in the month in which its clue was opened, upheld money in that of the conclusion.
    """
    seen = asked.seen_by(service, caller).subquery()
    opened, acted, came = (func.substr(type_coerce(column, Text), 1, 7) for column in (
        seen.c.opened_at, CLUE_EVENT.c.acted_at, RECOVERY.c.received_at))  # fmt: skip
    held = case((CLUE_EVENT.c.act.in_(("uphold", "partly")), 1), else_=0)
    queries: Mapping[Sequence[str], Any] = {
        ("opened", "found"): select(opened, func.count(), func.sum(seen.c.fund_amount)).group_by(opened),
        ("concluded", "held", "upheld"): select(
            acted, func.count(), func.sum(held), func.sum(func.coalesce(seen.c.upheld, 0) * held)
        ).join(seen, seen.c.clue_id == CLUE_EVENT.c.clue_id).where(CLUE_EVENT.c.act.in_(CONCLUSIONS)).group_by(acted),
        ("back",): select(came, func.sum(RECOVERY.c.amount)).join(seen, seen.c.clue_id == RECOVERY.c.clue_id)
        .where(RECOVERY.c.state == "received").group_by(came),
    }  # fmt: skip
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    with reads(service.registry) as connection:
        for names, query in queries.items():
            for month, *values in connection.execute(query):
                found[month] |= {name: int(value or 0) for name, value in zip(names, values, strict=True)}
    return [_row(month, found[month]) for month in between(found, service.registry.clock().date())]


def between(known: Mapping[str, Any], today: date) -> list[str]:
    """All months from the first that is known to the current one, as ``2026-09``; the newest 24.

    >>> between({"2025-11": 0}, date(2026, 2, 3))
    ['2025-11', '2025-12', '2026-01', '2026-02']
    """
    last = today.year * 12 + today.month - 1
    first = min((int(m[:4]) * 12 + int(m[5:]) - 1 for m in known), default=last)
    return [f"{at // 12}-{at % 12 + 1:02d}" for at in range(max(first, last - LONG + 1), last + 1)]


def _row(month: str, sums: Mapping[str, int]) -> dict[str, Any]:
    """Counts of acts are no persons; only a share of few is not worked out."""
    concluded, held = sums.get("concluded", 0), sums.get("held", 0)
    rate: int | str | None = (
        held * 1_000_000 // concluded if concluded >= BUREAU else few(BUREAU) if concluded else None
    )
    return {"month": month, "rate": rate, "concluded": concluded,
            **{name: sums.get(name, 0) for name in ("opened", "held", "found", "upheld", "back")}}  # fmt: skip


def table(rows: Sequence[Mapping[str, Any]]) -> Listing:
    total = {
        name: sum(row[name] for row in rows) for name in ("opened", "concluded", "held", "found", "upheld", "back")
    }
    return Listing("months", "逐月", "Month by month", (
        Column("month", "月份", "Month", head=True), Column("opened", "新产生", "Opened", "count"),
        Column("concluded", "审结", "Concluded", "count"), Column("held", "成立", "Upheld", "count"),
        Column("rate", "成立比例", "Upheld share", "percent"),
        Column("found", "查出涉及基金，元", "Fund money found, ¥", "money"),
        Column("upheld", "维持，元", "Upheld, ¥", "money"), Column("back", "到账，元", "Recovered, ¥", "money"),
    ), rows, total=total, order="-month", page=24, caption=False)  # fmt: skip


def figures(rows: Sequence[Mapping[str, Any]], lang: Lang) -> list[Drawn]:
    """Four small multiples (R6); none below three months, which are no course. The current month is provisional."""
    if len(rows) < 3:
        return []
    made = [_panel(rows, *one, lang == "zh") for one in PANELS]
    return [one for one in made if one is not None]


def _panel(
    rows: Sequence[Mapping[str, Any]], key: str, words: tuple[str, str], units: tuple[str, str], divisor: int,
    digits: int, zh: bool,
) -> Drawn | None:  # fmt: skip
    """One of them; None where no month has a value."""
    points = [Point(row["month"], row[key] / divisor if isinstance(row[key], int) else None,
                    provisional=row is rows[-1]) for row in rows]  # fmt: skip
    if all(point.own is None for point in points):
        return None
    title = f"{words[0]}，{units[0]}" if zh else f"{words[1]}, {units[1]}"
    unit = (f"{rows[0]['month']} 至 {rows[-1]['month']}，当月暂定" if zh
            else f"{rows[0]['month']} to {rows[-1]['month']}; this month is provisional")  # fmt: skip
    kind = "percent" if key == "rate" else "money" if divisor == 100 else "count"
    listing = Listing(f"m_{key}", title, title, (
        Column("month", "月份", "Month", head=True), Column("value", *words, kind),
    ), [{"month": row["month"], "value": row[key]} for row in rows])  # fmt: skip
    svg = drawn(["reviews", title, unit, points], lambda: panel(points, digits, f"{title}; {unit}"))
    return Drawn(f"m_{key}", title, unit, svg, (), listing)
