"""Writes the calibration report of a simulated city: a page in each language and a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from yibao.presentation.calibration import Plot, Row, Travel, write_page, write_table
from yibao.presentation.charts.curves import Curve, curves
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import LANGUAGES, Messages
from yibao.simulation import SimulationReport
from yibao.simulation.calibration import Comparison, compare
from yibao.simulation.geography import CITIES
from yibao.simulation.measures import BINS_PER_DECADE, Measures

_AGES_PER_BAND = 5
#: Costs from ten yuan to a hundred thousand are drawn.
_COST_TICKS = [10, 100, 1_000, 10_000, 100_000]


def write_calibration(report: SimulationReport, folder: Path) -> tuple[list[Comparison], list[Path]]:
    """``calibration.zh.html``, ``calibration.en.html`` and ``calibration.csv`` in ``folder``, and the figures."""
    figures = compare(report.measures)
    rows = [_row(figure) for figure in figures]
    paths = [folder / f"calibration.{lang}.html" for lang in LANGUAGES]
    for lang, path in zip(LANGUAGES, paths, strict=True):
        travels, plots = _travels(report.measures, lang), _plots(report.measures, lang)
        write_page(path, lang, report.persons, report.seed, rows, travels, plots)
    table = folder / "calibration.csv"
    write_table(table, rows)
    return figures, [*paths, table]


def shown(figure: Comparison, value: int | None) -> str:
    """A value of the figure as people read it: per cent, yuan or a plain number."""
    fmt = Format("en")
    if value is None:
        return "—"
    if figure.unit == "ppm":
        return f"{value / 10_000:.1f} %"
    if figure.unit == "fen":
        return fmt.money(value)
    return f"{value / 1000:.3f}"


def published(figure: Comparison) -> str:
    """The published value, or the range that seems plausible where there is none."""
    if figure.low is None:
        return shown(figure, figure.published)
    return f"{shown(figure, figure.low)} – {shown(figure, figure.high)}"


def _row(figure: Comparison) -> Row:
    deviation = figure.deviation_ppm
    return Row(
        zh=figure.zh,
        en=figure.en,
        simulated=shown(figure, figure.simulated),
        published=published(figure),
        deviation="—" if deviation is None else f"{deviation / 10_000:+.1f} %",
        interval=f"± {shown(figure, figure.half_width)}",
        verdict=figure.verdict,
        kind=figure.kind,
        year=figure.year,
        table_zh=figure.table_zh,
        table_en=figure.table_en,
        source_zh=figure.source_zh,
        source_en=figure.source_en,
    )


def _travels(measures: Measures, lang: Lang) -> list[Travel]:
    """Stays and their cost between the cities; the share of a city's stays that were elsewhere."""
    fmt, stays, cost = Format(lang), measures.parts["travel"][:, :, 0], measures.parts["travel"][:, :, 1]
    return [
        Travel(
            home=zh if lang == "zh" else en,
            stays=tuple(fmt.count(int(n)) for n in stays[k]),
            costs=tuple(fmt.count(round(int(fen) / 1_000_000)) for fen in cost[k]),
            left=fmt.percent(int(stays[k].sum() - stays[k, k]), int(stays[k].sum())),
        )
        for k, (_, zh, en, *_) in enumerate(CITIES)
    ]


def _plots(measures: Measures, lang: Lang) -> Iterator[Plot]:
    t, parts = Messages(lang), measures.parts

    def say(key: str) -> str:
        return t(f"calibration.plot.{key}")

    def plot(key: str, series: list[Curve], x: str, y: str, **how: object) -> Plot:
        picture = curves(series, say(f"{key}_says"), say(x), say(y), **how)  # type: ignore[arg-type]
        return Plot(say(key), say(f"{key}_says"), picture)

    insured = parts["insured"].sum(axis=0)
    ages = np.arange(insured.shape[0]) * _AGES_PER_BAND + _AGES_PER_BAND / 2
    rate = 1000 * parts["stay_ages"].sum(axis=0) / np.maximum(insured, 1)
    yield plot("rates", [_curve(say(s), ages, rate[:, k]) for k, s in ((1, "women"), (0, "men"))], "age", "rate")
    by_scheme = parts["insured"].sum(axis=2)
    cost = parts["cost_ages"].sum(axis=2) / np.maximum(by_scheme, 1) / 100
    enough = by_scheme >= 30
    schemes = [_curve(say(s), ages[enough[k]], cost[k][enough[k]]) for k, s in ((0, "employee"), (1, "resident"))]
    yield plot("cost", schemes, "age", "yuan_head")
    for key, name in (("costs", "stay_costs"), ("visits", "visit_costs")):
        yield plot(key, _distributions(parts[name], say), "yuan", "share", log_x=True, steps=_COST_TICKS)
    weeks = parts["days"][:, :364].reshape(2, 52, 7).sum(axis=2)
    series = [_curve(say(s), np.arange(1, 53), weeks[k]) for k, s in ((0, "others"), (1, "airways"))]
    yield plot("seasons", series, "week", "count")
    months = parts["stay_months"]
    mean = months[:, :, 2] / np.maximum(months[:, :, 0], 1) / 100
    # Who comes in December and stays long is still there when the year ends.
    whole = slice(0, 11)
    names = [zh if lang == "zh" else en for _, zh, en, *_ in CITIES]
    yield plot(
        "reform", [_curve(n, np.arange(1, 13)[whole], mean[k][whole]) for k, n in enumerate(names)], "month", "yuan"
    )


def _curve(name: str, x: np.ndarray, y: np.ndarray) -> Curve:
    return Curve(name, tuple(zip(x.astype(float).tolist(), y.astype(float).round(3).tolist(), strict=True)))


def _distributions(costs: np.ndarray, say: object) -> list[Curve]:
    """Share of each cost bin by level, of the bins that hold anything."""
    levels = [(costs[0] + costs[1], "level_1"), (costs[2], "level_2"), (costs[3], "level_3")]
    middle = 10 ** ((np.arange(costs.shape[1]) + 0.5) / BINS_PER_DECADE)
    series = []
    for counts, name in levels:
        held = np.flatnonzero(counts)
        if len(held):
            span = slice(int(held[0]), int(held[-1]) + 1)
            share = 100 * counts[span] / counts.sum()
            series.append(_curve(say(name), middle[span], share))  # type: ignore[operator]
    return series
