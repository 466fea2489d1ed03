"""Charts as files for print: the theme with fixed colours, a title that is the message, SVG and PNG."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import altair as alt
import vl_convert

from yibao.presentation.charts.theme import THEME
from yibao.presentation.tokens import LIGHT

#: Dots per CSS pixel of a PNG: 96 × 3 = 288 dots an inch, which prints.
PNG_SCALE = 3
FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, Arial, sans-serif"


class Printed(NamedTuple):
    """A figure as an SVG text and as PNG bytes."""

    svg: str
    png: bytes


def printed(chart: alt.TopLevelMixin, title: str, note: str = "") -> Printed:
    """Draw a chart for print: white ground, light palette, title and note above."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec["config"] = {**spec.get("config", {}), **THEME, "background": "white", "font": FONT}
    spec["title"] = {
        "text": _wrapped(title, 46),
        "subtitle": _wrapped(note, 62) if note else [],
        "anchor": "start",
        "subtitleColor": "var(--muted)",
        "subtitleFontSize": 12,
        "offset": 12,
    }
    spec["padding"] = 12
    text = re.sub(r"var\(--([a-z0-9-]+)\)", lambda m: LIGHT[m[1]], json.dumps(spec, ensure_ascii=False))
    ready = json.loads(text.replace(json.dumps(THEME["font"])[1:-1], FONT))
    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    svg = vl_convert.vegalite_to_svg(ready, vl_version=version)
    # Vega numbers its clip paths per process; a figure drawn again is the same file.
    numbers = {n: str(i) for i, n in enumerate(dict.fromkeys(re.findall(r"clip(\d+)", svg)))}
    svg = re.sub(r"\bclip(\d+)\b", lambda m: f"clip{numbers[m[1]]}", svg)
    return Printed(svg, vl_convert.svg_to_png(svg, scale=PNG_SCALE))


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of about `width` Chinese characters or twice as many Latin letters."""
    lines, line, used = [], "", 0
    for piece in re.findall(r"[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]+\s*|\s+", text):
        size = sum(2 if ord(c) > 0x2E7F else 1 for c in piece)
        if used + size > 2 * width and line:
            lines.append(line.rstrip())
            line, used = "", 0
        line, used = line + piece, used + size
    return [*lines, line.rstrip()] if line.strip() else lines
