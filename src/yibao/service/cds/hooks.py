"""The services and their hooks: discovery, calls, feedback."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select

from yibao.errors import YibaoError
from yibao.registry.clock import CHINA
from yibao.service.access.guard import GuardedRoute, Of, Who, needs, open_to_all
from yibao.service.access.trail import look
from yibao.service.cds.cards import cards
from yibao.service.cds.discharge import discharge_cards
from yibao.service.cds.fhir import bad, completed, drafted, entries, get_json, local_id, reference
from yibao.service.checks import judge
from yibao.service.problems import Problem, language, unknown
from yibao.service.reminders import AnswerRefused, answer, noisy, show
from yibao.service.state import Service
from yibao.service.systems.types import Id
from yibao.service.tables import CARD
from yibao.supervision.answers import reasons
from yibao.supervision.draft import Draft

log = logging.getLogger("yibao.service.cds")
router = APIRouter(tags=["CDS Hooks"], route_class=GuardedRoute)
_PREFETCH = {"patient": "Patient/{{context.patientId}}", "encounter": "Encounter/{{context.encounterId}}"}
_CODING = {"conditions": "Condition?encounter=Encounter/{{context.encounterId}}",
           "procedures": "Procedure?encounter=Encounter/{{context.encounterId}}"}  # fmt: skip
#: Service -> hook, titles, what is prefetched, what of it is needed.
SERVICES: Mapping[str, tuple[str, str, str, Mapping[str, str], tuple[str, ...]]] = {
    "dup-exam": (
        "order-sign", "医嘱签署前提醒 Reminders before signing",
        "重复检查、限定支付等提醒；不阻断医嘱。 Repeated examinations, limits of payment. Never blocks an order.",
        _PREFETCH, ("patient",),
    ),
    "dup-exam-select": (
        "order-select", "选择医嘱时提醒 Reminders while selecting",
        "只看刚选中的项目。 Looks at what was just selected.", _PREFETCH, ("patient",),
    ),
    "dup-exam-book": (
        "appointment-book", "预约检查前提醒 Reminders before booking", "预约占号之前提醒。 Before a slot is taken.",
        {"patient": _PREFETCH["patient"]}, ("patient",),
    ),
    "discharge-list": (
        "encounter-discharge", "出院清单核对 Settlement list at discharge",
        "主要诊断、编码、预分组。 Main diagnosis, codes, expected group.", {**_PREFETCH, **_CODING},
        ("encounter", "conditions"),
    ),
}  # fmt: skip
_NEEDED = {
    "order-sign": ("userId", "patientId", "draftOrders"),
    "order-select": ("userId", "patientId", "selections", "draftOrders"),
    "appointment-book": ("userId", "patientId", "appointments"),
    "encounter-discharge": ("userId", "patientId", "encounterId"),
}  # fmt: skip
_CALL: dict[str, Any] = {
    "hook": "order-sign", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {
        "userId": "Practitioner/dr-01", "patientId": "p-01", "encounterId": "e-01",
        "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {
            "resourceType": "ServiceRequest", "id": "sr-1", "status": "draft", "intent": "order",
            "subject": {"reference": "Patient/p-01"},
            "code": {"coding": [{"system": "urn:nhsa:hilist", "code": "990300050000000"}]}}}]},
    },
    "prefetch": {"patient": {"resourceType": "Patient", "id": "p-01"}},
}  # fmt: skip


_FEEDBACK: dict[str, Any] = {
    "feedback": [{
        "card": "C0123456789abcdef0123", "outcome": "overridden",
        "overrideReason": {"reason": {"system": "urn:local:hr-override", "code": "HR19-1"}, "userComment": "咳血加重"},
        "outcomeTimestamp": "2026-03-04T09:12:31Z"}],
}  # fmt: skip


class Call(BaseModel):
    """A hook call. Extensions and what later versions add are let be."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [_CALL]})
    hook: Literal["order-sign", "order-select", "appointment-book", "encounter-discharge"]
    hookInstance: UUID
    context: dict[str, Any]
    prefetch: dict[str, Any] | None = None
    fhirServer: Annotated[str, Field(max_length=500)] | None = None
    fhirAuthorization: dict[str, Any] | None = None


class Reason(BaseModel):
    """Why a card was overridden."""

    reason: dict[str, Any] | None = None
    userComment: Annotated[str, Field(max_length=500)] | None = None


class Outcome(BaseModel):
    """What happened to one card."""

    card: Id
    outcome: Literal["accepted", "overridden"]
    acceptedSuggestions: list[dict[str, Any]] = []
    overrideReason: Reason | None = None
    outcomeTimestamp: AwareDatetime


class Feedback(BaseModel):
    """Outcomes of cards."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FEEDBACK]})
    feedback: Annotated[list[Outcome], Field(min_length=1, max_length=100)]


@router.get("/cds-services", summary="Discovery")
@open_to_all("the specification has it open: it names services, no data")
def discovery() -> dict[str, Any]:
    """The services that there are."""
    return {
        "services": [
            {"hook": hook, "id": name, "title": title, "description": about, "prefetch": dict(prefetch),
             "usageRequirements": "context.patientId is the person's number of the insurance (psn_no)"}
            for name, (hook, title, about, prefetch, _) in SERVICES.items()
        ]
    }  # fmt: skip


@router.post("/cds-services/{service_id}", summary="Call a service")
@needs("order.check", client=True)
def call(service_id: Id, body: Call, caller: Who, service: Of, request: Request) -> dict[str, Any]:
    """Cards, or ``{"cards": []}``: also when the check failed open, which is logged and counted."""
    if service_id not in SERVICES:
        raise unknown("service", "服务")
    hook, _, _, prefetch, needed = SERVICES[service_id]
    _right(body, hook)
    client = request.state.client
    role = caller.over(service.place_of(client["institution_id"]))
    found = completed(body.model_dump(), prefetch, needed, client["fhir_server"], get_json)
    _same_patient(body.context, found.get("patient"))
    lang = language(request)
    started = time.perf_counter()
    if hook == "encounter-discharge":
        made = discharge_cards(service, found, body.context, lang)
        look(service.registry, caller, role, "discharge", {"fhir": len(found)}, [local_id(body.context["patientId"])])
    else:
        made = _reminded(service, service_id, _draft(service, body, client, found), lang, caller, role, request)
    seconds = time.perf_counter() - started
    log.info("cards", extra={"said": {"service": service_id, "cards": len(made), "ms": round(seconds * 1000)}})
    return {"cards": made}


@router.post("/cds-services/{service_id}/feedback", summary="What became of cards")
@needs("reminder.answer", client=True)
def feedback(service_id: Id, body: Feedback, caller: Who, service: Of, request: Request) -> dict[str, Any]:
    """All outcomes are kept, or none. The same outcome again changes nothing; another one is refused (409)."""
    if service_id not in SERVICES:
        raise unknown("service", "服务")
    caller.over(service.place_of(request.state.client["institution_id"]))
    kept = 0
    with service.registry.engine.begin() as connection:
        for one in body.feedback:
            row = connection.execute(select(CARD).where(CARD.c.card_id == one.card)).mappings().one_or_none()
            if row is None or not caller.covers(service.place_of(row["institution_id"])):
                raise unknown("card", "提醒")
            why = one.overrideReason.reason if one.overrideReason else None
            comment = one.overrideReason.userComment if one.overrideReason else None
            code = str((why or {}).get("code") or "") or None
            at = min(one.outcomeTimestamp.astimezone(CHINA).replace(tzinfo=None), service.registry.clock())
            try:
                kept += answer(service, connection, dict(row), one.outcome, code, comment, at, caller.actor_id)
            except AnswerRefused as refused:
                status = 409 if "before" in str(refused) else 400
                raise Problem(status, "feedback", str(refused), refused.zh, field="overrideReason") from None
    return {"kept": kept}


def _right(body: Call, hook: str) -> None:
    """The call is for this service's hook and has what the hook needs. Raises :class:`Problem` 400."""
    if body.hook != hook:
        raise bad("hook", f"this service is for {hook}", f"此服务的 hook 为 {hook}")
    for name in _NEEDED[hook]:
        value = body.context.get(name)
        if name in ("userId", "patientId", "encounterId"):
            if (
                not isinstance(value, str)
                or not 1 <= len(value) <= 128
                or not value.isprintable()
                or not value.isascii()
            ):
                raise bad(f"context.{name}", "expected an id", "应为编号")
        elif value is None:
            raise bad(f"context.{name}", "is missing", "缺失")
    other = body.context.get("encounterId")
    if other is not None and not _is_id(other):
        raise bad("context.encounterId", "expected an id", "应为编号")


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 128 and value.isprintable() and value.isascii()


def _same_patient(context: Mapping[str, Any], patient: Any) -> None:
    """The patient that was sent along is the one of the call: a mix-up would show somebody else's history."""
    if isinstance(patient, dict) and patient.get("id") not in (None, local_id(context["patientId"])):
        raise bad("prefetch.patient", "it is another patient than the context's", "与 context 不是同一患者")


def _draft(service: Service, body: Call, client: Mapping[str, Any], found: Mapping[str, Any]) -> Draft | None:
    """What is about to be ordered. Raises :class:`Problem` 400."""
    name = "appointments" if body.hook == "appointment-book" else "draftOrders"
    resources = entries(body.context[name], f"context.{name}")
    if body.hook == "order-select":
        chosen = body.context["selections"]
        if not isinstance(chosen, list):
            raise bad("context.selections", "expected a list of references", "应为引用的列表")
        resources = [one for one in resources if reference(one) in chosen]
    encounter = found.get("encounter")
    now: datetime = service.registry.clock()
    try:
        return drafted(resources, body.context, client["institution_id"], now,
                       encounter if isinstance(encounter, dict) else None)  # fmt: skip
    except YibaoError as error:
        raise bad(f"context.{name}", error.what, error.zh) from None


def _reminded(
    service: Service, service_id: str, draft: Draft | None, lang: str, caller: Who, role: str, request: Request
) -> list[dict[str, Any]]:
    """Cards of a draft. Whatever breaks on our side breaks open."""
    if draft is None:
        return []
    metrics = request.app.state.metrics
    found = judge(service, draft, metrics)
    seen = [row.ref_table for reminder in found.reminders for row in reminder.evidence]
    rows = {table: seen.count(table) for table in seen}
    look(service.registry, caller, role, "order_check", rows, [draft.person_id])
    if draft.encounter_kind == "13":
        # An emergency is no time for reminders (互认办法 Art. 19, 4).
        return []
    shown = show(service, service_id, draft, found.reminders, caller.actor_id)
    quiet = noisy(service, sorted({one.reminder.law.id for one in shown}))
    settings = service.settings
    return cards(shown, lang, settings.issuer, reasons(service.ledger), settings.base_url, quiet,
                 service.in_english)  # fmt: skip
