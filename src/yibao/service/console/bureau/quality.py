"""Data quality: rows in = accepted + quarantined + duplicates, to the row and the fen; what the quality laws found."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.presentation.fmt import Format, heading
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.bureau.columns import PROVIDER
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_filter, resting_on, within

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
SEVERITY = {"error": ("错误", "error"), "warning": ("提示", "warning")}
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
        mine = places.setdefault(row["institution_id"] or "", {"code": row["institution_id"], "issues": 0, "amount": 0,
                                 "name": institution_name(service, row["institution_id"], lang)})  # fmt: skip
        at["issues"] += row["issues"]
        at["rows"] += row["rows_concerned"]
        at["amount"] += row["amount"]
        mine["issues"] += row["issues"]
        mine["amount"] += row["amount"]
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
            "inflow", "交来与入库", "What came in", columns, inflow, order="-quarantined", total=dict(sums), page=80
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
            ],
            list(found.values()),
            order="-issues",
        ),
        Listing(
            "places",
            "各机构",
            "By provider",
            [
                PROVIDER,
                Column("issues", "问题", "Issues", "count"),
                Column("amount", "涉及金额，元", "Money, ¥", "money"),
            ],
            list(places.values()),
            order="name",
        ),
    )
    question = "进来的数据全不全？" if zh else "Is the data complete?"
    return page(
        request,
        "bureau/quality.html",
        caller=caller,
        question=question,
        filters=chosen,
        says=says,
        tables=listings,
        batches=len(service.ledger.batches()),
        foot=[resting_on(service, lang)],
    )
