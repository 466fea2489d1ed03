"""Where people of each region go for care: a table of from and to (R13), its cells shaded by the share of their row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from yibao.presentation.fmt import Format, Lang
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import region_filter, region_name, regions_below, resting_on, within
from yibao.service.console.suppression import BUREAU, few, withheld_cells
from yibao.service.state import Service

router = APIRouter(prefix="/bureau/regions", route_class=GuardedRoute, include_in_schema=False)
#: What may be shown: words, the column of the figure, the count that it rests on, whether it is money.
MEASURES: Mapping[str, tuple[str, str, str, str, bool]] = {
    "stays": ("住院人次", "Stays", "stays", "stays", False),
    "visits": ("门诊购药人次", "Visits and purchases", "visits", "visits", False),
    "stay_fund": ("住院基金支付，元", "Fund money for stays, ¥", "stay_fund", "stays", True),
}
#: Upper ends of the classes of a cell's share of its row, in percent; the last class has none.
CLASSES = (1, 5, 20, 50)
_QUESTION = {
    "zh": "病人从哪来、到哪去，带走多少基金？",
    "en": "Where do people go for care, and how much fund money goes with them?",
}
ELSEWHERE = ("其他地区", "Elsewhere")


@dataclass(frozen=True)
class Cell:
    """A cell of the table: its words, its class (q1 to q5, empty for nought), its share of the row in words."""

    text: str
    shade: str
    share: str


@dataclass(frozen=True)
class Matrix:
    """The table: heads, a row of cells for each region, totals of rows, columns and the whole."""

    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell], str]]
    totals: Sequence[str]
    whole: str


@dataclass(frozen=True)
class Flow:
    """Sums by home and place over the units that are compared, the last of which is everything elsewhere."""

    units: Sequence[str]
    values: Sequence[Sequence[int]]
    counts: Sequence[Sequence[int]]


@router.get("/flows")
@needs("bureau.read")
def flows(request: Request, caller: Who, service: Of) -> Response:
    """Where do people go for care, and how much fund money goes with them?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang, service.ledger.currency)
    options = [Option(name, *words[:2]) for name, words in MEASURES.items()]
    chosen = read(request, (
        region_filter(caller, service),
        Filter("measure", "数什么", "What is counted", options=options, default="stays", every=None),
    ))  # fmt: skip
    where = within(caller, service, chosen["region"])
    units = list(where.children) or [where.region]
    flow = summed(service, units, chosen["measure"])
    words = MEASURES[chosen["measure"]]
    names = [region_name(service, unit, lang) for unit in units] + [ELSEWHERE[0 if zh else 1]]
    out = sum(sum(row) - row[i] for i, row in enumerate(flow.values[:-1]))
    whole, come = sum(map(sum, flow.values[:-1])), sum(flow.values[-1])
    shown = fmt.short if words[4] else fmt.count
    what = words[0].removesuffix("，元") if zh else words[1].removesuffix(", ¥").lower()
    says = [
        f"本地参保人的{what} *{shown(whole)}*，不在参保地的 *{shown(out)}*（{fmt.percent(out, whole)}）。" if zh else
        f"*{shown(whole)}* {what} of people insured here, *{shown(out)}* of them ({fmt.percent(out, whole)}) outside "
        f"their own region."
    ]  # fmt: skip
    if come:
        says.append(
            f"外地参保人到本地的 *{shown(come)}*。" if zh else f"*{shown(come)}* of people from elsewhere came here."
        )
    question = _QUESTION[lang]
    return page(
        request, "bureau/flows.html", caller=caller, question=question, filters=chosen, says=says,
        tables=(_listing(flow, names, words),), matrix=matrix(flow, names, words[4], fmt),
        measure=words[0] if zh else words[1].lower(), classes=_classes(lang), foot=[resting_on(service, lang)],
        any=whole + come,
    )  # fmt: skip


def summed(service: Service, units: Sequence[str], measure: str) -> Flow:
    """The figure summed over the units; what lies in none is elsewhere, and elsewhere to elsewhere is nought."""
    unit_of = {code: n for n, unit in enumerate(units) for code in regions_below(service, unit)}
    _, _, column, count, _ = MEASURES[measure]
    last = len(units)
    values = [[0] * (last + 1) for _ in range(last + 1)]
    counts = [[0] * (last + 1) for _ in range(last + 1)]
    for row in service.figures.rows("region_flow"):
        home, place = unit_of.get(row["home"], last), unit_of.get(row["place"], last)
        if (home, place) != (last, last):
            values[home][place] += row[column]
            counts[home][place] += row[count]
    return Flow(units, values, counts)


def matrix(flow: Flow, names: Sequence[str], money: bool, fmt: Format) -> Matrix:
    """The table in words. Small cells are withheld, with as many others that totals do not tell them."""
    hidden = withheld_cells(flow.counts, BUREAU)
    said = fmt.amount if money else fmt.count
    n = len(names)
    outward, inward = any(row[-1] for row in flow.counts), any(flow.counts[-1])
    across, down = range(n if outward else n - 1), range(n if inward else n - 1)
    rows = []
    for r in down:
        total, cells = sum(flow.values[r]), []
        for c in across:
            value = flow.values[r][c]
            if (r, c) in hidden:
                cells.append(Cell(hidden[r, c], "", ""))
            elif r == c == n - 1:
                cells.append(Cell("", "", ""))
            else:
                share = value * 100 / total if total > 0 else 0.0
                cells.append(
                    Cell(said(value), shade(share) if value else "", fmt.percent(value, total) if value else "")
                )
        rows.append((names[r], cells, _total(sum(flow.counts[r]), total, said)))
    columns = [_total(sum(row[c] for row in flow.counts), sum(row[c] for row in flow.values), said) for c in across]
    return Matrix([names[c] for c in across], rows, columns, said(sum(map(sum, flow.values))))


def shade(share: float) -> str:
    """The class of a share in percent.

    >>> shade(0.4), shade(5.0), shade(20.1), shade(98.0)
    ('q1', 'q2', 'q4', 'q5')
    """
    return f"q{1 + sum(share > end for end in CLASSES)}"


def _total(count: int, value: int, said: Any) -> str:
    return few(BUREAU) if 0 < count < BUREAU else str(said(value))


def _classes(lang: Lang) -> list[tuple[str, str]]:
    """The key of the shades."""
    starts = (0, *CLASSES)
    ends = [f"{a}–{b}%" for a, b in zip(starts, CLASSES, strict=False)]
    last = f"{CLASSES[-1]}% 以上" if lang == "zh" else f"above {CLASSES[-1]}%"
    return [(f"q{n}", words) for n, words in enumerate([*ends, last], start=1)]


def _listing(flow: Flow, names: Sequence[str], words: tuple[str, str, str, str, bool]) -> Listing:
    """The same as rows, for files: what is withheld in the table is withheld here."""
    hidden = withheld_cells(flow.counts, BUREAU)
    last = len(names) - 1
    rows = [
        {"home": names[r], "place": names[c], "value": hidden.get((r, c), flow.values[r][c])}
        for r in range(last + 1) for c in range(last + 1) if (r, c) != (last, last)
    ]  # fmt: skip
    return Listing("flows", "就医流向", "Flows of care", (
        Column("home", "参保地", "Home", head=True), Column("place", "就医地", "Place of care"),
        Column("value", words[0], words[1], "money" if words[4] else "count"),
    ), rows)  # fmt: skip
