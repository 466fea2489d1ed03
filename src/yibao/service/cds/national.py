"""The national shapes of reminders: 3101 (before, 事前), 3102 (during, 事中), 3103 (what was done, 反馈).

Fields as hospitals' systems send them (fsi_*_dtos); the same check as every other door, the same cards, the same
figures. What a later text of the interface adds is let be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.trail import look
from yibao.service.checks import judge
from yibao.service.problems import Problem, language, unknown
from yibao.service.reminders import AnswerRefused, Shown, answer, show
from yibao.service.systems.types import Code, Id, Local
from yibao.service.tables import CARD
from yibao.supervision.answers import OTHER
from yibao.supervision.draft import draft_from

router = APIRouter(prefix="/api/v1/national", tags=["national 3101–3103"], route_class=GuardedRoute)
#: Grade of severity by what the law's result is: 1 明确违规, 2 高度可疑, 3 轻度可疑.
SEVERITY = {"violation": "1", "suspect": "2", "lead": "3"}
#: What was done after a reminder: 继续, 修改, 自费, 备案.
WAYS = {"1": "overridden", "2": "accepted", "3": "accepted", "4": "overridden"}
_EXAMPLE: dict[str, Any] = {
    "syscode": "HIS", "task_id": "T1", "trig_scen": "5", "rule_ids": [],
    "patient_dtos": [{
        "patn_id": "99010000000000000548", "curr_mdtrt_id": "M1", "fsi_encounter_dtos": [{
            "mdtrt_id": "M1", "medins_id": "H99010200001", "dr_codg": "D9900000000008", "med_type": "11",
            "fsi_order_dtos": [{"rx_id": "1", "hilist_code": "990300050000000", "cnt": "1", "pric": "120.00",
                                "drord_begn_date": "2025-12-20 09:30:00", "curr_drord_flag": "1"}]}]}],
}  # fmt: skip


class _Sent(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Order(_Sent):
    """fsi_order_dto: one ordered item; ``curr_drord_flag`` 1 is what is ordered now."""

    rx_id: Id
    hilist_code: Code
    cnt: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=3)] = Decimal(1)
    drord_begn_date: Local | None = None
    drord_dept_codg: Annotated[str, Field(max_length=64)] | None = None
    drord_dr_codg: Id | None = None
    curr_drord_flag: Literal["0", "1"] = "1"


class Encounter(_Sent):
    """fsi_encounter_dto."""

    mdtrt_id: Id
    medins_id: Id
    dr_codg: Id | None = None
    adm_dept_codg: Annotated[str, Field(max_length=64)] | None = None
    med_type: Code | None = None
    fsi_order_dtos: Annotated[list[Order], Field(max_length=200)] = []


class Patient(_Sent):
    """patient_dto."""

    patn_id: Id
    curr_mdtrt_id: Id | None = None
    fsi_encounter_dtos: Annotated[list[Encounter], Field(min_length=1, max_length=20)]


class Analysis(_Sent):
    """The input of 3101 and 3102."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [_EXAMPLE]})
    syscode: Annotated[str, Field(max_length=40)] = ""
    patient_dtos: Annotated[list[Patient], Field(min_length=1, max_length=20)]
    rule_ids: Annotated[list[Code], Field(max_length=200)] = []
    task_id: Annotated[str, Field(max_length=64)] = ""
    trig_scen: Annotated[str, Field(pattern=r"^[0-9]{1,2}$")]


class Warning_(_Sent):
    """What was done after one reminder."""

    warn_rslt_id: Id
    warn_dspo_way: Literal["1", "2", "3", "4"]
    warn_dspo_way_dscr: Annotated[str, Field(max_length=500)] | None = None
    warn_rea: Code | None = None


class Handling(_Sent):
    """The input of 3103."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"warns": [{"warn_rslt_id": "C0123", "warn_dspo_way": "1", "warn_dspo_way_dscr": "病情变化"}]}]
        },
    )
    warns: Annotated[list[Warning_], Field(min_length=1, max_length=100)]


@router.post("/3101", summary="明细审核事前分析 Analysis before")
@needs("order.check")
def before(body: Analysis, caller: Who, service: Of, request: Request) -> dict[str, Any]:
    """Reminders in the national shape; ``jr_id`` is what 3103 answers to."""
    return _analysed(body, caller, service, request)


@router.post("/3102", summary="明细审核事中分析 Analysis during")
@needs("order.check")
def during(body: Analysis, caller: Who, service: Of, request: Request) -> dict[str, Any]:
    """The same at the counter, over the lines that are about to be settled."""
    return _analysed(body, caller, service, request)


@router.post("/3103", summary="提醒处理反馈 What was done")
@needs("reminder.answer")
def handled(body: Handling, caller: Who, service: Of) -> dict[str, Any]:
    """All are kept, or none. Going on needs words, or a reason code of 互认办法 Art. 19 in ``warn_rea``."""
    kept, now = 0, service.registry.clock()
    with service.registry.engine.begin() as connection:
        for one in body.warns:
            row = connection.execute(select(CARD).where(CARD.c.card_id == one.warn_rslt_id)).mappings().one_or_none()
            if not caller.covers(service.place_of(row["institution_id"] if row else "-")) or row is None:
                raise unknown("reminder", "提醒")
            outcome, said = WAYS[one.warn_dspo_way], one.warn_dspo_way_dscr
            reason = (one.warn_rea or OTHER) if outcome == "overridden" else None
            try:
                kept += answer(service, connection, dict(row), outcome, reason, said, now, caller.actor_id)
            except AnswerRefused as refused:
                status = 409 if "before" in str(refused) else 422
                raise Problem(status, "handling", str(refused), refused.zh, field="warn_dspo_way_dscr") from None
    return {"kept": kept}


def _analysed(body: Analysis, caller: Who, service: Of, request: Request) -> dict[str, Any]:
    for patient in body.patient_dtos:
        for visit in patient.fsi_encounter_dtos:
            role = caller.over(service.place_of(visit.medins_id))
    result: list[dict[str, Any]] = []
    lang, now = language(request), service.registry.clock()
    for patient, visit in _visits(body):
        orders = [one for one in visit.fsi_order_dtos if one.curr_drord_flag == "1"]
        if not orders:
            continue
        draft = draft_from(_draft(patient, visit, orders, now))
        found = judge(service, draft, request.app.state.metrics)
        told = [one for one in found.reminders if not body.rule_ids or one.law.id in body.rule_ids]
        look(service.registry, caller, role, "order_check", {"evidence": sum(len(r.evidence) for r in told)},
             [draft.person_id])  # fmt: skip
        result += [
            _result(one, body, patient, visit, lang) for one in show(service, "national", draft, told, caller.actor_id)
        ]
    return {"result": result}


def _visits(body: Analysis) -> Iterator[tuple[Patient, Encounter]]:
    for patient in body.patient_dtos:
        for visit in patient.fsi_encounter_dtos:
            if patient.curr_mdtrt_id in (None, visit.mdtrt_id):
                yield patient, visit


def _draft(patient: Patient, visit: Encounter, orders: list[Order], now: datetime) -> Mapping[str, Any]:
    ordered = max([one.drord_begn_date for one in orders if one.drord_begn_date] or [now]).replace(microsecond=0)
    items = {
        one.rx_id: {"order_id": one.rx_id, "item_code": one.hilist_code, "quantity": str(one.cnt)} for one in orders
    }  # fmt: skip
    return {
        "person_id": patient.patn_id, "institution_id": visit.medins_id, "encounter_id": visit.mdtrt_id,
        "staff_id": visit.dr_codg or orders[0].drord_dr_codg, "encounter_kind": visit.med_type,
        "department": visit.adm_dept_codg or orders[0].drord_dept_codg,
        "ordered_at": ordered.isoformat(sep=" "), "orders": list(items.values()),
    }  # fmt: skip


def _result(one: Shown, body: Analysis, patient: Patient, visit: Encounter, lang: str) -> dict[str, Any]:
    """One judge_result (supervision: NHSA-compatible subset); amounts in yuan."""
    reminder = one.reminder
    amount = f"{reminder.amount // 100}.{reminder.amount % 100:02d}"
    grounds = [{"table": row.ref_table, "id": row.ref_id, "said": row.words[lang]} for row in reminder.evidence]
    return {
        "jr_id": one.card_id, "rule_id": reminder.law.id, "rule_name": reminder.law.title[lang],
        "vola_cont": reminder.explanation[lang], "patn_id": patient.patn_id, "mdtrt_id": visit.mdtrt_id,
        "judge_result_detail_dtos": [
            {"jrd_id": f"{one.card_id}-1", "rx_id": reminder.order_id, "vola_item_type": "1", "vola_amt": amount}
        ],
        "vola_amt": amount, "vola_amt_stas": "1", "sev_deg": SEVERITY[reminder.law.text.result or "lead"],
        "vola_evid": json.dumps(grounds, ensure_ascii=False), "vola_bhvr_type": reminder.law.id,
        "task_id": body.task_id,
    }  # fmt: skip
