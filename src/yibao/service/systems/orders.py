"""Before an order is signed: the reminders for a draft."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Request as Http
from pydantic import BaseModel, Field

from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.trail import look
from yibao.service.checks import judge
from yibao.service.systems.types import Code, Id, Local, Request, Said, example
from yibao.supervision.draft import draft_from
from yibao.supervision.unknown import remarks

router = APIRouter(prefix="/api/v1", tags=["orders"], route_class=GuardedRoute)
_EXAMPLE: dict[str, Any] = {
    "person_id": "99010000000000000548", "institution_id": "H99010200001", "staff_id": "D9900000000008",
    "encounter_id": "M20250000000002721", "ordered_at": "2025-12-20 09:30:00",
    "orders": [{"order_id": "draft-1", "item_code": "990300050000000", "quantity": "1"}],
}  # fmt: skip


class Order(Request):
    """One ordered item."""

    order_id: Id
    item_code: Code
    quantity: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=3)] = Decimal(1)
    override_reason: Code | None = None


class Draft(Request):
    """A draft order, as ``yibao check-order`` reads it."""

    model_config = example(_EXAMPLE)
    person_id: Id
    institution_id: Id
    staff_id: Id | None = None
    encounter_id: Id | None = None
    department: Annotated[str, Field(max_length=64)] | None = None
    encounter_kind: Code | None = None
    ordered_at: Local
    orders: Annotated[list[Order], Field(min_length=1, max_length=100)]


class Proof(BaseModel):
    """A row that a reminder rests on."""

    words: Said
    table: str
    id: str
    place: Said | None = None


class Told(BaseModel):
    """A reminder. ``amount`` is in fen."""

    reminder_id: str
    law_id: str
    law_version: str
    title: Said
    result: str
    order_id: str
    item_code: str
    explanation: Said
    amount: int
    evidence: list[Proof]


class Checked(BaseModel):
    """What was found. ``complete`` is false when the check failed open: then silence is no clearance."""

    reminders: list[Told]
    laws: list[str]
    complete: bool
    unknown: list[Said]


@router.post("/order-checks", summary="Check a draft order 医嘱核对")
@needs("order.check")
def check_order(body: Draft, caller: Who, service: Of, http: Http) -> Checked:
    """The reminders of the laws that can fire on the ordered items, over the person's history and the draft."""
    role = caller.over(service.place_of(body.institution_id))
    draft = draft_from(body.model_dump(mode="json", exclude_none=True))
    answer = judge(service, draft, http.app.state.metrics)
    shown: dict[str, int] = {}
    for reminder in answer.reminders:
        for row in reminder.evidence:
            shown[row.ref_table] = shown.get(row.ref_table, 0) + 1
    look(service.registry, caller, role, "order_check", shown, [draft.person_id])
    lacking = remarks(
        draft, person=service.knows(draft.person_id), institution=draft.institution_id in service.institutions,
        items=service.items,
    )  # fmt: skip
    return Checked(
        reminders=[_told(reminder) for reminder in answer.reminders], laws=list(answer.laws),
        complete=not answer.failures, unknown=[Said(**words) for words in lacking],
    )  # fmt: skip


def _told(reminder: Any) -> Told:
    law = reminder.law
    return Told(
        reminder_id=reminder.reminder_id, law_id=law.id, law_version=str(law.text.version), result=law.text.result,
        title=Said(zh=law.text.title.zh, en=law.text.title.en), order_id=reminder.order_id,
        item_code=reminder.item_code, explanation=Said(**reminder.explanation), amount=reminder.amount,
        evidence=[
            Proof(words=Said(**row.words), table=row.ref_table, id=row.ref_id,
                  place=Said(**row.place) if row.place else None)
            for row in reminder.evidence
        ],
    )  # fmt: skip
