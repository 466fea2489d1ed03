"""Objections to a draft assessment: what was raised and answered, what may still be raised, and sending one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from yibao.presentation.fmt import Format, Lang, decimal
from yibao.registry import Unit
from yibao.registry.assessment import Indicator
from yibao.registry.tables.assessments import OBJECTION
from yibao.service.console.confirming import Sure
from yibao.service.console.listing import Column, Listing, Row

STATES = {
    "raised": ("等待答复", "waits for an answer"), "granted": ("成立，已更正", "granted and mended"),
    "refused": ("不成立", "refused"),
}  # fmt: skip
_TONES = {"raised": "you:clock", "granted": "good:check", "refused": ":dash"}
#: So many days an answer is news.
NEWS = 14
#: Characters of an objection.
MOST = 2_000
_YES, _NO, _NONE = ("是", "yes"), ("否", "no"), ("—", "—")
_UNITS = {
    "score": ("分", "points"), "hour": ("小时", "hours"), "pct": ("%", "%"),
    "ratio": ("", ""), "yuan": ("元", "¥"), "event": ("件", "events"), "point": ("分", "points"),
}  # fmt: skip


def value_words(unit: str, hundredths: int | None) -> tuple[str, str]:
    """A value of an indicator with its unit, zh and en."""
    if hundredths is None:
        return _NONE
    if unit == "yes":
        return _YES if hundredths > 0 else _NO
    number = decimal(hundredths, 100, 2)
    zh, en = (f"{number} {word}".strip() for word in _UNITS.get(unit, (unit, unit)))
    return zh, en


def scoring(indicator: Indicator, lang: Lang) -> str:
    """How a value of an indicator becomes points, in words."""
    said, zh = indicator.said, lang == "zh"
    if indicator.type == "interval":
        nought, full = said["nought"], said["full"]
        return (
            f"{nought} 得 0 分，{full} 得 100 分，中间按比例" if zh else f"0 at {nought}, 100 at {full}, linear between"
        )
    if indicator.type == "threshold":
        return f"达到 {said['full']} 得 100 分，否则 0 分" if zh else f"100 from {said['full']}, else 0"
    if indicator.type == "deduct":
        return f"每 1 件扣 {said['each']} 分" if zh else f"{said['each']} points less for each"
    if indicator.type == "veto":
        return "有 1 件即 0 分" if zh else "0 when there is any"
    low = said["better"] == "low"
    return (
        f"按同类名次，{'低' if low else '高'}者优"
        if zh
        else f"by place among all, {'lower' if low else 'higher'} is better"
    )


def raised(unit: Unit, plan_id: str, institution_id: str) -> list[dict[str, Any]]:
    """The institution's objections to an assessment, the newest first."""
    mine = select(OBJECTION).where(OBJECTION.c.plan_id == plan_id, OBJECTION.c.institution_id == institution_id)
    return [dict(row) for row in unit.rows(mine.order_by(OBJECTION.c.raised_at.desc(), OBJECTION.c.objection_id))]


def table(objections: Sequence[Mapping[str, Any]], indicators: Sequence[Mapping[str, Any]]) -> Listing:
    """What was objected to and what came of it. ``indicators`` are rows of the assessment's page."""
    known = {row["id"]: row for row in indicators}
    rows = []
    for one in objections:
        indicator = known[one["indicator"]]
        mended = None if one["mended"] is None else value_words(indicator["unit"], one["mended"])
        rows.append({**one, "name": indicator["name"], "value": indicator["value"], "mended": mended})
    return Listing("objections", "异议", "Objections", (
        Column("name", "指标", "Indicator", head=True, below=lambda row, _: str(row["objection_id"])),
        Column("words", "理由", "Reason", "long"), Column("raised_at", "提出", "Raised", "time"),
        Column("state", "状态", "State", "chip", words=STATES, tone=tone), Column("mended", "更正为", "Mended to"),
        Column("answer", "答复", "Answer", "long"),
    ), rows, caption=False)  # fmt: skip


def tone(row: Row) -> str:
    """The look of an objection's state."""
    return _TONES[row["state"]]


def wrong(said: Mapping[str, str], open_: Sequence[Mapping[str, Any]], zh: bool) -> dict[str, str]:
    """What is wrong in a form, by field; ``open_`` are the indicators that may be objected to."""
    errors = {}
    if said["indicator"] not in {row["id"] for row in open_}:
        errors["indicator"] = "请选择可以提出异议的指标" if zh else "choose an indicator that is open to objection"
    if not said["words"]:
        errors["words"] = "请写明理由" if zh else "say why"
    return errors


def sure(plan: Row, indicator: Mapping[str, Any], said: Mapping[str, str], fmt: Format) -> Sure:
    """An objection, before it is sent."""
    at = 0 if fmt.lang == "zh" else 1
    value = indicator["value"]
    facts = [
        (("指标", "Indicator")[at], indicator["name"][at]),
        (("核定值", "Value found")[at], value[at] if value is not None else "—"),
        (("得分", "Points")[at], fmt.ppm(indicator["points"])),
        (("权重", "Weight")[at], fmt.percent(indicator["weight"], 10**6)),
        (("丢的分", "Lost")[at], fmt.ppm(indicator["lost"])), (("理由", "Reason")[at], said["words"]),
    ]  # fmt: skip
    year = plan["year"]
    return Sure(
        ("对考核结果提出异议", "object to an assessment"), (f"{year} 年度考核", f"Assessment of {year}")[at],
        ("最终结果公布前答复；成立的更正核定值，重新计分",
         "it is answered before the result is final; what is granted mends the value and the score is made anew"),
        "/hospital/assessment", ("/hospital/assessment", ("年度考核", "Annual assessment")), facts,
        verb=("提交异议", "Send the objection"), code=plan["plan_id"], edits=True,
        undone=("提交后不能更改。", "Once sent it cannot be changed."),
    )  # fmt: skip
