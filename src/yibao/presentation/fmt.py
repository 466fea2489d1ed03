"""Numbers, money and dates as people read them, in Chinese and English.

Input is always an integer in the unit of the contract (minor units, thousandths, millionths, basis points, parts per
million); it is rounded once, here, half away from zero, and no float is involved.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from yibao.engine.money import round_half_up

Lang = Literal["zh", "en"]
MINUS = "−"
NONE = "—"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class Currency:
    """A currency's code, sign and Chinese unit word, and its number of decimals."""

    code: str
    sign: str
    zh: str
    decimals: int = 2


CURRENCIES = {c.code: c for c in (Currency("CNY", "¥", "元"), Currency("USD", "$", "美元"))}


def currency(code: str) -> Currency:
    """The currency of this ISO code; one that is not in the list is shown by its code.

    >>> currency("USD").sign, currency("EUR").sign
    ('$', 'EUR ')
    """
    return CURRENCIES.get(code) or Currency(code, f"{code} ", f" {code}")


@dataclass(frozen=True)
class Scale:
    """A step of short money: from `threshold` major units, shown divided by `divisor` with `digits` decimals."""

    threshold: int
    divisor: int
    digits: int
    zh: str
    en: str


SHORT: dict[Lang, tuple[Scale, ...]] = {
    "zh": (Scale(0, 1, 0, "", ""), Scale(10**4, 10**4, 1, "万", ""), Scale(10**8, 10**8, 2, "亿", "")),
    "en": (
        Scale(0, 1, 0, "", ""),
        Scale(10**4, 10**3, 0, "", "K"),
        Scale(10**6, 10**6, 2, "", "M"),
        Scale(10**9, 10**9, 2, "", "B"),
    ),
}


def decimal(number: int, scale: int, digits: int) -> str:
    """``number / scale`` with exactly `digits` decimals, thousands separated by commas, a true minus sign.

    >>> decimal(-1234567, 100, 2), decimal(15, 10, 0), decimal(12_345_600, 10**6, 4)
    ('−12,345.67', '2', '12.3456')
    """
    rounded = round_half_up(number * 10**digits, scale)
    whole, rest = divmod(abs(rounded), 10**digits)
    text = f"{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    return MINUS + text if rounded < 0 else text


def trimmed(number: int, scale: int, least: int, most: int) -> str:
    """Like :func:`decimal`, without trailing noughts beyond `least` decimals.

    >>> trimmed(1500, 1000, 0, 3), trimmed(12_345_600, 10**6, 2, 6), trimmed(12_000_000, 10**6, 2, 6)
    ('1.5', '12.3456', '12.00')
    """
    text = decimal(number, scale, most)
    while "." in text and text.endswith("0") and len(text) - text.index(".") - 1 > least:
        text = text[:-1]
    return text.removesuffix(".")


def heading(text: str) -> str:
    """A label as it begins a line: contracts and laws write English labels small, as in the middle of a sentence.

    >>> heading("charge line"), heading("31 日再入院"), heading("eCard")
    ('Charge line', '31 日再入院', 'eCard')
    """
    return text[:1].upper() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


@dataclass(frozen=True)
class Format:
    """All formats for one language and one ledger currency."""

    lang: Lang
    currency_code: str = "CNY"

    @property
    def currency(self) -> Currency:
        return currency(self.currency_code)

    @property
    def money_unit(self) -> str:
        """The unit for a column header: 元, 美元 or ¥, $."""
        return self.currency.zh.strip() if self.lang == "zh" else self.currency.sign.strip()

    def amount(self, minor: int | None) -> str:
        """Money to the minor unit without its unit, for a column whose header names it.

        >>> Format("zh").amount(15417176), Format("zh").amount(None)
        ('154,171.76', '—')
        """
        if minor is None:
            return NONE
        return decimal(minor, 10**self.currency.decimals, self.currency.decimals)

    def money(self, minor: int | None) -> str:
        """Exact money, for what is owed, found or decided.

        >>> Format("zh").money(15417176), Format("en").money(15417176), Format("en", "USD").money(-5)
        ('154,171.76 元', '¥154,171.76', '−$0.05')
        """
        return NONE if minor is None else self._with_unit(self.amount(minor), "")

    def short(self, minor: int | None) -> str:
        """Money for sentences and charts: 8,420 元, 558.1 万元, 1.31 亿元 | ¥8,420, ¥84K, ¥5.58M, ¥1.31B.

        >>> Format("zh").short(999_999_99), Format("zh").short(13_100_000_000), Format("en").short(999_999_00)
        ('100.0 万元', '1.31 亿元', '¥1.00M')
        """
        if minor is None:
            return NONE
        step = self._step(abs(minor))
        text = decimal(minor, 10**self.currency.decimals * step.divisor, step.digits)
        return self._with_unit(text, step.zh if self.lang == "zh" else step.en)

    def signed(self, number: int, scale: int = 1, digits: int = 0) -> str:
        """A difference: its sign is always shown.

        >>> Format("en").signed(58, 10, 1), Format("en").signed(-3), Format("en").signed(0)
        ('+5.8', '−3', '±0')
        """
        text = decimal(number, scale, digits)
        return text if number < 0 else ("+" if number else "±") + text

    def count(self, number: int | None) -> str:
        return NONE if number is None else decimal(number, 1, 0)

    def percent(self, part: int, whole: int) -> str:
        """A share with one decimal, without any when the whole is below 100; — when the whole is nothing.

        What is there but would read 0.0% is said to be less than the smallest share that is written.

        >>> Format("zh").percent(1, 3), Format("zh").percent(123, 1000), Format("zh").percent(1, 0)
        ('33%', '12.3%', '—')
        >>> Format("zh").percent(4, 10_000), Format("en").percent(4, 10_000), Format("en").percent(0, 10_000)
        ('不足0.1%', '<0.1%', '0.0%')
        """
        if whole <= 0:
            return NONE
        text = decimal(part * 100, whole, 0 if whole < 100 else 1)
        if part > 0 and text == "0.0":
            return "不足0.1%" if self.lang == "zh" else "<0.1%"
        return f"{text}%"

    def share(self, percent: float) -> str:
        """A share that was reckoned in percent; as :meth:`percent`.

        >>> Format("zh").share(24.64), Format("en").share(0.02)
        ('24.6%', '<0.1%')
        """
        return self.percent(round(percent * 10**7), 10**9)

    def ppm(self, value: int | None, digits: int = 2) -> str:
        """A ratio stored in parts per million, such as an O/E index.

        >>> Format("zh").ppm(1_184_000)
        '1.18'
        """
        return NONE if value is None else decimal(value, 10**6, digits)

    def rate(self, basis_points: int | None) -> str:
        """A rate stored in basis points.

        >>> Format("zh").rate(1000), Format("zh").rate(1250)
        ('10%', '12.5%')
        """
        return NONE if basis_points is None else f"{trimmed(basis_points, 100, 0, 2)}%"

    def quantity(self, milli: int | None) -> str:
        return NONE if milli is None else trimmed(milli, 1000, 0, 3)

    def price(self, micro: int | None) -> str:
        return NONE if micro is None else trimmed(micro, 10**6, 2, 6)

    def date(self, day: dt.date | None) -> str:
        """A day in a table: 2026-09-30."""
        return NONE if day is None else f"{day:%Y-%m-%d}"

    def time(self, at: dt.datetime | None) -> str:
        """An instant in a table: 2026-09-30 14:05; seconds only when there are any."""
        return NONE if at is None else f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"

    def day(self, day: dt.date | None) -> str:
        """A day in a sentence.

        >>> Format("zh").day(dt.date(2026, 9, 30)), Format("en").day(dt.date(2026, 9, 30))
        ('2026 年 9 月 30 日', '30 September 2026')
        """
        if day is None:
            return NONE
        if self.lang == "zh":
            return f"{day.year} 年 {day.month} 月 {day.day} 日"
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    def month(self, day: dt.date | None) -> str:
        return NONE if day is None else f"{day:%Y-%m}"

    def quarter(self, day: dt.date) -> str:
        """
        >>> Format("zh").quarter(dt.date(2026, 9, 30)), Format("en").quarter(dt.date(2026, 9, 30))
        ('2026 年三季度', '2026 Q3')
        """
        number = (day.month + 2) // 3
        return f"{day.year} 年{'一二三四'[number - 1]}季度" if self.lang == "zh" else f"{day.year} Q{number}"

    def span(self, first: dt.date | None, last: dt.date | None) -> str:
        """A range of days in a sentence.

        >>> Format("zh").span(dt.date(2025, 1, 1), dt.date(2025, 3, 31))
        '2025-01-01 至 2025-03-31'
        """
        return f"{self.date(first)} {'至' if self.lang == 'zh' else 'to'} {self.date(last)}"

    def value(self, value: int | None, unit: str | None) -> str:
        """A signal's or parameter's value without its unit word, scaled as its unit says.

        `unit` is a word of the law (day, hour, person …), for which there is the message ``unit.*``, or a contract type
        or unit that scales the integer: money or fen, milli, micro, rate or bp, ppm.

        >>> Format("zh").value(1500, "milli"), Format("zh").value(12, "day"), Format("en").value(9000, "fen")
        ('1.5', '12', '¥90.00')
        """
        if value is None:
            return NONE
        scaled = {
            "fen": self.money, "money": self.money, "milli": self.quantity, "micro": self.price, "bp": self.rate,
            "rate": self.rate, "ppm": self.ppm,
        }  # fmt: skip
        return scaled.get(unit or "", self.count)(value)

    def _step(self, minor: int) -> Scale:
        """The step on which the *rounded* figure lies, so that 99,999,999 reads 1.00 亿 and not 10,000.0 万."""
        base = 10**self.currency.decimals
        steps = SHORT[self.lang]
        found = steps[0]
        for last, step in pairwise(steps):
            unit = base * last.divisor
            shown = round_half_up(minor * 10**last.digits, unit) * last.divisor
            if shown >= step.threshold * 10**last.digits:
                found = step
        return found

    def _with_unit(self, text: str, scale: str) -> str:
        if self.lang == "zh":
            return f"{text} {scale}{self.currency.zh.strip()}"
        sign = self.currency.sign
        return f"{MINUS}{sign}{text[1:]}{scale}" if text.startswith(MINUS) else f"{sign}{text}{scale}"
