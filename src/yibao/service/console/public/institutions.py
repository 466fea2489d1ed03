"""Providers for the public: assessment against their level, what patients bore, complaints; never a ranking."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from yibao.presentation.fmt import Format, Lang
from yibao.registry import feedback
from yibao.registry.tables.assessments import ASSESSED_SCORE, PLAN
from yibao.service.access.guard import GuardedRoute, Of, open_to_all
from yibao.service.console.codes import code, codes
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.public.spread import SIGNS, Pair, Placed, placed
from yibao.service.console.scoping import institution_name, region_name
from yibao.service.console.suppression import PUBLIC
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/open/institutions", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "这家医院考核结果和收费情况如何？", "en": "How was this provider assessed?"}
_LIST = {"zh": "想看哪家医院、药店？", "en": "Which provider do you want to see?"}
_WHY = "results of assessments and sums over at least 20 cases are public"
#: Shares of what patients are charged: column over total, in words.
CHARGES: Mapping[str, Pair] = {
    "person_amount": ("个人负担占总费用", "patients' share of the bill"),
    "not_covered_amount": ("目录外（全自费）占总费用", "not covered, share of the bill"),
    "over_limit_amount": ("超过医保限价占总费用", "above price ceilings, share of the bill"),
}
CARE: Mapping[str, Pair] = {
    "stay": ("住院", "hospital stays"),
    "visit": ("门诊", "outpatient visits"),
    "pharmacy": ("药店购药", "pharmacy purchases"),
}
_COLUMNS = (
    Column("name", "机构", "Provider", head=True, href=lambda row: f"/open/institutions/{row['institution_id']}"),
    Column("kind", "类型", "Kind"),
    Column("level", "级别", "Level"),
    Column("region", "地区", "Region"),
    Column("assessed", "最近考核", "Assessed"),
)


@router.get("")
@open_to_all(_WHY)
def listed(request: Request, service: Of) -> Response:
    """All providers by name."""
    lang = lang_of(request)
    kinds = [Option(value, *words) for value, words in codes("institution", "kind").items()]
    levels = [Option(value, *words) for value, words in codes("institution", "level").items()]
    chosen = read(request, (
        Filter("q", "名称", "Name", kind="text"), Filter("kind", "类型", "Kind", options=kinds),
        Filter("level", "级别", "Level", options=levels),
    ))  # fmt: skip
    years = _assessed_years(service)
    rows = [
        _row(service, row, years, lang) for row in service.institutions.values()
        if chosen["kind"] in ("", row["kind"]) and chosen["level"] in ("", row["level"])
    ]  # fmt: skip
    found = [row for row in rows if chosen["q"].lower() in row["name"].lower()]
    table = Listing("institutions", "定点机构", "Designated providers", _COLUMNS, found, order="name", caption=False)
    return page(
        request, "public/institutions.html", question=_LIST[lang], filters=chosen, tables=(table,), total=len(rows)
    )


@router.get("/{code_}")
@open_to_all(_WHY)
def one(request: Request, code_: str, service: Of) -> Response:
    """One provider: domains, charges, complaints; each against its level, or "too few" in words."""
    lang = lang_of(request)
    row = service.institutions.get(code_)
    if row is None:
        raise unknown("provider", "机构")
    figures, year = charges(service, row)
    domains, plan = assessment(service, row)
    en = lang == "en"
    level = code("institution", "level", row["level"])[en]
    return page(
        request,
        "public/institution.html",
        question=_QUESTION[lang],
        name=institution_name(service, code_, lang),
        meta=[code("institution", "kind", row["kind"])[en], level, region_name(service, row["region_code"], lang)],
        domains=[(words[en], one, one.mark(_label(words[en], one, lang))) for words, one in domains],
        plan=plan,
        signs=SIGNS,
        charges=[
            (CARE[care][en], n, [(words[en], one, one.mark(_label(words[en], one, lang))) for words, one in of])
            for care, n, of in figures
        ],
        year=year,
        complaints=complaints(service, code_, year, lang),
        level=level,
        code=code_,
        few=PUBLIC,
    )


def assessment(service: Service, row: Mapping[str, Any]) -> tuple[list[tuple[Pair, Placed]], int | None]:
    """Scores by domain (0 to 100) among providers of the same kind and level; the year of the newest final plan."""
    with reads(service.registry) as connection:
        newest = select(PLAN).where(PLAN.c.state == "final").order_by(PLAN.c.year.desc(), PLAN.c.plan_id)
        plan = connection.execute(newest).mappings().first()
        if plan is None:
            return [], None
        final = select(ASSESSED_SCORE).where(
            ASSESSED_SCORE.c.plan_id == plan["plan_id"], ASSESSED_SCORE.c.state == "final"
        )
        scores = {
            r["institution_id"]: by_domain(json.loads(r["explanation"])) for r in connection.execute(final).mappings()
        }
    peers = [name for name in scores if _same(service.institutions.get(name), row)]
    said = json.loads(plan["tree"])["domains"]
    own = scores.get(row["institution_id"], {})
    return [
        ((d["zh"], d["en"]), placed(own.get(d["id"]), [scores[name][d["id"]] for name in peers])) for d in said
    ], int(plan["year"])  # fmt: skip


def by_domain(explanation: Mapping[str, Any]) -> dict[str, float]:
    """The weighted points of each domain, 0 to 100."""
    weighed: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for step in explanation["indicators"]:
        total = weighed[step["domain"]]
        total[0] += step["points_milli"] / 1000 * step["weight_ppm"]
        total[1] += step["weight_ppm"]
    return {domain: points / weight if weight else 0.0 for domain, (points, weight) in weighed.items()}


def charges(service: Service, row: Mapping[str, Any]) -> tuple[list[tuple[str, int, list[tuple[Pair, Placed]]]], int]:
    """Shares that patients bore, by kind of care, among providers of the same kind and level; and the year."""
    figures = service.figures.rows("open_institution")
    year = max((f["year_from"].year for f in figures), default=service.registry.clock().year)
    of_year = [f for f in figures if f["year_from"].year == year and f["bills"] >= PUBLIC and f["total_amount"] > 0]
    out = []
    for care in CARE:
        mine = next((f for f in of_year if f["care"] == care and f["institution_id"] == row["institution_id"]), None)
        bills = sum(f["bills"] for f in figures if f["care"] == care and f["institution_id"] == row["institution_id"]
                    and f["year_from"].year == year)  # fmt: skip
        if not bills:
            continue
        peers = [f for f in of_year if f["care"] == care and _same(service.institutions.get(f["institution_id"]), row)]
        out.append((care, bills, [(words, _share(name, mine, peers)) for name, words in CHARGES.items()]))
    return out, year


def _share(name: str, mine: Mapping[str, Any] | None, peers: Sequence[Mapping[str, Any]]) -> Placed:
    shares = [100 * f[name] / f["total_amount"] for f in peers]
    return placed(None if mine is None else 100 * mine[name] / mine["total_amount"], shares)


def complaints(service: Service, institution_id: str, year: int, lang: Lang) -> str:
    """Complaints per 10,000 bills of a year, in words."""
    figures = service.figures.rows("open_institution", institution_id=institution_id)
    bills = sum(f["bills"] for f in figures if f["year_from"].year == year)
    with reads(service.registry) as connection:
        count = feedback.complaints(connection, year).get(institution_id, 0)
    zh, fmt = lang == "zh", Format(lang)
    if not bills:
        return "今年没有结算记录。" if zh else "No bills this year."
    if not count:
        return f"{year} 年没有收到对它的投诉（{fmt.count(bills)} 次结算）。" if zh else (
            f"No complaint about it in {year} ({fmt.count(bills)} bills).")  # fmt: skip
    if count < PUBLIC:
        return f"{year} 年投诉少于 {PUBLIC} 件（{fmt.count(bills)} 次结算），例数不足，不作评价。" if zh else (
            f"Fewer than {PUBLIC} complaints in {year} ({fmt.count(bills)} bills): too few to assess.")  # fmt: skip
    rate = fmt.ppm(round(count * 10_000 * 1_000_000 / bills), 1)
    return f"{year} 年每万次结算投诉 {rate} 件（{count} 件，{fmt.count(bills)} 次结算）。" if zh else (
        f"{rate} complaints per 10,000 bills in {year} ({count} over {fmt.count(bills)} bills).")  # fmt: skip


def _same(other: Mapping[str, Any] | None, row: Mapping[str, Any]) -> bool:
    return other is not None and other["kind"] == row["kind"] and other["level"] == row["level"]


def _label(words: str, one: Placed, lang: Lang) -> str:
    if one.value is None or one.quartiles is None:
        return words
    value, median = f"{one.value:.1f}", f"{one.quartiles[2]:.1f}"
    return (
        f"{words}：{value}，同级中位数 {median}" if lang == "zh" else f"{words}: {value}, median of its level {median}"
    )


def _assessed_years(service: Service) -> dict[str, int]:
    """The newest final assessment of each provider."""
    query = select(ASSESSED_SCORE.c.institution_id, PLAN.c.year).join(PLAN, PLAN.c.plan_id == ASSESSED_SCORE.c.plan_id)
    with reads(service.registry) as connection:
        rows = connection.execute(query.where(ASSESSED_SCORE.c.state == "final").order_by(PLAN.c.year)).all()
    return {str(name): int(year) for name, year in rows}


def _row(service: Service, row: Mapping[str, Any], years: Mapping[str, int], lang: Lang) -> dict[str, Any]:
    name = row["institution_id"]
    return {
        "institution_id": name,
        "name": institution_name(service, name, lang),
        "kind": code("institution", "kind", row["kind"])[lang == "en"],
        "level": code("institution", "level", row["level"])[lang == "en"],
        "region": region_name(service, row["region_code"], lang),
        "assessed": str(years[name]) if name in years else None,
    }
