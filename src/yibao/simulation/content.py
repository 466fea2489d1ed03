"""What was done and billed in each encounter, by the protocol of its condition."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from itertools import chain

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.conditions import Slot, condition_index, load_conditions, slots
from yibao.simulation.draws import stream
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, full, ints, repeat_ranges, take
from yibao.simulation.policy import RESIDENT
from yibao.simulation.providers import Providers
from yibao.simulation.visits import EMERGENCY, PURCHASE, STAYS
from yibao.simulation.write import data_rows

#: Kinds of line: taken down by the ward itself, an order, an operation.
AUTOMATIC, ORDERED, OPERATION = 0, 1, 2

LINE = {
    "encounter": 0,
    "item": 0,
    "price": NONE,
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
    "ordered": 1,
    "ordered_item": NONE,
    "local": NONE,
    "days": NONE,
    "trace_of": NONE,
    "trace_item": NONE,
}


def lines(n: int, **columns: Array) -> Frame:
    """A frame with every line column; those not given take the default."""
    return {name: columns.get(name, full(n, value)) for name, value in LINE.items()}


@functools.cache
def intensity() -> dict[str, Array]:
    """How much more than the protocol is given: ``[employee, resident][level][quantity of drugs, chance of the rest]``.

    Fitted once so that costs by scheme and level come out as published (see the calibration report).
    """
    tables = {care: np.ones((2, 4, 2)) for care in ("visit", "stay")}
    for row in data_rows("intensity"):
        factors = (float(row["drug"]), float(row["share"]))
        tables[row["care"]][int(row["scheme"] == str(RESIDENT)), int(row["level"])] = factors
    return tables


#: Departments whose patients get a general work-up; an eye or a tooth is looked at by itself.
_INTERNAL = {"呼吸内科", "消化内科", "肾内科", "神经内科", "心血管内科", "内分泌科", "风湿免疫科", "血液内科", "感染科"}


#: Wards that treat what they are there for and nothing else.
_BY_THEMSELVES = {"眼科", "肛肠科", "耳鼻咽喉科", "产科", "新生儿科", "中医科", "精神科"}


def _besides(
    visits: Frame, rows: Array, level: Array, habit: Array, treated: Array, rng: np.random.Generator
) -> list[Frame]:
    """Lines of what a place does besides the protocol, for grown-ups who came about an illness of their own."""
    catalogue, conditions = load_catalogue(), load_conditions()
    able = np.array([c.age_to > 18 and c.age_from >= 14 and c.department in _INTERNAL for c in conditions])
    able &= np.array([c.key not in ("esrd", "lung_cancer") for c in conditions])
    named = np.zeros((len(conditions), len(catalogue.rows)), dtype=bool)
    for number, condition in enumerate(conditions):
        named[number, [slot.item for slot in condition.out]] = True
    simple = np.array([c.tier == 1 and not c.chronic for c in conditions])
    parts = []
    for at_level in range(4):
        mine = np.flatnonzero((level == at_level) & (visits["kind"][rows] != PURCHASE) & able[treated])
        # A cold is looked at less than what brings somebody to a specialist or comes back all the time.
        serious = np.where(simple[treated[mine]], 350, 1300)
        need = _by_need(habit[mine], serious, visits["age"][rows[mine]])
        for slot, chosen in _draw(habits("visit", "once")[at_level], need, rng):
            member = mine[chosen]
            member = member[~named[treated[member], slot.item]]
            quantity = rng.integers(slot.low, slot.high + 1, len(member))
            if catalogue.drug[slot.item]:
                quantity = _more(quantity, np.minimum(habit[member, 0], _MOST_ACUTE), rng) * catalogue.pack[slot.item]
            parts.append(_lines_at(rows[member], slot.item, quantity))
    return parts


@functools.cache
def habits(care: str, when: str) -> list[tuple[Slot, ...]]:
    """What institutions of each level 0..3 do besides the protocol: in a stay ``daily`` or ``once``, at a visit ``once``."""
    tables: list[tuple[Slot, ...]] = [()] * 4
    for row in data_rows("habits"):
        if (row["care"], row["when"]) == (care, when):
            tables[int(row["level"])] = slots(row["items"])
    return tables


def _more(quantity: Array, factor: Array, rng: np.random.Generator) -> Array:
    """``quantity`` times ``factor`` in whole units, right on average, never less than one where it was one."""
    scaled = quantity * factor
    return np.maximum(np.floor(scaled + rng.random(len(scaled))).astype(np.int64), np.minimum(quantity, 1))


def bill_visits(visits: Frame, rows: Array, resident: Array, providers: Providers, seed: int, block: int) -> Frame:
    """Lines of outpatient visits and purchases at the positions ``rows`` of ``visits``.

    ``resident`` (0, 1), parallel to ``visits``, says by which scheme's habits.
    """
    rng = stream(seed, "content", "visits", block)
    catalogue = load_catalogue()
    level = providers.level[visits["institution"][rows]]
    shop = visits["kind"][rows] == PURCHASE
    treated = np.where(visits["treated"] == NONE, visits["condition"], visits["treated"])
    habit = intensity()["visit"][resident[rows], level]
    parts = [_consultations(visits, rows[~shop], level[~shop], providers)]
    for number, condition in enumerate(load_conditions()):
        for protocol, at_counter in ((condition.out, False), (condition.shop, True)):
            mine = np.flatnonzero((treated[rows] == number) & (shop == at_counter))
            for slot, chosen in _draw(protocol, _chances(habit[mine], at_counter), rng):
                member = mine[chosen]
                member = member[at_counter | (level[member] >= catalogue.min_level[slot.item])]
                quantity = rng.integers(slot.low, slot.high + 1, len(member))
                if catalogue.drug[slot.item]:
                    most = _MOST_CHRONIC if condition.chronic and not at_counter else _MOST_ACUTE
                    factor = np.minimum(habit[member, 0], most)
                    boxes = quantity if fixed(slot.item) else _more(quantity, factor, rng)
                    quantity = boxes * catalogue.pack[slot.item]
                parts.append(_lines_at(rows[member], slot.item, quantity))
    parts += _besides(visits, rows, level, habit, treated[rows], rng)
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


def bill_stays(stays: Frame, rows: Array, resident: Array, providers: Providers, seed: int, block: int) -> Frame:
    """Lines of hospital stays: bed, nursing and rounds on every night, the protocol's drugs and examinations."""
    rng = stream(seed, "content", "stays", block)
    nights = stays["end"][rows] // DAY - stays["begin"][rows] // DAY
    member, number = repeat_ranges(np.maximum(nights, 1))
    days: Frame = {"row": rows[member], "member": member, "number": number}
    days["from"] = np.where(
        number == 0, stays["begin"][days["row"]], (stays["begin"][days["row"]] // DAY + number) * DAY
    )
    days["intensive"] = (number >= 1) & (number <= stays["icu"][days["row"]])
    days = take(days, ~_within(stays, days, "away"))
    parts = [_wards(stays, days, providers, rng)]
    treated = take(days, ~_within(stays, days, "quiet"))
    level = providers.level[stays["institution"][rows]]
    catalogue = load_catalogue()
    habit = intensity()["stay"][resident[rows], level]
    given = np.where(stays["treated"] == NONE, stays["condition"], stays["treated"])
    scalable = catalogue.drug | (catalogue.charge_type == "08")
    amount = np.minimum(habit[:, 0] * stays["severity"][rows] / 1000, _MOST_DAILY)
    for illness, condition in enumerate(load_conditions()):
        for at_level in (1, 2, 3):
            mine = np.flatnonzero((given[rows] == illness) & (np.maximum(level, 1) == at_level))
            if not len(mine):
                continue
            position = np.full(len(rows), -1)
            position[mine] = np.arange(len(mine))
            own = take(treated, position[treated["member"]] >= 0)
            named = {slot.item for slot in (*condition.daily, *condition.admit, *condition.surgery)}
            grown = condition.age_to > 18 and condition.department not in _BY_THEMSELVES
            besides = [slot for slot in habits("stay", "daily")[at_level] if slot.item not in named]
            groups = set(catalogue.group[list(named)].tolist()) - {-1} if named else set()
            # No second look at an organ that the protocol looks at anyway, and no panels for children.
            also = [
                slot
                for slot in habits("stay", "once")[at_level]
                if grown and slot.item not in named and catalogue.group[slot.item] not in groups
            ]
            plain = np.ones((len(mine), 2))
            # What a place adds for grown-ups follows its habit and how ill they are, the protocol does not.
            need = _by_need(habit[mine], stays["severity"][rows[mine]], stays["age"][rows[mine]])
            extra = _draw(besides if grown else (), need, rng)
            for number, (slot, chosen) in enumerate(chain(_draw(condition.daily, plain, rng), extra)):
                if at_level < catalogue.min_level[slot.item]:
                    continue
                quantity = np.zeros(len(mine), dtype=np.int64)
                drawn = rng.integers(slot.low, slot.high + 1, len(chosen))
                if scalable[slot.item] and number < len(condition.daily):
                    drawn = _more(drawn, amount[mine[chosen]], rng)
                quantity[chosen] = drawn
                parts.append(_daily(own, quantity[position[own["member"]]], slot, rng))
            for protocol, often, operation in (
                (condition.admit, habit[mine], False),
                (also, need, False),
                (condition.surgery, plain, True),
            ):
                for slot, chosen in _draw(protocol, often, rng):
                    if at_level >= catalogue.min_level[slot.item]:
                        parts.append(_once(stays, rows[mine[chosen]], slot, operation, rng))
    billed = concat(parts)
    begin, end = stays["begin"][billed["encounter"]], stays["end"][billed["encounter"]]
    billed["at"] = np.clip(billed["at"], begin + 600, np.maximum(end - 600, begin + 600))
    return billed


def _by_need(habit: Array, severity: Array, age: Array) -> Array:
    """The habit's factors, the chance of extras also in proportion to how ill and how old somebody is."""
    need = np.clip(severity / 1000, 0.4, 3.0) * np.clip((age - 10) / 50, 0.15, 1.5)
    return np.column_stack([habit[:, 0], habit[:, 1] * need])


def fixed(item: int) -> bool:
    """Drugs that come by the month: one box, whatever the habits of the place."""
    return load_catalogue().rows[item]["key"] in ("osimertinib", "epoetin")


def _chances(habit: Array, at_counter: bool) -> Array:
    return np.ones_like(habit) if at_counter else habit


#: A drug is chosen more often by so much of what the habit adds to everything else.
_DRUG_HABIT = 0.3
#: Boxes of one drug at one visit against the protocol's, at most: for a passing illness, and for months of a lasting one.
_MOST_ACUTE, _MOST_CHRONIC = 1.6, 3.0
#: Daily doses in hospital against the protocol's, at most.
_MOST_DAILY = 2.0


def _draw(protocol: Iterable[Slot], habit: Array, rng: np.random.Generator) -> Iterable[tuple[Slot, Array]]:
    """Each slot with the positions that it falls on, more often where that is the habit."""
    drug = load_catalogue().drug
    for slot in protocol:
        more = habit[:, 1] - 1
        chance = slot.share * (1 + more * (_DRUG_HABIT if drug[slot.item] else 1.0))
        yield slot, np.flatnonzero(rng.random(len(habit)) < chance)


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
    intensive = days["intensive"]
    bed = np.select(
        [newborn, intensive, double], [index["bed_newborn"], index["bed_icu"], index["bed_2"]], index["bed_3"]
    )
    nursing = np.select(
        [newborn, intensive, close],
        [index["nursing_newborn"], index["nursing_special"], index["nursing_1"]],
        index["nursing_2"],
    )
    hours = np.where(intensive, 24_000, 1000)
    parts = [
        lines(
            len(row),
            encounter=row,
            item=item.astype(np.int64),
            quantity=quantity,
            kind=full(len(row), AUTOMATIC),
            at=_clock(days, 7, rng),
        )
        for item, quantity in (
            (bed, full(len(row), 1000)),
            (nursing, hours),
            (full(len(row), index["ward_round"]), full(len(row), 1000)),
        )
    ]
    return concat([*parts, *_intensive_care(stays, take(days, intensive), rng)])


#: Procedures of mechanical ventilation: below 96 hours in a row, and from there on.
VENTILATION = [("96.7101", "有创呼吸机治疗[小于96小时]"), ("96.7201", "有创呼吸机治疗[大于等于96小时]")]
#: What a day of intensive care takes besides the protocol: item, share of the days, least and most.
_INTENSIVE = [
    ("ecg_monitor", 1.0, 24, 24),
    ("meropenem", 0.7, 3, 6),
    ("albumin", 0.4, 1, 2),
    ("blood_gas", 0.9, 1, 2),
    ("red_cells", 0.12, 1, 3),
    ("pump_line", 1.0, 2, 5),
    ("nursing_sputum", 0.8, 4, 10),
    ("propofol", 0.5, 4, 10),
]


def _intensive_care(stays: Frame, days: Frame, rng: np.random.Generator) -> list[Frame]:
    """Monitoring, ventilation, strong drugs and blood on the days of intensive care."""
    index, n = load_catalogue().index, len(days["row"])
    parts = []
    for key, share, low, high in _INTENSIVE:
        given = np.flatnonzero(rng.random(n) < share)
        drawn = _lines_at(days["row"][given], index[key], rng.integers(low, high + 1, len(given)))
        parts.append(drawn | {"at": _clock(take(days, given), 9, rng)})
    breathing = np.flatnonzero(days["number"] <= stays["ventilated"][days["row"]])
    drawn = _lines_at(days["row"][breathing], index["ventilator"], full(len(breathing), 24))
    return [*parts, drawn | {"at": _clock(take(days, breathing), 8, rng)}]


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
        # Intensive care bills its own hours.
        quantity = np.where(days["intensive"], 0, np.minimum(quantity, left))
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
        # Nobody is examined on a day that a scene keeps empty.
        for empty in ("quiet_from", "away_from"):
            latest = np.where(stays[empty][rows] == NONE, latest, np.minimum(latest, stays[empty][rows] - 1))
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
