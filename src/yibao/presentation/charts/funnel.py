"""Funnel (R4): is a difference more than chance? Ratio against expected number, with prediction limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import altair as alt
import numpy as np
from markupsafe import Markup

from yibao.measures import FunnelLimits, overdispersion, poisson_limits
from yibao.presentation.charts.theme import both, values

MIN_EXPECTED = 5.0
MAX_DISPERSION = 4.0
MIN_UNITS = 5
MAX_DRAWN = 600
"""Points inside the limits beyond this number are left out of the drawing (a page has a weight); none outside is."""
_CURVE_POINTS = 60
_LABELS = 6


@dataclass(frozen=True)
class Unit:
    """One unit: its name, what was observed and what was expected (> 0), and the words of its tooltip."""

    name: str
    observed: int
    expected: float
    tip: str

    @property
    def ratio(self) -> float:
        return self.observed / self.expected


@dataclass(frozen=True)
class Funnel:
    """Units with enough expected events, judged against limits around 1 (observed = expected)."""

    units: tuple[Unit, ...]
    too_few: int
    """Units with fewer than five expected events: neither drawn nor judged."""

    @classmethod
    def of(cls, units: Sequence[Unit]) -> Funnel:
        judged = tuple(u for u in units if u.expected >= MIN_EXPECTED)
        return cls(judged, len(units) - len(judged))

    @cached_property
    def dispersion(self) -> float:
        scores = [(u.observed - u.expected) / u.expected**0.5 for u in self.units]
        return overdispersion(scores) if scores else 1.0

    @property
    def drawable(self) -> bool:
        return len(self.units) >= MIN_UNITS

    @property
    def limited(self) -> bool:
        """Whether limits may be drawn: beyond φ = 4 the units differ for reasons that are not modelled."""
        return self.dispersion <= MAX_DISPERSION

    @cached_property
    def zones(self) -> tuple[int, ...]:
        """Per unit: 0 inside the 95 % limits, ±1 outside them, ±2 outside the 99.8 % limits (sign: above, below)."""
        if not self.units or not self.limited:
            return (0,) * len(self.units)
        limits = self.limits(np.array([u.expected for u in self.units]))
        ratio = np.array([u.ratio for u in self.units])
        above = (ratio > limits.upper_warning).astype(int) + (ratio > limits.upper_action)
        below = (ratio < limits.lower_warning).astype(int) + (ratio < limits.lower_action)
        return tuple(int(z) for z in above - below)

    def limits(self, expected: np.ndarray) -> FunnelLimits:
        return poisson_limits(expected, 1.0, self.dispersion)

    @property
    def by_chance(self) -> int:
        """How many units would lie outside the 95 % limits by chance alone, rounded."""
        return round(len(self.units) * 0.05)


def draw_funnel(funnel: Funnel, x_title: str, label: str) -> Markup:
    """The funnel for desk and phone. Points are shaped by zone: circle inside, hollow and full diamond outside."""
    marks = _marks(funnel)
    right = max(u.expected for u in funnel.units) * 1.06
    top = max([1.6, *(u.ratio * 1.08 for u in funnel.units)])

    def draw(narrow: bool) -> alt.LayerChart:
        x = alt.X("e:Q", title=x_title, scale=alt.Scale(domain=[0, right], nice=False)).axis(
            tickCount=4 if narrow else 8, format=",~f"
        )
        scale = alt.Scale(domain=[0, top], nice=False)

        def y(field: str) -> alt.Y:
            return alt.Y(f"{field}:Q", title=None, scale=scale).axis(tickCount=6, format=".1f", grid=False)

        layers = limit_layers(funnel, right, x, y)
        layers.append(alt.Chart(values([{"v": 1}])).mark_rule(color="var(--ink)", strokeWidth=1).encode(y=y("v")))
        for zone, style in _STYLES.items():
            rows = [m for m in marks if abs(m["z"]) == zone]
            if rows:
                points = alt.Chart(values(rows)).mark_point(aria=True, **style)
                layers.append(points.encode(x=x, y=y("r"), description=alt.Description("d:N")))
        named = (
            [] if narrow else sorted((m for m in marks if abs(m["z"]) == 2), key=lambda m: -abs(m["r"] - 1))[:_LABELS]
        )
        for side, rows in (
            ("left", [m for m in named if m["e"] < right * 0.7]),
            ("right", [m for m in named if m["e"] >= right * 0.7]),
        ):
            if rows:
                text = alt.Chart(values(rows)).mark_text(
                    align=side, dx=9 if side == "left" else -9, fontWeight=600, color="var(--warn)"
                )
                layers.append(text.encode(x=x, y=y("r"), text=alt.Text("n:N")))
        return alt.layer(*layers).properties(width=215 if narrow else 640, height=230 if narrow else 310)

    return both(draw, label)


def limit_layers(funnel: Funnel, right: float, x: alt.X, y: Callable[[str], alt.Y]) -> list[alt.Chart]:
    """The band between the 95 % limits and the lines of both levels up to ``right``; none beyond φ = 4."""
    if not funnel.limited:
        return []
    grid = np.geomspace(MIN_EXPECTED * 0.8, right, _CURVE_POINTS)
    names = ("l95", "u95", "l998", "u998")
    curve = [
        {"e": float(e), **dict(zip(names, map(float, row), strict=True))}
        for e, *row in zip(grid, *funnel.limits(grid), strict=True)
    ]
    base = alt.Chart(values(curve))
    layers = [base.mark_area(color="var(--sunken)", clip=True).encode(x=x, y=y("l95"), y2=alt.Y2("u95:Q"))]
    for name in names:
        dash = [4, 3] if name.endswith("95") else [1, 0]
        line = base.mark_line(strokeWidth=1.2, color="var(--peer)", strokeDash=dash, clip=True)
        layers.append(line.encode(x=x, y=y(name)))
    return layers


_STYLES = {
    0: {"size": 46, "color": "var(--peer)"},
    1: {"size": 90, "shape": "diamond", "filled": False, "color": "var(--warn)", "strokeWidth": 1.8},
    2: {"size": 110, "shape": "diamond", "color": "var(--warn)", "stroke": "var(--surface)", "strokeWidth": 1},
}


def _marks(funnel: Funnel) -> list[dict]:
    pairs = list(zip(funnel.units, funnel.zones, strict=True))
    outside = [p for p in pairs if p[1]]
    inside = [p for p in pairs if not p[1]][:MAX_DRAWN]
    return [{"e": u.expected, "r": u.ratio, "z": z, "n": u.name, "d": u.tip} for u, z in inside + outside]
