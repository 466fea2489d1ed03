"""The indicators of the benchmark: what is counted over what, in which unit, and which side is unfavourable.

Money of peers is compared after allowing for case mix: each stay is set against the mean of its group over all stays
compared (indirect standardisation), and the ratio is scaled by the overall figure, so that it reads in its own unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yibao.service.console.hospital.stays import MILLION, Bools, Floats, Stays

Counted = tuple[Floats, Floats]

SECTIONS: Mapping[str, tuple[str, str]] = {
    "cost": ("费用与结构", "Cost and structure"), "efficiency": ("效率", "Efficiency"),
    "quality": ("质量与行为", "Quality and conduct"),
}  # fmt: skip
#: A stay that costs more than so many times its standard (by level of the institution), or less than this share of it.
HIGH_MULTIPLE: Mapping[str, float] = {"3": 3.0, "2": 2.0}
HIGH_ELSEWHERE, LOW_MULTIPLE = 2.0, 0.3


@dataclass(frozen=True)
class Indicator:
    """``counted`` gives numerator and denominator of every stay, ``scale`` what turns their ratio into the unit.

    ``unit``: money (fen), percent, ratio, days. ``bad``: +1 higher is unfavourable, -1 lower is, 0 neither.
    ``kind``: ratio, proportion or oe, which decides on the interval. ``of`` are the stays that count.
    """

    name: str
    section: str
    zh: str
    en: str
    unit: str
    bad: int
    kind: str
    counted: Callable[[Stays, bool], Counted]
    of: Callable[[Stays], Bools]
    basis: tuple[str, str]
    scale: Callable[[Stays], float] = lambda _: 1.0


def _all(stays: Stays) -> Bools:
    return np.ones(len(stays), np.bool_)


def _weighted(stays: Stays) -> Bools:
    return stays.in_group & np.isfinite(stays["weight_ppm"])


def _sum(stays: Stays, names: Sequence[str]) -> Floats:
    return np.sum([stays[name] for name in names], axis=0)


def _expected(stays: Stays, names: Sequence[str]) -> Floats:
    return np.sum([stays.expected(name) for name in names], axis=0)


def _share(name: str, zh: str, en: str, bad: int, parts: Sequence[str], what: tuple[str, str]) -> Indicator:
    """A part of the cost. Among unlike institutions it is set against the share that the stays' groups have."""

    def counted(stays: Stays, adjust: bool) -> Counted:
        due = stays["amount"]
        if adjust:
            due = due * _expected(stays, parts) / np.maximum(stays.expected("amount"), 1.0)
        return _sum(stays, parts), due

    def scale(stays: Stays) -> float:
        return float(_sum(stays, parts).sum() / max(stays["amount"].sum(), 1.0))

    basis = (f"{what[0]} ÷ 医疗费", f"{what[1]} ÷ total cost")
    return Indicator(name, "cost", zh, en, "percent", bad, "ratio", counted, _all, basis, scale)


def _cost(stays: Stays, adjust: bool) -> Counted:  # noqa: ARG001 - cost is always compared adjusted
    return stays["amount"], stays.expected("amount")


def _index(column: str) -> Callable[[Stays, bool], Counted]:
    return lambda stays, adjust: (stays[column], stays.expected(column))  # noqa: ARG005


def _mean(column: str) -> Callable[[Stays, bool], Counted]:
    return lambda stays, adjust: (stays[column], np.ones(len(stays)))  # noqa: ARG005


def _flag(column: str) -> Callable[[Stays, bool], Counted]:
    return _mean(column)


def _multiple(stays: Stays) -> Floats:
    """Cost over the group's payment standard, or over its mean where there is none."""
    mean = stays.expected("amount")
    due = np.where(np.isfinite(stays["standard_amount"]), stays["standard_amount"], mean)
    return stays["amount"] / np.maximum(due, 1.0)


def _high(levels: Mapping[str, str]) -> Callable[[Stays, bool], Counted]:
    def counted(stays: Stays, adjust: bool) -> Counted:  # noqa: ARG001 - a share of cases
        above = [HIGH_MULTIPLE.get(levels.get(place, ""), HIGH_ELSEWHERE) for place in stays.places]
        return (_multiple(stays) > np.array(above)[stays.place]).astype(np.float64), np.ones(len(stays))

    return counted


def _low(stays: Stays, adjust: bool) -> Counted:  # noqa: ARG001
    return (_multiple(stays) < LOW_MULTIPLE).astype(np.float64), np.ones(len(stays))


def _entered(stays: Stays, adjust: bool) -> Counted:  # noqa: ARG001
    return stays.in_group.astype(np.float64), np.ones(len(stays))


def indicators(stays: Stays, levels: Mapping[str, str]) -> list[Indicator]:
    """The indicators that these stays carry; those by weight only where the casemix room gave weights.

    ``levels`` is the level of each institution: it decides from which multiple on a case is a high one.
    """
    made = [
        Indicator("cost", "cost", "次均费用（按病例组合调整）", "Cost per stay, adjusted for case mix", "money", 1, "ratio",
                  _cost, _all, ("实际费用 ÷ 按病组预期费用 × 全体次均费用", "actual ÷ expected by group × overall mean"),
                  lambda stays: float(stays["amount"].mean())),
        _share("drug", "药品占比", "Drug share", 1, ("drug",), ("药品费", "drugs")),
        _share("consumable", "耗材占比", "Consumable share", 1, ("consumable",), ("耗材费", "consumables")),
        _share("exam", "检查检验占比", "Examination and test share", 0, ("exam", "test"), ("检查检验费", "examinations and tests")),
        _share("service", "医疗服务占比", "Clinical service share", -1, ("treatment", "care"), ("医疗服务费", "clinical services")),
        _share("not_covered", "目录外占比", "Out-of-catalogue share", 1, ("not_covered",), ("目录外费用", "items not covered")),
        _share("person", "个人负担占比", "Patient's share", 1, ("person",), ("个人负担", "paid by the patient")),
        Indicator("days", "efficiency", "平均住院日", "Mean length of stay", "days", 1, "ratio", _mean("days"), _all,
                  ("住院天数 ÷ 出院人次", "days ÷ discharges")),
        Indicator("time_index", "efficiency", "时间消耗指数", "Time index", "ratio", 1, "ratio", _index("days"), _all,
                  ("实际天数 ÷ 按病组预期天数", "actual days ÷ expected by group")),
        Indicator("cost_index", "efficiency", "费用消耗指数", "Cost index", "ratio", 1, "ratio", _index("amount"), _all,
                  ("实际费用 ÷ 按病组预期费用", "actual cost ÷ expected by group")),
        Indicator("readmission", "quality", "31 日再入院 O/E", "31-day readmission O/E", "ratio", 1, "oe",
                  lambda s, _: (s["readmitted"], s["expected_ppm"] / MILLION), lambda s: s["judged"] > 0,
                  ("实际再入院 ÷ 按年龄、病种、既往住院预期", "observed ÷ expected from age, disease and earlier stays")),
        Indicator("high", "quality", "高倍率病例占比", "High-cost outliers", "percent", 1, "proportion", _high(levels), _all,
                  ("费用超过支付标准（无标准时为病组均值）3 倍（三级）或 2 倍的病例", "cost above 3 (tertiary) or 2 times the standard, or the group's mean")),
        Indicator("low", "quality", "低倍率病例占比", "Low-cost outliers", "percent", 1, "proportion", _low, _all,
                  ("费用低于支付标准（无标准时为病组均值）0.3 倍的病例", "cost below 0.3 times the standard, or the group's mean")),
        Indicator("faulty", "quality", "结算清单有疑问占比", "Settlement lists in question", "percent", 1, "proportion",
                  _flag("faulty"), _all, ("清单或明细规则提出疑问的病例", "cases whose list or details a rule questions")),
        Indicator("transferred", "quality", "转出占比", "Transferred out", "percent", 0, "proportion",
                  _flag("transferred"), _all, ("医嘱转院 ÷ 出院人次", "transfers ÷ discharges")),
    ]  # fmt: skip
    if stays.grouped:
        made.insert(7, Indicator(
            "cmi", "efficiency", "病例组合指数 CMI", "Case-mix index (CMI)", "ratio", 0, "ratio",
            lambda s, _: (s["weight_ppm"] / MILLION, np.ones(len(s))), _weighted,
            ("权重之和 ÷ 有权重的入组病例", "sum of weights ÷ grouped cases with a weight")))  # fmt: skip
        made.append(Indicator(
            "entry", "quality", "入组率", "Share of cases grouped", "percent", -1, "proportion", _entered, _all,
            ("入组病例 ÷ 出院人次", "grouped cases ÷ discharges")))  # fmt: skip
    return made
