"""The person's first page, the cover of the year, what may be applied for."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.benefits.load import PolicyError
from yibao.benefits.vocabulary import Policy
from yibao.presentation.fmt import Format
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.codes import code
from yibao.service.console.insured.bill import SCHEMES, what
from yibao.service.console.insured.entitlements import checks, found
from yibao.service.console.insured.own import own_person, seen
from yibao.service.console.insured.reckoning import Bills, reckoner
from yibao.service.console.insured.year import LEVELS, cover, figures_of, next_time, sums
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_name
from yibao.service.problems import unknown
from yibao.service.standing import Standing, standing
from yibao.service.state import Service

router = APIRouter(prefix="/me", route_class=GuardedRoute, include_in_schema=False)
_HOME = {"zh": "今年我花了多少，还有什么待遇？", "en": "What did I pay this year, what cover is left?"}
_COVER = {"zh": "再看病能报多少？", "en": "What would be paid next time?"}
_MAY = {"zh": "有没有我该得却没得的？", "en": "Is there help I am not getting?"}


def whose(service: Service, person_id: str) -> Standing:
    """Where the person stands today. Raises :class:`Problem` 404 for somebody whom the ledger does not know."""
    at = standing(service.ledger, service.pools, person_id, service.registry.clock().date())
    if at is None:
        raise unknown("person", "人员")
    return at


def latest_day(bills: Bills, today: date) -> date:
    """The day on which the year is looked at: today, or the last bill's where nothing was settled this year."""
    days = [row["settled_at"].date() for row in bills.settlements]
    return today if not days or any(day.year == today.year for day in days) else min(max(days), today)


def policy_of(service: Service, at: Standing) -> Policy | None:
    """The policy in force for the person; None where none is loaded."""
    try:
        return at.policy(service.book)
    except PolicyError:
        return None


@router.get("")
@needs("person.read", anywhere=True)  # the caller's own person
def home(request: Request, caller: Who, service: Of) -> Response:
    """This year, the next thing to know, the last bills."""
    person, lang = own_person(caller), lang_of(request)
    at, known = whose(service, person), reckoner(service)
    bills = known.bills(person)
    day = latest_day(bills, at.day)
    total, fund, own = sums(bills.settlements, day.year)
    seen(service, caller, person, {**at.rows, "settlement": len(bills.settlements)})
    last = [
        {"id": row["settlement_id"], "care": what(row["kind"])[0][lang == "en"], "day": row["settled_at"].date(),
         "place": institution_name(service, row["institution_id"], lang),
         "own": row["total_amount"] - (row["fund_amount"] or 0) - (row["hospital_amount"] or 0)}
        for row in bills.settlements[:3]
    ]  # fmt: skip
    fmt = Format(lang)
    return page(
        request,
        "insured/home.html",
        caller=caller,
        question=_HOME[lang],
        year=day.year,
        total=total,
        fund=fund,
        own=own,
        last=last,
        due=found(checks(known, bills, at)),
        insured=at.insured,
        meta=_meta(service, at, lang),
        account=at.account_balance,
        bills=len(bills.settlements),
        share=fmt.percent(fund, total),
    )


@router.get("/cover")
@needs("person.read", anywhere=True)
def my_cover(request: Request, caller: Who, service: Of) -> Response:
    """Each layer of protection: used this year, left, and what a next bill would get."""
    person, lang = own_person(caller), lang_of(request)
    at, known = whose(service, person), reckoner(service)
    bills, policy = known.bills(person), policy_of(service, at)
    day = latest_day(bills, at.day)
    seen(service, caller, person, at.rows)
    said: dict[str, Any] = {"covers": [], "next": [], "levels": {}}
    if policy is not None and at.insured:
        year = known.year(bills, day)
        said = {
            "covers": cover(policy, at, figures_of(year, person), lang),
            "next": next_time(service.book, policy, at, year, max(day, policy.effective.start)),
            "levels": {name: words[lang == "en"] for name, words in LEVELS.items()},
        }
    return page(
        request,
        "insured/cover.html",
        caller=caller,
        question=_COVER[lang],
        policy=policy,
        insured=at.insured,
        year=day.year,
        meta=_meta(service, at, lang),
        **said,
    )


@router.get("/entitlements")
@needs("person.read", anywhere=True)
def entitlements(request: Request, caller: Who, service: Of) -> Response:
    """What was checked, what came of it, why, how to apply, and which record says so."""
    person, lang = own_person(caller), lang_of(request)
    at, known = whose(service, person), reckoner(service)
    bills = known.bills(person)
    made = checks(known, bills, at)
    seen(service, caller, person, {**at.rows, "settlement": len(bills.settlements)})
    return page(
        request,
        "insured/entitlements.html",
        caller=caller,
        question=_MAY[lang],
        checks=made,
        due=found(made),
        meta=_meta(service, at, lang),
    )


def _meta(service: Service, at: Standing, lang: str) -> list[str]:
    zh = lang == "zh"
    enrolled = at.enrolment
    if enrolled is None:
        return ["今天没有参保记录" if zh else "Not enrolled today"]
    scheme = SCHEMES.get(enrolled["scheme"], (enrolled["scheme"],) * 2)
    place = region_name(service, str(enrolled["region_code"]), "zh" if zh else "en")
    state = code("enrolment", "status", enrolled["status"])
    words = ("在保" if at.insured else state[0]) if zh else ("insured" if at.insured else state[1])
    return [scheme[not zh], f"参保地：{place}" if zh else f"Insured in {place}", words]
