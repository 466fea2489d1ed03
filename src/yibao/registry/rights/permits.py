"""Classified data, purposes, permits and consents: who may use what for which purpose."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import select

from yibao.registry.articles import Refused, facts
from yibao.registry.scopes import Place
from yibao.registry.store import Answer, verb
from yibao.registry.tables.consents import CONSENT, DATASET, PERMIT, PURPOSE
from yibao.registry.tables.core import ACTOR
from yibao.registry.unit import Row, Unit


@cache
def handling() -> dict[str, Any]:
    """Levels, receivers and alerts, as ``facts/data_levels.yaml`` says them."""
    said: dict[str, Any] = facts("data_levels.yaml")
    return said


@verb("data.classify", "dataset:{dataset_id}")
def classify(
    unit: Unit, dataset_id: str, title_zh: str, title_en: str, level: str, owner: str, source: str, basis: str,
    subjects: str, retention: str, location: str,
) -> Answer:  # fmt: skip
    """Register a data set, or classify it anew. Of mixed contents the highest level counts."""
    unit.allow_anywhere()
    if level not in handling()["levels"]:
        raise Refused("unknown_level", "pipl_28", f"there is no level {level!r}", f"没有级别 {level!r}",
                      mend=f"known: {', '.join(handling()['levels'])}", mend_zh="L1 至 L5")  # fmt: skip
    said = {"title_zh": title_zh, "title_en": title_en, "level": level, "owner": owner, "source": source,
            "basis": basis, "subjects": subjects, "retention": retention, "location": location}  # fmt: skip
    old = unit.find(DATASET, dataset_id=dataset_id)
    if old is None:
        unit.insert(DATASET, dataset_id=dataset_id, **said)
    else:
        unit.update(DATASET, old, **said)
    return {"dataset_id": dataset_id, "level": level}


@verb("data.purpose", "purpose:{purpose_id}")
def set_purpose(unit: Unit, purpose_id: str, title_zh: str, title_en: str, basis: str, statutory: bool) -> Answer:
    """Name a purpose; one that is a duty by law needs no consent of the person, any other does."""
    unit.allow_anywhere()
    said = {"title_zh": title_zh, "title_en": title_en, "basis": basis, "statutory": "yes" if statutory else "no"}
    old = unit.find(PURPOSE, purpose_id=purpose_id)
    if old is None:
        unit.insert(PURPOSE, purpose_id=purpose_id, **said)
    else:
        unit.update(PURPOSE, old, **said)
    return {"purpose_id": purpose_id, "statutory": statutory}


@verb("data.permit", "permit:{permit_id}")
def permit(
    unit: Unit, permit_id: str, dataset_id: str, purpose_id: str, actor_id: str, region_code: str, valid_to: date,
    ticket: str = "", impact_assessment: str | None = None,
) -> Answer:  # fmt: skip
    """Permit somebody the use of a data set for a purpose. Raises ``no_ticket``, ``no_assessment``."""
    unit.allow(Place(region=region_code))
    dataset = unit.get(DATASET, "data set", "数据集", dataset_id=dataset_id)
    unit.get(PURPOSE, "purpose", "用途", purpose_id=purpose_id)
    unit.get(ACTOR, "actor", "操作人", actor_id=actor_id)
    level = handling()["levels"][dataset["level"]]
    if level.get("ticket") == "true" and not ticket:
        raise Refused(
            "no_ticket",
            "pipl_28",
            f"data of level {dataset['level']} need a ticket",
            f"{dataset['level']} 级数据须有工单",
            mend="name the matter for which they are needed",
            mend_zh="请填写事由工单",
        )
    if level.get("impact") == "true" and not impact_assessment:
        raise Refused(
            "no_assessment",
            "pipl_55",
            f"data of level {dataset['level']} need an impact assessment first",
            f"{dataset['level']} 级数据须事前进行影响评估",
            mend="assess it, give its number",
            mend_zh="请评估后填写编号",
        )
    _ends_later(unit, valid_to, "permit", "许可", "pipl_28")
    unit.insert(
        PERMIT,
        permit_id=permit_id,
        dataset_id=dataset_id,
        purpose_id=purpose_id,
        actor_id=actor_id,
        region_code=region_code,
        ticket=ticket,
        approved_by=unit.actor_id,
        valid_from=unit.today,
        valid_to=valid_to,
        impact_assessment=impact_assessment,
    )
    return {"permit_id": permit_id, "second_approval": level.get("two_persons") == "true"}


@verb("data.permit", "permit:{permit_id}")
def second_approval(unit: Unit, permit_id: str) -> Answer:
    """The approval of a second person, which the highest levels need."""
    row = unit.get(PERMIT, "permit", "许可", permit_id=permit_id)
    unit.allow(Place(region=row["region_code"]))
    if row["approved_by"] == unit.actor_id:
        raise Refused(
            "same_approver",
            "pipl_28",
            f"{unit.actor_id} approved it first; the second is another",
            f"{unit.actor_id} 已批准，须由他人复核",
            mend="somebody else approves it",
            mend_zh="请由他人批准",
        )
    unit.update(PERMIT, row, second_approval=unit.actor_id)
    return {"permit_id": permit_id}


@verb("data.permit", "permit:{permit_id}")
def revoke_permit(unit: Unit, permit_id: str) -> Answer:
    """Take a permit back."""
    row = unit.get(PERMIT, "permit", "许可", permit_id=permit_id)
    unit.allow(Place(region=row["region_code"]))
    unit.update(PERMIT, row, revoked_at=unit.at)
    return {"permit_id": permit_id, "revoked_at": unit.at.isoformat()}


@verb("data.consent", "person:{person_id}")
def consent(unit: Unit, person_id: str, consent_id: str, dataset_id: str, purpose_id: str, valid_to: date) -> Answer:
    """A person consents to the use of a data set for one purpose, until a day."""
    unit.allow(Place(person=person_id))
    unit.get(DATASET, "data set", "数据集", dataset_id=dataset_id)
    unit.get(PURPOSE, "purpose", "用途", purpose_id=purpose_id)
    _ends_later(unit, valid_to, "consent", "同意", "pipl_13")
    unit.insert(CONSENT, consent_id=consent_id, person_id=person_id, dataset_id=dataset_id, purpose_id=purpose_id,
                valid_from=unit.today, valid_to=valid_to, given_by=unit.actor_id)  # fmt: skip
    return {"consent_id": consent_id}


@verb("data.consent", "consent:{consent_id}")
def withdraw_consent(unit: Unit, consent_id: str) -> Answer:
    """Withdraw a consent: from now on, not for what was done before."""
    row = unit.get(CONSENT, "consent", "同意", consent_id=consent_id)
    unit.allow(Place(person=row["person_id"]))
    unit.update(CONSENT, row, withdrawn_at=unit.at)
    return {"consent_id": consent_id, "withdrawn_at": unit.at.isoformat()}


def permit_of(unit: Unit, dataset: Row, purpose_id: str) -> Row | None:
    """The permit under which the actor may use the data set; None where its level needs none.

    Raises :class:`Refused`: ``other_purpose`` (he may, but for something else), ``no_permit``.
    """
    if handling()["levels"][dataset["level"]]["permit"] == "false":
        return None
    held = select(PERMIT).where(
        PERMIT.c.actor_id == unit.actor_id, PERMIT.c.dataset_id == dataset["dataset_id"], PERMIT.c.revoked_at.is_(None),
        PERMIT.c.valid_from <= unit.today, PERMIT.c.valid_to > unit.today,
    )  # fmt: skip
    two = handling()["levels"][dataset["level"]].get("two_persons") == "true"
    rows = [row for row in unit.rows(held) if row["second_approval"] is not None or not two]
    fits = [row for row in rows if row["purpose_id"] == purpose_id]
    if fits:
        return fits[0]
    if rows:
        allowed = ", ".join(sorted({row["purpose_id"] for row in rows}))
        raise Refused(
            "other_purpose",
            "regulation_32",
            f"{unit.actor_id} may use {dataset['dataset_id']} for {allowed}, not for {purpose_id}",
            f"{unit.actor_id} 可将 {dataset['dataset_id']} 用于 {allowed}，不得用于 {purpose_id}",
            mend="ask for a permit for this purpose",
            mend_zh="请申请此用途的许可",
        )
    raise Refused(
        "no_permit",
        "pipl_28",
        f"{unit.actor_id} has no permit in force for {dataset['dataset_id']} ({dataset['level']})",
        f"{unit.actor_id} 没有使用 {dataset['dataset_id']}（{dataset['level']}）的有效许可",
        mend="ask for one, with a ticket",
        mend_zh="请凭工单申请许可",
    )


def _ends_later(unit: Unit, last: date, what: str, zh: str, article: str) -> None:
    if last <= unit.today:
        raise Refused("no_expiry", article, f"the {what} would end on {last}", f"{zh}将于 {last} 届满",
                      mend="give a later day", mend_zh="请填写更晚的日期")  # fmt: skip
