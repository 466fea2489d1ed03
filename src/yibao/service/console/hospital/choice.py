"""What a hospital looks at: period, scheme, scope, and with whom it is compared. All of it stands in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import Request

from yibao.presentation.fmt import Format
from yibao.service.console import filters
from yibao.service.console.filters import Chosen, Filter, Option
from yibao.service.console.hospital import peers as peer_choice
from yibao.service.console.hospital.estimate import FEWEST, FEWEST_PEERS
from yibao.service.console.hospital.stays import Stays
from yibao.service.console.own import Own
from yibao.service.console.recent import Recent
from yibao.service.console.suppression import INSTITUTION
from yibao.service.state import Service

#: The last months of the data, until late claims are in.
PROVISIONAL = 2
LEVELS = {"3": ("三级", "tertiary"), "2": ("二级", "secondary"), "1": ("一级及以下", "primary or below")}
_KINDS = {"1": ("医院", "hospitals"), "3": ("社区机构", "community centres")}


@dataclass(frozen=True)
class View:
    """The own hospital's choice. ``first`` and ``last`` are months; ``peers`` are ids that never reach a page, and none
    where there are fewer than five.

    ``unlike``: peers are of other levels or kinds, so that shares are compared after allowing for case mix.
    """

    own: str
    first: date
    last: date
    peers: tuple[str, ...]
    peer_words: tuple[str, str]
    unlike: bool
    scheme: str
    department: str
    group: str


#: The stays of a city take most of the memory: those of the figures before may still be looked at.
_stays: Recent[Stays] = Recent(2)


def all_stays(service: Service) -> Stays:
    """All stays of the figure, once in memory."""
    return _stays.get(service.figures.name, lambda: Stays(service.figures.table("stay")))


def choose(request: Request, service: Service, own: Own) -> tuple[Chosen, View | None]:
    """The filters of the request and the view that they mean; None where one of them is wrong or nothing is there."""
    stays = all_stays(service)
    mine = stays.of([own.institution_id])
    sets = peer_sets(service, own, stays.places)
    default = next((name for name, (ids, _) in sets.items() if len(ids) >= FEWEST_PEERS), next(reversed(sets)))
    fields = [
        Filter("period", "期间", "Period", options=periods(stays), default="12", every=None),
        Filter("peers", "同类", "Peers", default=default, every=None, options=[
            Option(name, f"{w[0]}（{len(ids)} 家）", f"{w[1]} ({len(ids)})") for name, (ids, w) in sets.items()
        ]),
        Filter("scope", "范围", "Scope", options=_scopes(mine), default="all", every=None),
        Filter("scheme", "险种", "Scheme", default="all", every=None, options=[
            Option("all", "职工 + 居民", "Employee + resident"), Option("310", "职工医保", "Employee scheme"),
            Option("390", "居民医保", "Resident scheme")]),
    ]  # fmt: skip
    chosen = filters.read(request, fields)
    if chosen.errors or not len(stays):
        return chosen, None
    return chosen, _view(chosen, service, own, stays, sets)


def peer_sets(
    service: Service, own: Own, places: Sequence[str]
) -> dict[str, tuple[list[str], tuple[str, str]]]:  # fmt: skip
    """Sets of peers that may be looked at, narrowest first: same level and kind, same kind, everybody with stays, and
    the hospital's own choice where it made one."""
    sets = standard_sets(service, own, places)
    chosen = peer_choice.history(service, own.institution_id)
    if chosen:
        kept = [place for place in others_than(own, service, places) if place in chosen[-1]]
        sets["own"] = (kept, ("自选的机构", "providers of your choice"))
    return sets


def others_than(own: Own, service: Service, places: Sequence[str]) -> list[str]:
    """All other institutions with stays."""
    return [place for place in places if place != own.institution_id and place in service.institutions]


def standard_sets(
    service: Service, own: Own, places: Sequence[str]
) -> dict[str, tuple[list[str], tuple[str, str]]]:  # fmt: skip
    """The sets that need no choice: those that tell of no single peer beside each other, the likest first."""
    others = others_than(own, service, places)
    kind = own.row["kind"]
    like = [p for p in others if service.institutions[p]["kind"] == kind]
    near = [p for p in like if service.institutions[p]["level"] == own.level]
    level, noun = LEVELS.get(own.level, ("未定级", "ungraded")), _KINDS.get(kind, ("机构", "providers"))
    sets = {
        "level": (near, (f"{level[0]}{noun[0]}", f"{level[1]} {noun[1]}")),
        "kind": (like, (f"各级{noun[0]}", f"{noun[1]} of all levels")),
        "city": (others, ("全市收治住院的机构", "all providers with stays")),
    }
    kept = peer_choice.apart({name: ids for name, (ids, _) in sets.items()}, ("level", "city", "kind"))
    return {name: said for name, said in sets.items() if name in kept}


def _view(
    chosen: Chosen, service: Service, own: Own, stays: Stays, sets: dict[str, tuple[list[str], tuple[str, str]]]
) -> View | None:
    first, last = span(stays, chosen["period"])
    peers, words = sets[chosen["peers"]]
    if len(peers) < FEWEST_PEERS:
        peers = []  # not even what is expected of the own cases may rest on so few
    unlike = any(service.institutions[p][name] != own.row[name] for p in peers for name in ("kind", "level"))
    kind, _, value = chosen["scope"].partition(":")
    scheme = "" if chosen["scheme"] == "all" else chosen["scheme"]
    return View(own.institution_id, first, last, tuple(peers), words, unlike, scheme,
                value if kind == "d" else "", value if kind == "g" else "")  # fmt: skip


def span(stays: Stays, period: str) -> tuple[date, date]:
    """First and last month of a period: ``12`` (the last twelve months), a quarter ``2025Q4``, a month ``2025-12``."""
    months = stays.months
    if period == "12":
        return months[-12:][0], months[-1]
    if "Q" in period:
        year, number = period.split("Q")
        return date(int(year), 3 * int(number) - 2, 1), date(int(year), 3 * int(number), 1)
    return date.fromisoformat(f"{period}-01"), date.fromisoformat(f"{period}-01")


def periods(stays: Stays) -> list[Option]:
    """What a period may be: the last twelve months, their quarters, each month."""
    zh, en = Format("zh"), Format("en")
    months = stays.months[-12:]
    quarters = list(dict.fromkeys((m.year, (m.month + 2) // 3) for m in reversed(months)))
    return [
        Option("12", "近 12 个月", "Last 12 months"),
        *(Option(f"{y}Q{q}", zh.quarter(date(y, 3 * q, 1)), en.quarter(date(y, 3 * q, 1))) for y, q in quarters),
        *(Option(f"{m:%Y-%m}", f"{m:%Y-%m}", f"{m:%Y-%m}") for m in reversed(months)),
    ]


def _scopes(mine: Stays) -> list[Option]:
    """Everything, departments with ten stays or more, groups with thirty or more."""
    departments = Counter(mine.table["department"].to_pylist())
    groups = Counter(mine.group_codes[g] for g in mine.group[mine.in_group])
    return [
        Option("all", "全院住院", "All inpatients"),
        *(Option(f"d:{name}", name, name, n) for name, n in sorted(departments.items()) if n >= INSTITUTION),
        *(
            Option(f"g:{code}", f"{code} {mine.groups[code].zh}", f"{code} {mine.groups[code].en}", n)
            for code, n in sorted(groups.items()) if n >= FEWEST
        ),
    ]  # fmt: skip
