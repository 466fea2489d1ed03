"""A pharmacy's pages: what waits, codes that were sold twice, sales at night, stock that does not match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response

from yibao.presentation.charts.histogram import Bin, histogram
from yibao.presentation.fmt import Format, decimal
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console import own_clues
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.hospital.estimate import FEWEST_PEERS
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import Own, own_institution
from yibao.service.console.own_sections import Section, sectioned
from yibao.service.console.pages import lang_of
from yibao.service.console.scoping import item_words
from yibao.service.state import Service

router = APIRouter(prefix="/pharmacy", route_class=GuardedRoute, include_in_schema=False)
_QUANTITIES = ("opening", "supplied", "settled", "excess")
#: Hours of the night, in which a sale is looked at.
NIGHT = frozenset({22, 23, 0, 1, 2, 3, 4, 5})


@router.get("")
@needs("pharmacy.read", anywhere=True)  # all is of the caller's own institution
def overview(request: Request, caller: Who, service: Of) -> Response:
    """Which codes do not match, which sales were at night, and what must be answered."""
    own, lang = own_institution(caller, service, "pharmacy"), lang_of(request)
    fmt = Format(lang, service.ledger.currency)
    waiting = own_clues.waiting(service, own.institution_id)
    nights = service.figures.rows("night_sale", institution_id=own.institution_id)
    codes = code_rows(service, own)
    return sectioned(
        request, caller, (own.name("zh"), own.name("en")),
        ("哪些药追溯码或进销存对不上，要我答复什么？", "Which codes or stocks do not match, and what must I answer?"),
        (
            Section(("等您答复的疑点", "Clues that wait for you"), ("", ""),
                    own_clues.listing(waiting, "/pharmacy", lang),
                    empty=("没有等您答复的疑点。", "No clue waits for you.")),
            Section(("追溯码不止一次结算", "Trace codes settled more than once"),
                    ("同一个追溯码应只结算一次。", "One code is settled once only."), code_table(codes),
                    empty=("没有追溯码重复结算。", "No code was settled twice.")),
            Section(("夜间结算", "Sales at night"), ("22 时至次日 6 时。", "From ten at night to six."),
                    night_table(nights), hours_figure(service, own, fmt),
                    empty=("没有夜间结算。", "There were no sales at night.")),
        ), says=_says(waiting, codes, nights, fmt),
    )  # fmt: skip


def _says(
    waiting: Sequence[Mapping[str, Any]], codes: Sequence[Mapping[str, Any]], nights: Sequence[Mapping[str, Any]],
    fmt: Format,
) -> list[str]:  # fmt: skip
    zh = fmt.lang == "zh"
    twice = len({row["trace_code"] for row in codes})
    money = fmt.short(sum(row["amount"] for row in nights))
    due = fmt.day(waiting[0]["due_on"]) if waiting and waiting[0]["due_on"] else ""
    first = (
        f"*{len(waiting)}* 条疑点等您答复{f'，最早 {due}' if due else ''}。"
        if zh
        else f"*{len(waiting)}* clues wait for your answer{f', the first by {due}' if due else ''}."
    )
    second = f"*{twice}* 个追溯码结算过不止一次。" if zh else f"*{twice}* trace codes were settled more than once."
    third = f"夜间结算 *{len(nights)}* 笔，{money}。" if zh else f"*{len(nights)}* bills at night, {money}."
    return [first, second, third]


def code_rows(service: Service, own: Own) -> list[dict[str, Any]]:
    """Own sales of codes that were settled more than once; other places are counted, not named."""
    return [
        {**row, "item": item_words(service, row["item_code"], None), "elsewhere": row["places"] - 1}
        for row in service.figures.rows("trace_again", institution_id=own.institution_id)
    ]


def code_table(rows: Sequence[Mapping[str, Any]]) -> Listing:
    """The sales as a table."""
    return Listing("codes", "重复结算的追溯码", "Trace codes settled again", (
        Column("trace_code", "追溯码", "Trace code", "id", head=True), Column("item", "药品", "Drug"),
        Column("sold_at", "时间", "Time", "time"), Column("settlement_id", "结算编号", "Bill", "id"),
        Column("sales", "共结算次数", "Times settled", "count"),
        Column("elsewhere", "其他机构", "Other places", "count"),
    ), rows, order="trace_code")  # fmt: skip


def night_table(rows: Sequence[Mapping[str, Any]]) -> Listing:
    """Bills of the night."""
    return Listing("nights", "夜间结算", "Sales at night", (
        Column("settled_at", "时间", "Time", "time", head=True), Column("settlement_id", "结算编号", "Bill", "id"),
        Column("amount", "金额，元", "Amount, ¥", "money"),
        Column("account_amount", "个人账户，元", "Personal account, ¥", "money"),
    ), rows, order="-settled_at")  # fmt: skip


def hours_figure(service: Service, own: Own, fmt: Format) -> Drawn | None:
    """Own bills by hour against all other pharmacies together (R9); None without any bill."""
    zh, share = fmt.lang == "zh", hour_shares(service.figures.rows("sale_hour"), own.institution_id)
    if share is None:
        return None
    mine, others, count, places = share
    night = sum(mine[hour] for hour in NIGHT)
    rest = None if others is None else sum(others[hour] for hour in NIGHT)
    said = decimal(round(night * 10), 10, 1)
    title = f"夜间结算占 {said}%" if zh else f"{said}% of bills are at night"
    if rest is not None:
        peer = decimal(round(rest * 10), 10, 1)
        title += f"，其他药店 {peer}%" if zh else f", {peer}% at other pharmacies"
    bins = [
        Bin(f"{hour:02d}", float(mine[hour]), None if others is None else float(others[hour]), hour in NIGHT,
            f"{hour:02d}:00 {decimal(round(mine[hour] * 10), 10, 1)}%")
        for hour in range(24)
    ]  # fmt: skip
    unit = (
        f"各小时占全天结算笔数的百分比；本店 {fmt.count(count)} 笔，黑线为其他 {places} 家药店"
        if zh
        else f"Percent of bills by hour; yours {fmt.count(count)}, black line: {places} other pharmacies"
    )
    table = Listing("hours", "各小时结算", "Bills by hour", (
        Column("hour", "小时", "Hour", head=True), Column("own", "本店", "You", "percent"),
        Column("others", "其他药店", "Others", "percent"),
    ), [{"hour": b.name, "own": round(b.own * 10**4), "others": None if b.peers is None else round(b.peers * 10**4)}
        for b in bins])  # fmt: skip
    return Drawn("hours", title, unit, drawn([bins, title], lambda: histogram(bins, title)), (), table)


def hour_shares(rows: Sequence[Mapping[str, Any]], own: str) -> tuple[np.ndarray, np.ndarray | None, int, int] | None:
    """Percent of bills by hour: own, the others' together (None with fewer than five), own bills, other places."""
    mine, others = np.zeros(24), np.zeros(24)
    for row in rows:
        (mine if row["institution_id"] == own else others)[int(row["hour"])] += row["bills"]
    if not mine.sum():
        return None
    places = len({row["institution_id"] for row in rows} - {own})
    spread = others / others.sum() * 100 if places >= FEWEST_PEERS and others.sum() else None
    return mine / mine.sum() * 100, spread, int(mine.sum()), places


@router.get("/stock")
@needs("pharmacy.read", anywhere=True)  # the stock is the caller's own institution's
def stock(request: Request, caller: Who, service: Of) -> Response:
    """What was charged against what came in, item by item; the largest excess first."""
    own, lang = own_institution(caller, service, "pharmacy"), lang_of(request)
    rows = [
        {**row, "item": (row["name"], row["name_en"]), **{k: row[k] * 1000 for k in _QUANTITIES}}
        for row in service.figures.rows("stock_balance", institution_id=own.institution_id)
    ]  # fmt: skip
    over = [row for row in rows if row["excess"] > 0]
    table = Listing("stock", "进销存", "Stock", (
        Column("item", "药品或耗材", "Item", head=True, below=lambda row, _: str(row["item_code"])),
        Column("opening", "期初", "Opening", "ratio"), Column("supplied", "期初加购进等", "Supplied", "ratio"),
        Column("settled", "结算", "Settled", "ratio"),
        Column("excess", "结算减可供", "Settled less supply", "ratio"),
        Column("amount", "结算金额，元", "Settled, ¥", "money"),
    ), rows, order="-excess", caption=False)  # fmt: skip
    zh = lang == "zh"
    says = [f"*{len(over)}* 个品种结算多于可供，共 {len(rows)} 个品种。" if zh
            else f"*{len(over)}* of {len(rows)} items were settled above their supply."]  # fmt: skip
    question = ("结算的数量，进货够不够？", "Did enough come in for what was settled?")
    about = (
        "数量按计价单位，退费已冲减；从第一次盘点算起。少量差别可能是拆零和入账时间。",
        "In pricing units, net of refunds, since the first count. Small gaps may be split packs or timing.",
    )
    none = ("没有上传过库存。请先上传盘点和购进。", "No stock was uploaded. Upload counts and purchases first.")
    section = Section(("按品种", "By item"), about, table, empty=none)
    return sectioned(request, caller, ("进销存", "Stock"), question, (section,), says=says)
