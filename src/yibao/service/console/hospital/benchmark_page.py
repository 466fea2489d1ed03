"""The benchmark: where a hospital differs from its peers, what that costs, and whether it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from yibao.engine.money import round_half_up
from yibao.presentation import micro
from yibao.presentation.fmt import Format, decimal
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console import own_clues
from yibao.service.console.hospital import words
from yibao.service.console.hospital.benchmark import Benchmark, Structure, benchmark
from yibao.service.console.hospital.choice import choose
from yibao.service.console.hospital.indicators import SECTIONS, VERSION
from yibao.service.console.hospital.money import Money, money_figure, money_of
from yibao.service.console.hospital.pictures import panels, readmission_figure, structure_figure
from yibao.service.console.hospital.sentences import in_short
from yibao.service.console.hospital.stays import PARTS, Group
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import Own, own_institution
from yibao.service.console.pages import lang_of, page
from yibao.service.console.suppression import INSTITUTION
from yibao.service.state import Service

router = APIRouter(prefix="/hospital", route_class=GuardedRoute, include_in_schema=False)
#: Frequent groups that are tried for one that peers treat too.
_TRIED = 12
_QUESTION = {
    "zh": "与同类医院相比，我们哪里不同？差多少钱？要不要紧？",
    "en": "Where do we differ from similar hospitals, what does it cost, and does it matter?",
}

_CHOSEN = {
    "zh": "已保存自选同类。下一步：看与它们相比哪里不同。",
    "en": "Your own peers were kept. Next: see where you differ from them.",
}


@router.get("/benchmark")
@needs("hospital.read", anywhere=True)  # the own figures are those of the caller's own institution
def compared(request: Request, caller: Who, service: Of, done: str = "") -> Response:
    """The own figures among anonymous peers."""
    own, lang = own_institution(caller, service, "hospital"), lang_of(request)
    chosen, view = choose(request, service, own)
    fmt = Format(lang, service.ledger.currency)
    if view is None:
        return page(request, "hospital/benchmark.html", caller=caller, question=_QUESTION[lang], filters=chosen,
                    made=None)  # fmt: skip
    made = benchmark(service, view)
    structure = _structure(request, made)
    money = money_of(service, made.own, own.institution_id, view.first, view.last)
    table, groups = indicator_table(made, fmt), group_table(made, fmt)
    figures = [
        *panels(made, fmt, rule_changes(service, own, made)),
        money_figure(money, f"{view.first:%Y-%m} – {view.last:%Y-%m}", fmt),
        structure_figure(structure, fmt) if structure else None,
        readmission_figure(made.readmission, fmt) if made.readmission else None,
    ]
    drawn = [one for one in figures if one is not None]
    return page(
        request, "hospital/benchmark.html", caller=caller, question=_QUESTION[lang], filters=chosen, made=made,
        meta=_meta(made, service, fmt), says=in_short(made, fmt), big=_big(made, money, service, own, fmt),
        tables=(table, groups), figures=drawn, sections=_sections(made, fmt),
        structure=structure, choices=_choices(made), money=money,
        months=[one.name for one in drawn if one.name.startswith("month_")],
        foot=_foot(service, lang), own=own, version=VERSION, saved=_CHOSEN[lang] if done == "peers" else "",
    )  # fmt: skip


def _structure(request: Request, made: Benchmark) -> Structure | None:
    """The group that the address names; else the largest loss that peers treat too; else the most frequent."""
    named = request.query_params.get("group", "")
    if named:
        return made.structure(named)
    losing = [row.group.code for row in made.groups]
    stays = made.own
    sizes = Counter(stays.group_codes[g] for g in stays.group[stays.in_group])
    found = [made.structure(code) for code in (*losing, *(code for code, _ in sizes.most_common(_TRIED)))]
    known = [one for one in found if one is not None]
    return next((one for one in known if one.peers is not None), known[0] if known else None)


def _choices(made: Benchmark) -> list[tuple[Group, int]]:
    """Groups with ten own cases or more, by code, with their number of cases."""
    stays = made.own
    sizes = Counter(stays.group_codes[g] for g in stays.group[stays.in_group])
    return [(stays.groups[code], n) for code, n in sorted(sizes.items()) if n >= INSTITUTION]


def rule_changes(service: Service, own: Own, made: Benchmark) -> list[str]:
    """Months in which the benefit policy of the hospital's pool changed."""
    pool = service.pools.get(own.row["region_code"], own.row["region_code"])
    months = made.months.stays.months
    regions = (pool, own.row["region_code"])
    starts = {p.effective.start for p in service.book.policies.values() if p.region in regions}
    return [f"{m:%Y-%m}" for m in months[1:] if any((s.year, s.month) == (m.year, m.month) for s in starts)]


def _meta(made: Benchmark, service: Service, fmt: Format) -> list[str | Markup]:
    zh, view, stays = fmt.lang == "zh", made.view, made.own
    run = service.figures.run
    grouped = int(stays.in_group.sum())
    scheme = f"{fmt.count(len(stays))} 例出院" if zh else f"{fmt.count(len(stays))} discharges"
    if stays.grouped:
        scheme += f"，其中 {fmt.count(grouped)} 例入组" if zh else f", {fmt.count(grouped)} grouped"
    else:
        scheme += "；没有分组结果，按主要诊断类目比较" if zh else "; not grouped, compared by main diagnosis"
    last = fmt.month(made.months.stays.months[-1]) if made.months.stays.months else "—"
    words_ = view.peer_words[0 if zh else 1]
    peers = (f"同类：{words_}，{len(view.peers)} 家，匿名，只显示分布" if zh
             else f"Peers: {words_}, {len(view.peers)}, anonymous; only their spread is shown")  # fmt: skip
    if not view.peers:
        peers = f"同类：{words_}，不足 5 家，不作比较" if zh else f"Peers: {words_}, fewer than 5: no comparison"
    said: list[str | Markup] = [
        f"数据截至 {last}，最近 2 个月暂定" if zh else f"Data to {last}, the last 2 months provisional",
        scheme, peers,
    ]  # fmt: skip
    if view.unlike:
        said.append("同类级别不同：费用与占比按病例组合调整" if zh
                    else "Peers of other levels: cost and shares allow for case mix")  # fmt: skip
    said.append(
        Markup('<a href="/hospital/benchmark/peers">{}</a>').format("自选同类" if zh else "Choose your own peers")
    )
    if run:
        said.append(f"运行 {run.run_id}" if zh else f"Run {run.run_id}")
    return said


def _big(made: Benchmark, money: Money, service: Service, own: Own, fmt: Format) -> list[tuple[str, Any]]:
    """Three figures beside the sentences."""
    zh = fmt.lang == "zh"
    waiting = own_clues.waiting(service, own.institution_id)
    cost = int(made.own["amount"].sum())
    figures: list[tuple[str, Any]] = []
    if money.difference is not None:
        share = fmt.percent(abs(money.difference), cost)
        figures.append((fmt.short(money.difference), f"病组支付盈亏，占医疗费 {fmt.short(cost)} 的 {share}" if zh
                        else f"case payment, {share} of {fmt.short(cost)} charged"))  # fmt: skip
    else:
        figures.append((fmt.short(cost), f"医疗费，{fmt.count(len(made.own))} 例出院" if zh
                        else f"charged, {fmt.count(len(made.own))} discharges"))  # fmt: skip
    figures.append((fmt.short(money.payable), "基金应付（扣减后）" if zh else "payable by the fund, after deductions"))
    due = fmt.day(waiting[0]["due_on"]) if waiting and waiting[0]["due_on"] else ""
    link = Markup('<a href="/hospital/clues">{}</a>').format("去答复" if zh else "answer them") if waiting else ""
    said = (f"待您答复的疑点{f'，最早 {due} 到期' if due else ''}" if zh
            else f"clues wait for you{f', first due {due}' if due else ''}")  # fmt: skip
    figures.append((f"{len(waiting)} 条" if zh else str(len(waiting)), Markup("{} {}").format(said, link)))
    return figures


def _sections(made: Benchmark, fmt: Format) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The rows of the indicators' table, by section."""
    found = []
    for name, (zh, en) in SECTIONS.items():
        rows = [_row(made, one.name, fmt) for one in made.wanted if one.section == name]
        found.append((zh if fmt.lang == "zh" else en, rows))
    return found


def _row(made: Benchmark, name: str, fmt: Format) -> Mapping[str, Any]:
    row = made.rows[name]
    one, unit = row.indicator, row.indicator.unit
    return {
        "name": one.label(fmt.lang), "below": words.denominator(row, fmt),
        "few": row.own is None, "own": words.told(row.own.value, unit, fmt) if row.own else "",
        "interval": words.interval(row.own, unit, fmt), "strip": words.strip(row, fmt),
        "median": words.told(row.peers.p50, unit, fmt) if row.peers else "—",
        "difference": words.difference(row, fmt), "chip": words.chip(row, fmt),
        "trend": words.trend(row, made.series[name], fmt) if row.own else "", "n": row.n,
    }  # fmt: skip


def indicator_table(made: Benchmark, fmt: Format) -> Listing:
    """The same figures as a file, with what a hospital needs to reckon them again."""
    rows = []
    for name, row in made.rows.items():
        one, own, peers, unit = row.indicator, row.own, row.peers, row.indicator.unit
        rows.append({
            "name": (one.zh, one.en), "definition": one.basis, "n": row.n if row.n >= 10 else "<10",
            "numerator": decimal(round(row.numerator), 1, 0) if own else "", "denominator":
            decimal(round(row.denominator), 1, 0) if own else "", "own": own and words.written(own.value, unit, fmt),
            "interval": words.interval(own, unit, fmt), "peers": peers.n if peers else "<5",
            **{k: words.written(getattr(peers, k), unit, fmt) if peers else None
               for k in ("p10", "p25", "p50", "p75", "p90")},
            "reading": words.READINGS[row.word][:2], "indicator": name,
        })  # fmt: skip
    return Listing("indicators", "指标一览", "Indicators", (
        Column("name", "指标", "Indicator", head=True), Column("definition", "口径", "Definition", "long"),
        Column("n", "例数", "Cases", "count"), Column("numerator", "分子", "Numerator"),
        Column("denominator", "分母", "Denominator"), Column("own", "本院", "You"),
        Column("interval", "95% 区间", "95% interval"), Column("peers", "同类家数", "Peers", "count"),
        Column("p10", "P10", "P10"), Column("p25", "P25", "P25"), Column("p50", "同类中位数", "Peer median"),
        Column("p75", "P75", "P75"), Column("p90", "P90", "P90"), Column("reading", "判断", "Reading"),
    ), rows)  # fmt: skip


def group_table(made: Benchmark, fmt: Format) -> Listing:
    """Groups with thirty cases or more: what they cost, what they should, the result as a bar."""
    rows, priced = made.groups, made.own.priced
    largest = max((abs(r.result) for r in rows), default=0)
    parts = {n: (z, e) for n, z, e in PARTS}
    said = [
        {"code": r.group.code, "name": (f"{r.group.code} {r.group.zh}", f"{r.group.code} {r.group.en}"),
         "cases": r.cases, "cost": round_half_up(r.cost, r.cases), "due": round_half_up(r.due, r.cases),
         "result": r.result,
         "part": None if r.part is None else tuple(
             f"{w} {words.yuan(r.part_gap, fmt, sign=True)}" for w in parts[r.part])}
        for r in rows
    ]  # fmt: skip
    due = ("支付标准，元", "Standard, ¥") if priced else ("同类平均，元", "Peer mean, ¥")
    return Listing("groups", "病组盈亏", "Results by group", (
        Column("name", "病组", "Group", head=True, href=lambda row: f"/hospital/benchmark/groups/{row['code']}"),
        Column("cases", "例数", "Cases", "count"), Column("cost", "每例费用，元", "Cost a case, ¥", "money"),
        Column("due", *due, "money"),
        Column("result", "盈亏", "Result", "short", mark=lambda row, _: micro.diverging(row["result"], largest)),
        Column("part", "最大差异（每例）", "Largest difference (a case)", sorts=False),
    ), said)  # fmt: skip


def _foot(service: Service, lang: str) -> list[Any]:
    zh = lang == "zh"
    name = service.figures.name
    link = Markup('<a href="{}">{}</a>')
    return [
        f"快照与运行 {name}" if zh else f"Snapshot and run {name}",
        f"口径 {VERSION}" if zh else f"Definitions {VERSION}",
        link.format("/hospital/definitions", "口径与公式" if zh else "Definitions and formulas"),
        link.format("/hospital/opinions?about=definition", "提出意见" if zh else "Send an opinion"),
    ]  # fmt: skip
