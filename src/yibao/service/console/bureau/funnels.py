"""Funnels (R4) of pages: observed against expected with chance drawn in; the same values as a table."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.measures import observed_expected
from yibao.presentation.charts.funnel import MIN_EXPECTED, Funnel, Unit, draw_funnel
from yibao.presentation.fmt import Lang, decimal
from yibao.presentation.messages import Messages
from yibao.presentation.report.findings import funnel_key, funnel_title
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.listing import Column, Listing

#: Readings of a ratio (console.md §8.3), and how they look.
READINGS = {"higher": ("高于", "Higher"), "lower": ("低于", "Lower"), "similar": ("相近", "Similar"),
            "few": ("例数不足", "Too few")}  # fmt: skip
TONES = {"higher": "warn:up", "lower": "you:down", "similar": ":eq", "few": "plain:dash"}
#: Fewer units give no middle half to compare with.
LEAST_PEERS = 5


def unit_of(name: str, observed: int, expected: float, lang: Lang) -> Unit:
    """A unit with its words: what was seen, what was expected."""
    said = f"实际 {observed}，预期 {expected:.1f}" if lang == "zh" else f"observed {observed}, expected {expected:.1f}"
    return Unit(name, observed, expected, f"{name}: {said}")


def funnel_figure(
    name: str,
    units: Sequence[Unit],
    words: tuple[str, str],
    axis: tuple[str, str],
    lang: Lang,
    *,
    regions: bool = False,
) -> Drawn | None:
    """The funnel of some units; None where fewer than five have five expected events."""
    funnel = Funnel.of([unit for unit in units if unit.expected > 0])
    if not funnel.drawable:
        return None
    t, at = Messages(lang), 0 if lang == "zh" else 1
    title = funnel_title(t, funnel, regions=regions)
    shown = ["funnel", name, lang, [(u.name, u.observed, round(u.expected, 4)) for u in funnel.units]]
    note = ""
    if funnel.too_few:
        note = (f"另有 {funnel.too_few} {'个' if regions else '家'}预期不足 5 件，未画" if lang == "zh"
                else f"{funnel.too_few} with fewer than 5 expected are not drawn")  # fmt: skip
    svg = drawn(shown, lambda: draw_funnel(funnel, axis[at], title))
    key = [(sign, said) for sign, said in funnel_key(t, funnel)]
    table = Listing(
        name,
        words[0],
        words[1],
        [
            Column("name", "名称", "Name", head=True),
            Column("observed", "实际", "Observed", "count"),
            Column("expected", "预期", "Expected", "ratio"),
            Column("ratio", "实际 ÷ 预期", "Observed ÷ expected", "ratio"),
        ],
        [
            {
                "name": u.name,
                "observed": u.observed,
                "expected": round(u.expected * 1_000_000),
                "ratio": round(u.ratio * 1_000_000),
            }
            for u in funnel.units
        ],
    )
    return Drawn(name, title, words[at], svg, key, table, note)


def ratio(observed: int, expected: float) -> dict[str, int | None]:
    """Observed over expected with its exact 95 % interval, in parts per million; nothing below five expected."""
    if expected < MIN_EXPECTED:
        return {"ratio": None, "low": None, "high": None}
    found = observed_expected(observed, expected)
    return {key: round(float(value) * 1_000_000)
            for key, value in (("ratio", found.ratio), ("low", found.lower), ("high", found.upper))}  # fmt: skip


def readings(rows: Sequence[dict[str, int | None]]) -> list[str | None]:
    """The reading word of each row: higher or lower only if its whole interval lies outside the peers' middle half."""
    made: list[str | None] = []
    for row in rows:
        others = sorted(r["ratio"] for r in rows if r is not row and r["ratio"] is not None)
        if row["ratio"] is None or row["low"] is None or row["high"] is None:
            made.append("few")
        elif len(others) < LEAST_PEERS:
            made.append(None)
        else:
            low, high = quartiles(others)
            made.append("higher" if row["low"] > high else "lower" if row["high"] < low else "similar")
    return made


def quartiles(values: Sequence[int]) -> tuple[int, int]:
    """The ends of the middle half of sorted values, by the row number that design §3 allows: ceil(q × n)."""
    n = len(values)
    return values[-(-n // 4) - 1], values[-(-3 * n // 4) - 1]


def interval_words(low: int | None, high: int | None) -> str:
    return "" if low is None or high is None else f"{decimal(low, 1_000_000, 2)}–{decimal(high, 1_000_000, 2)}"
