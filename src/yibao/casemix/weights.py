"""Weights of groups as a region publishes them, and what a group pays: weight x coefficient of the level x rate.

Weights and coefficients are parts per million, rates ten-thousandths of a major unit: whole numbers throughout,
rounded half up once, to the minor unit, in :meth:`Weights.standard`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yibao.casemix.files import lacks, text_table
from yibao.casemix.refusals import CaseFileError
from yibao.engine.money import round_half_up

PPM, TENTHOUSANDTHS = 1_000_000, 10_000
#: Published payments are kept to so many parts of a major unit.
FINE = 100_000_000
#: What a published payment may differ from the computed one: 1/10 000 of a major unit, as published roundings do.
CLOSE = FINE // TENTHOUSANDTHS
LEVELS = ("1", "2", "3")

#: Headings that regions use -> columns.
HEADINGS: Mapping[str, str] = {
    "drg_code": "drg", "group_code": "drg", "病组编码": "drg", "DRG编码": "drg", "DRG组编码": "drg", "DRG代码": "drg",
    "rw": "weight", "relative_weight": "weight", "权重": "weight", "病组权重": "weight", "基准权重": "weight",
    "病组名称": "name", "DRG名称": "name", "DRG组名称": "name", "基层病组": "basic_disease_group",
    "基础病组": "basic_disease_group",
    "一级系数": "coef_level1", "二级系数": "coef_level2", "三级系数": "coef_level3",
    "一级支付标准": "pay_level1", "二级支付标准": "pay_level2", "三级支付标准": "pay_level3",
}  # fmt: skip
_DECIMAL = re.compile(r"(\d{1,9})(?:\.(\d{1,12}))?")
_YES = {"是", "1", "y", "yes", "true", "√"}


@dataclass(frozen=True)
class Price:
    """One group's line: weight and coefficients by hospital level in ppm, payments by level as published (10^-8)."""

    weight: int
    coefficients: Mapping[str, int] = field(default_factory=dict)
    published: Mapping[str, int] = field(default_factory=dict)
    basic: bool = False


@dataclass(frozen=True)
class Weights:
    """Prices by group. ``rate`` is what a weight of 1 pays, in 1/10 000 of a major unit; None where it is not given."""

    name: str
    prices: Mapping[str, Price]
    rate: int | None = None

    @property
    def graded(self) -> bool:
        """Whether the payment depends on the hospital's level."""
        return any(price.coefficients for price in self.prices.values())

    def weight(self, group: str | None) -> int | None:
        """A group's weight in ppm; None for a group without one."""
        price = self.prices.get(group or "")
        return price.weight if price else None

    def standard(self, group: str | None, level: str | None = None) -> int | None:
        """The payment standard in minor units (two decimals), rounded half up; None where a factor is not known.

        Source: S = RW x coefficient x rate (technical specification of CHS-DRG payment).
        """
        exact = self._exact(group, level)
        return None if exact is None else round_half_up(exact, PPM * PPM * (TENTHOUSANDTHS // 100))

    def _exact(self, group: str | None, level: str | None) -> int | None:
        """The standard times 10^16."""
        price = self.prices.get(group or "")
        if price is None or self.rate is None:
            return None
        coefficient = price.coefficients.get(level or "") if self.graded else PPM
        return None if coefficient is None else price.weight * coefficient * self.rate

    def misfits(self) -> list[tuple[str, str, int, int]]:
        """Published payments that are not weight x coefficient x rate to 1/10 000: group, level, both in 10^-8."""
        found = []
        for group, price in self.prices.items():
            for level, published in price.published.items():
                exact = self._exact(group, level)
                if exact is None:
                    continue
                computed = round_half_up(exact * (FINE // TENTHOUSANDTHS), PPM * PPM)
                if abs(computed - published) > CLOSE:
                    found.append((group, level, published, computed))
        return found


def read_weights(path: Path, rate: str | None = None) -> Weights:
    """Weights from a file with the columns ``drg`` and ``weight``, and coefficients and payments by level where there.

    ``rate`` is a decimal text in major units. Raises :class:`CaseFileError` naming the group whose figure is none.
    """
    table = text_table(path, HEADINGS)
    missing = [name for name in ("drg", "weight") if name not in table.column_names]
    if missing:
        raise lacks(path, missing)
    prices: dict[str, Price] = {}
    for row in table.to_pylist():
        group = (row["drg"] or "").strip()
        if not group:
            continue
        if group in prices:
            raise CaseFileError(f"the group {group} is there twice", where=path.name, zh=f"病组 {group} 重复")
        where = f"{path.name}, {group}"
        prices[group] = Price(
            weight=_scaled(row["weight"], PPM, where, "weight"),
            coefficients=_levels(row, "coef", PPM, where),
            published=_levels(row, "pay", FINE, where),
            basic=(row.get("basic_disease_group") or "").strip().casefold() in _YES,
        )
    return Weights(path.name, prices, None if rate is None else _scaled(rate, TENTHOUSANDTHS, "--rate", "rate"))


def _levels(row: Mapping[str, str | None], kind: str, scale: int, where: str) -> dict[str, int]:
    named = {level: f"{kind}_level{level}" for level in LEVELS}
    return {level: _scaled(row[name], scale, where, name) for level, name in named.items() if row.get(name)}


def _scaled(text: str | None, scale: int, where: str, what: str) -> int:
    """A decimal text as a whole number of 1/scale; digits beyond that are refused, not rounded away."""
    match = _DECIMAL.fullmatch((text or "").strip())
    digits = len(str(scale)) - 1
    if match is None or len((match[2] or "").rstrip("0")) > digits:
        raise CaseFileError(
            f"the {what} {text!r} is no number with at most {digits} decimals", where=where,
            zh=f"{what} {text!r} 不是至多 {digits} 位小数的数",
        )  # fmt: skip
    return int(match[1]) * scale + int((match[2] or "")[:digits].ljust(digits, "0"))
