"""The palette is readable: WCAG contrast on all grounds, and one set of names in both themes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from yibao.presentation.tokens import DARK, LIGHT, css

TEXT = ("ink", "muted", "link", "you", "warn", "stop", "good")
MARKS = ("control", "peer", "c1", "c2", "c3", "c4", "c5")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_stand_out_on_every_ground(theme: Mapping[str, str]) -> None:
    for ground in ("canvas", "surface", "sunken"):
        assert min(contrast(theme[name], theme[ground]) for name in TEXT) >= 4.5
        assert min(contrast(theme[name], theme[ground]) for name in MARKS) >= 3.0
    for name in ("you", "warn", "stop", "good"):
        assert contrast(theme[name], theme[f"{name}-bg"]) >= 4.5


def test_both_themes_define_the_same_names_and_paper_is_light() -> None:
    assert LIGHT.keys() == DARK.keys()
    before_screen = css().split("@media screen")[0]
    assert LIGHT["canvas"] in before_screen and DARK["canvas"] not in before_screen
