"""Data quality: rows in = accepted + quarantined + duplicates, to the row and the fen; what the quality laws found."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from yibao.measures import wilson_interval
from yibao.presentation import micro
from yibao.presentation.fmt import Format, Lang, heading
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.bureau.aside import reasons
from yibao.service.console.bureau.columns import PROVIDER
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, Row, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_filter, resting_on, within
from yibao.service.state import Service

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
SEVERITY = {"error": ("错误", "error"), "warning": ("提示", "warning")}
#: Months of the sparks.
LONG = 24
_TONES = {"error": "stop:x", "warning": "warn:q"}


@router.get("/quality")
@needs("bureau.read")
def quality(request: Request, caller: Who, service: Of) -> Response:
    """Is the data complete?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    chosen = read(
        request,
        [
            region_filter(caller, service),
            Filter("severity", "程度", "Severity", options=[Option(k, *w) for k, w in SEVERITY.items()]),
        ],
    )
    where = within(caller, service, chosen["region"])
    contracts, tables, sums = service.ledger.tables(), {}, defaultdict(int)  # type: Any, dict[str, dict[str, int]], Any
    for batch in service.ledger.batches():
        for name, tally in batch.tables.items():
            at = tables.setdefault(name, defaultdict(int))
            for column in ("rows_in", "accepted", "quarantined", "duplicates", "money_in", "money_accepted",
                           "money_quarantined", "money_duplicates"):  # fmt: skip
                at[column] += getattr(tally, column)
                sums[column] += getattr(tally, column)
    inflow = [
        {"table": heading(contracts[name].title[lang]) if name in contracts else name, **at}
        for name, at in tables.items()
    ]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    places: dict[str, dict[str, Any]] = {}
    months: dict[tuple[str, str], dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    for row in service.figures.rows("quality_sum"):
        if row["institution_id"] is not None and row["institution_id"] not in where.institutions:
            continue
        if chosen["severity"] and row["severity"] != chosen["severity"]:
            continue
        law = service.lawbook.laws.get(row["law_id"])
        at = found.setdefault(
            (row["law_id"], row["table_name"]),
            {
                "law": f"{row['law_id']} {law.title[lang]}" if law is not None else row["law_id"],
                "severity": row["severity"],
                "table": heading(contracts[row["table_name"]].title[lang])
                if row["table_name"] in contracts
                else row["table_name"],
                "issues": 0,
                "rows": 0,
                "amount": 0,
            },
        )
        mine = places.setdefault(row["institution_id"] or "", {
            "code": row["institution_id"], "name": _named(service, row["institution_id"], lang),
            "issues": 0, "amount": 0, "hits": 0, "checked": 0,
        })  # fmt: skip
        at["issues"] += row["issues"]
        at["rows"] += row["rows_concerned"]
        at["amount"] += row["amount"]
        if row["month"] is not None:
            months[row["law_id"], row["table_name"]][row["month"]] += row["issues"]
        if row["rows_checked"]:  # unknown where an issue spans months
            mine["hits"] += row["rows_concerned"]
            mine["checked"] += row["rows_checked"]
        mine["issues"] += row["issues"]
        mine["amount"] += row["amount"]
    known = sorted({month for each in months.values() for month in each})[-LONG:]
    for of, one in found.items():
        one["series"] = [months[of].get(month, 0) for month in known]
    for one in places.values():
        low, high = wilson_interval(one["hits"], one["checked"]) if one["checked"] else (None, None)
        one["share"] = one["hits"] * 1_000_000 // one["checked"] if one["checked"] else None
        one["span"] = "" if low is None or high is None else f"{float(low) * 100:.2f}–{float(high) * 100:.2f}%"
    balanced = sums["rows_in"] == sums["accepted"] + sums["quarantined"] + sums["duplicates"]
    money = sums["money_in"] == sums["money_accepted"] + sums["money_quarantined"] + sums["money_duplicates"]
    says = [
        f"交来 *{fmt.count(sums['rows_in'])} 行* = 入库 *{fmt.count(sums['accepted'])}* + 隔离 "
        f"*{fmt.count(sums['quarantined'])}* + 重复 *{fmt.count(sums['duplicates'])}*；"
        f"{'行数与金额都对得上。' if balanced and money else '对不上，请核查。'}"
        if zh
        else f"*{fmt.count(sums['rows_in'])} rows in* = *{fmt.count(sums['accepted'])}* accepted + "
        f"*{fmt.count(sums['quarantined'])}* quarantined + "
        f"*{fmt.count(sums['duplicates'])}* duplicates; "
        f"{'rows and money agree.' if balanced and money else 'they do not agree.'}",
        f"质量规则发现 *{fmt.count(sum(r['issues'] for r in found.values()))}* 个问题。"
        if zh
        else f"Quality laws found *{fmt.count(sum(r['issues'] for r in found.values()))}* issues.",
    ]
    columns = [
        Column("table", "表", "Table", head=True),
        Column("rows_in", "交来", "Rows in", "count"),
        Column("accepted", "入库", "Accepted", "count"),
        Column("quarantined", "隔离", "Quarantined", "count"),
        Column("duplicates", "重复", "Duplicates", "count"),
        Column("money_in", "交来金额，元", "Money in, ¥", "money"),
        Column("money_quarantined", "隔离金额，元", "Quarantined, ¥", "money"),
    ]
    listings = (
        Listing(
            "inflow",
            "交来与入库",
            "What came in",
            columns,
            inflow,
            order="-quarantined",
            total=dict(sums),
            page=80,
            caption=False,
        ),
        Listing(
            "issues",
            "质量问题",
            "Issues",
            [
                Column("law", "规则", "Law", head=True),
                Column("table", "表", "Table"),
                Column(
                    "severity", "程度", "Severity", "chip", words=SEVERITY, tone=lambda row: _TONES[row["severity"]]
                ),
                Column("issues", "问题", "Issues", "count"),
                Column("rows", "涉及行", "Rows", "count"),
                Column("amount", "涉及金额，元", "Money, ¥", "money"),
                Column("spark", "逐月", "By month", mark=_spark, sorts=False, filed=False),
            ],
            list(found.values()),
            order="-issues",
            caption=False,
        ),
        Listing(
            "places",
            "各机构",
            "By provider",
            [
                PROVIDER,
                Column("issues", "问题", "Issues", "count"),
                Column("share", "问题行占被检查行", "Share of rows checked", "percent", below=under("span")),
                Column("checked", "被检查行", "Rows checked", "count"),
                Column("amount", "涉及金额，元", "Money, ¥", "money"),
            ],
            list(places.values()),
            order="name",
            caption=False,
        ),
    )
    aside = reasons(service, where, lang)
    question = "进来的数据全不全？" if zh else "Is the data complete?"
    return page(
        request,
        "bureau/quality.html",
        caller=caller,
        question=question,
        filters=chosen,
        says=says,
        tables=(*listings, aside),
        batches=len(service.ledger.batches()),
        foot=[resting_on(service, lang)],
    )


def _spark(row: Row, lang: Lang) -> Markup | str:
    """R2: the issues of each month, gaps as nought; nothing for issues without a date."""
    if not any(row["series"]):
        return ""
    return micro.spark(row["series"], f"近 {len(row['series'])} 个月的问题数" if lang == "zh"
                       else f"issues of the last {len(row['series'])} months")  # fmt: skip


def _named(service: Service, code: str | None, lang: Lang) -> str:
    """The provider that rows are of; persons, enrolments and the like are of none."""
    if code is None:
        return "不属于机构的数据" if lang == "zh" else "data of no provider"
    return institution_name(service, code, lang)
