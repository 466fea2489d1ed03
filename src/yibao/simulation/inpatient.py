"""What was done and billed in hospital stays: the ward's day, the protocol of the condition, operations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.conditions import Condition, Slot, condition_index, load_conditions
from yibao.simulation.draws import mix, stream
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, full, ints, repeat_ranges, take
from yibao.simulation.habits import OUTLIER, by_need, draw, habit_of, habits, more
from yibao.simulation.lines import AUTOMATIC, OPERATION, ORDERED, lines, lines_at
from yibao.simulation.providers import Providers
from yibao.simulation.visits import STAYS

#: Daily doses in hospital against the protocol's, at most.
_MOST_DAILY = 2.0
#: Wards that treat what they are there for and nothing else.
_BY_THEMSELVES = {"眼科", "肛肠科", "耳鼻咽喉科", "产科", "新生儿科", "中医科", "精神科", "肿瘤科"}
#: The tests of an admission are done at least this often, against the protocol's.
_WORK_UP = 1.0
#: Physical medicine that a place adds for its own sake goes with these wards only.
_PHYSICAL, _PHYSICAL_WARDS = {"physio_lowfreq", "acupuncture", "massage"}, {"骨科", "康复医学科", "神经内科"}
#: What a patient in chemotherapy gets goes by the body: the same at every cycle.
_STEADY = "肿瘤科"
#: Procedures of mechanical ventilation: below 96 hours in a row, and from there on.
VENTILATION = [("96.7101", "有创呼吸机治疗[小于96小时]"), ("96.7201", "有创呼吸机治疗[大于等于96小时]")]
#: Share of those in intensive care whose kidneys are replaced round the clock while they are there.
_KIDNEYS_FAIL = 0.3
#: What a day of intensive care takes besides the protocol: item, share of the days, least and most.
_INTENSIVE = [
    ("ecg_monitor", 1.0, 24, 24),
    ("meropenem", 0.8, 3, 6),
    ("albumin", 0.6, 1, 3),
    ("blood_gas", 0.95, 2, 4),
    ("amino_lipid", 0.6, 1, 1),
    ("thymalfasin", 0.4, 1, 2),
    ("immunoglobulin", 0.15, 2, 4),
    ("caspofungin", 0.3, 1, 1),
    ("pantoprazole", 0.7, 1, 2),
    ("red_cells", 0.12, 1, 3),
    ("pump_line", 1.0, 2, 5),
    ("nursing_sputum", 0.8, 4, 10),
    ("propofol", 0.5, 4, 10),
]


def bill_stays(stays: Frame, rows: Array, resident: Array, providers: Providers, seed: int, block: int) -> Frame:
    """Lines of hospital stays: bed, nursing and rounds on every night, the protocol's drugs and examinations."""
    rng = stream(seed, "content", "stays", block)
    days = _days(stays, rows)
    parts = [_wards(stays, days, providers, rng)]
    treated = take(days, ~_within(stays, days, "quiet"))
    level = np.maximum(providers.level[stays["institution"][rows]], 1)
    place = stays["institution"][rows]
    habit = habit_of("stay", resident[rows], level, place, providers.index[OUTLIER])
    given = np.where(stays["treated"] == NONE, stays["condition"], stays["treated"])[rows]
    for illness, condition in enumerate(load_conditions()):
        for at_level in (1, 2, 3):
            mine = np.flatnonzero((given == illness) & (level == at_level))
            if len(mine):
                position = np.full(len(rows), -1)
                position[mine] = np.arange(len(mine))
                own = take(treated, position[treated["member"]] >= 0)
                group = _Group(rows[mine], position[own["member"]], own, habit[mine], at_level)
                parts += _treated(stays, condition, group, rng)
    billed = concat(parts)
    begin, end = stays["begin"][billed["encounter"]], stays["end"][billed["encounter"]]
    billed["at"] = np.clip(billed["at"], begin + 600, np.maximum(end - 600, begin + 600))
    return billed


@dataclass(frozen=True)
class _Group:
    """The stays of one illness at one level: their rows, their treated days and whose day each is, their habit."""

    rows: Array
    member: Array
    days: Frame
    habit: Array
    level: int


def _treated(stays: Frame, condition: Condition, group: _Group, rng: np.random.Generator) -> list[Frame]:
    """Running orders by the day, the work-up of the admission, the operation, and what the place adds."""
    catalogue, n = load_catalogue(), len(group.rows)
    daily, once = _extras(condition, group.level)
    plain = np.ones_like(group.habit)
    need = by_need(group.habit, stays["severity"][group.rows], stays["age"][group.rows])
    amount = np.minimum(group.habit[:, 0] * stays["severity"][group.rows] / 1000, _MOST_DAILY)
    steady = condition.department == _STEADY
    # Nobody is admitted without the usual tests, wherever little else is done.
    work_up = np.column_stack([group.habit[:, 0], np.maximum(group.habit[:, 1], _WORK_UP), group.habit[:, 2]])
    parts = []
    for protocol, often, scaled in ((condition.daily, plain, True), (daily, need, False)):
        for slot, chosen in draw(protocol, often, rng):
            if group.level >= catalogue.min_level[slot.item]:
                drawn = rng.integers(slot.low, slot.high + 1, len(chosen))
                if steady:
                    drawn = _by_body(slot, stays["person"][group.rows[chosen]])
                elif scaled and (catalogue.drug[slot.item] or catalogue.charge_type[slot.item] == "08"):
                    drawn = more(drawn, amount[chosen], rng)
                quantity = np.zeros(n, dtype=np.int64)
                quantity[chosen] = drawn
                parts.append(_daily(group.days, quantity[group.member], slot, rng))
    for protocol, often, operation in (
        (condition.admit, plain if steady else work_up, False),
        (once, need, False),
        (condition.surgery, plain, True),
    ):
        for slot, chosen in draw(protocol, often, rng):
            if steady and catalogue.drug[slot.item]:
                chosen = _in_regimen(slot, stays["person"][group.rows])
            if group.level >= catalogue.min_level[slot.item]:
                given = _once(stays, group.rows[chosen], slot, operation, rng)
                if steady:
                    given["quantity"] = _by_body(slot, stays["person"][group.rows[chosen]]) * 1000
                parts.append(given)
    return parts


def _in_regimen(slot: Slot, person: Array) -> Array:
    """Positions of those whose regimen holds the drug: at every cycle or at none."""
    return np.flatnonzero(mix(slot.item, person) % np.uint64(1000) < np.uint64(round(1000 * slot.share)))


def _by_body(slot: Slot, person: Array) -> Array:
    """The quantity of ``slot`` that each person always gets."""
    return slot.low + person // 6 % (slot.high - slot.low + 1)


def _extras(condition: Condition, level: int) -> tuple[list[Slot], list[Slot]]:
    """What the place adds for grown-ups every day and once; no second look at what the protocol looks at anyway."""
    if condition.age_to <= 18 or condition.department in _BY_THEMSELVES:
        return [], []
    group = load_catalogue().group
    named = {slot.item for slot in (*condition.daily, *condition.admit, *condition.surgery)}
    groups = {int(group[item]) for item in named} - {-1}
    index = load_catalogue().index
    unfit = set() if condition.department in _PHYSICAL_WARDS else {index[key] for key in _PHYSICAL}
    daily = [slot for slot in habits("stay", "daily")[level] if slot.item not in named | unfit]
    once = [s for s in habits("stay", "once")[level] if s.item not in named and int(group[s.item]) not in groups]
    return daily, once


def _days(stays: Frame, rows: Array) -> Frame:
    """Every night of the stays that is not one of leave: row, member (position in ``rows``), number, when it begins."""
    nights = stays["end"][rows] // DAY - stays["begin"][rows] // DAY
    member, number = repeat_ranges(np.maximum(nights, 1))
    row = rows[member]
    days: Frame = {
        "row": row,
        "member": member,
        "number": number,
        "from": np.where(number == 0, stays["begin"][row], (stays["begin"][row] // DAY + number) * DAY),
        "intensive": (number >= 1) & (number <= stays["icu"][row]),
    }
    return take(days, ~_within(stays, days, "away"))


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


def _intensive_care(stays: Frame, days: Frame, rng: np.random.Generator) -> list[Frame]:
    """Monitoring, ventilation, strong drugs and blood on the days of intensive care."""
    index, n = load_catalogue().index, len(days["row"])
    parts = []
    for key, share, low, high in _INTENSIVE:
        given = np.flatnonzero(rng.random(n) < share)
        drawn = lines_at(days["row"][given], index[key], rng.integers(low, high + 1, len(given)))
        parts.append(drawn | {"at": _clock(take(days, given), 9, rng)})
    breathing = days["number"] <= stays["ventilated"][days["row"]]
    failing = (rng.random(len(stays["person"])) < _KIDNEYS_FAIL)[days["row"]]
    for key, mask in (("ventilator", breathing), ("crrt", failing)):
        given = np.flatnonzero(mask)
        drawn = lines_at(days["row"][given], index[key], full(len(given), 24))
        parts.append(drawn | {"at": _clock(take(days, given), 8, rng)})
    return parts


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
    drawn = lines_at(given["row"], slot.item, quantity[quantity > 0])
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
    drawn = lines_at(rows, slot.item, rng.integers(slot.low, slot.high + 1, n))
    kind = OPERATION if catalogue.charge_type[slot.item] == "06" else ORDERED
    return drawn | {"at": at, "kind": full(n, kind)}


def operation_day(stays: Frame, rows: Array) -> Array:
    """The first (urgent) or second day after admission where the stay is long enough, never the day of discharge."""
    first = stays["begin"][rows] // DAY
    urgent = ~np.isin(stays["kind"][rows], STAYS[:1])
    return first + np.minimum(np.where(urgent, 1, 2), np.maximum(stays["end"][rows] // DAY - first - 1, 0))
