"""Micro marks: small SVG pictures without an axis that stand beside a number or a word, never instead of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from markupsafe import Markup

_ICONS = {
    "violation": '<path d="M8 1l7 7-7 7-7-7z" fill="currentColor"/>',
    "suspect": '<path d="M8 1.7l6.3 6.3L8 14.3 1.7 8z" fill="none" stroke="currentColor" stroke-width="1.8"/>'
    '<path d="M8 1.7v12.6L1.7 8z" fill="currentColor"/>',
    "lead": '<path d="M8 1.7l6.3 6.3L8 14.3 1.7 8z" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "up": '<path d="M8 3l5.5 9h-11z" fill="currentColor"/>',
    "down": '<path d="M8 13L2.5 4h11z" fill="currentColor"/>',
    "eq": '<path d="M2.5 5.2h11v1.9h-11zM2.5 9h11v1.9h-11z" fill="currentColor"/>',
    "dash": '<path d="M3 8h10" stroke="currentColor" stroke-width="2"/>',
    "check": '<path d="M2.5 8.5l3.6 3.6L13.5 4.5" fill="none" stroke="currentColor" stroke-width="2"/>',
    "x": '<path d="M3.5 3.5l9 9m0-9l-9 9" stroke="currentColor" stroke-width="2"/>',
    "q": '<circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    '<path d="M6.2 6.4c0-1.1.8-1.8 1.9-1.8s1.8.7 1.8 1.6c0 1.5-1.8 1.4-1.8 2.9" fill="none" stroke="currentColor"'
    ' stroke-width="1.5"/><circle cx="8" cy="11.4" r=".95" fill="currentColor"/>',
    "clock": '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.7"/>'
    '<path d="M8 4.4V8l2.6 1.8" fill="none" stroke="currentColor" stroke-width="1.7"/>',
    "eye": '<path d="M1.2 8S3.8 3.4 8 3.4 14.8 8 14.8 8 12.2 12.6 8 12.6 1.2 8 1.2 8z" fill="none"'
    ' stroke="currentColor" stroke-width="1.5"/><circle cx="8" cy="8" r="2.1" fill="currentColor"/>',
}


def icon(name: str) -> Markup:
    """A 16 px sign that repeats the word beside it; readers of the page by ear do not hear it."""
    return Markup(
        f'<svg class="ico" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
        f"{_ICONS[name]}</svg>"
    )


def share(part: int, whole: int, tone: str = "q4", width: int = 120) -> Markup:
    """A bar from nought to `part` on the scale of `whole`; the number itself stands in the next cell."""
    length = width * max(part, 0) / whole if whole > 0 else 0.0
    bar = f'<rect y="3" width="{max(length, 1.0 if part else 0.0):.1f}" height="10" rx="1" fill="var(--{tone})"/>'
    return _mark("share", width, 16, bar)


def diverging(value: int, largest: int, width: int = 160) -> Markup:
    """A gain (right) or loss (left) from a centre rule; `largest` is the greatest absolute value of the column."""
    middle = width / 2
    length = abs(value) / largest * (middle - 4) if largest else 0.0
    start, tone = (middle, "you") if value >= 0 else (middle - length, "warn")
    return _mark(
        "dbar", width, 18,
        f'<rect x="{start:.1f}" y="3" width="{length:.1f}" height="12" rx="1" fill="var(--{tone})"/>'
        f'<line x1="{middle:g}" x2="{middle:g}" y1="0" y2="18" stroke="var(--control)"/>',
    )  # fmt: skip


def spark(values: Sequence[int], label: str, width: int = 104, height: int = 24) -> Markup:
    """A column per month from nought; `label` says the same in words."""
    top = max(values, default=0) or 1
    step = width / max(len(values), 1)
    bars = "".join(
        f'<rect x="{i * step:.1f}" y="{height - 1 - v / top * (height - 3):.1f}" width="{max(step - 1.5, 1):.1f}"'
        f' height="{v / top * (height - 3):.1f}" fill="var(--q4)"/>'
        for i, v in enumerate(values)
        if v > 0
    )
    base = f'<line x1="0" x2="{width}" y1="{height - 0.5}" y2="{height - 0.5}" stroke="var(--control)"/>'
    return _mark("spark", width, height, bars + base, label)


def trend(
    own: Sequence[float | None], peers: Sequence[float | None], label: str, width: int = 110, height: int = 30
) -> Markup:
    """The own line with its last point, the peers' middle dashed (R2); a month without a value is a gap."""
    known = [v for v in (*own, *peers) if v is not None]
    if not known:
        return Markup("")
    low, high = min(known), max(known)
    reach, step = (high - low) or 1.0, (width - 12) / max(len(own) - 1, 1)

    def path(line: Sequence[float | None]) -> str:
        text, pen = "", "M"
        for i, v in enumerate(line):
            if v is not None:
                text += f"{pen}{6 + i * step:.1f},{height - 5 - (v - low) / reach * (height - 10):.1f}"
            pen = "M" if v is None else "L"
        return text

    last = next((i for i in reversed(range(len(own))) if own[i] is not None), None)
    dot = ""
    if last is not None:
        y = height - 5 - ((own[last] or 0.0) - low) / reach * (height - 10)
        dot = f'<circle cx="{6 + last * step:.1f}" cy="{y:.1f}" r="3.2" fill="var(--you)"/>'
    return _mark(
        "trend", width, height,
        f'<path d="{path(peers)}" fill="none" stroke="var(--peer)" stroke-width="1.2" stroke-dasharray="3 2"/>'
        f'<path d="{path(own)}" fill="none" stroke="var(--you)" stroke-width="1.6"/>{dot}',
        label,
    )  # fmt: skip


def strip(
    own: float, interval: tuple[float, float], peers: tuple[float | None, float, float, float, float | None],
    label: str, *, tone: str = "you", width: int = 220,
) -> Markup:  # fmt: skip
    """The own value and its interval among peers, given as P10, P25, median, P75, P90 (R1).

    With few peers the outer deciles are None and only the middle half is drawn. A circle is the neutral reading, a
    diamond (`tone` warn) lies beyond the peers' middle half on the bad side.
    """
    outer, p25, p50, p75 = (peers[0], peers[4]), *peers[1:4]
    p10, p90 = (p25 if outer[0] is None else outer[0]), (p75 if outer[1] is None else outer[1])
    low, high = min(p10, interval[0], own), max(p90, interval[1], own)
    pad = (high - low) * 0.06 or 1.0
    x = _scale(low - pad, high + pad, width)
    y = 13
    whisker = "".join(
        f'<line x1="{x(v)}" x2="{x(v)}" y1="{y - 3}" y2="{y + 3}" stroke="var(--peer)" stroke-width="1.5"/>'
        for v in outer
        if v is not None
    )
    return _mark(
        "strip", width, 26,
        f'<line x1="{x(p10)}" x2="{x(p90)}" y1="{y}" y2="{y}" stroke="var(--peer)" stroke-width="1.5"/>{whisker}'
        f'<rect x="{x(p25)}" y="{y - 6}" width="{x(p75) - x(p25):.1f}" height="12" rx="2" fill="var(--peer-band)"'
        f' stroke="var(--peer)" stroke-width=".75"/>'
        f'<line x1="{x(p50)}" x2="{x(p50)}" y1="{y - 8}" y2="{y + 8}" stroke="var(--ink)" stroke-width="2"/>'
        f'<line x1="{x(interval[0])}" x2="{x(interval[1])}" y1="{y}" y2="{y}" stroke="var(--{tone})"'
        f' stroke-width="2.5"/>{_point(x(own), y, tone)}',
        label,
    )  # fmt: skip


def interval(
    value: float, ends: tuple[float, float], domain: tuple[float, float], target: float, label: str,
    *, tone: str = "you", width: int = 180,
) -> Markup:  # fmt: skip
    """A value with its interval against a target on a scale shared down the column; an end beyond it is an arrow."""
    x = _scale(*domain, width)
    low, high = max(ends[0], domain[0]), min(ends[1], domain[1])
    arrow = (
        f'<path d="M{width - 1},11l-6,-4v8z" fill="var(--{tone})"/>' if ends[1] > domain[1] else ""
    )  # the scale ends here, the interval does not
    point = _point(x(value), 11, tone) if domain[0] <= value <= domain[1] else ""
    return _mark(
        "interval", width, 22,
        f'<line x1="{x(target)}" x2="{x(target)}" y1="0" y2="22" stroke="var(--control)" stroke-dasharray="2 2"/>'
        f'<line x1="{x(low)}" x2="{x(high)}" y1="11" y2="11" stroke="var(--{tone})" stroke-width="2.5"/>{arrow}{point}',
        label,
    )  # fmt: skip


def bullet(
    value: float, bands: Sequence[float], label: str, *, ticks: Sequence[float] = (), tone: str = "q4",
    width: int = 150,
) -> Markup:  # fmt: skip
    """A value as a bar from nought over bands that end at ``bands``, the last of which ends the scale (R12).

    ``ticks`` are marked across the bar, the last one heavier; a value beyond the scale fills it.
    """
    scale = bands[-1] or 1.0
    edges = [0.0, *(min(band, scale) * width / scale for band in bands)]
    ground = "".join(
        f'<rect x="{a:.1f}" y="2" width="{b - a:.1f}" height="14" fill="var(--{"rule" if n % 2 else "sunken"})"/>'
        for n, (a, b) in enumerate(pairwise(edges))
    )
    lines = "".join(
        f'<line x1="{t * (width - 2) / scale + 1:.1f}" x2="{t * (width - 2) / scale + 1:.1f}" y1="0" y2="18" '
        f'stroke="var(--ink)" stroke-width="{2.5 if t == max(ticks) else 1.5}"/>'
        for t in ticks
    )
    length = min(max(value, 0.0), scale) * width / scale
    bar = f'<rect y="6" width="{length:.1f}" height="6" fill="var(--{tone})"/>'
    return _mark("bullet", width, 18, ground + bar + lines, label)


class _scale:
    """Position on a mark of `width` px with 6 px left free at each end."""

    def __init__(self, low: float, high: float, width: int) -> None:
        self.low, self.reach, self.width = low, high - low or 1.0, width

    def __call__(self, value: float) -> float:
        return round(6 + (value - self.low) / self.reach * (self.width - 12), 1)


def _point(x: float, y: float, tone: str) -> str:
    edge = 'stroke="var(--surface)" stroke-width="1.5"'
    if tone == "warn":
        return f'<path d="M{x},{y - 7}l7,7l-7,7l-7,-7z" fill="var(--warn)" {edge}/>'
    return f'<circle cx="{x}" cy="{y}" r="6" fill="var(--{tone})" {edge}/>'


def _mark(name: str, width: int, height: int, body: str, label: str = "") -> Markup:
    said = escape(label, quote=True)
    role = f'role="img" aria-label="{said}"><title>{said}</title' if label else 'aria-hidden="true"'
    return Markup(
        f'<svg class="{name}" width="{width}" height="{height}" viewBox="0 0 {width} {height}" {role}>{body}</svg>'
    )
