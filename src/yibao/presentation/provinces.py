"""The 34 provincial units: code, names, economic zone, and their place in the grid that stands for a map.

Codes and names are those of GB/T 2260; zones are the four of the National Bureau of Statistics, which counts 31 units.
The grid has 9 rows of 7 cells; it is a scheme, not a map.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

#: Zones, zh, in the order in which they are named.
ZONES = {"East": "东部", "Central": "中部", "West": "西部", "Northeast": "东北"}
#: What must stand under every grid of tiles.
GRID_CAPTION = ("省级行政区方格示意图，不是地图", "A grid of the 34 provincial units, not a map")
_SUFFIX = re.compile(r"(壮族自治区|回族自治区|维吾尔自治区|特别行政区|自治区|省|市)$")
_ALIASES = {
    "xizang": "tibet",
    "neimongol": "innermongolia",
    "macau": "macao",
    "guangxizhuang": "guangxi",
    "ningxiahui": "ningxia",
    "xinjianguygur": "xinjiang",
}


@dataclass(frozen=True)
class Province:
    """A provincial unit; `zone` is empty outside the 31."""

    code: str
    zh: str
    full: str
    en: str
    zone: str
    row: int
    column: int


@cache
def provinces() -> tuple[Province, ...]:
    """All 34, by code."""
    text = resources.files("yibao.presentation").joinpath("provinces.csv").read_text(encoding="utf-8")
    return tuple(
        Province(r["code"], r["zh"], r["full"], r["en"], r["zone"], int(r["row"]), int(r["column"]))
        for r in csv.DictReader(text.splitlines())
    )


def find_province(name: str) -> Province | None:
    """The unit that a code (6 or 2 digits) or a name means: short or full, Chinese or English, spaces no matter.

    >>> [find_province(n).code for n in ("北 京", "内蒙古自治区", "11", "Shaanxi", "540000", "Xizang")]
    ['110000', '150000', '110000', '610000', '540000', '540000']
    >>> find_province("全国") is None
    True
    """
    return _index().get(_key(name))


@cache
def _index() -> dict[str, Province]:
    found: dict[str, Province] = {}
    for unit in provinces():
        for name in (unit.code, unit.code[:2], unit.zh, unit.full, unit.en):
            found[_key(name)] = unit
    return found


def _key(name: str) -> str:
    plain = re.sub(r"[\s'’·.\-]", "", unicodedata.normalize("NFKC", name)).lower()
    plain = re.sub(r"(province|municipality|autonomousregion|sar)$", "", plain)
    return _ALIASES.get(plain, _SUFFIX.sub("", plain) or plain)
