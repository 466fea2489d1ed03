"""Charts as files for print: the drawing of a page with fixed colours on white, its message and note written above."""

from __future__ import annotations

import re
from html import escape

import vl_convert
from markupsafe import Markup

from yibao.presentation.tokens import LIGHT

#: Dots per CSS pixel of a PNG: 96 × 3 = 288 dots an inch, which prints.
PNG_SCALE = 3
#: Families that hold both scripts; the first that a machine has is used.
FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, Arial, sans-serif"
_MARGIN, _TITLE, _NOTE = 14, 20, 17


#: Marks that no line begins with.
_CLOSING = "，。、；：！？）》」』”’%"


def printed(picture: Markup, title: str, note: str = "") -> str:
    """A picture made by :func:`~yibao.presentation.charts.theme.svg` as an SVG file that stands alone."""
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
    if size is None:
        raise ValueError("the picture has no size")
    width = max(float(size[1]), 360.0) + 2 * _MARGIN
    heads = _wrapped(title, width - 2 * _MARGIN, 15)
    notes = _wrapped(note, width - 2 * _MARGIN, 12) if note else []
    top = _MARGIN + _TITLE * len(heads) + _NOTE * len(notes) + 6
    height = top + float(size[2]) + _MARGIN
    words = [
        f'<text x="{_MARGIN}" y="{_MARGIN + 13 + _TITLE * i}" font-size="15" font-weight="600" fill="{LIGHT["ink"]}">'
        f"{escape(line)}</text>"
        for i, line in enumerate(heads)
    ]
    words += [
        f'<text x="{_MARGIN}" y="{_MARGIN + 11 + _TITLE * len(heads) + _NOTE * i}" font-size="12" '
        f'fill="{LIGHT["muted"]}">{escape(line)}</text>'
        for i, line in enumerate(notes)
    ]
    body = re.sub(r"var\(--([a-z0-9-]+)\)", lambda m: LIGHT[m[1]], str(picture)[picture.index(">") + 1 :])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{FONT}"><rect width="100%" height="100%" fill="white"/>'
        f'{"".join(words)}<g transform="translate({_MARGIN},{top})">{body.removesuffix("</svg>")}</g></svg>\n'
    )


def png(svg: str) -> bytes:
    """A file of :func:`printed` in pixels, fine enough to print."""
    return vl_convert.svg_to_png(svg, scale=PNG_SCALE)


def _wrapped(text: str, width: float, size: int) -> list[str]:
    """Lines that fit a width in pixels: a Chinese character is a square, a Latin letter about half of one."""
    lines, line, used = [], "", 0.0
    for piece in re.findall(r"[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]+\s*|\s+", text):
        space = sum(size if ord(c) > 0x2E7F else 0.56 * size for c in piece)
        if used + space > width and line:
            # No line begins with what closes the one before: the character before it comes along.
            kept = line[-1] if piece[0] in _CLOSING and len(line) > 1 else ""
            lines.append(line.removesuffix(kept).rstrip())
            line, used = kept, float(size * len(kept))
        line, used = line + piece, used + space
    return [*lines, line.rstrip()] if line.strip() else lines
