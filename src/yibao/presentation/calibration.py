"""The calibration page of a simulated city: figures beside published ones, and curves to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages
from yibao.presentation.report.page import render
from yibao.presentation.workbook import Field, write_csv

FIELDS = (
    Field("figure_zh", "指标", "figure (zh)", width=30),
    Field("figure_en", "指标（英文）", "figure", width=40),
    Field("simulated", "模拟值", "simulated"),
    Field("published", "公布值", "published"),
    Field("deviation", "偏差", "deviation"),
    Field("interval", "抽样区间 95%", "95 % sampling interval"),
    Field("verdict", "判定", "verdict"),
    Field("kind", "类别", "kind"),
    Field("year", "年份", "year"),
    Field("table_zh", "口径", "table and scheme (zh)", width=40),
    Field("table_en", "口径（英文）", "table and scheme", width=40),
    Field("source_zh", "来源", "source (zh)", width=50),
    Field("source_en", "来源（英文）", "source", width=50),
)


@dataclass(frozen=True)
class Row:
    """One figure as people read it; ``verdict`` is within, chance, off or plausible."""

    zh: str
    en: str
    simulated: str
    published: str
    deviation: str
    interval: str
    verdict: str
    kind: str
    year: str
    table_zh: str
    table_en: str
    source_zh: str
    source_en: str


@dataclass(frozen=True)
class Travel:
    """People insured in one city: how many lay in hospital in each city, and what that cost, as people read it."""

    home: str
    stays: tuple[str, ...]
    costs: tuple[str, ...]
    left: str


@dataclass(frozen=True)
class Plot:
    """A picture with its heading and the sentence on what to look for."""

    heading: str
    says: str
    picture: Markup


def write_page(
    path: Path,
    lang: Lang,
    persons: int,
    seed: int,
    rows: Sequence[Row],
    travels: Sequence[Travel],
    plots: Iterable[Plot],
) -> None:
    """One self-contained HTML page; ``travels`` has one row per city, in the order of its columns."""
    t, fmt = Messages(lang), Format(lang)
    groups = [(kind, [row for row in rows if row.kind == kind]) for kind in ("fitted", "labelled")]
    fitted = [row.verdict for row in rows if row.kind == "fitted"]
    html = render(
        "calibration.html.j2", fmt, t, persons=persons, seed=seed, groups=groups, plots=list(plots), travels=travels,
        near=fitted.count("within"), chance=fitted.count("chance"), off=fitted.count("off"), fitted=len(fitted),
    )  # fmt: skip
    path.write_text(html, encoding="utf-8")


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """The same table as a CSV that Excel opens."""
    cells: list[dict[str, Any]] = [
        {
            "figure_zh": row.zh, "figure_en": row.en, "simulated": row.simulated, "published": row.published,
            "deviation": row.deviation, "interval": row.interval, "verdict": row.verdict, "kind": row.kind,
            "year": row.year, "table_zh": row.table_zh, "table_en": row.table_en, "source_zh": row.source_zh,
            "source_en": row.source_en,
        }
        for row in rows
    ]  # fmt: skip
    write_csv(path, FIELDS, cells, "CNY")
