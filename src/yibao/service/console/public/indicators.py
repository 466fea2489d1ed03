"""Open data: every public indicator of a place and year, and one indicator whole: value, trend, regions, definition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.presentation.charts.panel import Point, panel
from yibao.presentation.charts.theme import svg
from yibao.presentation.charts.tiles import FIFTHS, fifths, tiles
from yibao.presentation.fmt import Format, Lang, heading
from yibao.presentation.provinces import GRID_CAPTION, provinces
from yibao.service.access.guard import GuardedRoute, Of, open_to_all
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.filters import Chosen, read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.public.measured import Indicator, Measured, indicators, shown
from yibao.service.console.public.months import Months
from yibao.service.console.scoping import region_name
from yibao.service.console.suppression import PUBLIC
from yibao.service.problems import unknown
from yibao.service.state import Service

router = APIRouter(prefix="/open", route_class=GuardedRoute, include_in_schema=False)
_HOME = {"zh": "我们地方的医保怎么样？", "en": "How does insurance do here?"}
_WHY = "figures of groups of at least 20 are public"
LICENCE = ("本页数据可自由使用，请注明来源和截至日期", "Free to use; name the source and the date")
_LISTED = (
    Column("title", "指标", "Indicator", head=True, href=lambda row: f"/open/indicators/{row['id']}{row['query']}",
           below=lambda row, _: row["denominator"]),
    Column("value", "数值", "Value", sorts=False),
    Column("interval", "95% 区间", "95% interval", sorts=False),
    Column("n", "例数", "Cases", "count"),
)  # fmt: skip
_REGIONS = (
    Column("region", "地区", "Region", head=True),
    Column("value", "数值", "Value", by="number"),
    Column("interval", "95% 区间", "95% interval", sorts=False),
    Column("n", "例数", "Cases", "count"),
)
_MONTHS = (
    Column("month", "月份", "Month", head=True),
    Column("value", "数值", "Value", by="number"),
    Column("n", "例数", "Cases", "count"),
    Column("state", "状态", "State", sorts=False),
)


@router.get("")
@open_to_all(_WHY)
def home(request: Request, service: Of) -> Response:
    """Every indicator of a place and year."""
    lang, view = lang_of(request), Months(service)
    chosen = read(request, view.fields())
    listed = [] if chosen.errors else [_line(one, view, chosen, lang) for one in indicators().values()]
    table = Listing("indicators", "公开指标", "Public indicators", _LISTED, listed, caption=False)
    return page(
        request,
        "public/home.html",
        question=_HOME[lang],
        filters=chosen,
        tables=(table,),
        meta=view.meta(lang),
        licence=LICENCE[lang == "en"],
    )


@router.get("/indicators/{indicator_id}")
@open_to_all(_WHY)
def one(request: Request, indicator_id: str, service: Of) -> Response:
    """One indicator: value, trend, regions, definition, download."""
    lang, view = lang_of(request), Months(service)
    indicator = indicators().get(indicator_id)
    if indicator is None:
        raise unknown("indicator", "指标")
    chosen, fmt = read(request, view.fields()), Format(lang)
    value, parts = view.of(indicator, chosen), view.parts(indicator, chosen)
    regions = Listing("regions", "各地区", "By region", _REGIONS,
                      [_region(service, indicator, code, part, lang) for code, part in parts.items()], order="region",
                      caption=False)  # fmt: skip
    trend, tiled = _trend(view, indicator, chosen, lang), grid(service, indicator, parts, lang)
    return page(
        request, "public/indicator.html", question=indicator.question[lang == "en"], filters=chosen, tables=(regions,),
        figures=tuple(figure for figure in (trend, tiled) if figure is not None), indicator=indicator,
        value=value.text(indicator.kind, fmt), measured=value, interval=_interval(value, indicator, fmt), few=PUBLIC,
        several=len(parts) > 1, meta=view.meta(lang), licence=LICENCE[lang == "en"],
        place=region_name(service, view.region(chosen), lang), year=chosen["year"],
    )  # fmt: skip


def _line(indicator: Indicator, view: Months, chosen: Chosen, lang: Lang) -> dict[str, Any]:
    value, fmt, en = view.of(indicator, chosen), Format(lang), lang == "en"
    return {
        "id": indicator.id, "title": heading(indicator.title[en]), "query": chosen.query(sort=None),
        "denominator": indicator.denominator[en], "value": value.text(indicator.kind, fmt),
        "interval": _interval(value, indicator, fmt) or None, "n": value.count,
    }  # fmt: skip


def _region(service: Service, indicator: Indicator, code: str, part: Measured, lang: Lang) -> dict[str, Any]:
    fmt = Format(lang)
    return {
        "region": region_name(service, code, lang), "value": part.text(indicator.kind, fmt), "number": part.value,
        "interval": _interval(part, indicator, fmt) or None, "n": part.count,
    }  # fmt: skip


def _interval(value: Measured, indicator: Indicator, fmt: Format) -> str:
    if value.low is None or value.high is None:
        return ""
    low, high = shown(value.low, indicator.kind, fmt), shown(value.high, indicator.kind, fmt)
    return f"{low}–{high}"


def _trend(view: Months, indicator: Indicator, chosen: Chosen, lang: Lang) -> Drawn | None:
    """Month by month; months with too few cases are gaps, the newest are provisional."""
    values, today = view.months(indicator, chosen), view.service.registry.clock().date()
    fmt, en = Format(lang), lang == "en"
    scale = {"money": 100, "share": 10_000, "number": 1_000_000}[indicator.kind]
    points = [
        Point(
            f"{month:%Y-%m}", None if one.value is None else one.value / scale, provisional=_provisional(month, today)
        )
        for month, one in values
    ]
    if sum(point.own is not None for point in points) < 3:
        return None
    place = region_name(view.service, view.region(chosen), lang)
    title = f"{heading(indicator.title[en])}, {place}" if en else f"{place}：{indicator.title[en]}逐月"
    label = f"{title}: {points[0].month} – {points[-1].month}"
    table = Listing("trend", "逐月数值", "Month by month", _MONTHS, [
        {"month": f"{month:%Y-%m}", "value": one.text(indicator.kind, fmt), "number": one.value, "n": one.count,
         "state": ("provisional" if en else "暂") if _provisional(month, today) else None}
        for month, one in values
    ])  # fmt: skip
    digits = 0 if indicator.kind == "money" else 1
    shape = [indicator.id, lang, label, [(p.month, p.own, p.provisional) for p in points]]
    unit = (f"{indicator.unit(lang)}; months with fewer than {PUBLIC} cases are left out" if en
            else f"{indicator.unit(lang)}；少于 {PUBLIC} 例的月份不画")  # fmt: skip
    return Drawn("trend", title, unit, drawn(shape, lambda: panel(points, digits, label)), table=table)


def _provisional(month: date, today: date) -> bool:
    """The last two months, until bills are complete."""
    return (today.year - month.year) * 12 + today.month - month.month <= 1


def grid(service: Service, indicator: Indicator, parts: Mapping[str, Measured], lang: Lang) -> Drawn | None:
    """The grid of the 34 provincial units, where the regions are provinces; the table beside it says it otherwise."""
    codes, fmt, en = {unit.code for unit in provinces()}, Format(lang), lang == "en"
    values = {code: part.value for code, part in parts.items() if code in codes and part.value is not None}
    if len(values) < FIFTHS:
        return None

    def text(value: int) -> str:
        return fmt.short(value) if indicator.kind == "money" else shown(value, indicator.kind, fmt)

    figures, classes = fifths(values, text)
    notes = {
        code: f"{region_name(service, code, lang)} {parts[code].text(indicator.kind, fmt)}, n = {parts[code].count}"
        for code in values
    }
    title = indicator.title[en]
    label = f"{heading(title)}: {len(values)} provincial units" if en else f"{title}：{len(values)} 个省级单位"
    picture = drawn(
        [indicator.id, lang, figures, classes, notes], lambda: svg(tiles(figures, classes, lang, notes=notes), label)
    )
    return Drawn("grid", label, GRID_CAPTION[en], picture)
