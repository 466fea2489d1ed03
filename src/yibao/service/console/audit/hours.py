"""The first figure of clues about timing: at which hours the rows in question fall, beside all of the provider's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yibao.presentation.charts.histogram import Bin, histogram
from yibao.presentation.report.scene import instant
from yibao.service.console.audit.drawings import piles
from yibao.service.console.audit.evidence import Case
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.listing import Column, Listing
from yibao.service.console.suppression import BUREAU
from yibao.service.state import Service

#: Laws whose clues are about when bills were made; all of family A are about charges.
TIMED_BILLS = frozenset({"F03", "F04", "F08", "F10"})
#: Night begins and ends at these hours.
NIGHT = (22, 6)
_WHEN = {"charge_line": "charged_at", "settlement": "settled_at"}


def hours(case: Case) -> Drawn | None:
    """Rows of the clue by hour of the day against all rows of the provider (R9); None for clues that are not about
    timing, and below five rows."""
    table = _table(case)
    place = case.clue["institution_id"]
    if table is None or place is None:
        return None
    own, every = of_rows(case, table), of_provider(case.service, table, place)
    if sum(own) < BUREAU or not sum(every):
        return None
    return _drawn(case, table, own, every)


def _table(case: Case) -> str | None:
    """The table whose rows the clue is about, where it is about timing."""
    ids = [law.id for law in case.laws]
    if any(one.startswith("A") for one in ids):
        return "charge_line"
    return "settlement" if TIMED_BILLS & set(ids) else None


def of_rows(case: Case, table: str) -> list[int]:
    """The clue's own rows of a table by hour, each once."""
    seen: dict[str, int] = {}
    for refs in case.refs.values():
        for ref in refs:
            row = case.rows.get(ref) if ref["ref_table"] == table else None
            if row is not None and row.get(_WHEN[table]) is not None:
                seen[ref["ref_id"]] = instant(row[_WHEN[table]]).hour
    return counted(seen)


def counted(hours_of: Mapping[str, int]) -> list[int]:
    """How many of each hour.

    >>> sum(counted({"a": 9, "b": 9, "c": 23})), counted({"a": 9, "b": 9})[9]
    (3, 2)
    """
    made = [0] * 24
    for hour in hours_of.values():
        made[hour] += 1
    return made


def of_provider(service: Service, table: str, place: str) -> list[int]:
    """All rows of the provider by hour."""
    made = [0] * 24
    if table == "charge_line":
        for row in service.figures.rows("charge_hour", institution_id=place):
            made[row["hour"]] += row["lines"]
    else:
        for row in service.figures.rows("shape", institution_id=place, measure="hour"):
            made[row["class"]] += row["number"]
    return made


def at_night(by_hour: Sequence[int]) -> int:
    """Rows between ten at night and six in the morning."""
    return sum(n for hour, n in enumerate(by_hour) if hour >= NIGHT[0] or hour < NIGHT[1])


def _drawn(case: Case, table: str, own: Sequence[int], every: Sequence[int]) -> Drawn:
    zh, fmt, mine, whole = case.lang == "zh", case.fmt, sum(own), sum(every)
    noun = {"charge_line": ("行收费", "charges"), "settlement": ("张结算单", "bills")}[table]
    night, usual = at_night(own), fmt.percent(at_night(every), whole)
    title = (
        f"{fmt.count(mine)} {noun[0]}，其中 {fmt.count(night)} 在夜间 22 至 6 时（该机构平常占 {usual}）"
        if zh
        else f"{fmt.count(mine)} {noun[1]}, {fmt.count(night)} of them between 22 and 6 at night (usually {usual} here)"
    )
    hot = piles(own, every)
    bins = [
        Bin(f"{hour}", own[hour] * 100 / mine, every[hour] * 100 / whole, hot[hour],
            f"{hour}: {fmt.percent(own[hour], mine)} ({own[hour]}), {fmt.percent(every[hour], whole)}")
        for hour in range(24)
    ]  # fmt: skip
    unit = (
        "按钟点，占各自总数的百分比；黑线为该机构全部"
        if zh
        else "by hour, percent of the own total; line: all of the provider"
    )
    svg = drawn(["hours", title, unit, bins], lambda: histogram(bins, title, every=4))
    key = [("box-q4", "疑点所指" if zh else "of this clue"),
           ("box-warn", "集中处" if zh else "where they pile up")]  # fmt: skip
    listing = Listing("hours", title, title, (
        Column("hour", "钟点", "Hour", head=True), Column("own", "疑点所指", "Of this clue", "count"),
        Column("every", "该机构全部", "All of the provider", "count"),
        Column("share", "占比", "Share", "percent"), Column("usual", "平常占比", "Usual share", "percent"),
    ), [{"hour": f"{hour}", "own": own[hour], "every": every[hour], "share": own[hour] * 1_000_000 // mine,
         "usual": every[hour] * 1_000_000 // whole} for hour in range(24)])  # fmt: skip
    return Drawn("hours", title, unit, svg, key, listing)
