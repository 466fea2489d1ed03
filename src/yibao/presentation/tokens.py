"""The palette as CSS variables: one set for light and paper, one for dark screens.

Every text colour has a contrast of 4.5 or more on canvas, surface and sunken, every mark 3 or more. Categories c1-c5
and classes q1-q5 stay apart for readers without red, green or blue vision; state is told by shape and word as well.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "canvas": "#F5F6F8", "surface": "#FFFFFF", "sunken": "#ECEFF2",
    "ink": "#17212B", "muted": "#4E5C6A", "rule": "#D3D9DF", "control": "#76838F",
    "link": "#0A5A8A", "link-bg": "#E4F0F8", "on-link": "#FFFFFF",
    "you": "#0B5FA5", "you-bg": "#E3EEF8", "peer": "#7C8894", "peer-band": "#CDD5DC",
    "warn": "#A8470A", "warn-bg": "#FCEEDF", "stop": "#A01C2C", "stop-bg": "#FBE9EA",
    "good": "#1E6B50", "good-bg": "#E3F2EC", "mark": "#FFF4C2",
    "c1": "#0B5FA5", "c2": "#C26A12", "c3": "#5E8F7E", "c4": "#6B2A52", "c5": "#3F4A12",
    "q1": "#E3ECF4", "q2": "#B7D0E6", "q3": "#7FADD3", "q4": "#3676AD", "q5": "#0E4A80",
}  # fmt: skip

DARK: Mapping[str, str] = {
    "canvas": "#10161D", "surface": "#18212B", "sunken": "#0B1016",
    "ink": "#E8EDF2", "muted": "#A6B3C0", "rule": "#313D49", "control": "#7F8D9B",
    "link": "#7CC0F0", "link-bg": "#12334A", "on-link": "#0B1016",
    "you": "#6FB4F2", "you-bg": "#142C42", "peer": "#8895A2", "peer-band": "#3A4754",
    "warn": "#F2A25C", "warn-bg": "#3D2812", "stop": "#FF9A9F", "stop-bg": "#43191E",
    "good": "#74CBA8", "good-bg": "#12352A", "mark": "#3B3412",
    "c1": "#6FB4F2", "c2": "#F29A3C", "c3": "#4F8F70", "c4": "#B06A9B", "c5": "#ECE9D0",
    "q1": "#1F2F3E", "q2": "#2A4C6B", "q3": "#3A6F9E", "q4": "#6BA3D3", "q5": "#B5D9F5",
}  # fmt: skip


def css() -> str:
    """The variables as a style sheet.

    Dark values live inside ``@media screen``: Chromium prints with the reader's dark preference, and paper is light.
    """
    light, dark = _declare(LIGHT), _declare(DARK)
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
        "@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light])"
        f"{{color-scheme:dark;{dark}}}}}\n"
    )


def _declare(tokens: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in tokens.items())
