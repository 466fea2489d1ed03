"""E-vouchers: a person shows one, a counter redeems it once, for what it was made for."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from sqlalchemy import insert, select

from yibao.registry.scopes import Place
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look, record
from yibao.service.problems import Problem, unknown
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems.types import Id, Local, Request, example
from yibao.service.tables import VISIT
from yibao.service.vouchers import make_voucher, qr_svg, read_voucher, redeem

router = APIRouter(prefix="/api/v1", tags=["e-voucher"], route_class=GuardedRoute)
Use = Literal["check_in", "settlement", "report", "pharmacy", "appointment", "renewal"]
#: For how long a redeemed voucher lets its counter act for the person.
OPEN = timedelta(hours=12)
_REPORT = ("report_id", "institution_id", "item_code", "body_part", "examined_at", "reported_at", "status",
           "conclusion", "recognition_mark")  # fmt: skip


class Wanted(Request):
    """What the voucher is to be shown for."""

    model_config = example(
        {"person_id": "99010000000000000001", "use": "pharmacy"}
    )  # fmt: skip
    person_id: Id
    use: Use


class Shown(BaseModel):
    """A voucher: its text, the same as a QR code (SVG), and until when it can be shown."""

    voucher: str
    qr: str
    ends_at: datetime


class Redeemed(Request):
    """A voucher at a counter. An appointment also says where and when."""

    model_config = example(
        {"institution_id": "H99010200001", "voucher": "eyJhbGciOiJFZERTQSJ9.e30.c2ln", "use": "check_in"}
    )  # fmt: skip
    institution_id: Id
    voucher: Annotated[str, Field(min_length=20, max_length=2000)]
    use: Use
    department: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] | None = None
    slot: Local | None = None

    @model_validator(mode="after")
    def _appointed(self) -> Redeemed:
        if self.use == "appointment" and (self.slot is None or self.department is None):
            raise ValueError("an appointment needs `department` and `slot` | 预约挂号请给出 `department` 和 `slot`")
        return self


class Visit(BaseModel):
    """What the counter may do now. ``reports`` are given when the voucher was shown for them."""

    visit_id: str
    person_id: str
    use: str
    ends_at: datetime
    slot: datetime | None = None
    reports: list[dict[str, Any]] | None = None


@router.post("/vouchers", summary="Make an e-voucher 出示医保码", status_code=201)
@needs("voucher.issue")
def issue(body: Wanted, caller: Who, service: Of) -> Shown:
    """Good for two minutes and for one use."""
    role = caller.over(Place(person=body.person_id))
    text, ends = make_voucher(service, body.person_id, body.use)
    now = service.registry.clock()
    with service.registry.engine.begin() as connection:
        record(connection, now, caller.actor_id, "voucher.issue", f"person:{body.person_id}", role=role, use=body.use)
    return Shown(voucher=text, qr=qr_svg(text, "医保码 e-voucher"), ends_at=ends)


@router.post("/vouchers/redeem", summary="Redeem an e-voucher 核验医保码", status_code=201)
@needs("voucher.redeem")
def use_once(body: Redeemed, caller: Who, service: Of) -> Visit:
    """A second showing is refused (409), whoever shows it, and however quick both are."""
    return redeem_once(service, caller, body)


def redeem_once(service: Service, caller: Caller, body: Redeemed) -> Visit:
    """Redeem a voucher at an institution within the caller's scope. Raises :class:`Problem` 403, 404, 409, 422."""
    role = caller.over(service.place_of(body.institution_id))
    _fitting(service.institution(body.institution_id)["kind"], body.use)
    voucher, now = read_voucher(service, body.voucher, body.use), service.registry.clock()
    visit_id = f"V{secrets.token_hex(8)}"
    row = {
        "visit_id": visit_id, "person_id": voucher.person_id, "institution_id": body.institution_id, "use": body.use,
        "department": body.department, "slot": body.slot, "made_at": now, "ends_at": now + OPEN,
    }  # fmt: skip
    with service.registry.engine.begin() as connection:
        redeem(connection, voucher, now)
        connection.execute(insert(VISIT), row)
        record(connection, now, caller.actor_id, "voucher.redeem", f"person:{voucher.person_id}", role=role,
               use=body.use, institution_id=body.institution_id, visit_id=visit_id,
               changed=((VISIT, {"visit_id": visit_id}),))  # fmt: skip
    reports = None
    if body.use == "report":
        found = service.ledger.slice(voucher.person_id, ["exam_report"])["exam_report"]
        reports = sorted(found.select(_REPORT).to_pylist(), key=lambda r: str(r["examined_at"]), reverse=True)[:200]
        look(service.registry, caller, role, "report_lookup", {"exam_report": len(reports)}, [voucher.person_id])
    return Visit(visit_id=visit_id, person_id=voucher.person_id, use=body.use, ends_at=now + OPEN, slot=body.slot,
                 reports=reports)  # fmt: skip


@router.get("/visits/{visit_id}", summary="What a voucher was shown for 核验记录")
@needs("voucher.redeem")
def visit(visit_id: Id, caller: Who, service: Of) -> Visit:
    """The counter's own visits only."""
    with reads(service.registry) as connection:
        row = connection.execute(select(VISIT).where(VISIT.c.visit_id == visit_id)).mappings().one_or_none()
    if not caller.covers(service.place_of(row["institution_id"] if row else "-")) or row is None:
        raise unknown("visit", "核验记录")
    look(service.registry, caller, "", "voucher_visit", {"service_visit": 1}, [row["person_id"]])
    return Visit(**{name: row[name] for name in ("visit_id", "person_id", "use", "ends_at", "slot")})


def _fitting(kind: str, use: str) -> None:
    """A pharmacy hands out drugs; it sees no reports and books no doctors. Raises :class:`Problem` 422."""
    if (kind == "2") != (use == "pharmacy") and use not in ("settlement",):
        raise Problem(
            422, "wrong_place", "the voucher is not for a place of this kind", "此医保码不适用于本类机构", field="use",
            mend="ask for a voucher for this use", mend_zh="请参保人选择正确用途",
        )  # fmt: skip
