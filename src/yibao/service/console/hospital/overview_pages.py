"""The hospital's first page (what must be done this week), its money month by month, and the definitions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.presentation.fmt import Format
from yibao.registry import opinions
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console import own_clues, own_staff
from yibao.service.console.hospital import assessment_page, cards
from yibao.service.console.hospital.choice import all_stays
from yibao.service.console.hospital.estimate import FEWEST, FEWEST_PEERS, MANY, MANY_PEERS
from yibao.service.console.hospital.indicators import NOT_OF_STAYS, SECTIONS, VERSION, indicators, written_indicator
from yibao.service.console.hospital.money import money_figure, money_of
from yibao.service.console.hospital.stays import Stays
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import Own, own_institution
from yibao.service.console.own_sections import Section, sectioned
from yibao.service.console.pages import lang_of, page
from yibao.service.state import Service

router = APIRouter(prefix="/hospital", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "这周要我做什么？", "en": "What do I have to do this week?"}
_UNITS = {"money": ("元", "¥"), "percent": ("%", "%"), "ratio": ("比值", "ratio"), "days": ("天", "days")}
_BAD = {1: ("高为不利", "higher is unfavourable"), -1: ("低为不利", "lower is unfavourable"), 0: ("无方向", "neither")}


@router.get("")
@needs("hospital.read", anywhere=True)  # all is of the caller's own institution
def overview(request: Request, caller: Who, service: Of) -> Response:
    """What waits, by its day; the year in three figures; where to go on."""
    own, lang = own_institution(caller, service, "hospital"), lang_of(request)
    fmt = Format(lang, service.ledger.currency)
    todo = _todo(service, caller.actor_id, own, fmt)
    stays = all_stays(service).of([own.institution_id])
    name = service.figures.name
    return page(request, "hospital/overview.html", caller=caller, question=_QUESTION[lang], todo=todo,
                big=_big(stays, fmt), lang_name=own.name(lang), may_uploads=caller.allows("upload.read"),
                meta=[f"快照与运行 {name}" if lang == "zh" else f"Snapshot and run {name}"])  # fmt: skip


def _todo(service: Service, actor_id: str, own: Own, fmt: Format) -> list[dict[str, Any]]:
    """Things that wait, the next due first; those without a day last."""
    zh, now = fmt.lang == "zh", service.registry.clock()
    found: list[dict[str, Any]] = []
    for row in own_clues.waiting(service, own.institution_id):
        title = row["title_zh"] if zh else row["title_en"]
        act = ("补充材料" if row["state"] == "S3b" else "答复疑点") if zh else (
            "Hand in material" if row["state"] == "S3b" else "Answer a clue")  # fmt: skip
        found.append({"due": row["due_on"], "act": act, "what": title, "href": f"/hospital/clues/{row['clue_id']}",
                      "money": fmt.money(row["claimed"])})  # fmt: skip
    with service.registry.reading("opinion.read", actor_id) as unit:
        said = opinions.opinions(unit, state="answered", institution_id=own.institution_id)
    found += [
        {"due": None, "act": "看答复" if zh else "Read an answer", "href": "/hospital/opinions",
         "what": opinions.ABOUT[row["about"]][0 if zh else 1], "money": ""}
        for row in said if row["answered_at"] >= now - timedelta(days=14)
    ]  # fmt: skip
    found += own_staff.waiting(service, actor_id, own, "/hospital/staff", fmt.lang)
    found += assessment_page.waiting(service, actor_id, own, fmt.lang)
    open_ = [card for card in cards.shown_since(service, own.institution_id, now - timedelta(days=7))
             if card["outcome"] is None]  # fmt: skip
    if open_:
        found.append({"due": None, "act": "答复提醒" if zh else "Answer reminders", "href":
                      "/hospital/reminders?state=open", "what": f"近 7 天 {len(open_)} 条未答复" if zh
                      else f"{len(open_)} of the last 7 days not answered", "money": ""})  # fmt: skip
    faulty = int(all_stays(service).of([own.institution_id])["faulty"].sum())
    if faulty:
        found.append({"due": None, "act": "核对结算清单" if zh else "Check settlement lists", "href":
                      "/hospital/benchmark#h-ind", "what": f"{faulty} 份清单有疑问" if zh
                      else f"{faulty} lists are in question", "money": ""})  # fmt: skip
    return sorted(found, key=lambda one: (one["due"] is None, one["due"] or date.max))


def _big(stays: Stays, fmt: Format) -> list[tuple[str, str]]:
    zh = fmt.lang == "zh"
    if not len(stays):
        return []
    last = stays.where(stays.month >= len(stays.months) - 12)
    months = f"{stays.months[-12:][0]:%Y-%m}{' 至 ' if zh else ' to '}{stays.months[-1]:%Y-%m}"
    return [
        (fmt.count(len(last)), f"出院人次，{months}" if zh else f"discharges, {months}"),
        (fmt.short(int(last["amount"].sum())), "医疗费" if zh else "charged"),
        (fmt.short(int(last["fund"].sum())), "其中基金支付" if zh else "of it paid by the fund"),
    ]


@router.get("/money")
@needs("hospital.read", anywhere=True)  # the money is the caller's own institution's
def money(request: Request, caller: Who, service: Of) -> Response:
    """The money due, month by month."""
    own, lang = own_institution(caller, service, "hospital"), lang_of(request)
    fmt, stays = Format(lang, service.ledger.currency), all_stays(service).of([own.institution_id])
    months = stays.months[-12:]
    title = ("结算与点数", "Money")
    question = ("该给我的钱到哪一步了？", "Where is the money due to us?")
    if not months:
        return sectioned(request, caller, title, question, ())
    rows = []
    for month in months:
        one = money_of(service, stays.from_month(month, month), own.institution_id, month, month)
        rows.append({"month": f"{month:%Y-%m}", "cases": one.cases, "recorded": one.recorded,
                     "difference": one.difference, "deducted": one.deducted, "payable": one.payable})  # fmt: skip
    whole = money_of(service, stays.from_month(months[0], months[-1]), own.institution_id, months[0], months[-1])
    table = Listing("months", "按月", "By month", (
        Column("month", "月份", "Month", head=True), Column("cases", "出院人次", "Discharges", "count"),
        Column("recorded", "按项目记账，元", "By item, ¥", "money"),
        Column("difference", "病组支付差额，元", "Case payment, ¥", "money"),
        Column("deducted", "处理扣减，元", "Deductions, ¥", "money"),
        Column("payable", "应付，元", "Payable, ¥", "money"),
    ), rows, order="-month", total={"cases": whole.cases, "recorded": whole.recorded, "deducted": whole.deducted,
                                    "difference": whole.difference, "payable": whole.payable},
       caption=False)  # fmt: skip
    payable, deducted = fmt.short(whole.payable), fmt.short(whole.deducted)
    said = (f"近 {len(months)} 个月应付 *{payable}*，其中处理扣减 {deducted}。" if lang == "zh"
            else f"Over {len(months)} months *{payable}* is payable, after deductions of {deducted}.")  # fmt: skip
    return sectioned(request, caller, title, question, (
        Section(("近 12 个月", "Last 12 months"), ("从记账到应付，每一步差多少？", "What changes at each step?"),
                figure=money_figure(whole, f"{months[0]:%Y-%m} – {months[-1]:%Y-%m}", fmt)),
        Section(("按月", "By month"), ("扣减按疑点所属期间归月；没有支付标准的月份没有差额。",
                "Deductions stand in the month of their clue; months without standards have no difference."), table),
    ), says=[said])  # fmt: skip


@router.get("/definitions")
@needs("hospital.read", anywhere=True)  # definitions are of nobody
def definitions(request: Request, caller: Who, service: Of) -> Response:
    """What every indicator counts, so that a hospital can reckon it again."""
    lang = lang_of(request)
    known = [*indicators(all_stays(service), {}), *map(written_indicator, NOT_OF_STAYS)]
    rows = [
        {"name": (one.zh, one.en), "section": SECTIONS[one.section], "basis": one.basis, "unit": _UNITS[one.unit],
         "bad": _BAD[one.bad], "kind": one.kind}
        for one in known
    ]  # fmt: skip
    ways = {"ratio": ("合计之比", "ratio of sums"), "proportion": ("Wilson 区间", "Wilson interval"),
            "oe": ("精确泊松区间", "exact Poisson interval")}  # fmt: skip
    table = Listing("definitions", "口径", "Definitions", (
        Column("name", "指标", "Indicator", head=True), Column("section", "类别", "Section"),
        Column("basis", "分子 ÷ 分母", "Numerator ÷ denominator", "long"), Column("unit", "单位", "Unit"),
        Column("bad", "方向", "Direction"), Column("kind", "区间", "Interval", words=ways),
    ), rows)  # fmt: skip
    zh = lang == "zh"
    says = [
        (f"95% 区间：{MANY} 例以上用稳健方差，{FEWEST} 例以上用固定种子的自助法，再少不给。" if zh else
         f"95% intervals: robust variance from {MANY} cases, a seeded bootstrap from {FEWEST}, none below."),
        (f"同类不足 {FEWEST_PEERS} 家不比较；{MANY_PEERS} 家以上才画 P10–P90；从不给出最小、最大和名称。" if zh else
         f"Fewer than {FEWEST_PEERS} peers: no comparison; P10–P90 from {MANY_PEERS}; never least, greatest or names."),
        ("按病例组合调整：每例与全体同组均值之比，再乘全体平均；不足 5 例的病组合为一组。" if zh else
         "Case mix: each stay over its group's mean among all compared, times the overall mean; rare groups are one."),
    ]  # fmt: skip
    return sectioned(request, caller, ("口径与公式", "Definitions and formulas"),
                     ("每个数怎么算，我能不能自己算一遍？", "How is each figure reckoned, and can I do it again?"),
                     (Section((f"口径 {VERSION}", f"Definitions {VERSION}"), ("", ""), table),), says=says)  # fmt: skip
