"""The catalogue of open data: what each set holds, for which period, what is left out, and the files themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.benefits.statement_words import GRADES
from yibao.presentation.fmt import MINUS, Lang, decimal
from yibao.service.access.guard import GuardedRoute, Of, open_to_all
from yibao.service.console.insured.bill import SCHEMES
from yibao.service.console.law.text import parameters
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.public.cube import ALL
from yibao.service.console.public.institutions import CARE, CHARGES
from yibao.service.console.public.measured import indicators, measured
from yibao.service.console.public.months import Months
from yibao.service.console.scoping import institution_name, region_name
from yibao.service.console.suppression import PUBLIC
from yibao.service.state import Service

router = APIRouter(prefix="/open/data", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "有哪些数据可以下载，怎么保护个人？", "en": "Which data can be had, and how are persons protected?"}
_MONTHS = (
    Column("indicator", "指标", "indicator", head=True), Column("region", "地区", "region"),
    Column("scheme", "险种", "scheme"), Column("month", "月份", "month"), Column("value", "数值", "value"),
    Column("unit", "单位", "unit"), Column("n", "例数", "cases"),
)  # fmt: skip
_PROVIDERS = (
    Column("name", "机构", "provider", head=True), Column("institution_id", "机构编号", "provider id"),
    Column("year", "年份", "year"), Column("care", "就医类别", "kind of care"), Column("bills", "结算人次", "bills"),
    *(Column(name, words[0] + "，%", words[1] + ", %") for name, words in CHARGES.items()),
)  # fmt: skip
_POLICIES = (
    Column("policy", "政策", "policy", head=True),
    Column("version", "版本", "version"),
    Column("scheme", "险种", "scheme"),
    Column("region", "地区", "region"),
    Column("start", "施行", "in force from", "date"),
    Column("end", "至（不含）", "until (exclusive)", "date"),
    Column("grade", "可信度", "trust grade"),
    Column("parameter", "参数", "parameter", "long"),
    Column("value", "数值", "value"),
)
_LAWS = (
    Column("id", "编号", "id", head=True, href=lambda row: f"/law/{row['kind']}/{row['id']}"),
    Column("kind", "类别", "kind"),
    Column("version", "版本", "version"),
    Column("title", "名称", "title", "long"),
    Column("question", "查什么", "asks", "long"),
    Column("start", "施行", "in force from", "date"),
)


@dataclass(frozen=True)
class DataSet:
    """A set of the catalogue: its table, its period, what is suppressed."""

    table: Listing
    about: str
    period: str
    suppression: str


@router.get("")
@open_to_all("the sets hold no cell of fewer than 20 cases, and no person")
def catalogue(request: Request, service: Of) -> Response:
    """All sets; each can be had as CSV, JSON or XLSX."""
    lang = lang_of(request)
    sets = _sets(service, lang)
    return page(request, "public/data.html", question=_QUESTION[lang], sets=sets, tables=[one.table for one in sets])


def _sets(service: Service, lang: Lang) -> list[DataSet]:
    en, months = lang == "en", Months(service)
    known = sorted({row["month"] for row in months.rows})
    span = f"{known[0]:%Y-%m} – {known[-1]:%Y-%m}" if known else "—"
    few = (
        f"少于 {PUBLIC} 例的格子不公开；能被减出来的格子同样不公开（写作 *）。",
        f"Cells below {PUBLIC} cases are left out, and cells from which they could be worked out (written *).",
    )[en]
    none = ("不含个人数据，全部公开。", "Holds no data of persons: nothing is left out.")[en]
    return [
        DataSet(
            Listing("indicators", "指标逐月", "Indicators by month", _MONTHS, _month_rows(service, months, lang)),
            ("公开指标，按地区、险种、月份。", "Public indicators by region, scheme and month.")[en],
            span,
            few,
        ),
        DataSet(
            Listing(
                "providers", "机构收费", "What providers' patients bore", _PROVIDERS, _provider_rows(service, lang)
            ),
            (
                "各机构个人负担、目录外、超限价占总费用的比例。",
                "Patients' share, cost not covered and above ceilings, of each provider.",
            )[en],
            f"{known[0].year} – {known[-1].year}" if known else "—",
            few,
        ),
        DataSet(
            Listing(
                "policies", "待遇政策参数", "Parameters of benefit policies", _POLICIES, _policy_rows(service, lang)
            ),
            ("每套政策的全部参数和施行日期。", "Every parameter of every policy, with its dates.")[en],
            ("见施行日期", "see the dates")[en],
            none,
        ),
        DataSet(
            Listing("laws", "规则和口径目录", "Rules and definitions", _LAWS, _law_rows(service, lang)),
            ("监管规则、数据质量规则、指标口径。", "Supervision rules, data-quality rules, definitions.")[en],
            ("见施行日期", "see the dates")[en],
            none,
        ),
    ]


def _month_rows(service: Service, months: Months, lang: Lang) -> list[dict[str, Any]]:
    en, out = lang == "en", []
    every = ("全部", "all")[en]
    for indicator in indicators().values():
        for year in months.years():
            cube = months.cube(indicator.care, year)
            for key, sums in sorted(cube.sums.items()):
                one = measured(indicator, sums, key in cube.hidden)
                region, scheme, month = key
                said = {
                    "indicator": indicator.title[en],
                    "region": region_name(service, months.top if region == ALL else region, lang),
                    "scheme": every if scheme == ALL else SCHEMES.get(scheme, (scheme, scheme))[en],
                    "month": f"{year}" if month == ALL else month,
                    "value": None if one.value is None else number(one.value, indicator.kind),
                    "unit": indicator.unit(lang),
                    "n": one.count,
                }
                out.append(said)
    return out


def number(value: int, kind: str) -> str:
    """A value as a plain number in its unit, for programs: yuan, per cent, or the number itself."""
    scale = {"money": 100, "share": 10_000, "number": 1_000_000}[kind]
    return decimal(value, scale, 2).replace(",", "").replace(MINUS, "-")


def _provider_rows(service: Service, lang: Lang) -> list[dict[str, Any]]:
    out = []
    for row in service.figures.rows("open_institution"):
        name = row["institution_id"]
        enough = row["bills"] >= PUBLIC and row["total_amount"] > 0
        shares = {one: f"{100 * row[one] / row['total_amount']:.1f}" if enough else None for one in CHARGES}
        out.append({
            "name": institution_name(service, name, lang), "institution_id": name, "year": str(row["year_from"].year),
            "care": CARE[row["care"]][lang == "en"], "bills": row["bills"] if enough else f"<{PUBLIC}", **shares,
        })  # fmt: skip
    return sorted(out, key=lambda row: (str(row["name"]), str(row["year"]), str(row["care"])))


def _policy_rows(service: Service, lang: Lang) -> list[dict[str, Any]]:
    return [
        {"policy": policy.title[lang], "version": policy.version, "scheme": policy.scheme, "region": policy.region,
         "start": policy.effective.start, "end": policy.effective.end, "grade": GRADES[policy.grade][lang == "en"],
         "parameter": name, "value": value}
        for policy in service.book.policies.values() for name, value in parameters(policy, lang)
    ]  # fmt: skip


def _law_rows(service: Service, lang: Lang) -> Sequence[dict[str, Any]]:
    return [
        {"id": law.id, "kind": law.text.kind, "version": law.text.version, "title": law.text.title[lang],
         "question": law.text.question[lang], "start": law.text.effective.start}
        for law in service.lawbook.laws.values()
    ]  # fmt: skip
