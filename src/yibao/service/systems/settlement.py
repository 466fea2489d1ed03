"""Settlement at the counter: reckoned beforehand, posted once, taken back in order.

Counters live in the registry; who the person is and how he is covered is the ledger's word, never the caller's.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from yibao.benefits import Accumulators, BillFile, Policy, bill_from, settle_bill
from yibao.benefits.accumulators import SCHEMA
from yibao.benefits.national import setldetail, setlinfo
from yibao.benefits.resolve import Profile
from yibao.errors import YibaoError
from yibao.ledger.typed import SCHEMAS
from yibao.registry import Unit, verb
from yibao.registry.accounts import Figure, Settler, figures_of, reverse, settle
from yibao.registry.audit import compact
from yibao.registry.store import Answer
from yibao.runs.live import bill_settler
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look, told
from yibao.service.problems import Problem
from yibao.service.standing import Standing
from yibao.service.state import Service
from yibao.service.systems.eligibility import insured, insured_at, known_at
from yibao.service.systems.types import Code, Id, Key, Request, example
from yibao.service.vouchers import redeem, shown_by

router = APIRouter(prefix="/api/v1", tags=["settlement"], route_class=GuardedRoute)
Money = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$", description="yuan", examples=["123.45"])]
Price = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$", description="yuan")]
Count = Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{1,3})?$")]
#: What the counter says beside the bill itself.
_NOT_OF_BILL = {"institution_id", "person_id", "settlement_id", "voucher"}
#: Kinds of care that are emergencies wherever they are.
_EMERGENCY = ("13", "24")
_EXAMPLE: dict[str, Any] = {
    "settlement_id": "S-2026-000001", "institution_id": "H99010200001", "person_id": "99010000000000000001",
    "kind": "11", "settled_at": "2026-03-02", "total": "320.00", "eligible": "300.00", "first_share": "20.00",
}  # fmt: skip


class Line(Request):
    """One fee line; prices and amounts in yuan."""

    item: Code
    quantity: Count = "1"
    price: Price | None = None
    amount: Money | None = None


class Bill(Request):
    """A bill as the counter has it: fee lines, or its amounts. Yuan.

    ``voucher`` is the e-voucher that the person shows for the settlement: it is redeemed with it, all or nothing.
    """

    model_config = example(_EXAMPLE)
    settlement_id: Id
    institution_id: Id
    person_id: Id
    kind: Code
    settled_at: date
    care_ended: date | None = None
    disease: Code | None = None
    total: Money | None = None
    not_covered: Money = "0"
    over_limit: Money = "0"
    first_share: Money = "0"
    eligible: Money | None = None
    lines: Annotated[list[Line], Field(max_length=2000)] = Field(default=[])
    voucher: Annotated[str, Field(max_length=2000)] | None = None


class Reversal(Request):
    """Which settlement is taken back."""

    model_config = example(
        {"institution_id": "H99010200001", "person_id": "99010000000000000001"}
    )  # fmt: skip
    institution_id: Id
    person_id: Id


class Settlement(BaseModel):
    """``result`` follows the contract ``settlement_result`` (fen), ``setlinfo`` the national interface (yuan).

    ``steps`` say how it was reckoned (previews only).
    """

    settlement_id: str
    posted: bool
    sequence: int | None = None
    policy: str
    result: dict[str, Any]
    setlinfo: dict[str, Any]
    setldetail: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    unmatched: list[str]


@router.post("/pre-settlements", summary="What a bill would pay 预结算")
@needs("settle.preview")
def preview(body: Bill, caller: Who, service: Of) -> Settlement:
    """Reckoned with the counters as they stand; nothing is kept."""
    role = caller.over(service.place_of(body.institution_id))
    if body.voucher is not None:
        shown_by(service, body.voucher, "settlement", body.person_id)
    found = insured_at(service, caller, role, body.person_id, body.settled_at, "settlement_preview")
    with service.registry.reading("account.preview", caller.actor_id) as unit:
        before = figures_of(unit, body.person_id)
    file = _asked(service, body, found)
    _in_order(service, body, file, before)
    if before:
        file = file.model_copy(update={"person": file.person and file.person.model_copy(update={"account_balance": 0})})
    opening = _opening(before, body.person_id) if before else None
    settled = settle_bill(file, service.book, catalogue=service.catalogue, opening=opening)
    return _said(body, settled.policy, settled.result, settled.steps, settled.profile, settled.unmatched)


@router.post("/settlements", summary="Settle a bill 结算", status_code=201)
@needs("settle.post")
async def post(
    body: Bill, caller: Who, service: Of,
    idempotency_key: Annotated[Key, Header(description="the same key again gets the same answer")],
) -> Settlement:  # fmt: skip
    """Posted once: a retry with the same key is answered as before; the key with another bill is refused (422)."""
    return await asyncio.wrap_future(service.at_counter(lambda: _post(body, caller, service, idempotency_key)))


def _post(body: Bill, caller: Caller, service: Service, idempotency_key: str) -> Settlement:
    place = service.place_of(body.institution_id)
    role = caller.over(place)
    found = known_at(service, body.person_id, body.settled_at)
    try:
        insured(found)
        file = _asked(service, body, found)
    except YibaoError:
        look(service.registry, caller, role, "settlement", found.rows, [body.person_id])
        raise
    digest = hashlib.sha256(compact(body.model_dump(mode="json")).encode()).hexdigest()
    answer = service.registry.do(
        _settle, body.person_id, body.settlement_id, digest, _settler(service, body, file), body.institution_id,
        place.region, told(caller, "settlement", found.rows), _voucher(service, body),
        by=caller.actor_id, request=f"{caller.actor_id}:{idempotency_key}",
    )  # fmt: skip
    result = {name: answer["result"].get(name) for name in SCHEMAS["settlement_result"].names}
    said = _said(body, service.book.get(str(file.policy)), result)
    return said.model_copy(update={"posted": True, "sequence": answer["sequence"]})


@router.post("/settlements/{settlement_id}/reversal", summary="Take a settlement back 冲正")
@needs("settle.post")
def take_back(
    settlement_id: Id, body: Reversal, caller: Who, service: Of, idempotency_key: Annotated[Key, Header()]
) -> dict[str, Any]:
    """The last of the person that still stands; later ones were reckoned on it and go first."""
    caller.over(service.place_of(body.institution_id))
    done = service.registry.do(
        reverse, body.person_id, settlement_id, None, body.institution_id, by=caller.actor_id,
        request=f"{caller.actor_id}:{idempotency_key}",
    )  # fmt: skip
    return {"settlement_id": settlement_id, "reversed": True, "sequence": done["sequence"]}


@verb("account.settle", "person:{person_id}", unsaid=("settler", "region_code", "seen", "show"))
def _settle(
    unit: Unit,
    person_id: str,
    settlement_id: str,
    digest: str,  # noqa: ARG001 - it is part of what was asked
    settler: Settler,
    institution_id: str,
    region_code: str | None,
    seen: Mapping[str, Any],
    show: Callable[[Unit], None],
) -> Answer:
    """The registry's act, with the digest of the bill in it: so a request key cannot be used for another bill.

    ``seen`` tells of the look at the person's data in the act's own event, whether it is done or refused.
    """
    unit.say(**seen)
    show(unit)
    return settle.run(unit, person_id, settlement_id, settler, region_code, institution_id)


def _voucher(service: Service, body: Bill) -> Callable[[Unit], None]:
    """Redeems the voucher in the act's transaction: a retry, which is answered before, redeems nothing."""

    def show(unit: Unit) -> None:
        if body.voucher is not None:
            redeem(unit.connection, shown_by(service, body.voucher, "settlement", body.person_id), unit.now)

    return show


def _settler(service: Service, body: Bill, file: BillFile) -> Settler:
    settled = bill_settler(file, service.book, service.catalogue)

    def run(before: Sequence[Figure]) -> tuple[Mapping[str, Any], Sequence[Figure]]:
        _in_order(service, body, file, before)
        return settled(before)

    return run


def _in_order(service: Service, body: Bill, file: BillFile, before: Sequence[Figure]) -> None:
    """Counters are of one year; a bill of an earlier one comes too late. Raises :class:`Problem` 409."""
    year = service.book.get(str(file.policy)).year.of(body.settled_at)
    if before and max(int(figure[0]) for figure in before) > year:
        raise Problem(
            409, "later_year", "bills of a later year are settled already", "其后年度的账单已结算", field="settled_at",
            mend="reverse them first", mend_zh="请先冲正其后的结算",
        )  # fmt: skip


def _opening(before: Sequence[Figure], person_id: str) -> Accumulators:
    names = SCHEMA.names[1:]
    rows = [{"person_id": person_id, **dict(zip(names, figure, strict=True))} for figure in before]
    return Accumulators(pa.Table.from_pylist(rows, schema=SCHEMA))


def _asked(service: Service, body: Bill, found: Standing) -> BillFile:
    """The bill as the kernel's file, with what the ledger knows of the person and of the place."""
    place = service.institution(body.institution_id)
    policy = found.policy(service.book)
    assert policy is not None
    bill = body.model_dump(mode="json", exclude_none=True, exclude=_NOT_OF_BILL)
    bill |= {"id": body.settlement_id, "level": place["level"] or "", **_where(service, body, found, place)}
    person = {
        "id": body.person_id, "class": found.person_class, "status": found.status(policy), "age": found.age,
        "covers": list(found.supplements),
        # What was in the account before the first live settlement; from then on the counters know.
        "account_balance": _yuan(max(found.account_balance, 0)),
    }  # fmt: skip
    return bill_from({"policy": policy.key, "person": person, "bill": bill})


def _where(service: Service, body: Bill, found: Standing, place: Mapping[str, Any]) -> dict[str, str]:
    """Where care was, as the policy asks: at home, filed, or not; inside the province or outside."""
    pool = service.pools.get(place["region_code"], place["region_code"])
    if pool == found.pool:
        return {"place": "local", "area": "local"}
    filed = found.filed() or ("emergency" if body.kind in _EMERGENCY else "unfiled")
    return {"place": filed, "area": "in_province" if pool[:2] == found.pool[:2] else "out_of_province"}


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _said(
    body: Bill, policy: Policy, result: Mapping[str, Any], steps: Sequence[Mapping[str, Any]] = (),
    profile: Profile | None = None, unmatched: Sequence[str] = (),
) -> Settlement:  # fmt: skip
    detail = setldetail(result, policy.scheme, steps, profile)
    return Settlement(
        settlement_id=body.settlement_id, posted=False, policy=policy.key, result=_plain(result),
        setlinfo=_plain(setlinfo(result)), setldetail=[_plain(row) for row in detail],
        steps=[_plain(row) for row in steps], unmatched=list(unmatched),
    )  # fmt: skip


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for JSON, without what the ledger adds."""
    own = ((name, value) for name, value in row.items() if name not in ("batch_id", "recorded_at"))
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in own}
