"""One institution: its share of costs among peers, readmission, clues by state, findings by rule, opinions, points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from markupsafe import Markup
from sqlalchemy import func, select

from yibao.presentation import micro
from yibao.presentation.fmt import Format, Lang
from yibao.registry.clues.workflow import workflow
from yibao.registry.opinions import ABOUT, STATES, opinions
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.audit.drawings import LEAST_PEERS, peers_of
from yibao.service.console.audit.money import COLUMNS as DEBTS
from yibao.service.console.audit.money import debts
from yibao.service.console.audit.points import of_institution, points_table
from yibao.service.console.bureau import drift, multiples
from yibao.service.console.bureau.columns import READING
from yibao.service.console.bureau.institutions import KINDS, LEVELS
from yibao.service.console.bureau.peers import indicators
from yibao.service.console.drawing import Drawn
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.public.institutions import assessment
from yibao.service.console.public.spread import WORDS, Placed
from yibao.service.console.scoping import institution_name, region_name, resting_on
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
Code = Annotated[str, Path(max_length=64, pattern=r"^[^/]*$")]


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
    domains, plan = assessment(service, own)
    states, found = by_state(service, caller, code, lang), by_rule(service, code, lang)
    said = said_of(service, caller, code)
    mine = year.get(code, {})
    differing = [row for row in parts if row["reading"] in ("higher", "lower")]
    says = []
    if mine:
        says.append(
            f"本期 *{fmt.count(mine['bills'])}* 张结算单，费用 *{fmt.short(mine['total_amount'])}*，基金支付 "
            f"*{fmt.short(mine['fund_amount'])}*。"
            if zh
            else f"*{fmt.count(mine['bills'])}* bills cost *{fmt.short(mine['total_amount'])}*, of which the fund "
            f"paid *{fmt.short(mine['fund_amount'])}*."
        )
    says.append(_beside(len(peers), [str(row["name"]) for row in differing], lang))
    drifts = drift.lines(service, code, peers)
    drawn = drift.figures(drifts, "本机构" if zh else "This provider", lang)
    says += [drift.sentence(drifts, lang)] if drifts else []
    times = outliers(service, code, peers, lang)
    meta = [KINDS.get(own["kind"], (own["kind"], own["kind"]))[0 if zh else 1],
            LEVELS.get(own["level"] or "9", ("", ""))[0 if zh else 1], region_name(service, own["region_code"], lang),
            f"{'同类' if zh else 'peers'} {len(peers)}"]  # fmt: skip
    tables = [
        Listing("indicators", "指标", "Indicators", _columns(), parts, page=30),
        Listing(
            "states",
            "疑点",
            "Clues by state",
            [
                Column(
                    "state",
                    "状态",
                    "State",
                    head=True,
                    href=lambda row: f"/audit/clues?state={row['code']}&q={row['q']}&ended=true",
                ),
                Column("clues", "疑点", "Clues", "count"),
                Column("claimed", "主张基金，元", "Claimed, ¥", "money"),
                Column("upheld", "维持，元", "Upheld, ¥", "money"),
            ],
            states,
            caption=False,
        ),
        Listing(
            "rules",
            "规则命中",
            "Findings by rule",
            [
                Column("title", "规则", "Rule", head=True, href=lambda row: f"/bureau/rules/{row['law']}"),
                Column("findings", "命中", "Findings", "count"),
                Column("fund", "涉及基金，元", "Fund at stake, ¥", "money"),
            ],
            found,
            order="-fund",
            page=15,
            caption=False,
        ),
        Listing(
            "opinions",
            "意见",
            "Opinions",
            [
                Column(
                    "opinion_id", "意见", "Opinion", head=True, href=lambda row: f"/bureau/opinions/{row['opinion_id']}"
                ),
                Column("about", "关于", "About", words=ABOUT),
                Column("state", "状态", "State", words=STATES),
                Column("due_on", "答复期限", "Answer due", "date"),
            ],
            said,
        ),
        _domains(domains, lang),
        points_table(of_institution(service, caller, code, lang)),
        Listing(
            "debts", "追回", "Recoveries", DEBTS, _debts(service, caller, code, lang), order="-open", caption=False
        ),
    ]
    question = "这家机构与同类有什么不同？" if zh else "How does this provider differ from its kind?"
    return page(
        request,
        "bureau/profile.html",
        caller=caller,
        question=question,
        tables=tables,
        says=says,
        meta=meta,
        name=institution_name(service, code, lang),
        code=code,
        peers=len(peers),
        plan=plan,
        figures=[*drawn, *times],
        months=[one.name for one in drawn],
        foot=[resting_on(service, lang)],
    )


def outliers(service: Service, code: str, peers: Sequence[str], lang: Lang) -> list[Drawn]:
    """The institution's multiples of the standard against its peers'; nothing below thirty cases on either side."""
    others = peers if len(peers) >= LEAST_PEERS else ()  # fewer are no comparison
    made = multiples.of_year(service, [code, *others], f"institution {code}")
    if made is None or code not in made.stays.places:
        return []
    found = multiples.shape(made, lang, made.place(code) if others else None)
    return [found] if found is not None else []


def _columns() -> list[Column]:
    return [
        Column("name", "指标", "Indicator", head=True, below=under("of")),
        Column("shown", "本机构", "This provider", below=under("span")),
        Column("mark", "在同类中的位置", "Among peers", mark=_strip, sorts=False, filed=False),
        Column("median", "同类中位数", "Peers' median"),
        Column("difference", "差", "Difference"),
        READING,
    ]


def _strip(row: Mapping[str, Any], lang: Lang) -> Markup | str:
    """R1: the own value and its interval in the peers' spread."""
    if row["spread"] is None or row["value"] is None:
        return ""
    said = (f"{row['name']}：本机构 {row['shown']}，同类中位数 {row['median']}" if lang == "zh"
            else f"{row['name']}: {row['shown']}, peers' median {row['median']}")  # fmt: skip
    tone = "warn" if row["reading"] == "higher" else "you"
    return micro.strip(row["value"], (row["low"], row["high"]), row["spread"], said, tone=tone)


def _domains(domains: Sequence[tuple[tuple[str, str], Placed]], lang: Lang) -> Listing:
    """The domains of the newest assessment, 0 to 100, among the level's spread (R1); none without an assessment."""
    rows = [
        {"name": words, "value": f"{one.value:.1f}", "median": f"{one.quartiles[2]:.1f}" if one.quartiles else "—",
         "picture": one.mark(f"{words[0 if lang == 'zh' else 1]}: {one.value:.1f}"), "reading": WORDS[one.word]}
        for words, one in domains if one.value is not None
    ]  # fmt: skip
    return Listing("domains", "年度考核", "Annual assessment", (
        Column("name", "方面", "Domain", head=True), Column("value", "得分", "Points"),
        Column("mark", "在同级中的位置", "Among its level", mark=lambda row, _: row["picture"], sorts=False,
               filed=False),
        Column("median", "同级中位数", "Median of the level"), Column("reading", "判断", "Reading"),
    ), rows, page=30)  # fmt: skip


def _debts(service: Service, caller: Caller, code: str, lang: Lang) -> list[dict[str, Any]]:
    """Decisions over money on this institution's clues, as far as the caller sees clues."""
    return [row for row in debts(service, caller, lang) if row["of"] == code] if caller.allows("clue.read") else []


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
    return [
        {
            "code": state,
            "q": service.institutions[code]["name"],
            "state": words[state][lang],
            "clues": found[state][0],
            "claimed": found[state][1],
            "upheld": found[state][2],
        }
        for state in words
        if state in found
    ]


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


def _beside(peers: int, differing: Sequence[str], lang: Lang) -> str:
    """How an institution stands among its peers; with too few of them nothing is said of it."""
    zh = lang == "zh"
    if peers < LEAST_PEERS:
        return (f"同级同类型只有 {peers} 家，不足 {LEAST_PEERS} 家，不作比较。" if zh else
                f"Only {peers} of its level and type: fewer than {LEAST_PEERS} are no comparison.")  # fmt: skip
    if not differing:
        return (f"与 {peers} 家同类相比，各项都在中间一半之内或例数不足。" if zh else
                f"Against {peers} peers all lie within the middle half, or have too few cases.")  # fmt: skip
    named = ("、" if zh else ", ").join(differing)
    return (f"与 {peers} 家同类相比，*{len(differing)} 项*在中间一半之外：{named}。" if zh else
            f"Against {peers} peers *{len(differing)}* lie outside the middle half: {named}.")  # fmt: skip
