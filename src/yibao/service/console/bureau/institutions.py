"""Institutions: which differ from their kind and deserve a look first? By name, with chance drawn in; no ranking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select

from yibao.presentation.charts.funnel import MIN_EXPECTED
from yibao.presentation.fmt import Format, Lang
from yibao.registry.tables.assessments import ASSESSED_SCORE, PLAN
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.bureau.columns import READING
from yibao.service.console.bureau.funnels import (
    READINGS,
    funnel_figure,
    interval_words,
    ratio,
    readings,
    unit_of,
)
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import Within, institution_name, region_filter, region_name, resting_on, within
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
KINDS = {"1": ("医院", "hospital"), "2": ("药店", "pharmacy"), "3": ("社区卫生服务机构", "community centre"),
         "4": ("诊所", "clinic")}  # fmt: skip
LEVELS = {"1": ("一级", "level 1"), "2": ("二级", "level 2"), "3": ("三级", "level 3"), "9": ("未定级", "no level")}
#: Indicators: name -> words, unit of the axis.
INDICATORS = {
    "readmission": (
        ("31 日非计划再入院，实际 ÷ 预期", "Unplanned readmission in 31 days, observed ÷ expected"),
        ("预期非计划再入院人次", "expected unplanned readmissions"),
    ),
    "findings": (
        ("规则命中，实际 ÷ 按费用的预期", "Findings, observed ÷ expected by cost"),
        ("预期命中件数", "expected findings"),
    ),
}


@router.get("/institutions")
@needs("institution.read")
def institutions(request: Request, caller: Who, service: Of) -> Response:
    """Which providers differ from their kind and deserve a look first?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    chosen = read(request, [
        region_filter(caller, service),
        Filter("kind", "类型", "Kind", options=[Option(k, *w) for k, w in KINDS.items()], default="1", every=None),
        Filter("level", "级别", "Level", options=[Option(k, *w) for k, w in LEVELS.items()]),
        Filter("indicator", "指标", "Indicator", options=[Option(k, *w[0]) for k, w in INDICATORS.items()],
               default="readmission", every=None),
        Filter("reading", "判断", "Reading", options=[Option(k, *w) for k, w in READINGS.items()]),
        Filter("q", "名称", "Name", kind="text"),
    ])  # fmt: skip
    where = within(caller, service, chosen["region"])
    rows = compared(service, caller, where, chosen, lang)
    units = [unit_of(row["name"], row["seen"], row["expected"], lang) for row in rows if row["expected"]]
    words = INDICATORS[chosen["indicator"]]
    funnel = funnel_figure("funnel", units, words[0], words[1], lang)
    shown = [row for row in rows if (not chosen["reading"] or row["reading"] == chosen["reading"])
             and chosen["q"].lower() in row["name"].lower()]  # fmt: skip
    counts = {word: sum(row["reading"] == word for row in rows) for word in READINGS}
    at = 0 if zh else 1
    says = [
        f"{len(rows)} 家{KINDS[chosen['kind']][0]}：*{counts['higher']} 家*高于、*{counts['lower']} "
        f"家*低于同类中间一半，"
        f"{counts['similar']} 家相近，{counts['few']} 家例数不足。"
        if zh
        else f"Of {len(rows)} providers *{counts['higher']}* lie above and *{counts['lower']}* below the middle "
        f"half of their kind; "
        f"{counts['similar']} are similar, {counts['few']} have too few cases."
    ]
    table = Listing("institutions", "机构", "Institutions", _columns(words[0]), shown, order="name", caption=False)
    question = (
        "哪些机构与同类不同，值得先看？" if zh else "Which providers differ from their kind and deserve a look first?"
    )
    return page(request, "bureau/institutions.html", caller=caller, question=question, filters=chosen, says=says,
                tables=(table,), figures=(funnel,) if funnel is not None else (), drawn=funnel is not None,
                indicator=words[0][at], count=sum(unit.expected >= MIN_EXPECTED for unit in units),
                foot=[resting_on(service, lang)],
                meta=[f"{fmt.count(sum(r['bills'] or 0 for r in rows))} {'张结算单' if zh else 'bills'}"])  # fmt: skip


def _columns(words: tuple[str, str]) -> list[Column]:
    return [
        Column(
            "name",
            "机构",
            "Provider",
            head=True,
            href=lambda row: f"/bureau/institutions/{row['code']}",
            below=under("where"),
        ),
        Column("level", "级别", "Level", words=LEVELS),
        Column("bills", "结算单", "Bills", "count"),
        Column("stays", "住院", "Stays", "count"),
        Column("seen", "实际", "Observed", "count", below=lambda row, fmt: _expected(row, fmt)),
        Column("ratio", words[0], words[1], "ratio", below=under("interval")),
        READING,
        Column("open", "在办疑点", "Open clues", "count"),
        Column("upheld", "维持基金，元", "Upheld, ¥", "money"),
        Column("assessed", "年度考核，分", "Assessment, points", "ratio", below=under("assessed_in")),
    ]


def _expected(row: Mapping[str, Any], fmt: Format) -> str:
    if not row["expected"]:
        return ""
    return f"预期 {row['expected']:.1f}" if fmt.lang == "zh" else f"expected {row['expected']:.1f}"


def compared(service: Service, caller: Caller, where: Within, chosen: Any, lang: Lang) -> list[dict[str, Any]]:
    """The institutions of a kind and level within scope with one indicator, read against one another."""
    codes = [code for code in sorted(where.institutions) if service.institutions[code]["kind"] == chosen["kind"]
             and (not chosen["level"] or (service.institutions[code]["level"] or "9") == chosen["level"])]  # fmt: skip
    year = {row["institution_id"]: row for row in service.figures.rows("institution_year")}
    seen = observed(service, codes, chosen["indicator"], year)
    states, assessed = clue_states(service, caller), scores(service)
    rows: list[dict[str, Any]] = []
    for code in codes:
        number, expected = seen.get(code, (0, 0.0))
        own, mine = service.institutions[code], year.get(code, {})
        rows.append(
            {
                "code": code,
                "name": institution_name(service, code, lang),
                "where": f"{code} · {region_name(service, own['region_code'], lang)}",
                "level": own["level"] or "9",
                "bills": mine.get("bills"),
                "stays": mine.get("stays"),
                "seen": number,
                "expected": expected,
                **ratio(number, expected),
                **states.get(code, {"open": 0, "upheld": 0}),
                "assessed": assessed[code][0] if code in assessed else None,
                "assessed_in": str(assessed[code][1]) if code in assessed else "",
            }
        )
    for row, word in zip(rows, readings(rows), strict=True):
        row["reading"], row["interval"] = word, interval_words(row["low"], row["high"])
    return rows


def observed(
    service: Service, codes: list[str], indicator: str, year: Mapping[str, Any]
) -> dict[str, tuple[int, float]]:
    """(observed, expected) of each institution for an indicator."""
    if indicator == "readmission":
        return {row["institution_id"]: (row["numerator"], (row["expected_ppm"] or 0) / 1_000_000)
                for row in service.figures.rows("readmission") if row["institution_id"] in set(codes)}  # fmt: skip
    found = dict.fromkeys(codes, 0)
    for row in service.figures.rows("finding_month", institution_id=set(codes)):
        found[row["institution_id"]] += row["findings"]
    cost = {code: (year[code]["total_amount"] if code in year else 0) for code in codes}
    whole, everything = sum(found.values()), sum(cost.values())
    return {code: (number, cost[code] * whole / everything if everything else 0.0) for code, number in found.items()}


def clue_states(service: Service, caller: Caller) -> dict[str, dict[str, int]]:
    """Open clues and upheld money of each institution, as far as the caller sees clues."""
    if not caller.allows("clue.read"):
        return {}
    rows = asked.seen_by(service, caller).subquery()
    query = select(
        rows.c.institution_id,
        func.count().filter(rows.c.closed_at.is_(None)),
        func.coalesce(func.sum(rows.c.upheld), 0),
    ).group_by(rows.c.institution_id)
    with reads(service.registry) as connection:
        return {code: {"open": open_, "upheld": upheld} for code, open_, upheld in connection.execute(query) if code}


def scores(service: Service) -> dict[str, tuple[int, int]]:
    """The final score of each institution's newest assessment in millionths of a point, and its year."""
    query = (
        select(ASSESSED_SCORE.c.institution_id, ASSESSED_SCORE.c.score_milli, PLAN.c.year)
        .join(PLAN, PLAN.c.plan_id == ASSESSED_SCORE.c.plan_id)
        .where(PLAN.c.state == "final", ASSESSED_SCORE.c.state == "final").order_by(PLAN.c.year)
    )  # fmt: skip
    with reads(service.registry) as connection:
        return {code: (score * 1_000, int(year)) for code, score, year in connection.execute(query)}
