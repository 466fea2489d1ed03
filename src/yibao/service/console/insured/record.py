"""The health record: visits, diagnoses, reports and prescriptions as the ledger has them, the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.presentation.fmt import Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.codes import code
from yibao.service.console.insured.bill import what
from yibao.service.console.insured.own import own_person, seen
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name
from yibao.service.state import Service

router = APIRouter(prefix="/me/record", route_class=GuardedRoute, include_in_schema=False)
_TABLES = ("encounter", "diagnosis", "exam_report", "lab_result", "prescription")
_QUESTION = {
    "zh": "我看过什么病，做过什么检查，用过什么药？",
    "en": "What was I treated for, examined for, prescribed?",
}
_VISITS = (
    Column("care", "就诊", "Visit", head=True, below=lambda row, _: row["department"] or ""),
    Column("at", "日期", "Date", "date"),
    Column("place", "机构", "Provider", "long"),
    Column("diagnoses", "诊断", "Diagnoses", "long", sorts=False),
)
_REPORTS = (
    Column("name", "检查", "Examination", head=True, below=lambda row, _: row["part"] or ""),
    Column("at", "日期", "Date", "date"),
    Column("place", "机构", "Provider", "long"),
    Column("conclusion", "结论", "Conclusion", "long", sorts=False),
    Column("recognised", "结果互认", "Mutual recognition", sorts=False),
)
_DRUGS = (
    Column("name", "药品", "Drug", head=True),
    Column("at", "开方日期", "Prescribed", "date"),
    Column("place", "机构", "Provider", "long"),
    Column("days", "天数", "Days", "count"),
    Column("use", "用法", "Use", sorts=False),
    Column("renew", "续方", "Renewal", sorts=False, filed=False, href=lambda row: row["href"]),
)


@router.get("")
@needs("person.read", anywhere=True)  # the caller's own rows
def record(request: Request, caller: Who, service: Of) -> Response:
    """Everything that providers reported of the person."""
    person, lang = own_person(caller), lang_of(request)
    found = {name: table.to_pylist() for name, table in service.ledger.slice(person, _TABLES).items()}
    seen(service, caller, person, {name: len(rows) for name, rows in found.items()})
    diagnoses: dict[str, list[str]] = defaultdict(list)
    for row in sorted(found["diagnosis"], key=lambda row: (not row["is_main"], row["sequence"])):
        named = service.diagnoses.get(row["code"]) if lang == "en" else None
        diagnoses[row["encounter_id"]].append(named or row["name"] or row["code"])
    tables = (
        Listing(
            "visits",
            "就诊和诊断",
            "Visits and diagnoses",
            _VISITS,
            [_visit(service, row, diagnoses, lang) for row in found["encounter"]],
            order="-at",
            page=20,
            caption=False,
        ),
        Listing(
            "reports",
            "检查检验报告",
            "Reports",
            _REPORTS,
            [_report(service, row, lang) for row in found["exam_report"]],
            order="-at",
            page=20,
            caption=False,
        ),
        Listing(
            "drugs",
            "处方",
            "Prescriptions",
            _DRUGS,
            [_drug(service, row, lang) for row in found["prescription"]],
            order="-at",
            page=20,
            caption=False,
        ),
    )
    return page(
        request,
        "insured/record.html",
        caller=caller,
        question=_QUESTION[lang],
        tables=tables,
        counts={name: len(rows) for name, rows in found.items()},
    )


def _visit(service: Service, row: Mapping[str, Any], diagnoses: Mapping[str, list[str]], lang: Lang) -> dict[str, Any]:
    said = diagnoses.get(row["encounter_id"], [])
    return {
        "care": what(row["kind"])[0][lang == "en"], "at": row["admitted_at"].date(), "department": row["department"],
        "place": institution_name(service, row["institution_id"], lang),
        "diagnoses": ("；" if lang == "zh" else "; ").join(said) or None,
    }  # fmt: skip


def _report(service: Service, row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    return {
        "name": item_name(service, row["item_code"], lang), "part": row["body_part"], "at": row["examined_at"].date(),
        "place": institution_name(service, row["institution_id"], lang), "conclusion": row["conclusion"],
        "recognised": code("exam_report", "recognition_mark", row["recognition_mark"])[lang == "en"]
        if row["recognition_mark"] else None,
    }  # fmt: skip


def _drug(service: Service, row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    use = " · ".join(part for part in (row["dose"], row["frequency"]) if part)
    return {
        "name": item_name(service, row["item_code"], lang), "at": row["issued_at"].date(), "use": use or None,
        "place": institution_name(service, row["institution_id"], lang), "days": row["days_supply"],
        "renew": "续方" if lang == "zh" else "Renew",
        "href": f"/me/renewals/new?prescription={row['prescription_id']}",
    }  # fmt: skip


def item_name(service: Service, item_code: str, lang: Lang) -> str:
    """An item's name in the catalogue, in the reader's language where it has one."""
    return (service.english.get(item_code) if lang == "en" else None) or service.named.get(item_code, item_code)
