"""Payment by case-mix groups: results by hospital and by group, where a run has grouped the cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from yibao.engine.money import round_half_up
from yibao.presentation import micro
from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.bureau import multiples
from yibao.service.console.drawing import Drawn
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.hospital.choice import all_stays
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import Within, institution_name, region_filter, resting_on, within
from yibao.service.console.suppression import BUREAU, suppressed
from yibao.service.state import Service

#: What rests on a row's cases, and goes with them where they are few.
_WITHHELD = ("amount", "result", "mean", "standard", "stay", "cmi")
router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)


@router.get("/payment")
@needs("bureau.read")
def payment(request: Request, caller: Who, service: Of) -> Response:
    """Where do the results of case-mix payment stand, and which cases are out of all proportion?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    every = service.figures.rows("case_result")
    systems = sorted({f"{row['system']} {row['version']}" for row in every})
    chosen = read(
        request,
        [
            region_filter(caller, service),
            *(
                [
                    Filter(
                        "system",
                        "分组方案",
                        "Scheme",
                        options=[Option(s, s, s) for s in systems],
                        default=systems[-1],
                        every=None,
                    )
                ]
                if systems
                else []
            ),
            Filter("q", "病组", "Group", kind="text"),
        ],
    )
    where = within(caller, service, chosen["region"])
    rows = [row for row in every if row["institution_id"] in where.institutions
            and f"{row['system']} {row['version']}" == chosen["system"]] if systems else []  # fmt: skip
    grouped = [row for row in rows if row["status"] == "grouped"]
    hospitals = _sums(grouped, "institution_id", lambda row: institution_name(service, row["institution_id"], lang))
    groups = _sums(grouped, "group_code", lambda row: f"{row['group_code']} {row['group_name'] or ''}".strip())
    sought = chosen["q"].lower()
    groups = [row for row in groups if sought in row["name"].lower()]
    cases, all_cases = sum(r["cases"] for r in grouped), sum(r["cases"] for r in rows)
    result, priced = sum(r["result"] for r in hospitals if r["result"] is not None), sum(r["priced"] for r in hospitals)
    says = []
    if rows:
        says.append(
            f"住院病例 {fmt.count(all_cases)} 例，入组 *{fmt.count(cases)} 例*（{fmt.percent(cases, all_cases)}）。"
            if zh
            else f"*{fmt.count(cases)}* of {fmt.count(all_cases)} stays are grouped ({fmt.percent(cases, all_cases)})."
        )
        says.append(
            (
                f"有支付标准的 {fmt.count(priced)} 例，支付标准减实际费用合计 *{fmt.short(result)}*。"
                if priced
                else "分组方案没有支付标准，不算盈亏。"
            )
            if zh
            else (
                f"Over {fmt.count(priced)} cases with a standard, standard less cost adds up to *{fmt.short(result)}*."
                if priced
                else "The scheme has no payment standards: no result is worked out."
            )
        )
    tables: tuple[Listing, ...] = (
        Listing("hospitals", "各院", "By hospital", _columns(("机构", "Provider"), hospitals, "institution"),
                suppressed(hospitals, BUREAU, "cases", _WITHHELD), order="name"),
        Listing("groups", "各病组", "By group", _columns(("病组", "Group"), groups, "group"),
                suppressed(groups, BUREAU, "cases", _WITHHELD), order="-cases"),
    )  # fmt: skip
    if not rows:
        tables = (_diseases(service, where, sought, lang),)
    made = multiples.of_year(service, sorted(where.institutions), f"region {where.region}")
    figures: list[Drawn] = []
    if made is not None and len(made.stays):
        outliers = multiples.by_institution(service, made, lang)
        says.append(multiples.sentence(made, outliers, lang))
        tables += (multiples.table(outliers),)
        figures = [one for one in (multiples.shape(made, lang), multiples.funnel(outliers, lang)) if one is not None]
    question = "各院、各病组的盈亏到哪一步了？" if zh else "Where do the results of hospitals and groups stand?"
    return page(
        request,
        "bureau/payment.html",
        caller=caller,
        question=question,
        filters=chosen,
        says=says,
        tables=tables,
        grouped=bool(rows),
        figures=figures,
        base=multiples.base(made)[0 if zh else 1] if made is not None else "",
        meta=[
            f"{'高低倍率：出院月份' if zh else 'outliers: discharged'} {fmt.month(made.stays.months[0])}–"
            f"{fmt.month(made.stays.months[-1])}"
        ]
        if figures and made is not None
        else [],
        foot=[resting_on(service, lang)],
    )


def _diseases(service: Service, where: Within, sought: str, lang: Lang) -> Listing:
    """Where nothing was grouped: stays by disease, each with the way to its page."""
    stays = all_stays(service).of(sorted(where.institutions))
    size, cost = np.bincount(stays.group), np.bincount(stays.group, weights=stays["amount"])
    days, rows = np.bincount(stays.group, weights=stays["days"]), []
    for number, code in enumerate(stays.group_codes):
        name = stays.groups[code].name(lang) if code in stays.groups else code
        said, n = (f"{code} {name}" if name != code else code), int(size[number])
        if sought in said.lower():
            mean, stay = round_half_up(int(cost[number]), n), round_half_up(int(days[number]) * 1_000_000, n)
            rows.append(
                {"code": code, "name": said, "cases": n, "mean": mean, "amount": int(cost[number]), "stay": stay}
            )
    columns = [
        Column("name", "病种", "Disease", head=True, href=_way), Column("cases", "病例", "Cases", "count"),
        Column("stay", "平均住院日", "Mean stay, days", "ratio"),
        Column("mean", "例均费用，元", "Cost a case, ¥", "money"),
        Column("amount", "费用合计，元", "Total cost, ¥", "money"),
    ]  # fmt: skip
    return Listing("diseases", "各病种", "By disease", columns,
                   suppressed(rows, BUREAU, "cases", ["amount", "mean", "stay"]), order="-cases")  # fmt: skip


def _way(row: Mapping[str, Any]) -> str:
    return f"/bureau/payment/groups/{quote(str(row['code']), safe='')}"


def _sums(rows: Sequence[Mapping[str, Any]], key: str, name: Any) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        at = found.setdefault(row[key], defaultdict(int, {"code": row[key], "name": name(row)}))
        for column in ("cases", "priced", "amount", "priced_amount", "standard_amount", "weight_ppm", "days"):
            at[column] += row[column] or 0
    for at in found.values():
        at["mean"] = at["amount"] // at["cases"] if at["cases"] else None
        at["standard"] = at["standard_amount"] // at["priced"] if at["priced"] else None
        at["result"] = at["standard_amount"] - at["priced_amount"] if at["priced"] else None
        at["cmi"] = at["weight_ppm"] // at["cases"] if at["cases"] and at["weight_ppm"] else None
        at["stay"] = at["days"] * 1_000_000 // at["cases"] if at["cases"] else None
    return [dict(at) for at in found.values()]


def _columns(head: tuple[str, str], rows: Sequence[Mapping[str, Any]], kind: str) -> list[Column]:
    most = max((abs(row["result"]) for row in rows if isinstance(row["result"], int)), default=0)

    def mark(row: Mapping[str, Any], lang: Lang) -> Markup | str:  # noqa: ARG001 - the signature of a mark
        return micro.diverging(row["result"], most) if isinstance(row["result"], int) else ""

    link = (lambda row: f"/bureau/institutions/{row['code']}") if kind == "institution" else _way
    return [
        Column("name", *head, head=True, href=link),
        Column("cases", "病例", "Cases", "count"),
        Column("stay", "平均住院日", "Mean stay, days", "ratio"),
        Column("cmi", "病例组合指数", "Case-mix index", "ratio"),
        Column("mean", "例均费用，元", "Cost a case, ¥", "money"),
        Column("standard", "例均支付标准，元", "Standard a case, ¥", "money"),
        Column(
            "result",
            "盈亏，元",
            "Result, ¥",
            "money",
            mark=mark,
            below=lambda row, fmt: (
                (
                    f"{fmt.count(row['priced'])} 例有标准"
                    if fmt.lang == "zh"
                    else f"{fmt.count(row['priced'])} with a standard"
                )
                if isinstance(row["cases"], int) and row["priced"]
                else ""
            ),
        ),
    ]
