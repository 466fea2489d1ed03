"""What is unusual, in words: a measure of a subject beside its peers', in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass

from yibao.presentation.fmt import Format, Lang
from yibao.supervision.models.admissions import CheckUp
from yibao.supervision.models.frame import Measure

#: How many deviations are called far.
FAR = 5.0
#: From which share an ingredient of a check-up stay is worth a word.
TOLD = 0.1


@dataclass(frozen=True)
class Reason:
    """One reason for a lead: the figure, what is usual (None where nothing is), deviations, and both sentences."""

    measure: str
    value: float
    usual: float | None
    z: float | None
    zh: str
    en: str


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


def check_up_reasons(stay: CheckUp, currency: str = "CNY") -> list[Reason]:
    """Why a stay looks like a check-up: the share of examinations first, then what makes it stronger."""
    own, due = f"{stay.share:.0%}", f"{stay.expected:.0%}"
    reasons = [
        Reason(
            "exam_share", stay.share, stay.expected, stay.z,
            f"检查检验占 {own}，同病种、住院日和年龄预期 {due}，高于 95% 区间",
            f"examinations are {own} of the bill, {due} expected of disease, days and age: above the 95 % interval",
        )
    ]  # fmt: skip
    if stay.unlike_share >= TOLD:
        zh, en = Format("zh", currency).money(stay.unlike), Format("en", currency).money(stay.unlike)
        reasons.append(
            Reason("exam_unlike", stay.unlike_share, None, None, f"其中 {zh} 的检查他处同病种几乎不做",
                   f"{en} of it for examinations that the disease hardly ever gets elsewhere")
        )  # fmt: skip
    if stay.routine >= TOLD:
        more = f"{stay.routine:.0%}"
        reasons.append(
            Reason("exam_routine", stay.routine, None, None, f"这些检查在该机构其他病种中也常做，比他处多 {more}",
                   f"the institution does these examinations in other diseases too, {more} oftener than others")
        )  # fmt: skip
    if stay.longer >= TOLD:
        share = f"{stay.longer:.0%}"
        reasons.append(
            Reason("short_stay", stay.longer, None, None, f"住院 {stay.days} 天，他处同病种 {share} 的住院更长",
                   f"{stay.days} days in hospital; {share} of the disease's stays elsewhere were longer")
        )  # fmt: skip
    return reasons
