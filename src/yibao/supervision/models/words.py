"""What is unusual, in words: a measure of a subject beside its peers', in Chinese and English."""

from __future__ import annotations

from yibao.presentation.fmt import Format, Lang
from yibao.supervision.models.frame import Measure

#: How many deviations are called far.
FAR = 5.0


def figure(measure: Measure, value: float, lang: Lang, currency: str = "CNY") -> str:
    """A value of a measure as people read it."""
    import math

    if not math.isfinite(value):
        return "—"
    fmt = Format(lang, currency)
    if measure.unit == "fen":
        return fmt.money(round(value))
    if measure.unit == "share":
        return f"{value * 100:.1f}%"
    if measure.unit == "log":
        return f"{round((math.exp(value) - 1) * 100):+d}%"
    if measure.unit == "log_yuan":
        return fmt.money(round((math.exp(value) - 1) * 100))
    if measure.unit == "count":
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"


def sentence(measure: Measure, value: float, usual: float, z: float, lang: Lang, currency: str = "CNY") -> str:
    """Such as ``夜间就诊占比 24.0%，远高于同类（中位 3.1%）``."""
    own, peers = figure(measure, value, lang, currency), figure(measure, usual, lang, currency)
    far = abs(z) >= FAR
    if lang == "zh":
        side = ("远" if far else "") + ("高于" if z > 0 else "低于")
        return f"{measure.zh} {own}，{side}同类（中位 {peers}）"
    side = ("far " if far else "") + ("above" if z > 0 else "below")
    return f"{measure.en} {own}, {side} the peers (median {peers})"
