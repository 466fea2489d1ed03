"""Figures of the benchmark in words and marks: values by their unit, intervals, the chip of a reading."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup

from yibao.engine.money import round_half_up
from yibao.presentation import micro
from yibao.presentation.fmt import NONE, Format, decimal
from yibao.service.console.hospital.compare import Compared, Months
from yibao.service.console.hospital.estimate import Estimate

#: Reading -> (zh, en, icon).
READINGS: Mapping[str, tuple[str, str, str]] = {
    "higher": ("高于同类", "Higher", "up"), "lower": ("低于同类", "Lower", "down"),
    "similar": ("相近", "Similar", "eq"),
    "few": ("例数不足", "Too few", "dash"), "alone": ("同类不足 5 家", "Fewer than 5 peers", "dash"),
}  # fmt: skip
#: What is counted, where it is not discharges.
_NOUNS = {"compliance": ("条有答复的提醒", "answered reminders"), "traced": ("人次用药", "visits with drugs"),
          "recognition": ("条有答复的互认提醒", "answered recognition reminders")}  # fmt: skip
#: How a unit is written: divisor of the millionths, decimals, what stands behind it.
_DIGITS = {"money": 0, "percent": 1, "ratio": 2, "days": 1}


def written(value: float | None, unit: str, fmt: Format, *, sign: bool = False) -> str:
    """A value in its unit without the unit's word, except percent and days.

    >>> written(0.2464, "percent", Format("zh")), written(1342000.0, "money", Format("zh"))
    ('24.6%', '13,420')
    """
    if value is None or not np.isfinite(value):
        return NONE
    if unit == "percent" and not sign:
        return fmt.share(value * 100)
    scaled = {"money": value / 100, "percent": value * 100}.get(unit, value)
    digits = _DIGITS[unit]
    number = round(scaled * 10**6)
    return fmt.signed(number, 10**6, digits) if sign else decimal(number, 10**6, digits)


def told(value: float | None, unit: str, fmt: Format) -> str:
    """A value with its unit, for reading.

    >>> told(1342000.0, "money", Format("en")), told(8.84, "days", Format("zh")), told(0.2464, "percent", Format("en"))
    ('¥13,420', '8.8 天', '24.6%')
    """
    if value is None or not np.isfinite(value):
        return NONE
    if unit == "money":
        return yuan(value, fmt)
    text = written(value, unit, fmt)
    return _days(text, fmt) if unit == "days" else text


def _days(text: str, fmt: Format) -> str:
    return f"{text} {'天' if fmt.lang == 'zh' else 'd'}"


def difference(row: Compared, fmt: Format) -> str:
    """The difference from the peers' median: points for shares, yuan and percent for money."""
    gap, unit = row.difference, row.indicator.unit
    if gap is None or row.peers is None:
        return NONE
    text = written(gap, unit, fmt, sign=True)
    if unit == "percent":
        return f"{text} {'个百分点' if fmt.lang == 'zh' else 'pp'}"
    if unit == "money" and row.peers.p50:
        share, text = fmt.signed(round(gap / row.peers.p50 * 10**6), 10**4, 1), yuan(gap, fmt, sign=True)
        return f"{text} ({share}%)" if fmt.lang == "en" else f"{text}（{share}%）"
    return _days(text, fmt) if unit == "days" else text


def interval(own: Estimate | None, unit: str, fmt: Format) -> str:
    """``24.2–25.0``: the ends of the interval."""
    if own is None:
        return ""
    low, high = (written(end, unit, fmt).removesuffix("%") for end in (own.lower, own.upper))
    return f"{low}–{high}"


def denominator(row: Compared, fmt: Format) -> str:
    """What the figure rests on: cases; the sums where they are money; observed and expected."""
    zh, one = fmt.lang == "zh", row.indicator
    if one.kind == "oe":
        expected = decimal(round(row.denominator * 10), 10, 1)
        return (f"实际 {int(row.numerator)} ÷ 预期 {expected}" if zh
                else f"{int(row.numerator)} observed ÷ {expected} expected")  # fmt: skip
    zh_noun, en_noun = _NOUNS.get(one.name, ("例出院", "discharges"))
    cases = f"{fmt.count(row.n)} {zh_noun if zh else en_noun}"
    return f"{fmt.count(int(row.numerator))} ÷ {cases}" if one.kind == "proportion" else cases


def strip(row: Compared, fmt: Format) -> Markup:
    """The own value among peers, with the same in words."""
    own, peers, unit = row.own, row.peers, row.indicator.unit
    if own is None or peers is None:
        return Markup("")
    middle = f"{written(peers.p25, unit, fmt)}–{written(peers.p75, unit, fmt)}"
    value, ends = written(own.value, unit, fmt), interval(own, unit, fmt)
    said = (
        f"本院 {value}，95% 区间 {ends}；同类中间一半 {middle}"
        if fmt.lang == "zh"
        else f"you {value}, 95% interval {ends}; middle half of peers {middle}"
    )
    lies = (peers.p10, peers.p25, peers.p50, peers.p75, peers.p90)
    return micro.strip(
        own.value, (own.lower, own.upper), lies, said, tone="warn" if row.unfavourable else "you"
    )  # fmt: skip


def trend(row: Compared, months: Months, fmt: Format, count: int = 12) -> Markup:
    """The last twelve months, own and peers' median."""
    own, peers = (_known(values[-count:]) for values in (months.own, months.median))
    if not any(v is not None for v in own):
        return Markup("")
    name = row.indicator.label(fmt.lang)
    return micro.trend(own, peers, f"{name}，近 12 个月" if fmt.lang == "zh" else f"{name}, last 12 months")


def chip(row: Compared, fmt: Format) -> tuple[str, str, str]:
    """The reading: words, class, icon."""
    zh, en, icon = READINGS[row.word]
    tone = "warn" if row.unfavourable else "you" if row.word in ("higher", "lower") else ""
    return (zh if fmt.lang == "zh" else en), tone, icon


def yuan(fen: float, fmt: Format, *, sign: bool = False) -> str:
    """Money a case in whole yuan, with its sign and unit: 780 元 | ¥780."""
    whole = round_half_up(round(fen), 100)
    text = fmt.signed(whole) if sign else decimal(whole, 1, 0)
    if fmt.lang == "zh":
        return f"{text} 元"
    mark = text[0] if text[0] in "+−±" else ""
    return f"{mark}¥{text[len(mark) :]}"


def _known(values: np.ndarray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]
