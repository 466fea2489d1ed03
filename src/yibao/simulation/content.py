"""What was done and billed in each encounter, by the protocol of its condition."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.conditions import Slot, condition_index, load_conditions
from yibao.simulation.draws import stream
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, full, ints, repeat_ranges, take
from yibao.simulation.providers import Providers
from yibao.simulation.visits import EMERGENCY, PURCHASE, STAYS

#: Kinds of line: taken down by the ward itself, an order, an operation.
AUTOMATIC, ORDERED, OPERATION = 0, 1, 2

LINE = {
    "encounter": 0,
    "item": 0,
    "quantity": 1000,
    "at": 0,
    "kind": ORDERED,
    "tag": 0,
    "report": 1,
    "report_item": NONE,
    "report_after": NONE,
    "report_copy": NONE,
    "report_device": NONE,
    "report_mark": NONE,
    "reason": NONE,
    "refund": 0,
}


def lines(n: int, **columns: Array) -> Frame:
    """A frame with every line column; those not given take the default."""
    return {name: columns.get(name, full(n, value)) for name, value in LINE.items()}


def bill_visits(visits: Frame, rows: Array, providers: Providers, seed: int) -> Frame:
    """Lines of outpatient visits and purchases at the positions ``rows`` of ``visits``."""
    rng = stream(seed, "content", "visits")
    catalogue = load_catalogue()
    level = providers.level[visits["institution"][rows]]
    shop = visits["kind"][rows] == PURCHASE
    parts = [_consultations(visits, rows[~shop], level[~shop], providers)]
    for number, condition in enumerate(load_conditions()):
        for protocol, at_counter in ((condition.out, False), (condition.shop, True)):
            mine = np.flatnonzero((visits["condition"][rows] == number) & (shop == at_counter))
            for slot, chosen in _draw(protocol, len(mine), rng):
                member = mine[chosen]
                member = member[at_counter | (level[member] >= catalogue.min_level[slot.item])]
                quantity = rng.integers(slot.low, slot.high + 1, len(member))
                quantity = quantity * (catalogue.pack[slot.item] if catalogue.drug[slot.item] else 1)
                parts.append(_lines_at(rows[member], slot.item, quantity))
    billed = concat(parts)
    begin, end = visits["begin"][billed["encounter"]], visits["end"][billed["encounter"]]
    # Examinations follow the consultation, medicine closes the visit.
    step = np.where(catalogue.drug[billed["item"]], 0.8, 0.1 + 0.5 * rng.random(len(begin)))
    billed["at"] = np.where(billed["kind"] == AUTOMATIC, begin, begin + ((end - begin) * step).astype(np.int64))
    return billed


def _consultations(visits: Frame, rows: Array, level: Array, providers: Providers) -> Frame:
    """One consultation fee per visit, by the level of the institution and the doctor's title."""
    index = load_catalogue().index
    title = providers.staff["title"][visits["staff"][rows]]
    item = np.select(
        [level < 2, visits["kind"][rows] == EMERGENCY, title == 0, title == 1],
        [index["visit_community"], index["visit_emergency"], index["visit_chief"], index["visit_deputy"]],
        index["visit_general"],
    )
    return lines(len(rows), encounter=rows, item=item.astype(np.int64), kind=full(len(rows), AUTOMATIC))


def bill_stays(stays: Frame, rows: Array, providers: Providers, seed: int) -> Frame:
    """Lines of hospital stays: bed, nursing and rounds on every night, the protocol's drugs and examinations."""
    rng = stream(seed, "content", "stays")
    nights = stays["end"][rows] // DAY - stays["begin"][rows] // DAY
    member, number = repeat_ranges(np.maximum(nights, 1))
    days: Frame = {"row": rows[member], "member": member, "number": number}
    days["from"] = np.where(
        number == 0, stays["begin"][days["row"]], (stays["begin"][days["row"]] // DAY + number) * DAY
    )
    days = take(days, ~_within(stays, days, "away"))
    parts = [_wards(stays, days, providers, rng)]
    treated = take(days, ~_within(stays, days, "quiet"))
    level = providers.level[stays["institution"][rows]]
    catalogue = load_catalogue()
    for number_of, condition in enumerate(load_conditions()):
        mine = np.flatnonzero(stays["condition"][rows] == number_of)
        if not len(mine):
            continue
        position = np.full(len(rows), -1)
        position[mine] = np.arange(len(mine))
        own = take(treated, position[treated["member"]] >= 0)
        for slot, chosen in _draw(condition.daily, len(mine), rng):
            chosen = chosen[level[mine[chosen]] >= catalogue.min_level[slot.item]]
            quantity = np.zeros(len(mine), dtype=np.int64)
            quantity[chosen] = rng.integers(slot.low, slot.high + 1, len(chosen))
            parts.append(_daily(own, quantity[position[own["member"]]], slot, rng))
        for protocol, operation in ((condition.admit, False), (condition.surgery, True)):
            for slot, chosen in _draw(protocol, len(mine), rng):
                chosen = chosen[level[mine[chosen]] >= catalogue.min_level[slot.item]]
                parts.append(_once(stays, rows[mine[chosen]], slot, operation, rng))
    billed = concat(parts)
    begin, end = stays["begin"][billed["encounter"]], stays["end"][billed["encounter"]]
    billed["at"] = np.clip(billed["at"], begin + 600, np.maximum(end - 600, begin + 600))
    return billed


def _draw(protocol: Iterable[Slot], n: int, rng: np.random.Generator) -> Iterable[tuple[Slot, Array]]:
    """Each slot with the positions 0..n-1 that it falls on."""
    for slot in protocol:
        yield slot, np.flatnonzero(rng.random(n) < slot.share)


def _lines_at(rows: Array, item: int, quantity: Array) -> Frame:
    n = len(rows)
    return lines(n, encounter=rows, item=full(n, item), quantity=quantity.astype(np.int64) * 1000)


def _within(stays: Frame, days: Frame, what: str) -> Array:
    """Which days lie between ``what``_from and ``what``_to (day numbers of the stay, both inclusive)."""
    first, last = stays[f"{what}_from"][days["row"]], stays[f"{what}_to"][days["row"]]
    return (first != NONE) & (days["number"] >= first) & (days["number"] <= last)


def _wards(stays: Frame, days: Frame, providers: Providers, rng: np.random.Generator) -> Frame:
    """Bed, nursing and round of every day in hospital; the day of discharge is not billed."""
    index = load_catalogue().index
    row = days["row"]
    newborn = stays["condition"][row] == condition_index()["newborn_jaundice"]
    double = (stays["person"][row] % 5 == 0) & (providers.level[stays["institution"][row]] >= 2)
    operated = ints([bool(c.surgery) for c in load_conditions()])[stays["condition"][row]] > 0
    close = (operated & (days["number"] <= 2)) | (stays["person"][row] % 9 == 0)
    bed = np.select([newborn, double], [index["bed_newborn"], index["bed_2"]], index["bed_3"])
    nursing = np.select([newborn, close], [index["nursing_newborn"], index["nursing_1"]], index["nursing_2"])
    parts = [
        lines(
            len(row), encounter=row, item=item.astype(np.int64), kind=full(len(row), AUTOMATIC), at=_clock(days, 7, rng)
        )
        for item in (bed, nursing, full(len(row), index["ward_round"]))
    ]
    return concat(parts)


def _clock(days: Frame, hour: int, rng: np.random.Generator) -> Array:
    """A moment of the day from ``hour`` on, on the first day within two hours of the admission."""
    n = len(days["row"])
    midnight = days["from"] // DAY * DAY
    late = np.minimum(days["from"] + rng.integers(900, 7200, n), midnight + DAY - 60)
    return np.where(days["number"] == 0, late, midnight + hour * 3600 + rng.integers(0, 3600, n))


def _daily(days: Frame, quantity: Array, slot: Slot, rng: np.random.Generator) -> Frame:
    """One line per day of a running order; hours never exceed what is left of the first day."""
    if load_catalogue().rows[slot.item]["pricing_unit"] == "小时":
        left = (days["from"] // DAY * DAY + DAY - days["from"]) // 3600
        quantity = np.minimum(quantity, left)
    given = take(days, quantity > 0)
    drawn = _lines_at(given["row"], slot.item, quantity[quantity > 0])
    return drawn | {"at": _clock(given, 9, rng)}


def _once(stays: Frame, rows: Array, slot: Slot, operation: bool, rng: np.random.Generator) -> Frame:
    """Admission work-up on the first days, the operation with its materials on the second or third."""
    n = len(rows)
    catalogue = load_catalogue()
    first = stays["begin"][rows] // DAY
    nights = np.maximum(stays["end"][rows] // DAY - first, 1)
    if operation:
        pathology = catalogue.rows[slot.item]["key"] == "pathology"
        at = operation_day(stays, rows) * DAY + (15 if pathology else 9) * 3600 + rng.integers(0, 5400, n)
    else:
        routine = catalogue.modality[slot.item] in (4, 5)
        latest = np.minimum(nights - 1, 0 if routine else 2)
        number = rng.integers(0, latest + 1, n)
        days = {
            "row": rows,
            "number": number,
            "from": np.where(number == 0, stays["begin"][rows], (first + number) * DAY),
        }
        at = _clock(days, 8, rng)
    drawn = _lines_at(rows, slot.item, rng.integers(slot.low, slot.high + 1, n))
    kind = OPERATION if catalogue.charge_type[slot.item] == "06" else ORDERED
    return drawn | {"at": at, "kind": full(n, kind)}


def operation_day(stays: Frame, rows: Array) -> Array:
    """The first (urgent) or second day after admission where the stay is long enough, never the day of discharge."""
    first = stays["begin"][rows] // DAY
    urgent = ~np.isin(stays["kind"][rows], STAYS[:1])
    return first + np.minimum(np.where(urgent, 1, 2), np.maximum(stays["end"][rows] // DAY - first - 1, 0))
