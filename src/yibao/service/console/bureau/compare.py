"""Up to four institutions side by side: the same indicators in the same order, each read among its own kind."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.presentation.fmt import Format
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.audit.drawings import peers_of
from yibao.service.console.bureau.funnels import READINGS
from yibao.service.console.bureau.institutions import KINDS, LEVELS, clue_states
from yibao.service.console.bureau.peers import indicators
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_filter, region_name, resting_on, within

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
#: Fields of the form, one for each institution.
PLACES = ("a", "b", "c", "d")
_QUESTION = {
    "zh": "这几家放在一起看，哪里不同？是各自在同类里不同，还是彼此不同？",
    "en": "How do these differ, from one another and each from its own kind?",
}


@router.get("/institutions/compare")
@needs("institution.read")
def compare(request: Request, caller: Who, service: Of) -> Response:
    """The chosen institutions side by side; the first two of the region where none is chosen."""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    where = within(caller, service, read(request, (region_filter(caller, service),))["region"])
    named = sorted((institution_name(service, code, lang), code) for code in where.institutions)
    options = [Option(code, name, name) for name, code in named]
    chosen = read(request, (
        region_filter(caller, service),
        *(Filter(name, f"第 {n} 家", f"No. {n}", options=options, every=("不选", "none"))
          for n, name in enumerate(PLACES, start=1)),
    ))  # fmt: skip
    codes = list(dict.fromkeys(chosen[name] for name in PLACES if chosen[name]))
    columns = [Column("name", "指标", "Indicator", head=True)]
    rows: list[dict[str, Any]] = []
    year = {row["institution_id"]: row for row in service.figures.rows("institution_year")}
    states, words = clue_states(service, caller), READINGS
    for n, code in enumerate(codes):
        own, mine = service.institutions[code], year.get(code, {})
        name = institution_name(service, code, lang)
        columns.append(Column(f"v{n}", name, name, below=under(f"s{n}"), sorts=False))
        kind, level = (table.get(key or "", ("—", "—"))[0 if zh else 1] for table, key in (
            (KINDS, own["kind"]), (LEVELS, own["level"] or "9")))  # fmt: skip
        told = [
            ("类型与级别" if zh else "Kind and level", f"{kind}，{level}" if zh else f"{kind}, {level}", ""),
            ("地区" if zh else "Region", region_name(service, own["region_code"], lang), ""),
            ("结算单" if zh else "Bills", fmt.count(mine.get("bills")), ""),
            ("费用" if zh else "Cost", fmt.short(mine["total_amount"]) if mine else "—", ""),
            ("基金支付" if zh else "Fund paid", fmt.short(mine["fund_amount"]) if mine else "—", ""),
        ]
        for one in indicators(service, code, peers_of(service, code), year, lang):
            said = [one["of"], words[one["reading"]][0 if zh else 1] if one["reading"] else "",
                    (f"同类中位数 {one['median']}" if zh else f"peers' median {one['median']}")
                    if one["median"] != "—" else ""]  # fmt: skip
            told.append((one["name"], one["shown"], " · ".join(part for part in said if part)))
        state = states.get(code, {"open": 0, "upheld": 0})
        told += [("在办疑点" if zh else "Open clues", fmt.count(state["open"]), ""),
                 ("维持基金" if zh else "Fund upheld", fmt.money(state["upheld"]), "")]  # fmt: skip
        for label, value, below in told:
            row = next((one for one in rows if one["name"] == label), None)
            if row is None:
                row = {"name": label} | {f"{key}{i}": "" for key in "vs" for i in range(len(codes))}
                rows.append(row)
            row[f"v{n}"], row[f"s{n}"] = value, below
    table = Listing("compare", "并排比较", "Side by side", columns, rows, caption=False, page=60)
    return page(
        request, "bureau/compare.html", caller=caller, question=_QUESTION[lang], filters=chosen, tables=(table,),
        some=bool(codes), places=[(code, institution_name(service, code, lang)) for code in codes],
        foot=[resting_on(service, lang)],
    )  # fmt: skip
