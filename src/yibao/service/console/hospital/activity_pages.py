"""Patient flows, drug use and case mix of the own hospital."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.filters import Chosen
from yibao.service.console.hospital import activity
from yibao.service.console.hospital.benchmark import Benchmark, benchmark
from yibao.service.console.hospital.choice import choose
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import Own, own_institution
from yibao.service.console.own_sections import Section, sectioned
from yibao.service.console.pages import lang_of
from yibao.service.console.recent import Recent
from yibao.service.console.scoping import item_words, region_name
from yibao.service.state import Service

router = APIRouter(prefix="/hospital", route_class=GuardedRoute, include_in_schema=False)
_CLASSES = {"01": ("甲类", "class A"), "02": ("乙类", "class B"), "03": ("丙类（自费）", "class C, not covered")}
_KINDS = {"09": ("西药", "western drug"), "10": ("中药饮片", "decoction pieces"), "11": ("中成药", "patent TCM drug")}
#: Drugs by view: two tables each.
_used: Recent[tuple[list[activity.Row], list[activity.Row]]] = Recent(24)


def _looked(request: Request, caller: Caller, service: Service) -> tuple[Own, Chosen, Benchmark | None, Format]:
    own = own_institution(caller, service, "hospital")
    lang: Lang = lang_of(request)
    chosen, view = choose(request, service, own)
    made = benchmark(service, view) if view is not None else None
    return own, chosen, made, Format(lang, service.ledger.currency)


def _frame(lang: Lang) -> dict[str, Any]:
    return {"crumb": ("/hospital/benchmark", "本院对标" if lang == "zh" else "Your benchmark")}


@router.get("/flows")
@needs("hospital.read", anywhere=True)  # the stays are those of the caller's own institution
def flows(request: Request, caller: Who, service: Of) -> Response:
    """Where patients come from, and where they go next."""
    _, chosen, made, fmt = _looked(request, caller, service)
    title, question = (
        ("患者流向", "Patient flows"),
        ("病人从哪来，出院后又去了哪？", "Where do patients come from, and go next?"),
    )
    if made is None:
        return sectioned(request, caller, title, question, (), filters=chosen, **_frame(fmt.lang))
    homes = set(made.own.table["home"].to_pylist())
    regions = {code: (region_name(service, code, "zh"), region_name(service, code, "en")) for code in homes}
    come = Listing("homes", "病人从哪来", "Where patients come from", (
        Column("home", "参保人所在地", "Home", head=True), Column("stays", "住院人次", "Stays", "count"),
        Column("share", "占本院", "Share of yours", "percent"), Column("peers", "同类占比", "Peers' share", "percent"),
        Column("money", "医疗费", "Cost", "short"),
    ), activity.homes(made, regions), caption=False)  # fmt: skip
    go = Listing("onward", "31 日内再住院去了哪", "Next stay within 31 days", (
        Column("place", "去向", "Where", head=True), Column("stays", "人次", "Stays", "count"),
        Column("share", "占本院出院", "Share of your discharges", "percent"),
        Column("peers", "同类占比", "Peers' share", "percent"),
    ), activity.onward(made))  # fmt: skip
    return sectioned(request, caller, title, question, (
        Section(("病人从哪来", "Where they come from"),
                ("按参保人所在地。不足 10 人次的不列数。", "By home. Fewer than 10 stays are not shown."), come),
        Section(("出院后又去了哪", "Where they go next"),
                ("31 日内的下一次住院，按机构级别；不指明机构。",
                 "The next stay within 31 days by the level of the place; no place is named."), go),
    ), filters=chosen, **_frame(fmt.lang))  # fmt: skip


@router.get("/drugs")
@needs("hospital.read", anywhere=True)  # the drugs are those of the caller's own institution
def drugs(request: Request, caller: Who, service: Of) -> Response:
    """Which drugs take which share of the drug money."""
    own, chosen, made, fmt = _looked(request, caller, service)
    title, question = (
        ("用药", "Drug use"),
        ("药费花在哪些药上，和同类一样吗？", "Which drugs take the money, and is that like peers?"),
    )
    if made is None:
        return sectioned(request, caller, title, question, (), filters=chosen, **_frame(fmt.lang))
    found, by_kind = _used.get((service.figures.name, made.view), lambda: _drugs(service, own, made))
    used = Listing("drugs", "药品", "Drugs", (
        Column("name", "药品", "Drug", head=True, below=lambda row, _: str(row["item_code"])),
        Column("class", "支付类别", "Class", words=_CLASSES), Column("visits", "就诊人次", "Visits", "count"),
        Column("amount", "金额", "Amount", "short"), Column("share", "占本院药费", "Share of yours", "percent"),
        Column("low", "同类 P25", "Peers' P25", "percent"), Column("peers", "同类中位数", "Peer median", "percent"),
        Column("high", "同类 P75", "Peers' P75", "percent"),
    ), found)  # fmt: skip
    kinds = Listing("kinds", "药费构成", "Drug money", (
        Column("kind", "类别", "Kind", head=True, words=_KINDS), Column("class", "支付类别", "Class", words=_CLASSES),
        Column("amount", "金额", "Amount", "short"), Column("share", "占药费", "Share", "percent"),
    ), by_kind, caption=False)  # fmt: skip
    return sectioned(request, caller, title, question, (
        Section(("用了哪些药", "Which drugs"),
                ("门诊、住院合计，金额大的在前；不足 10 人次的不列数。",
                 "Visits and stays together, most money first; fewer than 10 visits are not shown."),
                used),
        Section(("药费构成", "What the drug money is"), ("按收费类别和目录类别。", "By kind and class."), kinds),
    ), filters=chosen, **_frame(fmt.lang))  # fmt: skip


def _drugs(service: Service, own: Own, made: Benchmark) -> tuple[list[activity.Row], list[activity.Row]]:
    """The own drugs beside the peers', and the own drug money by kind, for the period of the view."""
    rows = [
        row for row in service.figures.rows("drug_use", institution_id=[own.institution_id, *made.view.peers])
        if made.view.first <= row["month"] <= made.view.last
    ]  # fmt: skip
    mine = own.institution_id
    found = activity.drugs(rows, mine, set(made.view.peers))
    named = [{**row, "name": item_words(service, row["item_code"], row["name"])} for row in found]
    return named, activity.drug_kinds(rows, mine)


@router.get("/casemix")
@needs("hospital.read", anywhere=True)  # the stays are those of the caller's own institution
def casemix(request: Request, caller: Who, service: Of) -> Response:
    """Which groups the hospital treats."""
    _, chosen, made, fmt = _looked(request, caller, service)
    title, question = (
        ("病例组合", "Case mix"),
        ("我们收治哪些病人，比同类重还是轻？", "Whom do we treat, heavier or lighter than peers?"),
    )
    if made is None:
        return sectioned(request, caller, title, question, (), filters=chosen, **_frame(fmt.lang))
    count, peers, weight = activity.group_counts(made)
    zh = fmt.lang == "zh"
    says = [f"本院有 *{count}* 个病组" + (f"，同类中位数 {peers}。" if peers is not None else "。") if zh
            else f"You treat *{count}* groups" + (f", peer median {peers}." if peers is not None else ".")]  # fmt: skip
    if weight:
        says.append(f"总权重 *{fmt.ppm(weight)}*。" if zh else f"The total weight is *{fmt.ppm(weight)}*.")
    table = Listing("mix", "病组", "Groups", (
        Column("name", "病组", "Group", head=True, href=lambda row: f"/hospital/benchmark/groups/{row['code']}"),
        Column("cases", "例数", "Cases", "count"), Column("share", "占本院", "Share of yours", "percent"),
        Column("peers", "同类占比", "Peers' share", "percent"), Column("weight", "权重", "Weight", "ratio"),
        Column("days", "平均住院日", "Mean days", "ratio"), Column("money", "医疗费", "Cost", "short"),
    ), activity.mix(made))  # fmt: skip
    return sectioned(request, caller, title, question, (
        Section(("收治的病组", "Groups treated"), ("例数多的在前；不足 10 例的不列数。",
                "Most cases first; fewer than 10 are not shown."), table),
    ), filters=chosen, says=says, **_frame(fmt.lang))  # fmt: skip
