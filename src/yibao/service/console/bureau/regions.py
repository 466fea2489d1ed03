"""Regions: where do they differ beyond chance? A grid of tiles over the nation, a funnel and a table over counties."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.measures import wilson_interval
from yibao.presentation.charts.theme import svg
from yibao.presentation.charts.tiles import tiles
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.provinces import GRID_CAPTION, provinces
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.bureau.columns import READING
from yibao.service.console.bureau.funnels import (
    LEAST_PEERS,
    funnel_figure,
    interval_words,
    ratio,
    readings,
    unit_of,
)
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import Within, region_filter, region_name, regions_below, resting_on, within
from yibao.service.console.suppression import BUREAU, suppressed
from yibao.service.state import Service

router = APIRouter(prefix="/bureau", route_class=GuardedRoute, include_in_schema=False)
#: What can be compared: name -> (zh, en, what is counted, of what).
METRICS = {
    "stays": ("住院率（每百人住院次数）", "Stays per 100 persons", "stays", "persons"),
    "away": ("异地住院占比", "Share of stays away", "stays_away", "stays"),
}  # fmt: skip
#: Fewer regions with a figure give no grid.
LEAST_TILES = 2


@router.get("/regions")
@needs("bureau.read")
def regions(request: Request, caller: Who, service: Of) -> Response:
    """Where do regions differ, beyond chance?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    metric_options = [Option(name, zh_, en) for name, (zh_, en, _, _) in METRICS.items()]
    chosen = read(
        request,
        [
            region_filter(caller, service),
            Filter("metric", "指标", "Indicator", options=metric_options, default="stays", every=None),
            Filter("few", "显示例数不足", "Show those with too few", kind="flag"),
        ],
    )
    where = within(caller, service, chosen["region"])
    metric = chosen["metric"]
    rows = compared(service, units_of(service, where), metric, lang)
    shown = rows if chosen.flag("few") else [row for row in rows if row["reading"] != "few"]
    hidden = len(rows) - len(shown)
    units = [unit_of(row["name"], row["over"], row["expected"], lang) for row in rows]
    words = METRICS[metric]
    funnel = funnel_figure(
        "funnel",
        units,
        (f"{words[0]}：实际 ÷ 按全域水平的预期", f"{words[1]}: observed ÷ expected at the whole's level"),
        ("预期次数", "expected number"),
        lang,
        regions=True,
    )
    grid = national(rows, metric, lang)
    figures = [one for one in (grid, funnel) if one is not None]
    out = [row for row in rows if row["reading"] in ("higher", "lower")]
    whole = _whole(rows)
    level = fmt.percent(whole[0], whole[1])
    says = [
        f"{region_name(service, where.region, lang)}{words[0]}为 *{level}*（{fmt.count(whole[0])} ÷ "
        f"{fmt.count(whole[1])}）；"
        f"*{len(out)} 个*地区整个区间在同类中间一半之外。"
        if zh
        else f"{words[1]} in {region_name(service, where.region, lang)}: *{level}* ({fmt.count(whole[0])} of "
        f"{fmt.count(whole[1])}); "
        f"*{len(out)}* {'region lies' if len(out) == 1 else 'regions lie'} with the whole interval outside the "
        f"middle half."
    ]
    table = Listing(
        "regions",
        "地区",
        "Regions",
        [
            Column(
                "name",
                "地区",
                "Region",
                head=True,
                href=lambda row: f"?region={row['code']}&metric={metric}" if row["below"] else None,
            ),
            Column("value", words[0], words[1], "percent", below=under("span")),
            Column("over", "次数", "Number", "count"),
            Column("under", "分母", "Denominator", "count"),
            Column("ratio", "实际 ÷ 预期", "Observed ÷ expected", "ratio", below=under("interval")),
            READING,
            Column("quarter", "四分位", "Quarter", "count"),
        ],
        suppressed(shown, BUREAU, "over", ["value", "ratio"]),
        order="name",
    )
    question = "哪里不一样？是真不同还是例数少？" if zh else "Where do regions differ, beyond chance?"
    return page(
        request,
        "bureau/regions.html",
        caller=caller,
        question=question,
        filters=chosen,
        says=says,
        tables=(table,),
        figures=figures,
        names=[one.name for one in figures],
        hidden=hidden,
        caption=GRID_CAPTION,
        parts=len(rows),
        foot=[resting_on(service, lang)],
    )


def units_of(service: Service, where: Within) -> list[str]:
    """What is compared: the regions one level below; all those without any below where these are fewer than five."""
    leaves = [
        code for code in sorted(where.regions) if not any(r["parent_code"] == code for r in service.regions.values())
    ]
    return list(where.children) if len(where.children) >= LEAST_PEERS else leaves


def compared(service: Service, codes: list[str], metric: str, lang: Lang) -> list[dict[str, Any]]:
    """A row for each region: number, denominator, share with interval, ratio to what the whole's level would give."""
    over, under = METRICS[metric][2:]
    care = {row["region_code"]: row for row in service.figures.rows("region_care")}
    found = []
    for code in codes:
        inside = [care[one] for one in regions_below(service, code) if one in care]
        found.append((code, sum(row[over] for row in inside), sum(row[under] for row in inside)))
    whole_over, whole_under = sum(n for _, n, _ in found), sum(d for _, _, d in found)
    rows: list[dict[str, Any]] = []
    for code, number, of in found:
        expected = of * whole_over / whole_under if whole_under else 0.0
        low, high = wilson_interval(min(number, of), of) if of else (0.0, 0.0)
        rows.append(
            {
                "code": code,
                "name": region_name(service, code, lang),
                "over": number,
                "under": of,
                "expected": expected,
                "value": number * 1_000_000 // of if of else None,
                "below": any(r["parent_code"] == code for r in service.regions.values()),
                "span": f"{float(low) * 100:.1f}–{float(high) * 100:.1f}%" if of and number <= of else "",
                **ratio(number, expected),
            }
        )
    for row, word in zip(rows, readings(rows), strict=True):
        row["reading"] = word
        row["interval"] = interval_words(row["low"], row["high"])
    ranked = sorted(row["value"] for row in rows if row["value"] is not None)
    for row in rows:
        row["quarter"] = (
            None if row["value"] is None or len(ranked) < 8 else 1 + 4 * ranked.index(row["value"]) // len(ranked)
        )
    return rows


def national(rows: list[dict[str, Any]], metric: str, lang: Lang) -> Drawn | None:
    """The grid of the 34 provincial units (R11), where the regions compared are such units."""
    known = {unit.code for unit in provinces()}
    full = [row for row in rows if row["code"] in known and row["value"] is not None]
    if len(full) < LEAST_TILES:
        return None
    fmt, at = Format(lang), 0 if lang == "zh" else 1
    ranked = sorted(row["value"] for row in full)
    cuts = [ranked[max(-(-len(ranked) * k // 5) - 1, 0)] for k in range(1, 6)]
    classes = [f"≤ {fmt.percent(cut, 1_000_000)}" for cut in cuts]
    distinct = list(dict.fromkeys(classes))
    shown = {
        row["code"]: (
            fmt.percent(row["value"], 1_000_000),
            distinct.index(classes[next(k for k, c in enumerate(cuts) if row["value"] <= c)]),
        )
        for row in full
    }
    title = METRICS[metric][at]
    picture = drawn(
        ["tiles", metric, lang, sorted(shown.items()), distinct], lambda: svg(tiles(shown, distinct, lang), title)
    )
    return Drawn(
        "tiles",
        title,
        GRID_CAPTION[at],
        picture,
        (),
        None,
        "没有数据的以虚框和“—”表示" if lang == "zh" else "units without a figure are outlined with “—”",
    )


def _whole(rows: list[dict[str, Any]]) -> tuple[int, int]:
    return sum(row["over"] for row in rows), sum(row["under"] for row in rows)
