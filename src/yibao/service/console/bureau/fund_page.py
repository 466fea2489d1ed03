"""The fund over a region: where money came from and went, how long the reserve lasts, eight indicators by month."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from yibao.presentation.fmt import Format
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.bureau import care, fund
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import region_filter, resting_on, within

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)


@router.get("/fund")
@needs("bureau.read")
def fund_page(request: Request, caller: Who, service: Of) -> Response:
    """Where does money come from and go, and how long does it last?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    schemes = [Option(code, *words) for code, words in fund.SCHEMES.items()]
    chosen = read(request, [region_filter(caller, service), Filter("scheme", "险种", "Scheme", options=schemes)])
    where = within(caller, service, chosen["region"])
    found = {scheme: months for scheme, months in fund.flows(service, where).items()
             if chosen["scheme"] in ("", scheme)}  # fmt: skip
    made = care.courses(service, where, chosen["scheme"], [one.name for one in care.INDICATORS])
    tables = [fund.scheme_table(found, lang)] if found else []
    says = fund.sentences(tables[0].rows, lang) if found else []
    tables.append(care.definitions(made, lang))
    panels = care.figures(made, lang)
    to_date = [fund.year_to_date(scheme, months, lang) for scheme, months in sorted(found.items())]
    last = max((m for months in found.values() for m in months), default=None)
    question = "钱从哪来、到哪去，能撑多久？" if zh else "Where does money come from and go, and how long does it last?"
    return page(
        request, "bureau/fund.html", caller=caller, question=question, filters=chosen, tables=tables,
        figures=[*to_date, *panels], says=says, to_date=[one.name for one in to_date],
        panels=[one.name for one in panels], foot=[resting_on(service, lang)],
        meta=[f"{'账簿至' if zh else 'books to'} {fmt.month(last)}"] if last else [],
    )  # fmt: skip
