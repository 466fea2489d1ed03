"""Indicators that are not of stays: reminders followed, examinations recognised, trace codes uploaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from yibao.service.console.hospital.choice import View
from yibao.service.console.hospital.compare import FEWEST_IN_MONTH, Compared, Months
from yibao.service.console.hospital.estimate import proportion, spread
from yibao.service.console.hospital.indicators import Indicator, written_indicator
from yibao.service.console.suppression import INSTITUTION
from yibao.service.state import Service

#: Laws whose reminders ask to recognise an examination of another place.
RECOGNITION = ("D01", "D02")
#: ``(institution, month, cases, hits)``.
Cell = tuple[str, date, int, int]


def conduct(service: Service, view: View, months: Sequence[date]) -> list[tuple[Compared, Months]]:
    """The three indicators of a view, each with its months."""
    answers, traced = service.figures.rows("answer"), service.figures.rows("traced")
    told = {
        "compliance": _cells(answers, "answered", "accepted"),
        "recognition": _cells((r for r in answers if r["law_id"].startswith(RECOGNITION)), "answered", "accepted"),
        "traced": _cells(traced, "visits", "coded"),
    }
    return [_compared(written_indicator(name), cells, view, months) for name, cells in told.items()]


def _cells(rows: Iterable[Mapping[str, Any]], cases: str, hits: str) -> list[Cell]:
    return [(row["institution_id"], row["month"], row[cases], row[hits]) for row in rows]


def _compared(
    indicator: Indicator, cells: Sequence[Cell], view: View, months: Sequence[date]
) -> tuple[Compared, Months]:
    """Proportions of the period, own and peers', and of each month."""
    wanted = [view.own, *view.peers]
    place, at = {p: i for i, p in enumerate(wanted)}, {m: i for i, m in enumerate(months)}
    size, hits = np.zeros((len(wanted), len(months))), np.zeros((len(wanted), len(months)))
    for where, month, n, k in cells:
        if where in place and month in at:
            size[place[where], at[month]] += n
            hits[place[where], at[month]] += k
    inside = np.array([view.first <= month <= view.last for month in months], np.bool_)
    n, k = size[:, inside].sum(axis=1), hits[:, inside].sum(axis=1)
    peers = np.divide(k[1:], n[1:], out=np.full(len(wanted) - 1, np.nan), where=n[1:] >= INSTITUTION)
    known = peers[np.isfinite(peers)]
    own = proportion(int(k[0]), int(n[0]))
    compared = Compared(indicator, own, spread(known), known, int(n[0]), float(k[0]), float(n[0]))
    grid = np.divide(hits, size, out=np.full_like(size, np.nan), where=size >= FEWEST_IN_MONTH)
    lies = [spread(grid[1:, month]) for month in range(len(months))]
    middle, low, high = (
        np.array([np.nan if one is None else getattr(one, name) for one in lies]) for name in ("p50", "p25", "p75")
    )
    return compared, Months(months, grid[0], middle, low, high)
