"""One case-mix group over the institutions of a region: what each spends on a case, by chance or beyond it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from yibao.engine.money import round_half_up
from yibao.presentation.charts.funnel import Unit
from yibao.presentation.charts.panel import Point, panel
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.bureau.funnels import funnel_figure, unit_of
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.hospital.benchmark import LONG, Structure, structure_of
from yibao.service.console.hospital.choice import PROVISIONAL
from yibao.service.console.hospital.compare import Comparison
from yibao.service.console.hospital.estimate import by_place, ratio, reading, spread
from yibao.service.console.hospital.stays import MILLION, Ints, Stays
from yibao.service.console.listing import Column, Listing
from yibao.service.console.scoping import institution_name
from yibao.service.console.suppression import BUREAU, INSTITUTION
from yibao.service.state import Service

#: What is drawn by month: column of the stays, words, unit words, divisor, digits.
MONTHLY = (
    ("amount", ("例均费用", "Cost a case"), ("元", "¥"), 100.0, 0),
    ("days", ("平均住院日", "Mean stay"), ("天", "days"), 1.0, 1),
)


@dataclass(frozen=True)
class GroupView:
    """The stays of one group in the period, and over ``months``: those of the small multiples, gaps included."""

    code: str
    stays: Stays
    long: Stays
    months: Sequence[date]

    @cached_property
    def size(self) -> Any:
        """Cases by institution."""
        return self._by(np.ones(len(self.stays)))

    @cached_property
    def means(self) -> dict[str, float]:
        """Mean cost in fen of the institutions with ten cases or more: fewer are no habit."""
        cost = self._by(self.stays["amount"])
        return {place: float(cost[i] / self.size[i]) for i, place in enumerate(self.stays.places)
                if self.size[i] >= INSTITUTION}  # fmt: skip

    @cached_property
    def priced(self) -> Any:
        """Which stays have a payment standard."""
        return np.isfinite(self.stays["standard_amount"])

    @cached_property
    def month(self) -> Ints:
        """The place of each stay's month in ``months``."""
        places = np.array([self.months.index(month) for month in self.long.months], np.int64)
        return places[self.long.month] if len(self.long) else np.empty(0, np.int64)

    def total(self, name: str) -> int:
        """A sum over all stays that have the column."""
        return int(np.nansum(self.stays[name]))

    @property
    def result(self) -> int | None:
        """Standards less cost over the stays with a standard, in fen; None without any."""
        if not self.priced.any():
            return None
        return int((self.stays["standard_amount"] - self.stays["amount"])[self.priced].sum())

    @property
    def weight(self) -> int | None:
        """The group's weight in millionths; None where the scheme has none."""
        known = self.stays["weight_ppm"][np.isfinite(self.stays["weight_ppm"])]
        return int(np.median(known)) if len(known) else None

    def rows(self, service: Service, lang: Lang) -> list[dict[str, Any]]:
        """A row for each institution: cases, mean cost with interval among the others, stay, standard, result."""
        made = []
        for number, place in enumerate(self.stays.places):
            mine = self.stays.place == number
            cost, cases = self.stays["amount"][mine], int(mine.sum())
            found = ratio(cost, np.ones(cases))
            others = spread([mean for one, mean in self.means.items() if one != place])
            word = reading(found, others)
            has = self.priced & mine
            due = int(self.stays["standard_amount"][has].sum())
            made.append({
                "code": place, "name": institution_name(service, place, lang),
                "level": service.institutions[place]["level"] or "9", "cases": cases, "amount": int(cost.sum()),
                "mean": round_half_up(int(cost.sum()), cases), "estimate": found, "others": others,
                "interval": "" if found is None else f"{found.lower / 100:,.0f}–{found.upper / 100:,.0f}",
                "stay": round_half_up(int(self.stays["days"][mine].sum()) * MILLION, cases), "priced": int(has.sum()),
                "standard": round_half_up(due, int(has.sum())) if has.any() else None,
                "result": due - int(self.stays["amount"][has].sum()) if has.any() else None,
                "reading": None if word == "alone" else word,
            })  # fmt: skip
        return made

    def structure(self, place: str) -> Structure | None:
        """The parts of one institution's cost beside those of the others."""
        others = [one for one in self.stays.places if one != place]
        return structure_of(Comparison(self.stays, place, others, adjust=False), self.code)

    def cases(self) -> Mapping[str, int]:
        """Cases by institution over the last twelve months, which the figure of items covers."""
        last = self.month >= len(self.months) - 12
        size = by_place(last.astype(np.float64), self.long.place, len(self.long.places))
        return {place: int(n) for place, n in zip(self.long.places, size, strict=True)}

    def _by(self, values: Any) -> Any:
        return by_place(values, self.stays.place, len(self.stays.places))


def group_view(stays: Stays, places: Sequence[str], code: str, period: tuple[date, date]) -> GroupView:
    """The stays of a group at some institutions; ``period`` is the first and the last month."""
    own = stays.where(stays.group == stays.group_codes.index(code)).of(places)
    months = [month for month in stays.months if month <= period[1]][-LONG:]
    return GroupView(code, own.from_month(*period), own.from_month(months[0], period[1]), months)


def above_standard(view: GroupView, rows: list[dict[str, Any]], lang: Lang) -> Drawn | None:
    """Cases that cost more than the standard, by institution, against the level of all (R4)."""
    over = view.priced & (view.stays["amount"] > view.stays["standard_amount"])
    count, seen = view._by(view.priced.astype(np.float64)), view._by(over.astype(np.float64))
    if not view.priced.any():
        return None
    level = float(seen.sum() / count.sum())
    names = {row["code"]: row["name"] for row in rows}
    units: list[Unit] = [
        unit_of(names[place], int(seen[i]), float(count[i] * level), lang)
        for i, place in enumerate(view.stays.places) if count[i] >= BUREAU
    ]  # fmt: skip
    return funnel_figure(
        "above", units,
        ("费用超过支付标准的病例：实际 ÷ 按全部病例水平的预期",
         "Cases above the standard: observed ÷ expected at the level of all"),
        ("预期例数", "expected cases"), lang,
    )  # fmt: skip


def monthly(view: GroupView, fmt: Format) -> list[Drawn]:
    """Cost and stay month by month over all cases, with the middle half of the institutions (R6)."""
    zh, made, months = fmt.lang == "zh", [], view.months
    cell = view.long.place * len(months) + view.month
    grid = len(view.long.places) * len(months)
    size = by_place(np.ones(len(view.long)), cell, grid).reshape(-1, len(months))
    for name, words, units, divisor, digits in MONTHLY:
        total = by_place(view.long[name], cell, grid).reshape(-1, len(months)) / divisor
        points = [
            _point(f"{month:%Y-%m}", total[:, i], size[:, i], provisional=i >= len(months) - PROVISIONAL)
            for i, month in enumerate(months)
        ]
        title = f"{words[0]}，{units[0]}" if zh else f"{words[1]}, {units[1]}"
        said = (
            f"{title}，近 {len(months)} 个月；灰带为各机构中间一半，末两月暂定"
            if zh
            else f"{title}, last {len(months)} months; grey: middle half of providers; last two provisional"
        )
        made.append(_panel(view, f"month_{name}", words, (title, said), points, digits))
    return made


def _point(month: str, total: Any, size: Any, *, provisional: bool) -> Point:
    """A month: the mean over all cases, and quartiles of the institutions with five cases or more in it."""
    full = size >= BUREAU
    lies = spread(total[full] / size[full])
    own = float(total.sum() / size.sum()) if size.sum() >= BUREAU else None
    if lies is None:
        return Point(month, own, provisional=provisional)
    return Point(month, own, lies.p50, lies.p25, lies.p75, provisional)


def _panel(
    view: GroupView, name: str, words: tuple[str, str], said: tuple[str, str], points: Sequence[Point], digits: int
) -> Drawn:
    rows = [{"month": p.month, **{key: None if value is None else round(value * MILLION) for key, value in (
        ("all", p.own), ("median", p.median), ("low", p.low), ("high", p.high))}} for p in points]  # fmt: skip
    table = Listing(name, *words, (
        Column("month", "月份", "Month", head=True), Column("all", "全部病例", "All cases", "ratio"),
        Column("median", "机构中位数", "Median of providers", "ratio"), Column("low", "P25", "P25", "ratio"),
        Column("high", "P75", "P75", "ratio"),
    ), rows)  # fmt: skip
    svg = drawn(["group month", view.code, points, digits, said], lambda: panel(points, digits, said[1]))
    return Drawn(name, *said, svg, (), table)
