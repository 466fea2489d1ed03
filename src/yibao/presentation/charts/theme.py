"""One chart theme. Colours are CSS variables, so one SVG serves light and dark screens and paper."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

import altair as alt
from markupsafe import Markup

from yibao.presentation.charts.engine import svg_of

FONT = (
    '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei UI", '
    '"Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif'
)

_CLASSES = [f"var(--q{i})" for i in range(1, 6)]
THEME: dict[str, Any] = {
    "background": "transparent", "font": FONT, "aria": False, "view": {"stroke": None},
    "padding": {"left": 2, "right": 6, "top": 6, "bottom": 2},
    "axis": {
        "labelColor": "var(--muted)", "labelFontSize": 12, "labelPadding": 6, "labelLimit": 0, "labelFont": FONT,
        "titleColor": "var(--muted)", "titleFontSize": 12, "titleFontWeight": 400, "titleFont": FONT, "titlePadding": 8,
        "gridColor": "var(--rule)", "gridWidth": 1, "domain": False, "ticks": False,
    },
    "axisX": {
        "grid": False, "domain": True, "domainColor": "var(--control)", "ticks": True, "tickSize": 4,
        "tickColor": "var(--control)",
    },
    "legend": {
        "orient": "top", "direction": "horizontal", "labelColor": "var(--ink)", "titleColor": "var(--muted)",
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 400, "symbolSize": 80, "labelLimit": 0,
        "columnPadding": 16,
    },
    "title": {"anchor": "start", "color": "var(--ink)", "fontSize": 14, "fontWeight": 600, "font": FONT, "offset": 8},
    "header": {"labelColor": "var(--ink)", "labelFontSize": 13, "labelFontWeight": 600, "labelAnchor": "start"},
    "text": {"color": "var(--ink)", "fontSize": 12, "font": FONT},
    "point": {"filled": True, "size": 50, "opacity": 1},
    "bar": {"color": "var(--c1)", "cornerRadiusEnd": 1},
    "line": {"color": "var(--c1)", "strokeWidth": 2},
    "rule": {"color": "var(--control)"}, "area": {"opacity": 1},
    "range": {"category": [f"var(--c{i})" for i in range(1, 6)], "ordinal": _CLASSES, "ramp": _CLASSES},
}  # fmt: skip

_LABELLED = re.compile(r'<(path|rect)((?: (?!aria-label)[\w-]+="[^"]*")*) aria-label="([^"]*)"((?: [\w-]+="[^"]*")*)/>')


def days_between(first: date, last: date, count: int) -> list[alt.DateTime]:
    """About `count` evenly spaced days for a time axis; Vega's own choice leaves short axes with a single label."""
    step = max(1, -(-(last - first).days // count))
    days = [first + timedelta(days=i) for i in range(step // 2, (last - first).days + 1, step)]
    return [alt.DateTime(year=d.year, month=d.month, date=d.day) for d in days]


def text_width(text: str, size: int = 13) -> float:
    """About how many pixels a label takes."""
    return sum(size if ord(c) > 0x2E7F else 0.55 * size for c in text)


def values(rows: Sequence[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=list(rows))


def svg(chart: alt.TopLevelMixin, label: str, kind: str = "") -> Markup:
    """Draw `chart` as one image that reads as the sentence `label`; `kind` (wide, narrow) is its CSS class.

    A mark's `description` becomes a ``<title>``, which is a tooltip without script. Vega's own roles and labels are
    English only and fail accessibility checks, so they go; so does its font: the page's own is inherited.
    """
    spec = chart.to_dict(validate=False)
    spec["config"] = {**spec.get("config", {}), **THEME}
    # By default Altair's configuration fixes a view size of 300 x 300, which the charts here set themselves.
    drawn = svg_of(spec)
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    if size is None:
        raise ValueError("the chart engine returned no size")
    width, height = size.groups()
    body = drawn[drawn.index(">", drawn.index("<svg")) + 1 :]
    body = _LABELLED.sub(r"<\1\2\4><title>\3</title></\1>", body)
    body = re.sub(r' (?:role|aria-[a-z]+|font-family)="[^"]*"', "", body)
    body = _own_ids(body, label + kind)
    said = escape(label, quote=True)
    root = f'<svg class="chart {kind}" role="img" aria-label="{said}" width="{width}" viewBox="0 0 {width} {height}">'
    return Markup(root + body)


def _own_ids(body: str, seed: str) -> str:
    """Clip paths numbered anew: Vega counts them per process, so the same chart would differ from run to run."""
    numbers = {n: i for i, n in enumerate(dict.fromkeys(re.findall(r'id="clip(\d+)"', body)))}
    plain = re.sub(r"clip\d+", "clip", body)
    prefix = hashlib.sha256((seed + plain).encode()).hexdigest()[:8]
    return re.sub(r"\bclip(\d+)\b", lambda m: f"clip-{prefix}-{numbers.get(m[1], 0)}", body)


def both(draw: Callable[[bool], alt.TopLevelMixin], label: str) -> Markup:
    """The same chart laid out for a desk and for a phone; the style sheet shows one of them."""
    return svg(draw(False), label, "wide") + svg(draw(True), label, "narrow")
