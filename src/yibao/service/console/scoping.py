"""The place that a page is about: a region that the caller holds, chosen by ``region=``; what lies in it."""

from __future__ import annotations

from dataclasses import dataclass

from yibao.presentation.fmt import Lang
from yibao.registry.scopes import Place
from yibao.service.access.scope import Caller
from yibao.service.console.filters import Filter, Option
from yibao.service.state import Service


@dataclass(frozen=True)
class Within:
    """A region with all below it, as far as the caller reaches."""

    region: str
    regions: frozenset[str]
    institutions: frozenset[str]
    children: tuple[str, ...]


def region_filter(caller: Caller, service: Service) -> Filter:
    """The scope switch: regions that the caller holds, each below the one above."""
    held = caller.reach().regions
    mine = [code for code in sorted(service.regions) if code in held]
    tops = [code for code in mine if service.regions[code]["parent_code"] not in held]
    options: list[Option] = []

    def add(code: str, depth: int) -> None:
        row = service.regions[code]
        pad = "\u3000" * depth
        options.append(Option(code, pad + row["name"], pad + (row["name_en"] or row["name"])))
        for below in mine:
            if service.regions[below]["parent_code"] == code:
                add(below, depth + 1)

    for top in tops:
        add(top, 0)
    default = options[0].value if options else ""
    known = frozenset(service.regions)
    return Filter("region", "地区", "Region", options=options, default=default, every=None, known=known)


def within(caller: Caller, service: Service, region: str) -> Within:
    """What lies in a region that the filter gave. Raises :class:`Problem` 403 outside the caller's scope."""
    caller.over(Place(region))
    below = regions_below(service, region)
    inside = frozenset(code for code, row in service.institutions.items() if row["region_code"] in below)
    children = tuple(sorted(code for code, row in service.regions.items() if row["parent_code"] == region))
    return Within(region, below, inside, children)


def regions_below(service: Service, region: str) -> frozenset[str]:
    """A region with all below it."""
    found, open_ = {region}, [region]
    while open_:
        at = open_.pop()
        more = {code for code, row in service.regions.items() if row["parent_code"] == at} - found
        found |= more
        open_ += sorted(more)
    return frozenset(found)


def institution_name(service: Service, institution_id: str | None, lang: Lang) -> str:
    """An institution's name in the reader's language; its id when the ledger does not know it."""
    if not institution_id:
        return "—"
    row = service.institutions.get(institution_id)
    if row is None:
        return institution_id
    return str((row["name_en"] if lang == "en" else None) or row["name"] or institution_id)


def item_words(service: Service, code: str, name: str | None) -> tuple[str, str]:
    """An item's name (zh, en): as its institution calls it, in English as the catalogue does where it has a name."""
    said = name or service.named.get(code, code)
    return said, service.english.get(code) or said


def region_name(service: Service, code: str, lang: Lang) -> str:
    row = service.regions.get(code)
    return code if row is None else str((row["name_en"] if lang == "en" else None) or row["name"] or code)


def resting_on(service: Service, lang: Lang) -> str:
    """What a page's figures rest on, for its foot. Raises :class:`NotYet`."""
    return ("数据快照与运行 " if lang == "zh" else "data snapshot and run ") + service.figures.name
