"""The year of an assessment: plan, declaration, verification, draft, objection, result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from yibao.registry.articles import Refused
from yibao.registry.assessment.scoring import Assessed, assess, quality
from yibao.registry.assessment.tree import Tree, paid_pct
from yibao.registry.audit import compact
from yibao.registry.laws import registry_law
from yibao.registry.papers import written
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, verb
from yibao.registry.tables.assessments import ASSESSED_SCORE, ASSESSED_VALUE, OBJECTION, PLAN
from yibao.registry.tables.clues import CLUE, DECISION
from yibao.registry.tables.core import INSTITUTION
from yibao.registry.unit import Row, Unit

LAW = "AS01"
#: Characters of the answer to an objection.
LONGEST = 2_000


@verb("assess.plan", "plan:{plan_id}")
def open_plan(unit: Unit, plan_id: str, year: int, region_code: str) -> Answer:
    """Open an assessment: the indicator law as it stands now is frozen into the plan."""
    unit.allow(Place(region=region_code))
    law = registry_law(LAW)
    Tree.of(law.said).judged()  # comparisons that contradict themselves are refused before anybody declares anything
    if unit.find(PLAN, plan_id=plan_id) is not None:
        raise Refused("plan_known", "agreement_36", f"there is a plan {plan_id} already", f"方案 {plan_id} 已存在",
                      mend="give another name", mend_zh="请使用其他编号")  # fmt: skip
    unit.insert(
        PLAN, plan_id=plan_id, year=year, region_code=region_code, law=law.key, tree=compact(law.said), state="open"
    )
    return {"plan_id": plan_id, "law": law.key, "indicators": len(Tree.of(law.said).indicators)}


@verb("assess.declare", "plan:{plan_id}")
def declare(
    unit: Unit, plan_id: str, institution_id: str, values: Mapping[str, int], sha256: str | None = None
) -> Answer:
    """The institution declares its values, in hundredths of each unit, with the file that proves them."""
    unit.allow(unit.place_of(institution_id))
    return _set(unit, plan_id, institution_id, values, "declared", sha256=sha256)


@verb("assess.verify", "plan:{plan_id}")
def verify_values(
    unit: Unit, plan_id: str, institution_id: str, values: Mapping[str, int], note: str | None = None,
    repeated: bool = False,
) -> Answer:  # fmt: skip
    """The bureau sets the values it found; ``repeated`` for a second scoring, which tells how reliable the first is."""
    unit.allow(unit.place_of(institution_id))
    return _set(unit, plan_id, institution_id, values, "repeated" if repeated else "verified", note=note)


@verb("assess.draft", "plan:{plan_id}")
def draft(unit: Unit, plan_id: str) -> Answer:
    """Weigh, score, and say how good the scores are; institutions may object for the days that the law gives."""
    plan = _plan(unit, plan_id, ("open", "drafted"))
    unit.allow(Place(region=plan["region_code"]))
    tree = Tree.of(json.loads(plan["tree"]))
    rows = _values(unit, plan_id)
    names = sorted({row["institution_id"] for row in rows})
    if not names:
        raise Refused(
            "no_indicators",
            "agreement_36",
            "no institution has declared or been verified",
            "尚无机构申报或核定",
            mend="declare, or verify, first",
            mend_zh="请先申报或核定",
        )
    found = assess(tree, _table(tree, rows, names, ("verified", "declared")))
    again = _table(tree, rows, names, ("repeated",))
    again = np.where(np.isnan(again).all(axis=1, keepdims=True), np.nan, _filled(again, tree, rows, names))
    said = quality(tree, found, repeated=again, penalties=_penalties(unit, names, plan["year"]))
    _write(unit, plan_id, tree, found, names)
    until = unit.calendar.after(unit.today, int(tree.said["objection_days"]["value"]))
    weights = {name: round(float(w) * 1e6) for name, w in zip(tree.ids, found.weights, strict=True)}
    unit.update(PLAN, plan, state="drafted", weights=compact(weights), quality=compact(said), objections_by=until)
    return {"plan_id": plan_id, "institutions": len(names), "objections_by": until.isoformat(), "quality": said}


@verb("assess.object", "plan:{plan_id}")
def object_to(unit: Unit, plan_id: str, institution_id: str, indicator: str, words: str) -> Answer:
    """Object to one indicator of one's own draft score. Raises :class:`Refused` (``appeal_after_limit``)."""
    unit.allow(unit.place_of(institution_id))
    plan = _plan(unit, plan_id, ("drafted",))
    unit.within(plan["objections_by"], "appeal_after_limit", "agreement_36", "the time to object", "异议期限")
    Tree.of(json.loads(plan["tree"])).get(indicator)
    unit.get(ASSESSED_SCORE, "score", "得分", plan_id=plan_id, institution_id=institution_id)
    count = unit.connection.execute(select(func.count()).select_from(OBJECTION)).scalar_one()
    objection_id = f"{plan_id}/O{count + 1}"
    unit.insert(OBJECTION, objection_id=objection_id, plan_id=plan_id, institution_id=institution_id,
                indicator=indicator, words=words, raised_at=unit.at, state="raised")  # fmt: skip
    return {"objection_id": objection_id}


@verb("assess.answer", "objection:{objection_id}")
def answer_objection(unit: Unit, objection_id: str, granted: bool, mended: int | None, words: str) -> Answer:
    """Answer an objection, saying why; what is granted mends the verified value, and the draft is to be made again.

    Raises :class:`Refused`: ``illegal_transition``, ``no_words``.
    """
    row = unit.get(OBJECTION, "objection", "异议", objection_id=objection_id)
    unit.allow(unit.place_of(row["institution_id"]))
    if row["state"] != "raised" or granted != (mended is not None):
        raise Refused(
            "illegal_transition",
            "agreement_36",
            "an open objection is granted with the mended value, or refused without",
            "异议成立须给出更正值，不成立则不给",
            mend="say both or neither",
            mend_zh="请核对",
        )
    unit.update(
        OBJECTION,
        row,
        state="granted" if granted else "refused",
        mended=mended,
        answer=written(words, "agreement_36", LONGEST),
        decided_by=unit.actor_id,
        decided_at=unit.at,
    )
    if granted:
        plan = _plan(unit, row["plan_id"], ("drafted",))
        _set(
            unit, plan["plan_id"], row["institution_id"], {row["indicator"]: mended or 0}, "verified", note=row["words"]
        )
    return {"objection_id": objection_id, "state": "granted" if granted else "refused"}


@verb("assess.finish", "plan:{plan_id}")
def finish(unit: Unit, plan_id: str) -> Answer:
    """Make the draft final. Raises :class:`Refused`: ``clock_runs``, ``objections_open``."""
    plan = _plan(unit, plan_id, ("drafted",))
    unit.allow(Place(region=plan["region_code"]))
    if unit.today <= plan["objections_by"]:
        raise Refused(
            "clock_runs",
            "agreement_36",
            f"institutions may object until {plan['objections_by']}",
            f"机构可在 {plan['objections_by']} 前提出异议",
            mend="wait until then",
            mend_zh="请等待期满",
        )
    open_ = unit.rows(select(OBJECTION).where(OBJECTION.c.plan_id == plan_id, OBJECTION.c.state == "raised"))
    if open_:
        raise Refused(
            "objections_open",
            "agreement_36",
            f"{len(open_)} objections are not answered",
            f"尚有 {len(open_)} 件异议未答复",
            mend="answer them",
            mend_zh="请先答复",
        )
    for row in unit.rows(select(ASSESSED_SCORE).where(ASSESSED_SCORE.c.plan_id == plan_id)):
        unit.update(ASSESSED_SCORE, row, state="final")
    unit.update(PLAN, plan, state="final")
    return {"plan_id": plan_id, "state": "final"}


def results(unit: Unit, plan_id: str) -> dict[str, Any]:
    """The plan and the scores within reach, best first; a score is explained by domain and indicator."""
    plan = unit.get(PLAN, "plan", "方案", plan_id=plan_id)
    reach = unit.reach("assess.read")
    rows = unit.rows(select(ASSESSED_SCORE).where(ASSESSED_SCORE.c.plan_id == plan_id).order_by(ASSESSED_SCORE.c.rank))
    seen = [
        {**row, "explanation": json.loads(row["explanation"])} for row in rows
        if reach.covers(unit.place_of(row["institution_id"]))
    ]  # fmt: skip
    return {**plan, "tree": json.loads(plan["tree"]), "weights": plan["weights"] and json.loads(plan["weights"]),
            "quality": plan["quality"] and json.loads(plan["quality"]), "scores": seen}  # fmt: skip


def sample(plan: Row, institutions: list[str]) -> list[str]:
    """The institutions to be looked at on site: the same for everybody who reckons it, foreseeable for nobody."""
    share = int(json.loads(plan["tree"])["on_site_sample_pct"]["value"])
    count = -(-len(institutions) * share // 100)
    return sorted(institutions, key=lambda i: hashlib.sha256(f"{plan['plan_id']}|{i}".encode()).hexdigest())[:count]


# --- what several acts need ------------------------------------------------------------------------------------------


def _plan(unit: Unit, plan_id: str, states: tuple[str, ...]) -> Row:
    plan = unit.get(PLAN, "plan", "方案", plan_id=plan_id)
    if plan["state"] not in states:
        raise Refused(
            "illegal_transition",
            "agreement_36",
            f"the plan {plan_id} is {plan['state']}",
            f"方案 {plan_id} 处于 {plan['state']}",
            mend=f"it must be {' or '.join(states)}",
            mend_zh=f"须处于 {' 或 '.join(states)}",
        )
    return plan


def _set(unit: Unit, plan_id: str, institution_id: str, values: Mapping[str, int], which: str, **more: Any) -> Answer:
    plan = _plan(unit, plan_id, ("open",) if which == "declared" else ("open", "drafted"))
    tree = Tree.of(json.loads(plan["tree"]))
    unit.get(INSTITUTION, "institution", "机构", institution_id=institution_id)
    for name, value in values.items():
        tree.get(name)
        key = {"plan_id": plan_id, "institution_id": institution_id, "indicator": name}
        said = {which: value, **{k: v for k, v in more.items() if v is not None}}
        if which != "declared":
            said["verified_by"] = unit.actor_id
        old = unit.find(ASSESSED_VALUE, **key)
        if old is None:
            unit.insert(ASSESSED_VALUE, **key, **said)
        else:
            unit.update(ASSESSED_VALUE, old, **said)
    return {"plan_id": plan_id, "institution_id": institution_id, "values": len(values)}


def _values(unit: Unit, plan_id: str) -> list[Row]:
    return unit.rows(select(ASSESSED_VALUE).where(ASSESSED_VALUE.c.plan_id == plan_id))


def _table(tree: Tree, rows: list[Row], names: list[str], which: tuple[str, ...]) -> NDArray[np.float64]:
    """Values by institution and indicator: the first of ``which`` that is there."""
    found = np.full((len(names), len(tree.indicators)), np.nan)
    place = {name: n for n, name in enumerate(tree.ids)}
    line = {name: n for n, name in enumerate(names)}
    for row in rows:
        value = next((row[name] for name in which if row[name] is not None), None)
        if value is not None:
            found[line[row["institution_id"]], place[row["indicator"]]] = value
    return found


def _filled(again: NDArray[np.float64], tree: Tree, rows: list[Row], names: list[str]) -> NDArray[np.float64]:
    return np.where(np.isnan(again), _table(tree, rows, names, ("verified", "declared")), again)


def _penalties(unit: Unit, names: list[str], year: int) -> NDArray[np.float64]:
    """Fund money decided against each institution for matters of the year."""
    decided = (
        select(CLUE.c.institution_id, func.sum(DECISION.c.amount))
        .join(DECISION, DECISION.c.clue_id == CLUE.c.clue_id)
        .where(
            DECISION.c.state == "in_force",
            CLUE.c.period_from >= date(year, 1, 1),
            CLUE.c.period_from <= date(year, 12, 31),
        )
        .group_by(CLUE.c.institution_id)
    )
    by_name = {name: float(amount) for name, amount in unit.connection.execute(decided)}
    return np.array([by_name.get(name, 0.0) for name in names])


def _write(unit: Unit, plan_id: str, tree: Tree, found: Assessed, names: list[str]) -> None:
    millis = [int(score * 1000 + 0.5) for score in found.scores]
    for n, name in enumerate(names):
        steps = [
            {"indicator": i.id, "domain": i.domain, "points_milli": round(float(found.points[n, k]) * 1000),
             "weight_ppm": round(float(found.weights[k]) * 1e6)}
            for k, i in enumerate(tree.indicators)
        ]  # fmt: skip
        said = {
            "score_milli": millis[n],
            "rank": 1 + sum(m > millis[n] for m in millis),
            "peers": len(names),
            "state": "draft",
            "explanation": compact({"paid_pct": paid_pct(tree.said, millis[n]), "indicators": steps}),
        }
        old = unit.find(ASSESSED_SCORE, plan_id=plan_id, institution_id=name)
        if old is None:
            unit.insert(ASSESSED_SCORE, plan_id=plan_id, institution_id=name, **said)
        else:
            unit.update(ASSESSED_SCORE, old, **said)
