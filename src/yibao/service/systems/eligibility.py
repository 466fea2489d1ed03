"""Eligibility: what somebody who stands at the counter is entitled to today."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from yibao.benefits.load import PolicyError
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look
from yibao.service.problems import Problem, unknown
from yibao.service.standing import Standing, standing
from yibao.service.state import Service
from yibao.service.systems.types import Id, Request, Said, example
from yibao.service.vouchers import read_voucher

router = APIRouter(prefix="/api/v1", tags=["eligibility"], route_class=GuardedRoute)


class Asked(Request):
    """The person is named by his number together with his identity number, or by a voucher that he shows."""

    model_config = example(
        {"institution_id": "H99010200001", "person_id": "99010000000000000001",
                 "id_number": "990203196006270017", "day": "2026-03-02"}
    )  # fmt: skip
    institution_id: Id
    person_id: Id | None = None
    id_number: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{6,18}$")] | None = None
    voucher: Annotated[str, Field(max_length=2000)] | None = None
    day: date

    @model_validator(mode="after")
    def _named(self) -> Asked:
        if self.voucher is None and (self.person_id is None or self.id_number is None):
            raise ValueError(
                "give `voucher`, or `person_id` with `id_number` "
                "| 请给出 `voucher`，或同时给出 `person_id` 和 `id_number`"
            )
        return self


class Entitled(BaseModel):
    """Money in fen. ``reasons`` say why somebody is not insured."""

    person_id: str
    name: str
    insured: bool
    reasons: list[Said]
    scheme: str | None
    region_code: str | None
    person_class: str | None
    assistance: list[str]
    chronic: list[str]
    account_balance: int
    policy: str | None


@router.post("/eligibility", summary="Who is insured, and how 查询待遇资格")
@needs("eligibility.read")
def eligibility(body: Asked, caller: Who, service: Of) -> Entitled:
    """Names are shown with their first character only: the counter compares, it does not learn."""
    role = caller.over(service.place_of(body.institution_id))
    person_id = body.person_id
    if body.voucher is not None:
        person_id = read_voucher(service, body.voucher, "check_in").person_id
    found = person_at(service, caller, role, str(person_id), body.day, "eligibility")
    if body.voucher is None and found.person["id_number"] != str(body.id_number).upper():
        raise unknown("person", "人员")
    policy = None
    if found.insured:
        try:
            policy = found.policy(service.book)
        except PolicyError:
            policy = None
    enrolled = found.enrolment or {}
    return Entitled(
        person_id=str(person_id), name=masked(found.person["name"] or ""), insured=found.insured,
        reasons=_reasons(found), scheme=enrolled.get("scheme"), region_code=enrolled.get("region_code"),
        person_class=found.person_class or None, assistance=list(found.statuses),
        chronic=[str(row["disease_code"]) for row in found.certificates], account_balance=found.account_balance,
        policy=policy.key if policy else None,
    )  # fmt: skip


def person_at(service: Service, caller: Caller, role: str, person_id: str, day: date, purpose: str) -> Standing:
    """A person's standing, the look recorded. Raises :class:`Problem` 404."""
    found = standing(service.ledger, service.pools, person_id, day)
    look(service.registry, caller, role, purpose, found.rows if found else {}, [person_id])
    if found is None:
        raise unknown("person", "人员")
    return found


def known_at(service: Service, person_id: str, day: date) -> Standing:
    """A person's standing, for an act that records the look itself. Raises :class:`Problem` 404."""
    found = standing(service.ledger, service.pools, person_id, day)
    if found is None:
        raise unknown("person", "人员")
    return found


def insured_at(service: Service, caller: Caller, role: str, person_id: str, day: date, purpose: str) -> Standing:
    """The same of somebody who is insured that day. Raises :class:`Problem` 404 or 422."""
    found = person_at(service, caller, role, person_id, day, purpose)
    insured(found)
    return found


def insured(found: Standing) -> None:
    """Benefits are due that day. Raises :class:`Problem` 422, which says why not."""
    if not found.insured:
        reasons = _reasons(found)
        raise Problem(
            422, "not_insured", "; ".join(r.en for r in reasons), "；".join(r.zh for r in reasons), field="person_id",
            mend="settle as self-paid, or correct the enrolment", mend_zh="请按自费结算，或先核实参保信息",
        )  # fmt: skip


def _reasons(found: Standing) -> list[Said]:
    if found.insured:
        return []
    died = found.person["death_date"]
    if died is not None and died < found.day:
        return [Said(zh="已登记死亡", en="recorded as dead")]
    if found.enrolment is None:
        return [Said(zh=f"{found.day} 没有参保", en=f"not enrolled on {found.day}")]
    return [Said(zh=f"{found.day} 参保已暂停或终止", en=f"the enrolment is paused or ended on {found.day}")]


def masked(name: str) -> str:
    """A name with its first character only."""
    return name[:1] + "*" * max(len(name) - 1, 0)
