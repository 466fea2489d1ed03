"""The list of bills, one bill whole, its lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.insured.bill import (
    SCHEMES,
    BillPage,
    bill_lines,
    bill_page,
    headline,
    in_short,
    registered,
    what,
)
from yibao.service.console.insured.items import dearest, items
from yibao.service.console.insured.looks import looks_at
from yibao.service.console.insured.own import own_person, seen
from yibao.service.console.insured.reckoning import reckoner
from yibao.service.console.insured.year import figures_after
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name
from yibao.service.state import Service
from yibao.service.systems.types import Id

router = APIRouter(prefix="/me/bills", route_class=GuardedRoute, include_in_schema=False)
_KIND = (
    Option("stay", "住院", "Hospital stays"),
    Option("visit", "门诊", "Outpatient visits"),
    Option("pharmacy", "买药", "Pharmacy purchases"),
)
_QUESTION = {
    "zh": "一共花了多少？医保付了多少？为什么剩下这些要我付？",
    "en": "What did it cost, what did insurance pay, and why is the rest mine?",
}


@router.get("")
@needs("person.read", anywhere=True)  # the rows are the caller's own
def bills(request: Request, caller: Who, service: Of) -> Response:
    """All bills, the newest first."""
    person, lang = own_person(caller), lang_of(request)
    rows = [_row(service, bill, lang) for bill in reckoner(service).bills(person).settlements]
    years = sorted({row["year"] for row in rows}, reverse=True)
    fields = (
        Filter("year", "年份", "Year", options=[Option(str(year), str(year), str(year)) for year in years]),
        Filter("kind", "类别", "Kind", options=_KIND),
    )
    chosen = read(request, fields)
    kept = [
        row for row in rows
        if chosen["year"] in ("", str(row["year"])) and chosen["kind"] in ("", row["group"])
    ]  # fmt: skip
    seen(service, caller, person, {"settlement": len(kept)})
    sums = {name: sum(row[name] for row in kept) for name in ("total", "fund", "own")}
    listed = Listing("bills", "账单", "Bills", _COLUMNS, kept, order="-at", total=sums, caption=False)
    fmt = Format(lang)
    total, fund, own = (fmt.money(sums[name]) for name in ("total", "fund", "own"))
    short = (
        f"{len(kept)} 张账单，一共 {total}：医保付 {fund}，您付 {own}"
        if lang == "zh"
        else f"{len(kept)} bills, {total} in all: insurance paid {fund}, you paid {own}"
    )
    return page(
        request,
        "insured/bills.html",
        caller=caller,
        question=_QUESTION[lang],
        filters=chosen,
        tables=(listed,),
        short=short,
        shown=len(kept),
        all=len(rows),
    )


@router.get("/{settlement_id}")
@needs("person.read", anywhere=True)  # a bill of somebody else is not found among one's own
def one(request: Request, settlement_id: Id, caller: Who, service: Of) -> Response:
    """One bill: who paid what, and why."""
    person, lang = own_person(caller), lang_of(request)
    made = bill_page(reckoner(service), person, settlement_id)
    seen(service, caller, person, {"settlement": 1, "charge_line": len(made.lines)})
    told, check = made.told(lang, service.english if lang == "en" else {})
    return page(
        request,
        "insured/bill.html",
        caller=caller,
        question=_QUESTION[lang],
        bill=made,
        told=told,
        check=check,
        headline=headline(made, lang),
        short=in_short(made, lang),
        meta=_meta(service, made, lang),
        dear=[(_item_name(service, item.code, item.name, lang), item) for item in dearest(made.items)],
        kind=registered(made.hint.status)[lang == "en"] if made.hint else "",
        year=figures_after(made, lang) if made.reckoned else [],
        looks=looks_at(service, person, service.registry.clock().date(), lang),
        foot=_foot(made, lang),
    )


@router.get("/{settlement_id}/lines")
@needs("person.read", anywhere=True)
def lines(request: Request, settlement_id: Id, caller: Who, service: Of) -> Response:
    """All lines of a bill, each with what of it is the person's."""
    person, lang = own_person(caller), lang_of(request)
    made = bill_page(reckoner(service), person, settlement_id)
    rows = [
        {**line, "name": _item_name(service, line["item_code"], line["item_name"], lang),
         "number": Format(lang).quantity(line["quantity"]),
         "own": sum(line[name] or 0 for name in ("not_covered_amount", "over_limit_amount", "first_share_amount"))}
        for line in bill_lines(reckoner(service), person, settlement_id)
    ]  # fmt: skip
    seen(service, caller, person, {"charge_line": len(rows)})
    sums = {name: sum(row[name] for row in rows) for name in ("amount", "own")}
    listed = Listing("lines", "费用明细", "Charge lines", _LINES, rows, order="charged_at", total=sums, caption=False)
    return page(
        request,
        "insured/lines.html",
        caller=caller,
        bill=made,
        headline=headline(made, lang),
        tables=(listed,),
        question=_LINE_QUESTION[lang],
        why={item.code: item.why(lang) for item in items(made.lines)},
        meta=_meta(service, made, lang),
    )


_LINE_QUESTION = {
    "zh": "每一行收了多少，其中哪些不能报销？",
    "en": "What did each line cost, and what of it is not paid?",
}
_LINES = (
    Column("name", "项目", "Item", head=True),
    Column("charged_at", "时间", "Time", "time"),
    Column("number", "数量", "Quantity", sorts=False),
    Column("amount", "金额，元", "Amount, ¥", "money"),
    Column("own", "不能报销的，元", "Not paid by insurance, ¥", "money"),
    Column("item_code", "国家编码", "National code", "id"),
)
_COLUMNS = (
    Column(
        "care",
        "就医",
        "Care",
        head=True,
        href=lambda row: f"/me/bills/{row['settlement_id']}",
        below=lambda row, fmt: row["note"][fmt.lang == "en"],
    ),
    Column("place", "机构", "Provider", "long"),
    Column("at", "结算日", "Settled", "date"),
    Column("total", "一共，元", "In all, ¥", "money"),
    Column("fund", "医保付，元", "Insurance, ¥", "money"),
    Column("own", "您付，元", "You, ¥", "money"),
)


def _row(service: Service, bill: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    care = what(bill["kind"])[0]
    total, fund, hospital = (bill[name] or 0 for name in ("total_amount", "fund_amount", "hospital_amount"))
    group = {"住院": "stay", "药店购药": "pharmacy"}.get(care[0], "visit")
    back = bill["reversed_settlement_id"] is not None
    return {
        "settlement_id": bill["settlement_id"], "care": care[lang == "en"], "group": group,
        "note": ("冲正单", "reversal") if back else ("", ""),
        "place": institution_name(service, bill["institution_id"], lang), "at": bill["settled_at"].date(),
        "year": bill["settled_at"].year, "total": total, "fund": fund, "own": total - fund - hospital,
    }  # fmt: skip


def _item_name(service: Service, code: str, name: str, lang: Lang) -> str:
    """An item's name in the reader's language, where the catalogue has one."""
    return (service.english.get(code) if lang == "en" else None) or name


def _meta(service: Service, made: BillPage, lang: Lang) -> list[str]:
    fmt, zh = Format(lang), lang == "zh"
    began, ended = (_day(made.encounter.get(name)) for name in ("admitted_at", "discharged_at"))
    when = fmt.day(made.settlement["settled_at"].date())
    if made.stay and began and ended:
        days = max((ended - began).days, 1)
        when = (
            f"{fmt.day(began)}至 {fmt.day(ended)}，住院 {days} 天"
            if zh
            else f"{fmt.day(began)} to {fmt.day(ended)}, {days} day{'' if days == 1 else 's'}"
        )
    scheme = SCHEMES.get(made.settlement["scheme"], (made.settlement["scheme"],) * 2)
    return [institution_name(service, made.settlement["institution_id"], lang), when, scheme[not zh]]


def _day(moment: Any) -> date | None:
    return moment.date() if moment is not None else None


def _foot(made: BillPage, lang: Lang) -> list[str]:
    number = made.settlement["settlement_id"]
    said = [f"结算号 {number}" if lang == "zh" else f"Settlement {number}"]
    if made.policy is not None:
        said.append(
            f"政策：{made.policy.title.zh} {made.policy.version}"
            if lang == "zh"
            else f"Policy: {made.policy.title.en} {made.policy.version}"
        )
    return [*said, "服务热线 12393" if lang == "zh" else "Helpline 12393"]
