"""Renewal of a prescription, and its way to a pharmacy that the person chose, up to the door.

asked → approved | refused (the prescriber's institution) → accepted | declined (the pharmacy) → filled → handed_over
(pickup), or → sent → delivered | returned (delivery).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from sqlalchemy import Connection, func, insert, select, update

from yibao.registry.scopes import Place
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look, record
from yibao.service.problems import Problem, unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id, Request, Words, example
from yibao.service.tables import RENEWAL, RENEWAL_STEP
from yibao.service.vouchers import redeem, shown_by

router = APIRouter(prefix="/api/v1", tags=["renewals"], route_class=GuardedRoute)
#: state -> act -> (who, next state); ``delivery`` alone leads to the door.
DECISIONS: Mapping[str, Mapping[str, str]] = {"asked": {"approve": "approved", "refuse": "refused"}}
FILLING: Mapping[str, Mapping[str, str]] = {
    "approved": {"accept": "accepted", "decline": "declined"}, "accepted": {"fill": "filled"},
    "filled": {"hand_over": "handed_over", "send": "sent"}, "sent": {"deliver": "delivered", "return": "returned"},
    "returned": {"send": "sent"},
}  # fmt: skip


class Ask(Request):
    """Which prescription, where to fill it, how it comes.

    The person's own app asks; or a counter (``institution_id``) at which the person shows a ``voucher`` for a renewal.
    """

    model_config = example(
        {"person_id": "99010000000000000001", "prescription_id": "RX1", "pharmacy_id": "P99010200001",
                 "delivery": "delivery"}
    )  # fmt: skip
    person_id: Id
    prescription_id: Id
    pharmacy_id: Id
    delivery: Literal["pickup", "delivery"]
    institution_id: Id | None = None
    voucher: Annotated[str, Field(max_length=2000)] | None = None

    @model_validator(mode="after")
    def _at_a_counter(self) -> Ask:
        if (self.voucher is None) != (self.institution_id is None):
            raise ValueError(
                "at a counter, give both `institution_id` and `voucher` "
                "| 窗口代办请同时给出 `institution_id` 和 `voucher`"
            )
        return self


class Decide(Request):
    """What the prescriber's institution decides."""

    model_config = example({"act": "approve"})
    act: Literal["approve", "refuse"]
    note: Words | None = None


class Fill(Request):
    """What the pharmacy did. ``hand_over`` needs the voucher that the person shows at the counter."""

    model_config = example({"act": "send", "note": "运单 SF123"})
    act: Literal["accept", "decline", "fill", "hand_over", "send", "deliver", "return"]
    note: Words | None = None
    voucher: Annotated[str, Field(max_length=2000)] | None = None


class Step(BaseModel):
    """One step of the way."""

    state: str
    at: datetime
    note: str | None


class Renewal(BaseModel):
    """A renewal with its way so far."""

    renewal_id: str
    person_id: str
    institution_id: str
    pharmacy_id: str
    prescription_id: str
    items: list[dict[str, Any]]
    delivery: str
    state: str
    steps: list[Step]


@router.post("/renewals", summary="Ask for a renewal 申请续方", status_code=201)
@needs("renewal.ask")
def ask(body: Ask, caller: Who, service: Of) -> Renewal:
    """A prescription of the person's own, by its institution; the pharmacy is of the person's choice."""
    counter = body.institution_id
    role = caller.over(Place(person=body.person_id) if counter is None else service.place_of(counter))
    voucher = None if body.voucher is None else shown_by(service, body.voucher, "renewal", body.person_id)
    if service.institution(body.pharmacy_id)["kind"] != "2":
        raise Problem(422, "no_pharmacy", "this is no pharmacy", "所选机构不是药店", field="pharmacy_id",
                      mend="choose a pharmacy", mend_zh="请选择药店")  # fmt: skip
    rows = service.ledger.slice(body.person_id, ["prescription"])["prescription"].to_pylist()
    mine = [row for row in rows if row["prescription_id"] == body.prescription_id]
    look(service.registry, caller, role, "renewal", {"prescription": len(mine)}, [body.person_id])
    if not mine:
        raise unknown("prescription", "处方")
    items = [
        {name: row[name] for name in ("item_code", "quantity", "dose", "frequency", "days_supply")} for row in mine
    ]
    now, renewal_id = service.registry.clock(), f"RN{secrets.token_hex(8)}"
    row = {
        "renewal_id": renewal_id, "person_id": body.person_id, "institution_id": mine[0]["institution_id"],
        "pharmacy_id": body.pharmacy_id, "prescription_id": body.prescription_id,
        "items": json.dumps(items, ensure_ascii=False), "delivery": body.delivery, "state": "asked", "moved_at": now,
        "version": 1,
    }  # fmt: skip
    with service.registry.engine.begin() as connection:
        if voucher is not None:
            redeem(connection, voucher, now)
        connection.execute(insert(RENEWAL), row)
        _step(connection, renewal_id, "asked", caller, role, now, None)
        return _told(connection, renewal_id)


@router.post("/renewals/{renewal_id}/decision", summary="Decide a renewal 审核续方")
@needs("renewal.decide")
def decide(renewal_id: Id, body: Decide, caller: Who, service: Of) -> Renewal:
    """By the institution that prescribed."""
    return _move(service, caller, renewal_id, body.act, body.note, DECISIONS, "institution_id", None)


@router.post("/renewals/{renewal_id}/filling", summary="Fill and deliver 调剂配送")
@needs("renewal.fill")
def fill(renewal_id: Id, body: Fill, caller: Who, service: Of) -> Renewal:
    """By the pharmacy that the person chose, step by step."""
    return _move(service, caller, renewal_id, body.act, body.note, FILLING, "pharmacy_id", body.voucher)


@router.get("/renewals/{renewal_id}", summary="Where a prescription is 查询流转")
@needs("renewal.read")
def show(renewal_id: Id, caller: Who, service: Of) -> Renewal:
    """For the person, the prescriber's institution and the chosen pharmacy."""
    with reads(service.registry) as connection:
        row = _row(connection, renewal_id)
        places = [Place(person=row["person_id"])] if row else []
        places += [service.place_of(row[name]) for name in ("institution_id", "pharmacy_id")] if row else []
        allowed = [place for place in places or [Place()] if caller.covers(place)]
        if row is None or not allowed:
            raise unknown("renewal", "流转处方")
        told = _told(connection, renewal_id)
    look(service.registry, caller, "", "renewal", {"service_renewal": 1}, [told.person_id])
    return told


def _move(
    service: Service, caller: Caller, renewal_id: str, act: str, note: str | None,
    ways: Mapping[str, Mapping[str, str]], whose: str, voucher: str | None,
) -> Renewal:  # fmt: skip
    """One step, by who it belongs to, from where it stands. Raises :class:`Problem` 404, 409 or 422."""
    now = service.registry.clock()
    with service.registry.engine.begin() as connection:
        row = _row(connection, renewal_id)
        if not caller.covers(service.place_of(row[whose] if row else "-")) or row is None:
            raise unknown("renewal", "流转处方")
        role = caller.over(service.place_of(row[whose]))
        state = ways.get(row["state"], {}).get(act)
        by_hand = {"hand_over": "pickup", "send": "delivery"}.get(act, row["delivery"])
        if state is None or by_hand != row["delivery"]:
            raise Problem(409, "wrong_state", f"it is {row['state']} ({row['delivery']}): {act} does not follow",
                          f"当前状态为 {row['state']}（{row['delivery']}），不能 {act}", field="act",
                          mend="look at its steps", mend_zh="请查看流转记录")  # fmt: skip
        if act == "hand_over":
            _shown(service, connection, row, voucher, now)
        same = (RENEWAL.c.renewal_id == renewal_id, RENEWAL.c.version == row["version"])
        done = connection.execute(
            update(RENEWAL).where(*same).values(state=state, moved_at=now, version=row["version"] + 1)
        )
        if done.rowcount != 1:
            raise Problem(409, "stale", "somebody else moved it meanwhile", "已被他人办理", mend="read it again",
                          mend_zh="请重新查看")  # fmt: skip
        _step(connection, renewal_id, state, caller, role, now, note)
        return _told(connection, renewal_id)


def _shown(service: Service, connection: Connection, row: Mapping[str, Any], text: str | None, now: datetime) -> None:
    """Who comes for the drugs shows a voucher of the person they are for. Raises :class:`Problem`."""
    if text is None:
        raise Problem(422, "no_voucher", "the person shows a voucher", "请参保人出示医保码", field="voucher")
    redeem(connection, shown_by(service, text, "pharmacy", row["person_id"]), now)


def _step(
    connection: Connection, renewal_id: str, state: str, caller: Caller, role: str, now: datetime, note: str | None
) -> None:
    mine = RENEWAL_STEP.c.renewal_id == renewal_id
    number = connection.execute(select(func.count()).select_from(RENEWAL_STEP).where(mine)).scalar() or 0
    row = {"renewal_id": renewal_id, "sequence": f"{number + 1:03d}", "state": state, "actor_id": caller.actor_id,
           "note": note, "at": now}  # fmt: skip
    connection.execute(insert(RENEWAL_STEP), row)
    mine_ = {"renewal_id": renewal_id}
    record(connection, now, caller.actor_id, f"renewal.{state}", f"renewal:{renewal_id}", role=role,
           changed=((RENEWAL, mine_), (RENEWAL_STEP, {**mine_, "sequence": str(row["sequence"])})))  # fmt: skip


def _row(connection: Connection, renewal_id: str) -> Mapping[str, Any] | None:
    row = connection.execute(select(RENEWAL).where(RENEWAL.c.renewal_id == renewal_id)).mappings().one_or_none()
    return None if row is None else dict(row)


def _told(connection: Connection, renewal_id: str) -> Renewal:
    row = _row(connection, renewal_id)
    assert row is not None
    mine = select(RENEWAL_STEP).where(RENEWAL_STEP.c.renewal_id == renewal_id).order_by(RENEWAL_STEP.c.sequence)
    steps = [Step(state=s["state"], at=s["at"], note=s["note"]) for s in connection.execute(mine).mappings()]
    plain = {name: row[name] for name in Renewal.model_fields if name not in ("items", "steps")}
    return Renewal(**plain, items=json.loads(row["items"]), steps=steps)
