"""The drawings of the benchmark, each with its message, its unit and the same values as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yibao.presentation.charts.own_funnel import Own as OwnPoint
from yibao.presentation.charts.own_funnel import own_funnel
from yibao.presentation.charts.panel import Point, panel
from yibao.presentation.charts.structure import Part, structure
from yibao.presentation.fmt import Format, decimal
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.hospital.benchmark import Benchmark, Readmission, Structure
from yibao.service.console.hospital.choice import PROVISIONAL
from yibao.service.console.hospital.compare import Months
from yibao.service.console.hospital.estimate import over_expected
from yibao.service.console.hospital.indicators import Indicator
from yibao.service.console.hospital.stays import PARTS
from yibao.service.console.hospital.words import yuan
from yibao.service.console.listing import Column, Listing

#: The six panels, month by month.
PANELS = ("cost", "drug", "consumable", "exam", "days", "readmission")
_AXIS = {"money": 0.01, "percent": 100.0, "ratio": 1.0, "days": 1.0}
_UNITS = {"money": ("元", "¥"), "percent": ("%", "%"), "ratio": ("", ""), "days": ("天", "days")}


def structure_figure(made: Structure, fmt: Format, whose: tuple[str, str] = ("本院", "You")) -> Drawn | None:
    """Where a group's cost differs (R5); None where there are too few peers. ``whose``: the reader's own, or a name."""
    if made.peers is None:
        return None
    zh, peers = fmt.lang == "zh", made.peers
    total = sum(made.own.values()) - sum(peers.values())
    name, gap = max(((n, made.own[n] - peers[n]) for n, _, _ in PARTS), key=lambda one: abs(one[1]))
    label = {n: (z if zh else e) for n, z, e in PARTS}
    rest = total - gap
    if zh:
        title = (f"每例{_more(total, fmt)} {yuan(abs(total), fmt)}；其中{label[name]}{_more(gap, fmt)} "
                 f"{yuan(abs(gap), fmt)}，其他项目合计{_more(rest, fmt)} {yuan(abs(rest), fmt)}")  # fmt: skip
    else:
        title = (f"{yuan(abs(total), fmt)} {_more(total, fmt)} a case: {label[name].lower()} {yuan(abs(gap), fmt)} "
                 f"{_more(gap, fmt)}, everything else {yuan(abs(rest), fmt)} {_more(rest, fmt)}")  # fmt: skip
    parts = []
    for n, _, _ in PARTS:
        low, high = made.quartiles.get(n, (None, None))
        tip = (f"{label[n]}：{whose[0]} {yuan(made.own[n], fmt)}，同类平均 {yuan(peers[n], fmt)}" if zh
               else f"{label[n]}: {whose[1]} {yuan(made.own[n], fmt)}, peer mean {yuan(peers[n], fmt)}")  # fmt: skip
        parts.append(
            Part(label[n], made.own[n] / 100, peers[n] / 100, low and low / 100, high and high / 100,
                 fmt.signed(round((made.own[n] - peers[n]) / 100)), tip)
        )  # fmt: skip
    rows = [
        {"part": (z, e), "own": round(made.own[n]), "peers": round(peers[n]), "gap": round(made.own[n] - peers[n])}
        for n, z, e in PARTS
    ]
    table = Listing("structure", "费用结构", "Cost structure", (
        Column("part", "项目", "Part", head=True),
        Column("own", f"{whose[0]}每例，元", f"{whose[1]}, ¥ a case", "money"),
        Column("peers", "同类平均，元", "Peer mean, ¥", "money"), Column("gap", "差，元", "Difference, ¥", "money"),
    ), rows, total={"own": sum(r["own"] for r in rows), "peers": sum(r["peers"] for r in rows),
                    "gap": sum(r["gap"] for r in rows)})  # fmt: skip
    axes = ("每例费用，元", "比同类平均，元") if zh else ("¥ a case", "vs peer mean, ¥")
    svg = drawn([parts, axes, title], lambda: structure(parts, *axes, title))
    unit = ("左：每例费用，元　右：与同类平均之差，元" if zh
            else "Left: ¥ a case · Right: difference from the peer mean, ¥")  # fmt: skip
    note = (
        "色块为同类中间一半，竖线为同类平均（平均数可以相加，所以各项差之和等于总差）。"
        if zh
        else "Block: middle half of peers; tick: peer mean (means add up, so the parts sum to the total)."
    )
    return Drawn("structure", title, unit, svg, (), table, note)


def panels(made: Benchmark, fmt: Format, marks: Sequence[str]) -> list[Drawn]:
    """Six figures month by month (R6); those of one unit share their scale."""
    return [month_panel(one, made.series[one.name], fmt, marks) for name in PANELS for one in made.wanted
            if one.name == name]  # fmt: skip


def month_panel(
    one: Indicator, months: Months, fmt: Format, marks: Sequence[str] = (), whose: tuple[str, str] = ("本院", "You"),
    more: str = "",
) -> Drawn:  # fmt: skip
    """An indicator month by month beside the peers' middle half. ``whose``: the reader's own, or a name; ``more`` is
    said after the unit."""
    zh, scale = fmt.lang == "zh", _AXIS[one.unit]
    points = _points(months, scale)
    digits = {"money": 0, "percent": 1, "ratio": 2, "days": 1}[one.unit]
    unit = _UNITS[one.unit][0 if zh else 1]
    title = one.label(fmt.lang) + (f"{'，' if zh else ', '}{unit}" if unit else "")
    said = f"{title}，近 {len(points)} 个月" if zh else f"{title}, last {len(points)} months"
    said += f"{'；' if zh else '; '}{more}" if more else ""
    rows = [
        {"month": p.month, **{k: None if v is None else round(v * 10**6) for k, v in (
            ("own", p.own), ("median", p.median), ("low", p.low), ("high", p.high))}}
        for p in points
    ]  # fmt: skip
    table = Listing(f"month_{one.name}", title, title, (
        Column("month", "月份", "Month", head=True), Column("own", *whose, "ratio"),
        Column("median", "同类中位数", "Peer median", "ratio"), Column("low", "同类 P25", "Peers' P25", "ratio"),
        Column("high", "同类 P75", "Peers' P75", "ratio"),
    ), rows)  # fmt: skip
    svg = drawn([points, digits, said, marks], lambda: panel(points, digits, said, marks=marks))
    return Drawn(f"month_{one.name}", title, said, svg, (), table)


def _points(months: Months, scale: float) -> list[Point]:
    count = len(months.months)
    columns = [
        [float(v) * scale if np.isfinite(v) else None for v in line]
        for line in (months.own, months.median, months.low, months.high)
    ]
    return [
        Point(f"{month:%Y-%m}", own, mid, low, high, i >= count - PROVISIONAL)
        for i, (month, own, mid, low, high) in enumerate(zip(months.months, *columns, strict=True))
    ]


def readmission_figure(made: Readmission, fmt: Format) -> Drawn:
    """The own unplanned readmissions in the funnel (R4). Peers' points are coarse and not in the table."""
    zh, own = fmt.lang == "zh", made.own
    found = over_expected(own.observed, own.expected, 10**9)
    assert found is not None
    ratio, low, high = (decimal(round(v * 100), 100, 2) for v in (found.value, found.lower, found.upper))
    expected = decimal(round(own.expected * 10), 10, 1)
    title = zone_words(made.zone, made.funnel.limited, fmt)
    tip = (
        f"本院：实际 {own.observed}，预期 {expected}，O/E {ratio}（95% 区间 {low}–{high}）"
        if zh
        else f"You: {own.observed} observed, {expected} expected, O/E {ratio} (95% interval {low} to {high})"
    )
    point = OwnPoint(own.expected, found.value, found.lower, found.upper, made.zone > 0,
                     f"本院 {ratio}" if zh else f"You {ratio}", tip)  # fmt: skip
    axis = "预期非计划再入院人次（越多越靠右）" if zh else "Expected unplanned readmissions (more to the right)"
    label = f"{title}{'。' if zh else '. '}{tip}"
    seen = sorted((u.observed, round(u.expected, 3)) for u in made.funnel.units)
    svg = drawn(["funnel", seen, made.kin, label], lambda: own_funnel(made.funnel, made.kin, point, axis, label))
    table = Listing("readmission", "31 日非计划再入院", "31-day unplanned readmission", (
        Column("who", "机构", "Hospital", head=True), Column("observed", "实际", "Observed", "count"),
        Column("expected", "预期", "Expected"), Column("ratio", "O/E", "O/E"),
        Column("ends", "95% 区间", "95% interval"),
    ), [{"who": ("本院", "You"), "observed": own.observed, "expected": expected, "ratio": ratio,
         "ends": f"{low}–{high}"}])  # fmt: skip
    unit = ("纵轴：实际 ÷ 预期，1 为与预期相同；每点一家机构" if zh
            else "Vertical: observed ÷ expected, 1 is as expected. Each dot is a provider")  # fmt: skip
    note = (
        "实心为同类，空心为其他机构；坐标已粗化，不能辨认，不可下载。"
        if zh
        else "Filled: peers; hollow: other providers. Positions are coarse, show nobody, and are in no download."
    )
    return Drawn("readmission", title, unit, svg, (), table, note)


def zone_words(zone: int, limited: bool, fmt: Format) -> str:
    """What a place in a funnel means, in words."""
    zh = fmt.lang == "zh"
    if not limited:
        return "各机构差别过大，不画控制限；尚缺调整因素" if zh else "Too unlike for limits; some adjustment is missing"
    side = ("高于", "above") if zone > 0 else ("低于", "below")
    return {
        0: ("在 95% 控制限内：与偶然波动没有区别", "Within the 95% limits: no different from chance"),
        1: (f"{side[0]} 95% 控制限，未到 99.8%：值得看一看，还不足以下结论",
            f"{side[1].capitalize()} the 95% limit, within 99.8%: worth a look, not yet a conclusion"),
        2: (f"{side[0]} 99.8% 控制限：需要了解原因",
            f"{side[1].capitalize()} the 99.8% limit: the reason needs to be known"),
    }[abs(zone)][0 if zh else 1]  # fmt: skip


def _more(value: float, fmt: Format) -> str:
    if fmt.lang == "zh":
        return "多" if value >= 0 else "少"
    return "more" if value >= 0 else "less"
