"""Renewing a prescription: which one, at which pharmacy, how it comes; and where it is on its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from yibao.presentation.fmt import Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.insured.own import own_person, seen
from yibao.service.console.insured.record import item_name
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name
from yibao.service.problems import Problem
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems import renewals
from yibao.service.tables import RENEWAL, RENEWAL_STEP

router = APIRouter(prefix="/me/renewals", route_class=GuardedRoute, include_in_schema=False)
PHARMACY = "2"
#: States of a renewal in words, and the sign of each.
STATES: Mapping[str, tuple[str, str, str]] = {
    "asked": ("等医院审核", "waits for the prescriber", "warn:clock"),
    "approved": ("医院已同意，等药店接单", "approved, waits for the pharmacy", "warn:clock"),
    "refused": ("医院没有同意", "refused by the prescriber", "stop:x"),
    "accepted": ("药店已接单", "accepted by the pharmacy", "you:check"),
    "declined": ("药店没有接单", "declined by the pharmacy", "stop:x"),
    "filled": ("药已配好", "filled", "you:check"), "handed_over": ("已到店取走", "handed over", "good:check"),
    "sent": ("已发出", "on its way", "you:clock"), "delivered": ("已送到", "delivered", "good:check"),
    "returned": ("送药没有成功，药店会再联系", "delivery failed; the pharmacy calls again", "warn:clock"),
}  # fmt: skip
_QUESTION = {"zh": "药到哪一步了？", "en": "Where are my drugs?"}
_NEW = {"zh": "续哪张处方，到哪里取？", "en": "Which prescription, and where to get it?"}
Text = Annotated[str, Form(max_length=80)]


@router.get("")
@needs("renewal.ask", anywhere=True)  # the caller's own
def listed(request: Request, caller: Who, service: Of, done: str = "") -> Response:
    """All renewals of the person, each with its way so far."""
    person, lang = own_person(caller), lang_of(request)
    with reads(service.registry) as connection:
        mine = select(RENEWAL).where(RENEWAL.c.person_id == person).order_by(RENEWAL.c.moved_at.desc())
        rows = [dict(row) for row in connection.execute(mine).mappings()]
        ids = [row["renewal_id"] for row in rows]
        steps = select(RENEWAL_STEP).where(RENEWAL_STEP.c.renewal_id.in_(ids)).order_by(RENEWAL_STEP.c.sequence)
        way: dict[str, list[dict[str, Any]]] = {}
        for step in connection.execute(steps).mappings():
            way.setdefault(step["renewal_id"], []).append(_step(dict(step), lang))
    seen(service, caller, person, {"service_renewal": len(rows)})
    saved = ""
    if done == "asked":
        saved = (
            "已提交。下一步：开方医院审核，同意后药店接单。"
            if lang == "zh"
            else ("Sent. Next: the prescriber approves it, then the pharmacy takes it on.")
        )
    shown = [
        {**row, "state_words": STATES[row["state"]][lang == "en"], "tone": STATES[row["state"]][2].split(":"),
         "pharmacy": institution_name(service, row["pharmacy_id"], lang), "steps": way.get(row["renewal_id"], []),
         "collects": row["state"] == "filled" and row["delivery"] == "pickup"}
        for row in rows
    ]  # fmt: skip
    return page(request, "insured/renewals.html", caller=caller, question=_QUESTION[lang], rows=shown, saved=saved)


@router.get("/new")
@needs("renewal.ask", anywhere=True)
def new(
    request: Request, caller: Who, service: Of, prescription: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """The form."""
    return _form(request, caller, service, {"prescription": prescription, "pharmacy": "", "delivery": "pickup"})


@router.post("/new")
@needs("renewal.ask", anywhere=True)  # the act itself asks for the person
def ask(
    request: Request, caller: Who, service: Of, prescription: Text = "", pharmacy: Text = "", delivery: Text = ""
) -> Response:
    """Send it to the institution that prescribed."""
    person, lang = own_person(caller), lang_of(request)
    zh, said = lang == "zh", {"prescription": prescription, "pharmacy": pharmacy, "delivery": delivery}
    errors = {}
    if not prescription:
        errors["prescription"] = "请选择处方" if zh else "Choose a prescription"
    if pharmacy not in _pharmacies(service, lang):
        errors["pharmacy"] = "请选择药店" if zh else "Choose a pharmacy"
    if delivery not in ("pickup", "delivery"):
        errors["delivery"] = "请选择怎么取药" if zh else "Say how it comes"
    if errors:
        return _form(request, caller, service, said, errors)
    body = renewals.Ask.model_validate(
        {"person_id": person, "prescription_id": prescription, "pharmacy_id": pharmacy, "delivery": delivery}
    )
    try:
        renewals.ask(body, caller, service)
    except Problem as refused:
        return _form(request, caller, service, said, {"prescription": refused.zh if zh else refused.what})
    return RedirectResponse("/me/renewals?done=asked", 303)


def _form(
    request: Request, caller: Caller, service: Service, said: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> Response:
    person, lang = own_person(caller), lang_of(request)
    found: dict[str, dict[str, Any]] = {}
    for row in service.ledger.slice(person, ["prescription"])["prescription"].to_pylist():
        one = found.setdefault(
            row["prescription_id"],
            {
                "at": row["issued_at"].date(),
                "drugs": [],
                "id": row["prescription_id"],
                "place": institution_name(service, row["institution_id"], lang),
            },
        )
        one["drugs"].append(item_name(service, row["item_code"], lang))
    newest = sorted(found.values(), key=lambda one: one["at"], reverse=True)
    chosen = [one for one in newest if one["id"] == said["prescription"]]
    offered = [*chosen, *(one for one in newest if one["id"] != said["prescription"])][:10]
    seen(service, caller, person, {"prescription": len(found)})
    return page(
        request,
        "insured/renewal_new.html",
        caller=caller,
        question=_NEW[lang],
        said=said,
        errors=errors,
        offered=offered,
        pharmacies=_pharmacies(service, lang),
    )


def _pharmacies(service: Service, lang: Lang) -> dict[str, str]:
    named = {
        one: institution_name(service, one, lang)
        for one, row in service.institutions.items()
        if row["kind"] == PHARMACY
    }
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


def _step(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    return {
        "words": STATES[row["state"]][lang == "en"],
        "at": row["at"].replace(microsecond=0, second=0),
        "note": row["note"],
    }
