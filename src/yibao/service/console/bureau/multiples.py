"""Cases that cost many times, or a small part of, their payment standard: how many, where, and beyond chance or not.

A case's multiple is its cost over the standard of its group, or over the mean of its disease where nothing is priced.
High- and low-cost outliers are as the hospital's own page counts them (``hospital/indicators.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yibao.measures import wilson_interval
from yibao.presentation.charts.histogram import Bin, histogram
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.audit.drawings import piles
from yibao.service.console.bureau.columns import PROVIDER, READING
from yibao.service.console.bureau.funnels import funnel_figure, interval_words, ratio, readings, unit_of
from yibao.service.console.bureau.institutions import LEVELS
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.hospital.choice import all_stays, span
from yibao.service.console.hospital.estimate import FEWEST
from yibao.service.console.hospital.indicators import LOW_MULTIPLE, high_multiple, multiple
from yibao.service.console.hospital.stays import MILLION, Bools, Floats, Stays
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.recent import Recent
from yibao.service.console.scoping import institution_name
from yibao.service.console.suppression import BUREAU, few, shown, suppressed
from yibao.service.state import Service

#: Classes of the histogram: tenths of the standard, the last holds three times and more.
CLASSES = 31


@dataclass(frozen=True)
class Multiples:
    """Cases of some institutions with their multiple, whether it is a high or a low one, and what their groups let
    expect of a high one (the share of the group's cases over all institutions here)."""

    stays: Stays
    multiple: Floats
    high: Bools
    low: Bools
    expected: Floats

    @property
    def priced(self) -> bool:
        return self.stays.priced

    def classes(self, mask: Bools | None = None) -> list[int]:
        """Cases by tenths of the standard."""
        values = self.multiple if mask is None else self.multiple[mask]
        return [int(n) for n in np.bincount(np.minimum(values * 10, CLASSES - 1).astype(int), minlength=CLASSES)]

    def place(self, code: str) -> Bools:
        at = self.stays.places.index(code) if code in self.stays.places else -1
        mine: Bools = self.stays.place == at
        return mine


_made: Recent[Multiples] = Recent(32)


def of_year(service: Service, places: Sequence[str], name: str) -> Multiples | None:
    """The multiples of the last twelve months' cases of some institutions, which ``name`` stands for; reckoned once
    while their figures stand. None without stays."""
    stays = all_stays(service)
    if not len(stays):
        return None
    levels = {code: row["level"] for code, row in service.institutions.items()}
    return _made.get((service.figures.name, name), lambda: multiples(
        stays.from_month(*span(stays, "12")), places, levels))  # fmt: skip


def multiples(stays: Stays, places: Sequence[str], levels: Mapping[str, str]) -> Multiples:
    """The multiples of the cases of some institutions; means of diseases are over all stays given.

    Where groups are priced, cases without a standard have no multiple and are left out.
    """
    times, high = multiple(stays), high_multiple(stays, levels) > 0
    counts = np.isfinite(stays["standard_amount"]) if stays.priced else np.ones(len(stays), np.bool_)
    here = np.isin(np.array(stays.places, dtype=object), list(places))[stays.place] & counts
    mine = stays.where(here)
    return Multiples(mine, times[here], high[here], times[here] < LOW_MULTIPLE, _share(mine, high[here]))


def _share(stays: Stays, high: Bools) -> Floats:
    """Of each case: the share of high multiples among its group's cases."""
    size = np.bincount(stays.stratum) if len(stays) else np.ones(1)
    hits = np.bincount(stays.stratum, weights=high.astype(np.float64)) if len(stays) else np.zeros(1)
    share: Floats = (hits / np.maximum(size, 1))[stays.stratum]
    return share


def by_institution(service: Service, made: Multiples, lang: Lang) -> list[dict[str, Any]]:
    """A row for each institution: cases, its multiples' middle, low and high ones with their shares, and high ones over
    what its groups let expect, with the word that chance allows."""
    rows: list[dict[str, Any]] = []
    order = np.argsort(made.stays.place, kind="stable")
    ends = np.searchsorted(made.stays.place[order], np.arange(len(made.stays.places) + 1))
    for number, code in enumerate(made.stays.places):
        mine = order[ends[number] : ends[number + 1]]
        cases, dear, cheap = len(mine), int(made.high[mine].sum()), int(made.low[mine].sum())
        expected = float(made.expected[mine].sum())
        q1, q2, q3 = np.quantile(made.multiple[mine], [0.25, 0.5, 0.75])
        rows.append({
            "code": code, "name": institution_name(service, code, lang),
            "level": service.institutions[code]["level"] or "9", "cases": cases,
            "middle": round(float(q2) * MILLION), "half": f"{q1:.2f}–{q3:.2f}",
            "cheap": cheap, "cheap_share": cheap * MILLION // cases, "cheap_span": _span(cheap, cases),
            "dear": dear, "dear_share": dear * MILLION // cases, "dear_span": _span(dear, cases),
            "expected": expected, **ratio(dear, expected),
        })  # fmt: skip
    for row, word in zip(rows, readings(rows), strict=True):
        row["reading"], row["interval"] = word, interval_words(row["low"], row["high"])
    return rows


def _span(hits: int, cases: int) -> str:
    low, high = wilson_interval(hits, cases)
    return f"{float(low) * 100:.1f}–{float(high) * 100:.1f}%"


def table(rows: Sequence[dict[str, Any]]) -> Listing:
    """Outliers by provider; counts below five and what rests on them are not shown."""
    few_cases = suppressed(rows, BUREAU, "cases")
    marks = {name: suppressed(rows, BUREAU, name) for name in ("cheap", "dear")}
    made = []
    for place, row in enumerate(few_cases):
        if isinstance(row["cases"], str):
            row |= dict.fromkeys(("middle", "cheap", "cheap_share", "dear", "dear_share"), row["cases"])
            row |= dict.fromkeys(("half", "cheap_span", "dear_span", "interval"), "") | {
                "ratio": None,
                "reading": "few",
            }
        for name, hidden in marks.items():
            if not isinstance(row["cases"], str) and isinstance(hidden[place][name], str):
                row[name] = row[f"{name}_share"] = hidden[place][name]
                row[f"{name}_span"] = ""
                if name == "dear":
                    row["ratio"], row["interval"], row["reading"] = None, "", "few"
        made.append(row)
    columns = [
        PROVIDER, Column("level", "级别", "Level", words=LEVELS), Column("cases", "病例", "Cases", "count"),
        Column("middle", "倍率中位数", "Median multiple", "ratio", below=under("half")),
        Column("cheap", "低倍率", "Low-cost", "count"),
        Column("cheap_share", "低倍率占比", "Low-cost share", "percent", below=under("cheap_span")),
        Column("dear", "高倍率", "High-cost", "count"),
        Column("dear_share", "高倍率占比", "High-cost share", "percent", below=under("dear_span")),
        Column("ratio", "高倍率，实际 ÷ 预期", "High-cost, observed ÷ expected", "ratio", below=under("interval")),
        READING,
    ]  # fmt: skip
    return Listing("outliers", "各院高低倍率病例", "Outliers by provider", columns, made, order="name", caption=False)


def funnel(rows: Sequence[dict[str, Any]], lang: Lang) -> Drawn | None:
    """High-cost outliers against what each provider's groups let expect (R4)."""
    return funnel_figure(
        "outliers_funnel", [unit_of(row["name"], row["dear"], row["expected"], lang) for row in rows],
        ("高倍率病例：实际 ÷ 按病组构成的预期", "High-cost outliers: observed ÷ expected by its groups"),
        ("预期高倍率例数", "expected high-cost outliers"), lang,
    )  # fmt: skip


def shape(made: Multiples, lang: Lang, own: Bools | None = None) -> Drawn | None:
    """How multiples are spread over tenths of the standard (R9): all cases, or those of one institution (``own``)
    against the others'. None below thirty cases. Classes of one to four cases are left out."""
    counts = made.classes(own)
    others = made.classes(~own) if own is not None else None
    cases, theirs = sum(counts), sum(others) if others is not None else 0
    if cases < FEWEST or (others is not None and theirs < FEWEST):
        return None
    zh, fmt = lang == "zh", Format(lang)
    hot = piles(counts, others) if others is not None else _outlying(made)
    names = [f"{c / 10:.1f}" for c in range(CLASSES - 1)] + ["3+"]
    seen = [n if n >= BUREAU else 0 for n in counts]
    bins = [
        Bin(name, n * 100 / cases, None if others is None else others[c] * 100 / theirs, hot[c],
            f"{name}: {fmt.percent(n, cases)} ({n})")
        for c, (name, n) in enumerate(zip(names, seen, strict=True))
    ]  # fmt: skip
    dear, cheap = (int(v[own].sum() if own is not None else v.sum()) for v in (made.high, made.low))
    title = (
        f"{fmt.count(cases)} 例中高倍率 {shown(dear, BUREAU)} 例，低倍率 {shown(cheap, BUREAU)} 例"
        if zh
        else f"Of {fmt.count(cases)} cases {shown(dear, BUREAU)} are high- and {shown(cheap, BUREAU)} low-cost outliers"
    )
    unit = f"倍率（{base(made)[0]}），占病例的百分比" if zh else f"multiple ({base(made)[1]}), percent of cases"
    svg = drawn(["multiples", title, unit, bins], lambda: histogram(bins, title, every=5))
    key = [("box-q4", "病例占比" if zh else "share of cases"),
           ("box-warn", ("集中处" if zh else "where they pile up") if others is not None else
            ("高倍率、低倍率" if zh else "outliers"))]  # fmt: skip
    rows = suppressed([{"class": name, "cases": n, "share": n * MILLION // cases} for name, n in
                       zip(names, counts, strict=True)], BUREAU, "cases", ["share"])  # fmt: skip
    listing = Listing("multiples", title, title, (
        Column("class", "倍率自", "Multiple from", head=True), Column("cases", "病例", "Cases", "count"),
        Column("share", "占比", "Share", "percent"),
    ), rows)  # fmt: skip
    note = "不足 5 例的档不画" if zh else "Classes below 5 cases are not drawn"
    return Drawn("multiples", title, unit, svg, key, listing, note)


def base(made: Multiples) -> tuple[str, str]:
    """What a multiple is a multiple of."""
    if made.priced:
        return "费用 ÷ 支付标准", "cost ÷ payment standard"
    if made.stays.grouped:
        return "费用 ÷ 同病组例均费用", "cost ÷ mean of the group"
    return "费用 ÷ 同病种例均费用", "cost ÷ mean of the disease"


def _outlying(made: Multiples) -> list[bool]:
    """Classes in which more than half of the cases are high or low multiples."""
    either, every = made.classes(made.high | made.low), made.classes()
    return [2 * one > n for one, n in zip(either, every, strict=True)]


def sentence(made: Multiples, rows: Sequence[dict[str, Any]], lang: Lang) -> str:
    """How many outliers there are, and how many providers have more than their groups let expect."""
    fmt, cases = Format(lang), len(made.stays)
    dear, cheap = int(made.high.sum()), int(made.low.sum())
    more = sum(row["reading"] == "higher" for row in rows)
    if lang == "zh":
        return (f"高倍率 *{shown(dear, BUREAU)} 例*（{_part(dear, cases, fmt)}），低倍率 *{shown(cheap, BUREAU)} 例*"
                f"（{_part(cheap, cases, fmt)}）；高倍率整个区间高于同类中间一半的 *{more} 家*。")  # fmt: skip
    return (f"*{shown(dear, BUREAU)}* high-cost outliers ({_part(dear, cases, fmt)}) and *{shown(cheap, BUREAU)}* "
            f"low-cost ones ({_part(cheap, cases, fmt)}); *{more}* providers have more high ones than the middle half, "
            f"with the whole interval.")  # fmt: skip


def _part(number: int, cases: int, fmt: Format) -> str:
    return few(BUREAU) if 0 < number < BUREAU else fmt.percent(number, cases)
