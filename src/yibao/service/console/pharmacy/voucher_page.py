"""The counter: a code is scanned or typed, and counts once."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.own import own_institution
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import Problem
from yibao.service.state import Service
from yibao.service.systems.vouchers import Redeemed, Visit, redeem_once
from yibao.service.vouchers import USES

router = APIRouter(prefix="/pharmacy/voucher", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "参保人出示的医保码有效吗？", "en": "Is the code that the person shows good?"}
#: What a pharmacy redeems a code for.
_USES = ("pharmacy", "settlement")


@router.get("")
@needs("pharmacy.read", anywhere=True)  # nothing is looked at yet
def form(request: Request, caller: Who, service: Of) -> Response:
    """An empty form; scanners type."""
    return _page(request, caller, service)


@router.post("")
@needs("voucher.redeem", anywhere=True)  # it is redeemed at the caller's own institution
def redeem(
    request: Request, caller: Who, service: Of, voucher: Annotated[str, Form(max_length=2_000)] = "",
    use: Annotated[str, Form(max_length=12)] = "pharmacy",
) -> Response:  # fmt: skip
    """Redeem it. A second showing is refused, whoever shows it."""
    own, zh = own_institution(caller, service, "pharmacy"), lang_of(request) == "zh"
    text = "".join(voucher.split())
    if use not in _USES or len(text) < 20:
        words = "请扫描或输入医保码" if zh else "scan or type the code"
        return _page(request, caller, service, errors={"voucher": words})
    try:
        body = Redeemed(institution_id=own.institution_id, voucher=text, use=use)  # type: ignore[arg-type]
        visit = redeem_once(service, caller, body)
    except Problem as refused:
        words = f"{refused.zh}。{refused.mend_zh}" if zh else f"{refused.what}. {refused.mend}"
        return _page(request, caller, service, errors={"voucher": words}, status=refused.status)
    return _page(request, caller, service, visit=visit)


def _page(request: Request, caller: Caller, service: Service, **more: Any) -> Response:
    own_institution(caller, service, "pharmacy")
    visit: Visit | None = more.pop("visit", None)
    response = page(
        request, "pharmacy/voucher.html", caller=caller, question=_QUESTION[lang_of(request)], visit=visit,
        uses={name: USES[name] for name in _USES}, **more,
    )  # fmt: skip
    response.headers["cache-control"] = "no-store"
    return response
