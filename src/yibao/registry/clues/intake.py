"""How clues come in: from findings, from tips and transfers; what is exempted does not come in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import select

from yibao.registry.articles import Refused, facts
from yibao.registry.clues.grouping import Findings, Group, Grouping, group
from yibao.registry.clues.workflow import limit, record, workflow
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, verb
from yibao.registry.tables.clues import CLUE, CLUE_EVENT, CLUE_EVIDENCE, CLUE_FINDING, CLUE_MONEY, EXEMPTION
from yibao.registry.tables.core import INSTITUTION
from yibao.registry.unit import Row, Unit

#: Titles of laws by id: ``{"D01": {"zh": …, "en": …}}``.
Titles = Mapping[str, Mapping[str, str]]


@verb("clue.import", "import:{run}", unsaid=("found", "titles"))
def import_findings(
    unit: Unit, run: str, found: Findings, titles: Titles, by: Grouping = "institution", laws: Sequence[str] = ()
) -> Answer:
    """Make clues of the findings of a run that are in none yet. The same run again adds nothing.

    Findings at institutions outside the actor's scope are left out and counted.
    """
    unit.allow()
    wanted = found if not laws else Findings(_only(found.finding, laws), found.finding_ref)
    groups, counts = group(
        wanted, by, known=unit.connection.execute(select(CLUE_FINDING.c.finding_id)).scalars(),
        taken=[tuple(row) for row in unit.connection.execute(select(CLUE_MONEY.c.ref_table, CLUE_MONEY.c.ref_id))],
        exempt=unit.rows(select(EXEMPTION).where(EXEMPTION.c.withdrawn_at.is_(None))),
    )  # fmt: skip
    places = {row["institution_id"]: row for row in unit.rows(select(INSTITUTION))}
    reach = unit.reach()
    made, outside = [], 0
    for one in groups:
        region = _region(unit, one, places)
        if not reach.covers(Place(region, one.institution_id, one.person_id)):
            outside += len(one.findings)
            continue
        made.append(_make(unit, one, by, region, titles, places))
    unit.role = unit.role or "auditor"
    left = counts["found"] - counts["findings"] - counts["known"]
    return {
        "clues": made, "findings": counts["findings"] - outside, "known": counts["known"], "exempted": left,
        "outside": outside,
    }  # fmt: skip


@verb("clue.open", "clue:{clue_id}")
def open_clue(
    unit: Unit, clue_id: str, source: str, institution_id: str, title_zh: str, title_en: str, explanation_zh: str,
    explanation_en: str, period_from: date, period_to: date, rows: Sequence[Mapping[str, Any]] = (),
) -> Answer:  # fmt: skip
    """Open a clue by hand: from a tip, or transferred. ``rows`` say what money it is about.

    A row: ``ref_table``, ``ref_id``, ``amount``, ``fund_amount`` in fen. Raises :class:`Refused`
    (``attributed_before``) when a row's money is in another clue.
    """
    place = unit.place_of(institution_id)
    unit.allow(place)
    if unit.find(CLUE, clue_id=clue_id) is not None:
        raise Refused(
            "clue_known",
            "two_bases",
            f"there is a clue {clue_id} already",
            f"疑点 {clue_id} 已存在",
            mend="give another number",
            mend_zh="请使用其他编号",
        )
    clue = _insert(
        unit, clue_id, grouping="institution", source=source, law_ids="", result="lead", institution_id=institution_id,
        region_code=place.region, period_from=period_from, period_to=period_to, title_zh=title_zh, title_en=title_en,
        explanation_zh=explanation_zh, explanation_en=explanation_en, findings=0, persons=0,
        amount=sum(r["amount"] for r in rows), fund_amount=sum(r["fund_amount"] for r in rows),
        strength_ppm=int(workflow()["strength_ppm"]["lead"]),
    )  # fmt: skip
    for row in rows:
        _attribute(unit, clue_id, source, row)
    return {"clue_id": clue_id, "state": clue["state"], "fund_amount": clue["fund_amount"]}


@verb("clue.exempt", "exemption:{exemption_id}")
def exempt(
    unit: Unit, exemption_id: str, kind: str, reason_zh: str, reason_en: str, evidence: str, owner: str,
    valid_from: date, expires_on: date, region_code: str, law_id: str | None = None, institution_id: str | None = None,
    person_id: str | None = None, ref_table: str | None = None, ref_id: str | None = None,
) -> Answer:  # fmt: skip
    """Exempt what would be found, with evidence, somebody who answers for it, and an end.

    Raises :class:`Refused` (``exempts_everything``, ``no_expiry``).
    """
    unit.allow(unit.place_of(institution_id, region_code, person_id))
    if not any((law_id, institution_id, person_id, ref_id)):
        raise Refused(
            "exempts_everything",
            "two_bases",
            "an exemption must name a law, an institution, a person or a row",
            "豁免须指明规则、机构、人员或数据行",
            mend="say what it is for",
            mend_zh="请写明对象",
        )
    if expires_on <= valid_from:
        raise Refused(
            "no_expiry",
            "two_bases",
            f"the exemption would end on {expires_on}, before it begins",
            f"豁免将于 {expires_on} 届满，早于起始日",
            mend="give a later day",
            mend_zh="请填写更晚的日期",
        )
    unit.insert(
        EXEMPTION,
        exemption_id=exemption_id,
        law_id=law_id,
        institution_id=institution_id,
        person_id=person_id,
        ref_table=ref_table,
        ref_id=ref_id,
        kind=kind,
        reason_zh=reason_zh,
        reason_en=reason_en,
        evidence=evidence,
        owner=owner,
        region_code=region_code,
        valid_from=valid_from,
        expires_on=expires_on,
    )
    return {"exemption_id": exemption_id, "expires_on": expires_on.isoformat()}


@verb("clue.exempt", "exemption:{exemption_id}")
def end_exemption(unit: Unit, exemption_id: str) -> Answer:
    """Withdraw an exemption; what was left out by it may come in with the next import."""
    row = unit.get(EXEMPTION, "exemption", "豁免", exemption_id=exemption_id)
    unit.allow(unit.place_of(row["institution_id"], row["region_code"], row["person_id"]))
    unit.update(EXEMPTION, row, withdrawn_at=unit.at)
    return {"exemption_id": exemption_id, "withdrawn_at": unit.at.isoformat()}


# --- one clue --------------------------------------------------------------------------------------------------------


def _make(unit: Unit, one: Group, by: str, region: str, titles: Titles, places: Mapping[str, Row]) -> str:
    name = f"{one.law_id}|{by}|{one.key}|{one.period_from}|{min(f['finding_id'] for f in one.findings)}"
    clue_id = f"CL-{one.period_from:%Y%m}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    zh, en = _explained(one, titles, places)
    title = titles.get(one.law_id, {"zh": one.law_id, "en": one.law_id})
    _insert(
        unit, clue_id, grouping=by, source="findings", law_ids=one.law_id, result=one.result,
        institution_id=one.institution_id, person_id=one.person_id, region_code=region, period_from=one.period_from,
        period_to=one.period_to, title_zh=title["zh"], title_en=title["en"], explanation_zh=zh, explanation_en=en,
        findings=len(one.findings), persons=one.persons, amount=one.amount, fund_amount=one.fund_amount,
        strength_ppm=one.strength_ppm,
    )  # fmt: skip
    for row in one.findings:
        unit.insert(
            CLUE_FINDING, finding_id=row["finding_id"], clue_id=clue_id, law_id=row["law_id"], result=row["result"],
            fund_amount=row["fund_amount"], person_id=row["person_id"], explanation_zh=row["explanation_zh"],
            explanation_en=row["explanation_en"],
        )  # fmt: skip
    for row in one.money:
        _attribute(unit, clue_id, row["finding_id"], row)
    for number, (said_zh, said_en) in enumerate(evidence_pack(one.law_id), start=1):
        unit.insert(CLUE_EVIDENCE, clue_id=clue_id, sequence=number, kind="matrix", title_zh=said_zh, title_en=said_en,
                    status="wanted")  # fmt: skip
    return clue_id


def _insert(unit: Unit, clue_id: str, **said: Any) -> Row:
    clue = unit.insert(
        CLUE,
        clue_id=clue_id,
        claimed=said["fund_amount"],
        state="S0",
        opened_by=unit.actor_id,
        opened_at=unit.at,
        moved_at=unit.at,
        due_on=limit("S0", unit.today, unit.calendar),
        clock=workflow()["states"]["S0"]["clock"]["en"],
        **said,
    )
    record(unit, {**clue, "state": "-"}, "open", "S0", reason=said["source"])
    return clue


def _attribute(unit: Unit, clue_id: str, finding_id: str, row: Mapping[str, Any]) -> None:
    known = unit.find(CLUE_MONEY, ref_table=row["ref_table"], ref_id=row["ref_id"])
    if known is not None:
        raise Refused(
            "attributed_before", "regulation_38",
            f"the money of {row['ref_table']} {row['ref_id']} is in the clue {known['clue_id']}",
            f"{row['ref_table']} {row['ref_id']} 的金额已归入疑点 {known['clue_id']}",
            mend="leave the row out: nothing is claimed twice", mend_zh="请去掉此行：同一笔金额不得重复追究",
        )  # fmt: skip
    unit.insert(CLUE_MONEY, ref_table=row["ref_table"], ref_id=row["ref_id"], clue_id=clue_id, finding_id=finding_id,
                amount=row["amount"], fund_amount=row["fund_amount"], recovered=0)  # fmt: skip


@cache
def _matrix() -> dict[str, list[tuple[str, str]]]:
    return {
        str(rule): list(zip(map(str, row["zh"]), map(str, row["en"]), strict=True))
        for row in facts("evidence.yaml")
        for rule in row["rules"]
    }


def evidence_pack(law_id: str) -> list[tuple[str, str]]:
    """What a reviewer opens for a rule, (zh, en); a variant such as ``C09-2`` has what its rule has."""
    return _matrix().get(law_id) or _matrix().get(law_id.split("-")[0], [])


def _explained(one: Group, titles: Titles, places: Mapping[str, Row]) -> tuple[str, str]:
    """Two or three plain sentences: who, what, how often, how much, and the largest example."""
    title = titles.get(one.law_id, {"zh": one.law_id, "en": one.law_id})
    place = places.get(one.institution_id or "")
    zh_who = place["name"] if place else one.institution_id or "多家机构"
    en_who = place["name"] if place else one.institution_id or "several institutions"
    yuan, count = _yuan(one.fund_amount), len(one.findings)
    top = max(one.findings, key=lambda f: (f["fund_amount"], f["finding_id"]))
    zh = f"{zh_who} {one.period_from:%Y年%m月}有 {count} 次“{title['zh']}”，涉及 {one.persons} 人、基金 {yuan} 元。"
    en = (
        f"{en_who}, {one.period_from:%Y-%m}: {count} × “{title['en']}”, {one.persons} "
        f"{'person' if one.persons == 1 else 'persons'}, ¥{yuan} of the fund."
    )
    return f"{zh}例如：{top['explanation_zh']}", f"{en} For example: {top['explanation_en']}"


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def _region(unit: Unit, one: Group, places: Mapping[str, Row]) -> str:
    """Where the clue lies: its institution's region, or the region above those of all its institutions."""
    if one.institution_id is not None and one.institution_id in places:
        return str(places[one.institution_id]["region_code"])
    regions = {places[f["institution_id"]]["region_code"] for f in one.findings if f["institution_id"] in places}
    if len(regions) == 1:
        return str(regions.pop())
    from yibao.registry.tables.core import REGION

    top = select(REGION.c.region_code).where(REGION.c.parent_code.is_(None)).order_by(REGION.c.region_code)
    return str(unit.connection.execute(top).scalar())


def _only(table: Any, laws: Sequence[str]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table["law_id"], value_set=pa.array(sorted(laws), pa.string())))


def history(unit: Unit, clue_id: str) -> list[Row]:
    """All acts on a clue, first to last."""
    mine = select(CLUE_EVENT).where(CLUE_EVENT.c.clue_id == clue_id).order_by(CLUE_EVENT.c.sequence)
    return unit.rows(mine)
