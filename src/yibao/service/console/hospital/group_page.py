"""One group of the own hospital: drugs, consumables, examinations a case beside peers, and the own doctors' spread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response

from yibao.engine.money import round_half_up
from yibao.presentation.fmt import Format
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.console.hospital.activity import shown_first
from yibao.service.console.hospital.benchmark import Benchmark, benchmark
from yibao.service.console.hospital.choice import choose
from yibao.service.console.hospital.estimate import FEWEST, by_place, ratio, tells_nobody
from yibao.service.console.hospital.pictures import structure_figure
from yibao.service.console.hospital.stays import MILLION, numbered
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import Own, own_institution
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import item_words
from yibao.service.console.suppression import INSTITUTION, suppressed
from yibao.service.problems import Problem
from yibao.service.state import Service
from yibao.service.systems.types import Code

router = APIRouter(prefix="/hospital/benchmark/groups", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {
    "zh": "这一组多花的钱，花在什么东西上、由谁开的？",
    "en": "What was the extra money spent on, and by whom?",
}
_KINDS = (("drug", "药品", "Drugs"), ("consumable", "耗材", "Consumables"), ("exam", "检查", "Examinations"),
          ("test", "检验", "Tests"))  # fmt: skip
_NOTHING = {"stays": 0, "amount": 0, "peer_stays": 0, "peer_amount": 0}
#: Items of a kind that the page shows, the dearest difference first.
MOST = 200


@router.get("/{code}")
@needs("hospital.read", anywhere=True)  # the stays are those of the caller's own institution
def group(request: Request, code: Code, caller: Who, service: Of) -> Response:
    """The group over the last twelve months."""
    own, lang = own_institution(caller, service, "hospital"), lang_of(request)
    fmt = Format(lang, service.ledger.currency)
    chosen, view = choose(request, service, own)
    made = benchmark(service, view) if view is not None else None
    if made is not None and code not in made.own.groups:
        raise Problem(404, "unknown", f"there is no group {code} among your cases", f"本院病例中没有 {code} 这一组")
    if made is None:
        return page(request, "hospital/group.html", caller=caller, question=_QUESTION[lang], filters=chosen,
                    structure=None, code=code, kinds=(), few=False)  # fmt: skip
    structure = made.structure(code)
    tables = [] if structure is None else [
        *(item_table(service, own, made, code, *kind) for kind in _KINDS), doctor_table(made, code)
    ]  # fmt: skip
    figure = structure_figure(structure, fmt) if structure is not None else None
    return page(
        request, "hospital/group.html", caller=caller, question=_QUESTION[lang], filters=chosen, code=code,
        structure=structure, group=made.own.groups[code], kinds=_KINDS, tables=tables,
        figures=[figure] if figure is not None else [], few=structure is None, fmt=fmt,
    )  # fmt: skip


def item_table(service: Service, own: Own, made: Benchmark, code: str, kind: str, zh: str, en: str) -> Listing:
    """Items of one kind a case: own, peers' mean, difference in money. Over the last twelve months of the data."""
    rows = [row for row in service.figures.rows("stay_item", group_code=code) if row["kind"] == kind]
    cases = _cases(made, code)
    said = [{**row, "name": item_words(service, row["item_code"], row["name"])}
            for row in compare_items(rows, own.institution_id, set(made.view.peers), cases)[:MOST]]  # fmt: skip
    return Listing(kind, zh, en, (
        Column("name", "项目", "Item", head=True, below=lambda row, _: str(row["item_code"])),
        Column("stays", "用到的病例", "Cases with it", "count"),
        Column("share", "使用率", "Share of cases", "percent"),
        Column("peer_share", "同类使用率", "Peers' share", "percent"),
        Column("own", "本院每例，元", "You a case, ¥", "money"),
        Column("peers", "同类每例，元", "Peers a case, ¥", "money"),
        Column("gap", "差，元", "Difference, ¥", "money"),
    ), said)  # fmt: skip


def compare_items(
    rows: Sequence[Mapping[str, Any]], own: str, peers: set[str], cases: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Own use of each item beside that of all peers together; ``cases`` are the group's stays by institution.

    Where the peers' cases would tell of a single peer there are no peers' figures; items of fewer than ten own cases
    are suppressed.
    """
    here = cases.get(own, 0)
    there = {place: n for place, n in cases.items() if place in peers and n}
    total, enough = sum(there.values()), bool(there) and tells_nobody(list(there.values()))
    items: dict[str, dict[str, Any]] = defaultdict(lambda: dict(_NOTHING))
    for row in rows:
        one = items[row["item_code"]]
        if row["institution_id"] == own:
            one.update(name=row["item_name"], stays=row["stays"], amount=row["amount"])
        elif row["institution_id"] in there:
            one["peer_stays"] += row["stays"]
            one["peer_amount"] += row["amount"]
    found = []
    for code, one in items.items():
        if not one["stays"] or not here:
            continue
        each, peer = round(one["amount"] / here), round(one["peer_amount"] / total) if enough else None
        found.append({
            "item_code": code, "name": one.get("name") or code, "stays": one["stays"],
            "share": round(min(one["stays"] / here, 1) * 10**6),
            "peer_share": round(min(one["peer_stays"] / total, 1) * 10**6) if enough else None, "own": each,
            "peers": peer, "gap": None if peer is None else each - peer,
        })  # fmt: skip
    found.sort(key=lambda row: -abs(row["gap"] if row["gap"] is not None else row["own"]))
    return shown_first(suppressed(found, INSTITUTION, "stays", ["share", "own", "gap"]), "own")


def _cases(made: Benchmark, code: str) -> dict[str, int]:
    stays = made.months.stays
    number = stays.group_codes.index(code) if code in stays.group_codes else -1
    last = stays.month >= len(stays.months) - 12
    size = by_place(((stays.group == number) & last).astype(np.float64), stays.place, len(stays.places))
    return {place: int(n) for place, n in zip(stays.places, size, strict=True)}


def doctor_table(made: Benchmark, code: str) -> Listing:
    """The own doctors' cost a case in this group; those with fewer than ten cases are suppressed. Own staff only."""
    own = made.own.where(made.own.group == made.own.group_codes.index(code))
    staff, names = numbered(own.table["staff_id"])
    rows = []
    for number, name in enumerate(names):
        mine = own.where(staff == number)
        found = ratio(mine["amount"], np.ones(len(mine))) if len(mine) >= FEWEST else None
        amount, drug, consumable, days = (int(mine[part].sum()) for part in ("amount", "drug", "consumable", "days"))
        rows.append({
            "name": name, "cases": len(mine), "cost": round_half_up(amount, len(mine)),
            "drug": round_half_up(drug * MILLION, amount), "consumable": round_half_up(consumable * MILLION, amount),
            "days": round_half_up(days * MILLION, len(mine)),
            "ends": None if found is None else f"{round(found.lower / 100):,}–{round(found.upper / 100):,}",
        })  # fmt: skip
    shown = suppressed(rows, INSTITUTION, "cases", ["cost", "drug", "consumable", "days"])
    return Listing(
        "doctors",
        "本院医师",
        "Your doctors",
        (
            Column("name", "医师", "Doctor", head=True),
            Column("cases", "例数", "Cases", "count"),
            Column("cost", "每例费用，元", "Cost a case, ¥", "money"),
            Column("ends", "95% 区间，元", "95% interval, ¥"),
            Column("drug", "药品占比", "Drug share", "percent"),
            Column("consumable", "耗材占比", "Consumable share", "percent"),
            Column("days", "平均住院日", "Mean days", "ratio"),
        ),
        shown,
        order="name",
        note=(
            "例数少时差别多属偶然；少于 30 例不给区间，少于 10 例不列。这张表只在本院内看。",
            "With few cases most differences are chance: no interval below 30, nothing below 10. For your own eyes.",
        ),
    )
