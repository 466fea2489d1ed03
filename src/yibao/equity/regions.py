"""Regions: their names, whom they belong to, and the zones in which they are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yibao.presentation.provinces import ZONES, Province, find_province
from yibao.presentation.provinces import provinces as all_provinces


@dataclass(frozen=True)
class Region:
    """A region: code, names, the code or name of the region above, and its group in each named division into zones."""

    code: str
    zh: str
    en: str
    parent: str = ""
    zones: Mapping[str, str] = field(default_factory=dict)


def provinces() -> tuple[Region, ...]:
    """The 31 provincial units of the national statistics with their zone (`zone4`: East, Central, West, Northeast)."""
    return tuple(as_region(unit) for unit in all_provinces() if unit.zone)


def as_region(unit: Province) -> Region:
    """A provincial unit as a region."""
    return Region(unit.code, unit.zh, unit.en, "CN", {"zone4": unit.zone} if unit.zone else {})


def zone_names(name: str) -> tuple[str, str]:
    """zh and en of a zone's label; a label of the user's own is both."""
    return ZONES.get(name, name), name


__all__ = ["ZONES", "Region", "as_region", "find_province", "provinces", "zone_names"]
