"""How care and the fund went month by month: the indicators of fund monitoring over a region (payment.md §4).

All rest on sums that add up over regions: a region's figure is the ratio of its pools' sums, and the band behind its
line the middle half of the pools where there are five or more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yibao.measures import Signal, signal
from yibao.presentation.charts.panel import Point, panel, reach
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.bureau.fund import SCHEMES
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.hospital.benchmark import LONG
from yibao.service.console.hospital.choice import PROVISIONAL
from yibao.service.console.hospital.estimate import spread
from yibao.service.console.hospital.stays import MILLION
from yibao.service.console.listing import Column, Listing, Row
from yibao.service.console.scoping import Within
from yibao.service.console.suppression import BUREAU, INSTITUTION, few
from yibao.service.state import Service

Sums = Mapping[str, int]
#: Months of spending that a reserve is held against, and from how many known months on it is.
YEAR, LEAST_MONTHS = 12, 6
#: Sums that are numbers of something; all others are money in fen.
_COUNTS = frozenset({"bills", "stays", "stays_away", "insured"})


@dataclass(frozen=True)
class Indicator:
    """``part`` over ``whole`` times ``scale``, where ``n`` reaches ``least``; ``settled``: waits for late bills.

    ``rests``: how many bills the part rests on, where that may be few though ``n`` is not.
    """

    name: str
    words: tuple[str, str]
    unit: tuple[str, str]
    part: str
    whole: str
    scale: float
    digits: int
    of: tuple[str, str]
    n: str = ""
    least: int = BUREAU
    settled: bool = True
    rests: str = ""

    def value(self, sums: Sums) -> float | None:
        """The figure of these sums; None where too little stands behind it."""
        if sums.get(self.whole, 0) <= 0 or (self.n and sums.get(self.n, 0) < self.least) or self.hidden(sums):
            return None
        return sums.get(self.part, 0) * self.scale / sums[self.whole]

    def hidden(self, sums: Sums) -> bool:
        """Whether the sums themselves rest on so few bills that they are not shown."""
        return any(name and 0 < sums.get(name, 0) < BUREAU for name in (self.n, self.rests))


INDICATORS: Sequence[Indicator] = (
    Indicator("rate", ("住院率", "Hospitalisation rate"), ("每千参保人每月人次", "stays per 1,000 insured a month"),
              "stays", "insured", 1_000.0, 1,
              ("当月结算的住院人次 ÷ 当月参保人数", "stays settled in the month ÷ persons insured in it"), n="stays"),
    Indicator("cost", ("次均住院费用", "Cost of a stay"), ("元", "¥"), "stay_total", "stays", 0.01, 0,
              ("住院医疗费 ÷ 住院人次，没有按病情调整", "cost of stays ÷ stays, not adjusted for illness"),
              n="stays", least=INSTITUTION),
    Indicator("in_range", ("政策范围内支付比例", "Share of eligible expense paid"), ("%", "%"), "stay_fund",
              "stay_eligible", 100.0, 1,
              ("住院基金支付 ÷ 住院政策范围内费用", "fund payment ÷ eligible expense of stays"), n="stays"),
    Indicator("away", ("异地支出占比", "Spending outside the region"), ("%", "%"), "fund_away", "fund", 100.0, 1,
              ("统筹区以外的基金支付 ÷ 全部基金支付", "fund payment outside the pool ÷ all fund payment"), n="bills",
              rests="bills_away"),
    Indicator("paid", ("住院实际报销比例", "Share of stay cost paid"), ("%", "%"), "stay_fund", "stay_total", 100.0, 1,
              ("住院基金支付 ÷ 住院医疗费", "fund payment ÷ cost of stays"), n="stays"),
    Indicator("not_covered", ("目录外费用占比", "Share not covered"), ("%", "%"), "stay_not_covered", "stay_total",
              100.0, 1, ("住院全自费金额 ÷ 住院医疗费", "amount not covered ÷ cost of stays"), n="stays"),
    Indicator("payable", ("可支付月数", "Months payable"), ("个月", "months"), "balance", "month_spent", 1.0, 1,
              ("统筹基金累计结余 ÷ 此前 12 个月月均支出，不含个人账户",
               "reserve of the pooled fund ÷ mean month of the 12 before, personal accounts left out"), settled=False),
    Indicator("spent", ("支出占收入", "Spending of income"), ("%", "%"), "spent_ytd", "income_ytd", 100.0, 1,
              ("本年累计支出 ÷ 本年累计收入（居民缴费多在年初）",
               "spending ÷ income since January (residents pay early in the year)"), settled=False),
)  # fmt: skip
BY_NAME: Mapping[str, Indicator] = {one.name: one for one in INDICATORS}
#: The small multiples of the overview.
FIRST = ("rate", "cost", "in_range", "away")


@dataclass(frozen=True)
class Course:
    """An indicator month by month; ``signal`` is over the final months."""

    indicator: Indicator
    months: Sequence[date]
    points: Sequence[Point]
    sums: Sequence[Sums]
    pools: int
    scheme: str = ""

    @property
    def name(self) -> str:
        return f"care_{self.indicator.name}" + (f"_{self.scheme}" if self.scheme else "")

    def words(self, lang: Lang) -> str:
        """What is shown, and of which scheme."""
        at = 0 if lang == "zh" else 1
        words, scheme = self.indicator.words[at], SCHEMES.get(self.scheme, (self.scheme, self.scheme))[at]
        return words if not self.scheme else f"{scheme}{words}" if lang == "zh" else f"{words}, {scheme}"

    def title(self, lang: Lang) -> str:
        return f"{self.words(lang)}{'，' if lang == 'zh' else ', '}{self.indicator.unit[0 if lang == 'zh' else 1]}"

    @property
    def signal(self) -> Signal | None:
        """The newest change beyond the process; of what builds up over months nothing can be said so."""
        if not self.indicator.settled:
            return None
        return signal([None if p.provisional else p.own for p in self.points])

    @property
    def last(self) -> Point | None:
        """The newest final month with a value."""
        return next((p for p in reversed(self.points) if p.own is not None and not p.provisional), None)


def courses(service: Service, where: Within, scheme: str, names: Iterable[str]) -> list[Course]:
    """Indicators over a region and scheme (empty: all), up to 24 months; none where nothing is known of it.

    Each scheme has its own pooled fund: what comes out of the books is never added up over schemes.
    """
    bills = service.figures.rows("care_month", region_code=where.regions)
    books = service.figures.rows("fund_flow", region_code=where.regions)
    schemes = [scheme] if scheme else sorted({row["scheme"] for row in books})
    every = sums_by_pool(bills, books, scheme)
    made = []
    for one in (BY_NAME[name] for name in names):
        if one.settled:
            made.append(course(every, one))
        else:
            made += [course(sums_by_pool((), books, each), one, each) for each in schemes]
    return [found for found in made if found is not None]


def sums_by_pool(
    care: Iterable[Mapping[str, Any]], books: Iterable[Mapping[str, Any]], scheme: str
) -> dict[str, dict[date, dict[str, int]]]:
    """Sums by pool and month out of bills and of the fund's books; months without either are absent."""
    pools: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for row in care:
        if scheme in ("", row["scheme"]):
            at = pools[row["region_code"]][row["month"]]
            for name, value in row.items():
                if name not in ("region_code", "scheme", "month"):
                    at[name] += value
    for pool, months in _books(books, scheme).items():
        for month, sums in months.items():
            at = pools[pool][month]
            for name, value in sums.items():
                at[name] += value
    return pools


def _books(books: Iterable[Mapping[str, Any]], scheme: str) -> dict[str, dict[date, dict[str, int]]]:
    """The books by pool and month with what has come together since January and over the twelve months before."""
    plain: dict[str, dict[date, dict[str, int]]] = defaultdict(dict)
    for row in books:
        if scheme in ("", row["scheme"]):
            at = plain[row["region_code"]].setdefault(row["month"], defaultdict(int))
            at["insured"] += row["insured"] or 0
            at["balance"] += row["pooled_balance"] or 0
            at["spending"] += row["pooled_spending"] or 0
            at["income"] += row["pooled_income"] or 0
    for months in plain.values():
        order = sorted(months)
        for place, month in enumerate(order):
            since = [months[m] for m in order[: place + 1] if m.year == month.year]
            year = [months[m]["spending"] for m in order[max(place + 1 - YEAR, 0) : place + 1]]
            months[month]["spent_ytd"] = sum(m["spending"] for m in since)
            months[month]["income_ytd"] = sum(m["income"] for m in since)
            if len(year) >= LEAST_MONTHS:
                months[month]["month_spent"] = sum(year) // len(year)
    return plain


def course(pools: Mapping[str, Mapping[date, Sums]], indicator: Indicator, scheme: str = "") -> Course | None:
    """One indicator over all pools; None below two months with a value."""
    known = sorted({month for months in pools.values() for month in months})[-LONG:]
    points, whole = [], []
    for place, month in enumerate(known):
        each = [months[month] for months in pools.values() if month in months]
        total: dict[str, int] = defaultdict(int)
        for sums in each:
            for name, amount in sums.items():
                total[name] += amount
        lies = spread([value for sums in each if (value := indicator.value(sums)) is not None])
        middle, low, high = (None, None, None) if lies is None else (lies.p50, lies.p25, lies.p75)
        late = indicator.settled and place >= len(known) - PROVISIONAL
        points.append(Point(f"{month:%Y-%m}", indicator.value(total), middle, low, high, late))
        whole.append(total)
    if sum(point.own is not None for point in points) < 2:
        return None
    return Course(indicator, known, points, whole, len(pools), scheme)


def figures(made: Sequence[Course], lang: Lang) -> list[Drawn]:
    """The small multiples (R6); those of one unit share their scale."""
    ends: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in made:
        ends[one.indicator.unit[1]].append(reach(one.points))
    return [
        figure(one, lang, (min(low for low, _ in same), max(high for _, high in same)))
        for one in made if (same := ends[one.indicator.unit[1]])
    ]  # fmt: skip


def figure(made: Course, lang: Lang, domain: tuple[float, float]) -> Drawn:
    """A small multiple with the sums behind each month in its table."""
    one, zh, title = made.indicator, lang == "zh", made.title(lang)
    said = [f"{made.points[0].month} {'至' if zh else 'to'} {made.points[-1].month}", signal_words(made, lang)]
    if any(p.low is not None for p in made.points):
        said.append(f"灰带为 {made.pools} 个统筹区的中间一半" if zh else f"grey: middle half of {made.pools} pools")
    if any(p.provisional for p in made.points):
        said.append(f"末 {PROVISIONAL} 个月暂定" if zh else f"last {PROVISIONAL} months provisional")
    unit = ("；" if zh else "; ").join(words for words in said if words)
    svg = drawn(["care", title, unit, made.points, domain],
                lambda: panel(made.points, one.digits, f"{title}; {unit}", domain=domain))  # fmt: skip
    return Drawn(made.name, title, unit, svg, (), _table(made, title))


def _table(made: Course, title: str) -> Listing:
    one = made.indicator
    columns = [
        Column("month", "月份", "Month", head=True), Column("value", *one.words, "ratio"),
        _sum_column("part", "分子", "Numerator", one.part), _sum_column("whole", "分母", "Denominator", one.whole),
        Column("median", "统筹区中位数", "Median of pools", "ratio"), Column("low", "P25", "P25", "ratio"),
        Column("high", "P75", "P75", "ratio"), Column("state", "状态", "State", words=_STATES),
    ]  # fmt: skip
    return Listing(made.name, title, title, columns, [
        _row(one, p, sums) for p, sums in zip(made.points, made.sums, strict=True)
    ])  # fmt: skip


_STATES = {"final": ("终", "final"), "provisional": ("暂", "provisional")}


def _row(one: Indicator, point: Point, sums: Sums) -> Row:
    hidden = few(BUREAU) if one.hidden(sums) else None
    return {
        "month": point.month, "part": hidden or sums.get(one.part, 0), "whole": hidden or sums.get(one.whole, 0),
        "state": "provisional" if point.provisional else "final",
        **{name: hidden or (None if value is None else round(value * MILLION)) for name, value in (
            ("value", point.own), ("median", point.median), ("low", point.low), ("high", point.high))},
    }  # fmt: skip


def _sum_column(key: str, zh: str, en: str, of: str) -> Column:
    return Column(key, zh, en, "count") if of in _COUNTS else Column(key, f"{zh}，元", f"{en}, ¥", "money")


def signal_words(made: Course, lang: Lang) -> str:
    """What a signal says in words; nothing where too few months are known to say anything (console.md §8.9)."""
    zh, final = lang == "zh", [p for p in made.points if p.own is not None and not p.provisional]
    if len(final) < YEAR or not made.indicator.settled:
        return ""
    found = made.signal
    if found is None:
        return "没有超出自身波动" if zh else "within its own variation"
    side = ("高", "above") if found.side > 0 else ("低", "below")
    at, since = made.points[found.at].month, made.points[found.since].month
    if found.beyond:
        return f"{at} {side[0]}于 3σ 限" if zh else f"{at} {side[1]} the 3σ limit"
    return f"{since} 起连续{side[0]}于中位数" if zh else f"{side[1]} the median since {since}"


def definitions(made: Iterable[Course], lang: Lang) -> Listing:
    """Numerator and denominator of each, with the newest final value."""
    fmt = Format(lang)
    return Listing("definitions", "口径", "Definitions", (
        Column("name", "指标", "Indicator", head=True), Column("of", "怎么算", "How it is worked out"),
        Column("value", "最近一个终月", "Newest final month", "ratio", below=lambda row, _: str(row["month"])),
        Column("unit", "单位", "Unit"),
    ), [
        {"name": (one.words("zh"), one.words("en")), "of": one.indicator.of, "unit": one.indicator.unit,
         "value": None if one.last is None or one.last.own is None else round(one.last.own * MILLION),
         "month": "" if one.last is None else fmt.month(date.fromisoformat(f"{one.last.month}-01"))}
        for one in made
    ], caption=False)  # fmt: skip
