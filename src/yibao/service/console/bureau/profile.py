"""One institution: its share of costs among peers, readmission, clues by state, findings by rule, opinions, points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from markupsafe import Markup
from sqlalchemy import func, select

from yibao.measures import wilson_interval
from yibao.presentation import micro
from yibao.presentation.fmt import Format, Lang
from yibao.registry.clues.workflow import workflow
from yibao.registry.opinions import ABOUT, STATES, opinions
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.audit.drawings import LEAST_PEERS, peers_of
from yibao.service.console.bureau.funnels import READINGS, TONES
from yibao.service.console.bureau.institutions import KINDS, LEVELS
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_name
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
Code = Annotated[str, Path(max_length=64, pattern=r"^[^/]*$")]
#: Parts of the cost by type of charge: words, types, whether a high share is unfavourable.
PARTS = {
    "drug": (("药品占比", "Drugs"), ("09", "10", "11")), "material": (("耗材占比", "Consumables"), ("08",)),
    "exam": (("检查检验占比", "Examinations and tests"), ("03", "04")),
    "service": (("医疗服务占比", "Clinical services"), ("01", "02", "05", "06", "07", "12", "13")),
}  # fmt: skip


@router.get("/institutions/{code}")
@needs("institution.read")
def profile(request: Request, code: Code, caller: Who, service: Of) -> Response:
    """One institution within scope."""
    if not caller.covers(service.place_of(code)) or code not in service.institutions:
        raise unknown("institution", "机构")
    lang = lang_of(request)
    zh, fmt, own = lang == "zh", Format(lang), service.institutions[code]
    peers = peers_of(service, code)
    year = {row["institution_id"]: row for row in service.figures.rows("institution_year")}
    parts = indicators(service, code, peers, year, lang)
    states, found = by_state(service, caller, code, lang), by_rule(service, code, lang)
    said = said_of(service, caller, code)
    mine = year.get(code, {})
    differing = [row for row in parts if row["reading"] in ("higher", "lower")]
    says = []
    if mine:
        says.append(
            f"本期 *{fmt.count(mine['bills'])}* 张结算单，费用 *{fmt.short(mine['total_amount'])}*，基金支付 *{fmt.short(mine['fund_amount'])}*。" if zh else
            f"*{fmt.count(mine['bills'])}* bills cost *{fmt.short(mine['total_amount'])}*, of which the fund paid *{fmt.short(mine['fund_amount'])}*."
        )  # fmt: skip
    says.append(
        (f"与 {len(peers)} 家同类相比，*{len(differing)} 项*在中间一半之外：{'、'.join(r['name'] for r in differing)}。" if differing else
         f"与 {len(peers)} 家同类相比，各项都在中间一半之内或例数不足。") if zh else
        (f"Against {len(peers)} peers *{len(differing)}* lie outside the middle half: {', '.join(r['name'] for r in differing)}."
         if differing else f"Against {len(peers)} peers all lie within the middle half, or have too few cases.")
    )  # fmt: skip
    meta = [KINDS.get(own["kind"], (own["kind"], own["kind"]))[0 if zh else 1],
            LEVELS.get(own["level"] or "9", ("", ""))[0 if zh else 1], region_name(service, own["region_code"], lang),
            f"{'同类' if zh else 'peers'} {len(peers)}"]  # fmt: skip
    tables = [
        Listing("indicators", "指标", "Indicators", _columns(), parts, page=30),
        Listing("states", "疑点", "Clues by state", [
            Column("state", "状态", "State", head=True, href=lambda row: f"/audit/clues?state={row['code']}&q={row['q']}&ended=true"),
            Column("clues", "疑点", "Clues", "count"), Column("claimed", "主张基金，元", "Claimed, ¥", "money"),
            Column("upheld", "维持，元", "Upheld, ¥", "money")], states),
        Listing("rules", "规则命中", "Findings by rule", [
            Column("title", "规则", "Rule", head=True, href=lambda row: f"/bureau/rules/{row['law']}"),
            Column("findings", "命中", "Findings", "count"), Column("fund", "涉及基金，元", "Fund at stake, ¥", "money")],
            found, order="-fund", page=15),
        Listing("opinions", "意见", "Opinions", [
            Column("opinion_id", "意见", "Opinion", head=True, href=lambda row: f"/bureau/opinions/{row['opinion_id']}"),
            Column("about", "关于", "About", words=ABOUT), Column("state", "状态", "State", words=STATES),
            Column("due_on", "答复期限", "Answer due", "date")], said),
    ]  # fmt: skip
    question = "这家机构与同类有什么不同？" if zh else "How does this provider differ from its kind?"
    return page(request, "bureau/profile.html", caller=caller, question=question, tables=tables, says=says, meta=meta,
                name=institution_name(service, code, lang), code=code, peers=len(peers), foot=[service.figures.name])  # fmt: skip


def _columns() -> list[Column]:
    return [
        Column("name", "指标", "Indicator", head=True, below=lambda row, fmt: row["of"]),  # noqa: ARG005
        Column("shown", "本机构", "This provider", below=lambda row, fmt: row["span"]),  # noqa: ARG005
        Column("mark", "在同类中的位置", "Among peers", mark=_strip, sorts=False, filed=False),
        Column("median", "同类中位数", "Peers' median"), Column("difference", "差", "Difference"),
        Column("reading", "判断", "Reading", "chip", words=READINGS, tone=lambda row: TONES[row["reading"]] if row["reading"] else ""),
    ]  # fmt: skip


def _strip(row: Mapping[str, Any], lang: Lang) -> Markup | str:
    """R1: the own value and its interval in the peers' spread."""
    if row["spread"] is None or row["value"] is None:
        return ""
    said = (f"{row['name']}：本机构 {row['shown']}，同类中位数 {row['median']}" if lang == "zh"
            else f"{row['name']}: {row['shown']}, peers' median {row['median']}")  # fmt: skip
    tone = "warn" if row["reading"] == "higher" else "you"
    return micro.strip(row["value"], (row["low"], row["high"]), row["spread"], said, tone=tone)


def indicators(
    service: Service, code: str, peers: Sequence[str], year: Mapping[str, Mapping[str, Any]], lang: Lang
) -> list[dict[str, Any]]:  # fmt: skip
    """Shares of cost, mean stay, cost of a bill, and readmission, each among its peers."""
    zh, fmt = lang == "zh", Format(lang)
    parts: dict[str, dict[str, int]] = {}
    for row in service.figures.rows("cost_part", institution_id={code, *peers}):
        parts.setdefault(row["institution_id"], {})[row["charge_type"]] = row["amount"]
    made = []
    whole = sum(parts.get(code, {}).values())
    for words, types in PARTS.values():
        def share(one: str, types: Sequence[str] = types) -> float | None:
            mine = parts.get(one, {})
            total = sum(mine.values())
            return sum(mine.get(kind, 0) for kind in types) * 100 / total if total > 0 else None

        value = share(code)
        others = [v for one in peers if (v := share(one)) is not None]
        of = f"费用 {fmt.short(whole)}" if zh else f"of {fmt.short(whole)}"
        made.append(_row(words[0 if zh else 1], of, value, None, others, lambda v: f"{v:.1f}%", "pp", lang))
    for words, over, under in ((("平均住院日", "Mean stay"), "days", "stays"), (("次均费用", "Cost of a bill"), "total_amount", "bills")):
        def mean(one: str, over: str = over, under: str = under) -> float | None:
            mine = year.get(one, {})
            return mine[over] / mine[under] if mine.get(under, 0) >= 10 else None

        others = [v for one in peers if (v := mean(one)) is not None]
        of = f"{fmt.count(year.get(code, {}).get(under, 0))} {'例' if zh else 'cases'}"
        said = (lambda v: f"{v:.1f} {'天' if zh else 'd'}") if over == "days" else (lambda v: fmt.short(round(v)))
        made.append(_row(words[0 if zh else 1], of, mean(code), None, others, said, over, lang))
    again = {row["institution_id"]: row for row in service.figures.rows("readmission", institution_id={code, *peers})}
    mine_again = again.get(code)
    if mine_again is not None:
        low, high = wilson_interval(mine_again["numerator"], mine_again["denominator"])
        rate = {k: row["numerator"] * 100 / row["denominator"] for k, row in again.items() if row["denominator"] >= 10}
        of = f"{fmt.count(mine_again['numerator'])} ÷ {fmt.count(mine_again['denominator'])}"
        others = [v for one, v in rate.items() if one != code]
        made.append(_row("31 日再住院率" if zh else "Readmission in 31 days", of, rate.get(code),
                         (float(low) * 100, float(high) * 100), others, lambda v: f"{v:.1f}%", "pp", lang))  # fmt: skip
    return made


def _row(
    name: str, of: str, value: float | None, ends: tuple[float, float] | None, others: Sequence[float], said: Any,
    unit: str, lang: Lang,
) -> dict[str, Any]:  # fmt: skip
    """One indicator: value, peers' P10 to P90 (quartiles below ten peers, nothing below five), difference, reading."""
    low, high = ends or (value, value)
    row: dict[str, Any] = {"name": name, "of": of, "value": value, "low": low, "high": high, "spread": None, "median": "—",
                           "difference": "—", "reading": None, "shown": said(value) if value is not None else "—",
                           "span": f"{low:.1f}–{high:.1f}%" if ends else "", "mark": ""}  # fmt: skip
    if value is None or low is None or high is None:
        return {**row, "reading": "few"}
    if len(others) < LEAST_PEERS:
        return row
    ranked = sorted(others)

    def at(q: float) -> float:
        return ranked[max(-(-int(q * 100) * len(ranked) // 100) - 1, 0)]

    edges = (at(0.1), at(0.9)) if len(ranked) >= 10 else (at(0.25), at(0.75))
    row["spread"] = (edges[0], at(0.25), at(0.5), at(0.75), edges[1])
    gap = value - at(0.5)
    sign = "+" if gap > 0 else "−" if gap < 0 else "±"
    shown = {"pp": f"{abs(gap):.1f} {'个百分点' if lang == 'zh' else 'pp'}"}.get(unit, said(abs(gap)))
    row["median"], row["difference"] = said(at(0.5)), f"{sign}{shown}"
    row["reading"] = "higher" if low > at(0.75) else "lower" if high < at(0.25) else "similar"
    return row


def by_state(service: Service, caller: Caller, code: str, lang: Lang) -> list[dict[str, Any]]:
    """Clues of the institution by state, as far as the caller sees clues."""
    if not caller.allows("clue.read"):
        return []
    rows = asked.seen_by(service, caller).subquery()
    query = (
        select(rows.c.state, func.count(), func.sum(rows.c.claimed), func.coalesce(func.sum(rows.c.upheld), 0))
        .where(rows.c.institution_id == code).group_by(rows.c.state)
    )  # fmt: skip
    words = workflow()["states"]
    with reads(service.registry) as connection:
        found = {state: values for state, *values in connection.execute(query)}
    return [{"code": state, "q": service.institutions[code]["name"], "state": words[state][lang], "clues": found[state][0],
             "claimed": found[state][1], "upheld": found[state][2]} for state in words if state in found]  # fmt: skip


def by_rule(service: Service, code: str, lang: Lang) -> list[dict[str, Any]]:
    """Findings of the newest run by rule."""
    sums: dict[str, list[int]] = {}
    for row in service.figures.rows("finding_month", institution_id=code):
        at = sums.setdefault(row["law_id"], [0, 0])
        at[0], at[1] = at[0] + row["findings"], at[1] + row["fund_amount"]
    laws = service.lawbook.laws
    return [{"law": law, "title": f"{law} {laws[law].title[lang]}" if law in laws else law, "findings": n, "fund": fund}
            for law, (n, fund) in sums.items()]  # fmt: skip


def said_of(service: Service, caller: Caller, code: str) -> list[dict[str, Any]]:
    """The institution's opinions, newest first."""
    if not caller.allows("opinion.read"):
        return []
    with service.registry.reading("opinion.read", caller.actor_id) as unit:
        return [dict(row) for row in reversed(opinions(unit, institution_id=code))]
