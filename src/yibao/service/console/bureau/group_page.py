"""The page of one case-mix group: cases, cost, standard and result by institution, its structure, its months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Request, Response
from markupsafe import Markup

from yibao.presentation import micro
from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.bureau.columns import PROVIDER, READING
from yibao.service.console.bureau.group import GroupView, above_standard, group_view, monthly
from yibao.service.console.bureau.institutions import LEVELS
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.hospital.choice import all_stays, periods, span
from yibao.service.console.hospital.group_page import MOST, compare_items
from yibao.service.console.hospital.pictures import structure_figure
from yibao.service.console.hospital.stays import Stays
from yibao.service.console.listing import Column, Listing, Row, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import Within, institution_name, region_filter, resting_on, within
from yibao.service.console.suppression import BUREAU, INSTITUTION, suppressed
from yibao.service.problems import Problem
from yibao.service.state import Service

router = APIRouter(prefix="/bureau/payment", route_class=GuardedRoute, include_in_schema=False)
Code = Annotated[str, Path(max_length=40, pattern=r"^[^/]*$")]
KINDS = {"drug": ("药品", "drug"), "consumable": ("耗材", "consumable"), "exam": ("检查", "examination"),
         "test": ("检验", "test")}  # fmt: skip
_QUESTION = {
    "zh": "这一组哪里花得多？花在什么上？标准合不合适？",
    "en": "Where does this group cost more, on what, and does its standard fit?",
}
_WITHHELD = ("amount", "mean", "stay", "standard", "result")


@router.get("/groups/{code}")
@needs("bureau.read")
def group(request: Request, code: Code, caller: Who, service: Of) -> Response:
    """Where does this group cost more, and on what is it spent?"""
    lang = lang_of(request)
    zh, fmt, stays = lang == "zh", Format(lang, service.ledger.currency), all_stays(service)
    if code not in stays.groups or code == "-":
        raise Problem(404, "unknown", f"there is no group {code} among the cases", f"病例中没有 {code} 这一组")
    place = Filter("institution", "看哪家", "Provider", options=_treating(service, stays, code, lang),
                   every=("差额最大的一家", "the one that differs most"))  # fmt: skip
    chosen = read(request, (
        region_filter(caller, service),
        Filter("period", "期间", "Period", options=periods(stays), default="12", every=None),
        Filter("level", "机构级别", "Level", options=[Option(k, *w) for k, w in LEVELS.items()]), place,
    ))  # fmt: skip
    where = within(caller, service, chosen["region"])
    called = stays.groups[code].name(lang)
    shared: dict[str, Any] = {
        "caller": caller, "question": _QUESTION[lang], "filters": chosen, "code": code, "grouped": stays.grouped,
        "name": f"{code} {called}" if called != code else code, "foot": [resting_on(service, lang)],
    }  # fmt: skip
    if chosen.errors:
        return page(request, "bureau/group.html", view=None, **shared)
    fits = [one for one in stays.places if one in where.institutions
            and chosen["level"] in ("", service.institutions[one]["level"] or "9")]  # fmt: skip
    view = group_view(stays, fits, code, span(stays, chosen["period"]))
    if not len(view.stays):
        return page(request, "bureau/group.html", view=None, **shared)
    rows = view.rows(service, lang)
    shown = chosen["institution"] or _most_different(rows)
    structure = view.structure(shown) if shown in view.stays.places else None
    names = (institution_name(service, shown, "zh"), institution_name(service, shown, "en")) if shown else ("", "")
    figures = [above_standard(view, rows, lang), *monthly(view, fmt)]
    if structure is not None:
        figures.append(structure_figure(structure, fmt, names))
    tables = [_table(rows, view), *([_items(service, view, shown, names, where)] if structure is not None else [])]
    return page(
        request, "bureau/group.html", view=view, **shared, says=_says(view, rows, fmt), tables=tables,
        figures=[one for one in figures if one is not None], shown=names[0 if zh else 1], fmt=fmt,
        big=_big(view, fmt), meta=[_meta(view, fmt)],
    )  # fmt: skip


def _treating(service: Service, stays: Stays, code: str, lang: Lang) -> list[Option]:
    """Institutions with ten cases of the group or more."""
    here = stays.place[stays.group == stays.group_codes.index(code)]
    cases = np.bincount(here, minlength=len(stays.places))
    made = [(institution_name(service, place, lang), place) for place, n in zip(stays.places, cases, strict=True)
            if n >= INSTITUTION]  # fmt: skip
    return [Option(place, name, name) for name, place in sorted(made)]


def _most_different(rows: Sequence[Row]) -> str:
    """The institution whose cases together lie farthest from the mean of all, among those with ten cases or more."""
    cases, amount = sum(row["cases"] for row in rows), sum(row["amount"] for row in rows)
    enough = [row for row in rows if row["cases"] >= INSTITUTION]
    far = max(enough, key=lambda row: (abs(row["amount"] * cases - amount * row["cases"]), row["code"]), default=None)
    return str(far["code"]) if far is not None else ""


def _says(view: GroupView, rows: Sequence[Row], fmt: Format) -> list[str]:
    zh, n = fmt.lang == "zh", len(view.stays)
    amount, priced = view.total("amount"), int(view.priced.sum())
    mean = fmt.short(round(amount / n))
    says = [f"*{fmt.count(n)} 例*，{len(rows)} 家机构收治，例均 *{mean}*。" if zh else
            f"*{fmt.count(n)} cases* at {len(rows)} providers, at a mean of *{mean}*."]  # fmt: skip
    if view.result is not None:
        over = int((view.priced & (view.stays["amount"] > view.stays["standard_amount"])).sum())
        result, share = fmt.short(view.result), fmt.percent(over, priced)
        says.append(
            f"有支付标准的 {fmt.count(priced)} 例，标准减费用合计 *{result}*；费用超过标准的占 *{share}*。" if zh else
            f"Over {fmt.count(priced)} cases with a standard, standard less cost adds up to *{result}*; *{share}* cost "
            f"more than the standard."
        )  # fmt: skip
    for word, said in (("higher", ("高于", "above")), ("lower", ("低于", "below"))):
        found = [row["name"] for row in rows if row["reading"] == word]
        if found:
            listed = ("、" if zh else ", ").join(found[:4])
            more = (f" 等 {len(found)} 家" if zh else f" and {len(found) - 4} more") if len(found) > 4 else ""
            says.append(f"整个区间{said[0]}其他机构中间一半的：*{listed}*{more}。" if zh else
                        f"With the whole interval {said[1]} the others' middle half: *{listed}*{more}.")  # fmt: skip
    return says


def _big(view: GroupView, fmt: Format) -> list[tuple[str, str]]:
    zh, made = fmt.lang == "zh", []
    if view.priced.any():
        standard = round(float(view.stays["standard_amount"][view.priced].mean()))
        made.append((fmt.short(standard), "例均支付标准" if zh else "payment standard a case"))
    if view.weight is not None:
        made.append((fmt.ppm(view.weight), "权重" if zh else "weight"))
    return made


def _meta(view: GroupView, fmt: Format) -> str:
    first, last = fmt.month(view.stays.months[0]), fmt.month(view.stays.months[-1])
    return f"出院月份 {first} 至 {last}" if fmt.lang == "zh" else f"discharged {first} to {last}"


def _table(rows: Sequence[Row], view: GroupView) -> Listing:
    most = max((abs(row["result"]) for row in rows if row["cases"] >= BUREAU and row["result"] is not None), default=0)

    def gain(row: Row, lang: Lang) -> Markup | str:  # noqa: ARG001 - the signature of a mark
        return micro.diverging(row["result"], most) if isinstance(row["result"], int) else ""

    columns = [
        PROVIDER, Column("level", "级别", "Level", words=LEVELS), Column("cases", "病例", "Cases", "count"),
        Column("mean", "例均费用，元", "Cost a case, ¥", "money", below=under("interval")),
        Column("mark", "在各机构中的位置", "Among providers", mark=_strip, sorts=False, filed=False),
        Column("stay", "平均住院日", "Mean stay, days", "ratio"), READING,
    ]  # fmt: skip
    if view.priced.any():
        columns[6:6] = [Column("standard", "例均标准，元", "Standard a case, ¥", "money"),
                        Column("result", "盈亏，元", "Result, ¥", "money", mark=gain)]  # fmt: skip
    shown = [{**row, "interval": ""} if isinstance(row["cases"], str) else row
             for row in suppressed(rows, BUREAU, "cases", _WITHHELD)]  # fmt: skip
    return Listing("institutions", "各机构", "By provider", columns, shown, order="name", caption=False)


def _strip(row: Row, lang: Lang) -> Markup | str:
    """R1: the mean and its interval in the spread of the others' means."""
    own, others = row["estimate"], row["others"]
    if own is None or others is None or isinstance(row["cases"], str):
        return ""
    said = (f"{row['name']}：例均 {own.value / 100:,.0f} 元，其他机构中位数 {others.p50 / 100:,.0f} 元" if lang == "zh"
            else f"{row['name']}: ¥{own.value / 100:,.0f} a case, others' median ¥{others.p50 / 100:,.0f}")  # fmt: skip
    spread = (others.p10, others.p25, others.p50, others.p75, others.p90)
    tone = "warn" if row["reading"] == "higher" else "you"
    return micro.strip(own.value, (own.lower, own.upper), spread, said, tone=tone, width=180)


def _items(service: Service, view: GroupView, shown: str, names: tuple[str, str], where: Within) -> Listing:
    """What one institution spends on a case, item by item, beside the others; over the last twelve months."""
    rows, cases, made = service.figures.rows("stay_item", group_code=view.code), view.cases(), []
    peers = {one for one in cases if one != shown and one in where.institutions}
    for kind in KINDS:
        mine = [row for row in rows if row["kind"] == kind]
        made += [{**row, "kind": kind} for row in compare_items(mine, shown, peers, cases)]
    made.sort(key=lambda row: -abs(row["gap"]) if isinstance(row["gap"], int) else 0)
    return Listing("lines", "逐项", "Item by item", (
        Column("name", "项目", "Item", head=True, below=lambda row, _: str(row["item_code"])),
        Column("kind", "类别", "Kind", words=KINDS), Column("stays", "用到的病例", "Cases with it", "count"),
        Column("share", "使用率", "Share of cases", "percent"),
        Column("peer_share", "其他机构使用率", "Others' share", "percent"),
        Column("own", f"{names[0]}每例，元", f"{names[1]}, ¥ a case", "money"),
        Column("peers", "其他机构每例，元", "Others, ¥ a case", "money"),
        Column("gap", "差，元", "Difference, ¥", "money"),
    ), made[:MOST], caption=False, page=20)  # fmt: skip
