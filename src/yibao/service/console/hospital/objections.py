"""Objections to a draft assessment: what was raised and answered, what may still be raised, and sending one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from yibao.presentation.fmt import Format, decimal
from yibao.registry import Unit
from yibao.registry.tables.assessments import OBJECTION
from yibao.service.console.confirming import Sure
from yibao.service.console.listing import Column, Listing, Row

_STATES = {
    "raised": ("等待答复", "waits for an answer"), "granted": ("成立，已更正", "granted and mended"),
    "refused": ("不成立", "refused"),
}  # fmt: skip
_TONES = {"raised": "you:clock", "granted": "good:check", "refused": ":dash"}
#: Characters of an objection.
MOST = 2_000


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
        mended = None if one["mended"] is None else f"{decimal(one['mended'], 100, 2)}"
        rows.append({**one, "name": indicator["name"], "value": indicator["value"], "mended": mended})
    return Listing("objections", "异议", "Objections", (
        Column("name", "指标", "Indicator", head=True, below=lambda row, _: str(row["objection_id"])),
        Column("words", "理由", "Reason", "long"), Column("raised_at", "提出", "Raised", "time"),
        Column("state", "状态", "State", "chip", words=_STATES, tone=_tone), Column("mended", "更正为", "Mended to"),
    ), rows, caption=False)  # fmt: skip


def _tone(row: Row) -> str:
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
