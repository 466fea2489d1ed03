"""The benefit calculator, for everybody at /open/calculator and for the bureau at /bureau/policies: one component."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.benefits.bill_file import BillError
from yibao.benefits.statement_words import GRADES
from yibao.presentation.fmt import Format
from yibao.service.access.guard import GuardedRoute, Of, Who, needs, open_to_all
from yibao.service.access.scope import Caller
from yibao.service.console.insured.bill import SCHEMES
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.public.situation import (
    CHANGES,
    CHOICES,
    MONEY,
    Outcome,
    changed,
    offered,
    read_situation,
    reckon,
)
from yibao.service.console.scoping import region_name
from yibao.service.problems import unknown
from yibao.service.state import Service

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {
    "open": {"zh": "我这种情况要自己付多少？", "en": "What would I pay?"},
    "bureau": {
        "zh": "这项政策怎么算，换个人会怎样？",
        "en": "How is this benefit worked out, and for someone else?",
    },
}
_LABELS = {
    "policy": ("按哪套政策", "Under which policy"),
    "kind": ("看病方式", "Kind of care"),
    "level": ("医院级别", "Level of the provider"),
    "class": ("人员类别", "Class of person"),
    "place": ("就医地和备案", "Where, and how filed"),
    "status": ("困难身份", "Hardship on record"),
    "total": ("总费用，元", "Total, ¥"),
    "not_covered": ("目录外（全自费），元", "Not covered, ¥"),
    "over_limit": ("超过限价，元", "Above price ceilings, ¥"),
    "first_share": ("先行自付，元", "First share, ¥"),
}
_POLICIES = (
    Column("title", "政策", "Policy", head=True, href=lambda row: f"/bureau/policies/{row['id']}",
           below=lambda row, _: row["id"]),
    Column("scheme", "险种", "Scheme"),
    Column("region", "地区", "Region"),
    Column("version", "版本", "Version"),
    Column("start", "施行", "In force from", "date"),
    Column("end", "至（不含）", "Until (exclusive)", "date"),
    Column("grade", "可信度", "Trust grade"),
)  # fmt: skip


@router.get("/open/calculator")
@open_to_all("benefit policies are public")
def calculator(request: Request, service: Of) -> Response:
    """What somebody would pay, and what would change in another situation."""
    return reckoned(request, service, None, "open")


@router.get("/bureau/policies")
@needs("bureau.read", anywhere=True)  # policies are no data of persons
def policies(request: Request, caller: Who, service: Of) -> Response:
    """All policies, and the calculator under any of them."""
    lang = lang_of(request)
    rows = [_policy_row(service, one, lang) for one in service.book.policies.values()]
    listed = Listing("policies", "待遇政策", "Benefit policies", _POLICIES, rows, order="title", caption=False)
    return reckoned(request, service, caller, "bureau", tables=(listed,))


@router.get("/bureau/policies/{policy_id}")
@needs("bureau.read", anywhere=True)
def policy(request: Request, policy_id: str, caller: Who, service: Of) -> Response:
    """The calculator under one policy."""
    return reckoned(request, service, caller, "bureau", chosen=policy_id)


def reckoned(
    request: Request,
    service: Service,
    caller: Caller | None,
    door: str,
    tables: tuple[Listing, ...] = (),
    chosen: str = "",
) -> Response:
    """The page: the form, and the steps of one situation or of two."""
    lang, day = lang_of(request), service.registry.clock().date()
    known = offered(service.book, service.regions, day)
    if chosen and all(one.id != chosen for one in known):
        raise unknown("policy", "政策")
    query = {**({"policy": chosen} if chosen else {}), **request.query_params}
    said, wrong = read_situation(query, known, lang)
    results: dict[str, Any] = {"first": None, "second": None, "refused": "", "policy": None}
    if not wrong:
        held = next(one for one in known if one.id == said["policy"])
        results = _results(service, said, held, day, lang)
        if request.query_params.get("download") == "bill" and results["first"] is not None:
            text = json.dumps(results["first"].file, ensure_ascii=False, indent=2)
            return Response(text, media_type="application/json",
                            headers={"content-disposition": 'attachment; filename="bill.json"'})  # fmt: skip
    return page(
        request, "public/calculator.html", caller=caller, question=_QUESTION[door][lang], errors=wrong, said=said,
        policies=[(one.id, one.title.zh if lang == "zh" else one.title.en) for one in known], tables=tables,
        choices={name: {code: words[lang == "en"] for code, words in of.items()} for name, of in CHOICES.items()},
        labels={name: words[lang == "en"] for name, words in _LABELS.items()}, money=MONEY, changes=CHANGES,
        action=request.url.path, error=results.pop("refused") or None, grades=GRADES, **results,
    )  # fmt: skip


def _results(service: Service, said: dict[str, str], policy: Any, day: Any, lang: Any) -> dict[str, Any]:
    first = reckon(said, policy, service.book, day, lang)
    if isinstance(first, BillError):
        return {"first": None, "second": None, "policy": policy, "refused": first.zh if lang == "zh" else first.what}
    other = changed(said)
    second: Outcome | None = None
    refused = ""
    if other is not None:
        compared = reckon(other, policy, service.book, day, lang)
        if isinstance(compared, BillError):
            refused = compared.zh if lang == "zh" else compared.what
        else:
            second = compared
    words = [CHOICES[name][other[name]][lang == "en"] for name in CHANGES if other and other[name] != said[name]]
    fmt, difference = Format(lang), ""
    if second is not None:
        more = second.shared.person - first.shared.person
        amount, what = fmt.money(abs(more)), ("、" if lang == "zh" else ", ").join(words)
        if lang == "zh":
            difference = (
                f"换成{what}：您{'多' if more > 0 else '少'}付 {amount}" if more else f"换成{what}：您付的一样多"
            )
        else:
            difference = f"With {what} you pay {amount} {'more' if more > 0 else 'less'}" if more else (
                f"With {what} you pay the same")  # fmt: skip
    return {"first": first, "second": second, "policy": policy, "refused": refused, "difference": difference,
            "what": ("、" if lang == "zh" else ", ").join(words)}  # fmt: skip


def _policy_row(service: Service, policy: Any, lang: Any) -> dict[str, Any]:
    return {
        "id": policy.id,
        "title": policy.title[lang],
        "version": policy.version,
        "start": policy.effective.start,
        "scheme": SCHEMES.get(policy.scheme, (policy.scheme,) * 2)[lang == "en"],
        "end": policy.effective.end,
        "region": region_name(service, policy.region, lang),
        "grade": f"{policy.grade} · {GRADES[policy.grade][lang == 'en']}",
    }
