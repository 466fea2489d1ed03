"""Public indicators reckoned from the months' figures: values, intervals, and what is too small to be shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from yibao.engine.money import round_half_up
from yibao.engine.yaml import read_yaml
from yibao.measures.proportion import wilson_interval
from yibao.presentation.fmt import Format
from yibao.service.console.suppression import PUBLIC, WITHHELD

#: Fewest cases for the interval of a mean (normal with robust variance); below it none is given.
ENOUGH = 200
Z95 = 1.959964
SUMS = (
    "bills", "total_amount", "eligible_amount", "fund_amount", "person_amount", "not_covered_amount", "total_squared",
    "days", "away",
)  # fmt: skip


@dataclass(frozen=True)
class Indicator:
    """An indicator's definition: which sums are divided, and in which words."""

    id: str
    kind: str
    care: str
    part: str
    whole: str
    n: str
    title: tuple[str, str]
    question: tuple[str, str]
    numerator: tuple[str, str]
    denominator: tuple[str, str]
    exclusions: tuple[str, str]

    @property
    def method(self) -> tuple[str, str]:
        """How its interval is worked out."""
        if self.part == "away":
            return ("Wilson 95% 区间", "95% Wilson interval")
        if self.part == "total_amount" and self.whole == "bills":
            return (f"95% 正态区间，少于 {ENOUGH} 例不给", f"95% normal interval, none below {ENOUGH} cases")
        return ("没有区间：两个金额之比", "no interval: a ratio of two sums")

    def unit(self, lang: str) -> str:
        return {"money": ("元", "¥"), "share": ("%", "%"), "number": ("天", "days")}[self.kind][lang == "en"]


@cache
def indicators() -> Mapping[str, Indicator]:
    """All public indicators by id."""
    text = (files("yibao.service.console.public") / "indicators.yaml").read_text(encoding="utf-8")
    made = {}
    for name, said in read_yaml(text, "indicators.yaml").items():
        words = {k: (str(v["zh"]), str(v["en"])) for k, v in said.items() if isinstance(v, Mapping)}
        plain = {k: str(v) for k, v in said.items() if not isinstance(v, Mapping)}
        made[str(name)] = Indicator(str(name), **plain, **words)  # type: ignore[arg-type]
    return made


@dataclass(frozen=True)
class Measured:
    """A value with its case number. ``value`` is fen, ppm or ppm of the unit; None where nothing may be said."""

    n: int
    value: int | None
    low: int | None = None
    high: int | None = None
    few: bool = False

    @property
    def count(self) -> int | str:
        """The cases as they may be shown."""
        return self.n if not self.few else f"<{PUBLIC}" if self.n < PUBLIC else WITHHELD

    def text(self, kind: str, fmt: Format) -> str:
        """The value in words; too few cases are said so."""
        if self.value is None:
            few = ("例数不足", "too few") if self.few else ("—", "—")
            return few[fmt.lang == "en"]
        return shown(self.value, kind, fmt)


def shown(value: int, kind: str, fmt: Format) -> str:
    if kind == "money":
        return fmt.money(value)
    return fmt.percent(value, 1_000_000) if kind == "share" else fmt.ppm(value, 1)


def measured(indicator: Indicator, sums: Mapping[str, int], hidden: bool) -> Measured:
    """The value of an indicator; nothing of what is hidden."""
    n, part, whole = sums[indicator.n], sums[indicator.part], sums[indicator.whole]
    if hidden or whole <= 0:
        return Measured(n, None, few=hidden)
    if indicator.part == "away":
        low, high = wilson_interval(max(part, 0), whole)
        return Measured(n, _ppm(part, whole), round(float(low) * 1e6), round(float(high) * 1e6))
    if indicator.kind == "money":
        return Measured(n, round_half_up(part, whole), *_mean_interval(indicator, sums))
    return Measured(n, _ppm(part, whole))


def _ppm(part: int, whole: int) -> int:
    return round_half_up(part * 1_000_000, whole)


def _mean_interval(indicator: Indicator, sums: Mapping[str, int]) -> tuple[int | None, int | None]:
    """The normal interval of a mean cost (fen); squares are of whole yuan."""
    n = sums[indicator.n]
    if n < ENOUGH or indicator.part != "total_amount":
        return None, None
    mean = sums["total_amount"] / 100 / n
    variance = max(sums["total_squared"] / n - mean * mean, 0.0) * n / (n - 1)
    half = Z95 * math.sqrt(variance / n)
    return round((mean - half) * 100), round((mean + half) * 100)


def months_between(first: date, last: date, most: int = 24) -> list[date]:
    """The months from the first to the last without gaps, the last ``most`` of them."""
    out, at = [], first
    while at <= last:
        out.append(at)
        at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return out[-most:]
