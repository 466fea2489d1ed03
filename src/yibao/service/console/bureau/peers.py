"""One institution among its peers: shares of cost, means, readmission; positions by quantiles, words by §8.3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.measures import wilson_interval
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.audit.drawings import LEAST_PEERS
from yibao.service.state import Service

#: Fewer cases give no mean and no rate.
LEAST_CASES = 30
#: Parts of the cost by type of charge: words, types, whether a high share is unfavourable.
PARTS = {
    "drug": (("药品占比", "Drugs"), ("09", "10", "11")), "material": (("耗材占比", "Consumables"), ("08",)),
    "exam": (("检查检验占比", "Examinations and tests"), ("03", "04")),
    "service": (("医疗服务占比", "Clinical services"), ("01", "02", "05", "06", "07", "12", "13")),
}  # fmt: skip


def indicators(
    service: Service, code: str, peers: Sequence[str], year: Mapping[str, Mapping[str, Any]], lang: Lang
) -> list[dict[str, Any]]:  # fmt: skip
    """Shares of cost, mean stay, cost of a bill, and readmission, each among its peers."""
    zh, fmt = lang == "zh", Format(lang)
    parts: dict[str, dict[str, int]] = {}
    for row in service.figures.rows("cost_part", institution_id={code, *peers}):
        parts.setdefault(row["institution_id"], {})[row["charge_type"]] = row["amount"]
    made = []
    whole = sum(parts.get(code, {}).values())
    for words, types in PARTS.values():

        def share(one: str, types: Sequence[str] = types) -> float | None:
            mine = parts.get(one, {})
            total = sum(mine.values())
            return sum(mine.get(kind, 0) for kind in types) * 100 / total if total > 0 else None

        value = share(code)
        others = [v for one in peers if (v := share(one)) is not None]
        of = f"费用 {fmt.short(whole)}" if zh else f"of {fmt.short(whole)}"
        made.append(_row(words[0 if zh else 1], of, value, None, others, fmt.share, "pp", lang))
    for words, over, per in (
        (("平均住院日", "Mean stay"), "days", "stays"),
        (("次均费用", "Cost of a bill"), "total_amount", "bills"),
    ):

        def mean(one: str, over: str = over, per: str = per) -> float | None:
            mine = year.get(one, {})
            return mine[over] / mine[per] if mine.get(per, 0) >= LEAST_CASES else None

        others = [v for one in peers if (v := mean(one)) is not None]
        of = f"{fmt.count(year.get(code, {}).get(per, 0))} {'例' if zh else 'cases'}"
        said = (lambda v: f"{v:.1f} {'天' if zh else 'd'}") if over == "days" else (lambda v: fmt.short(round(v)))
        made.append(_row(words[0 if zh else 1], of, mean(code), None, others, said, over, lang))
    again = {row["institution_id"]: row for row in service.figures.rows("readmission", institution_id={code, *peers})}
    mine_again = again.get(code)
    if mine_again is not None:
        low, high = wilson_interval(mine_again["numerator"], mine_again["denominator"])
        rate = {
            k: row["numerator"] * 100 / row["denominator"]
            for k, row in again.items()
            if row["denominator"] >= LEAST_CASES
        }
        of = f"{fmt.count(mine_again['numerator'])} ÷ {fmt.count(mine_again['denominator'])}"
        others = [v for one, v in rate.items() if one != code]
        made.append(_row("31 日非计划再入院率" if zh else "Unplanned readmission in 31 days", of, rate.get(code),
                         (float(low) * 100, float(high) * 100), others, fmt.share, "pp", lang))  # fmt: skip
    return made


def _row(
    name: str, of: str, value: float | None, ends: tuple[float, float] | None, others: Sequence[float], said: Any,
    unit: str, lang: Lang,
) -> dict[str, Any]:  # fmt: skip
    """One indicator: value, peers' P10 to P90 (quartiles below ten peers, nothing below five), difference, reading."""
    low, high = ends or (value, value)
    row: dict[str, Any] = {
        "name": name,
        "of": of,
        "value": value,
        "low": low,
        "high": high,
        "spread": None,
        "median": "—",
        "difference": "—",
        "reading": None,
        "shown": said(value) if value is not None else "—",
        "span": f"{low:.1f}–{high:.1f}%" if ends else "",
        "mark": "",
    }
    if value is None or low is None or high is None:
        return {**row, "reading": "few"}
    if len(others) < LEAST_PEERS:
        return row
    ranked = sorted(others)

    def at(q: float) -> float:
        return ranked[max(-(-int(q * 100) * len(ranked) // 100) - 1, 0)]

    edges = (at(0.1), at(0.9)) if len(ranked) >= 10 else (at(0.25), at(0.75))
    row["spread"] = (edges[0], at(0.25), at(0.5), at(0.75), edges[1])
    gap = value - at(0.5)
    sign = "+" if gap > 0 else "−" if gap < 0 else "±"
    shown = {"pp": f"{abs(gap):.1f} {'个百分点' if lang == 'zh' else 'pp'}"}.get(unit, said(abs(gap)))
    row["median"], row["difference"] = said(at(0.5)), f"{sign}{shown}"
    row["reading"] = "higher" if low > at(0.75) else "lower" if high < at(0.25) else "similar"
    return row
