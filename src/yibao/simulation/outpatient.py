"""What was done and billed at outpatient visits and over the counter, by the protocol of the condition."""

from __future__ import annotations

import numpy as np

from yibao.simulation.catalogue import MODALITIES, load_catalogue
from yibao.simulation.conditions import Condition, load_conditions
from yibao.simulation.draws import stream
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, full
from yibao.simulation.habits import OUTLIER, by_need, draw, habit_of, habits, more
from yibao.simulation.lines import AUTOMATIC, lines, lines_at, usual_days
from yibao.simulation.providers import Providers
from yibao.simulation.visits import EMERGENCY, OUTPATIENT, PURCHASE

#: Boxes of one drug at one visit against the protocol's, at most: for a passing illness, for months of a lasting one.
_MOST_ACUTE, _MOST_CHRONIC = 1.6, 3.0
#: The same over the counter, where people buy for the family and for months, but no more boxes of one drug than this.
_COUNTER_ACUTE, _COUNTER_CHRONIC, _COUNTER_MOST = 2.6, 3.8, 4
#: Days between two supplies of a drug from which they are the rhythm in which somebody takes it.
_RHYTHM = 7
#: Nobody takes pictures of a cold.
_IMAGES = [MODALITIES.index(key) for key in ("ct", "mri", "us", "dr", "endoscope")]
#: Departments whose patients get a general work-up; an eye or a tooth is looked at by itself.
_INTERNAL = {"呼吸内科", "消化内科", "肾内科", "神经内科", "心血管内科", "内分泌科", "风湿免疫科", "血液内科", "感染科"}


def bill_visits(visits: Frame, rows: Array, resident: Array, providers: Providers, seed: int, block: int) -> Frame:
    """Lines of outpatient visits and purchases at the positions ``rows`` of ``visits``.

    ``resident`` (0, 1), parallel to ``visits``, says by which scheme's habits.
    """
    rng = stream(seed, "content", "visits", block)
    catalogue = load_catalogue()
    level = providers.level[visits["institution"][rows]]
    shop = visits["kind"][rows] == PURCHASE
    treated = np.where(visits["treated"] == NONE, visits["condition"], visits["treated"])
    place = visits["institution"][rows]
    habit = habit_of("visit", resident[rows], level, place, providers.index[OUTLIER])
    parts = [_consultations(visits, rows[~shop], level[~shop], providers)]
    for number, condition in enumerate(load_conditions()):
        for protocol, at_counter in ((condition.out, False), (condition.shop, True)):
            mine = np.flatnonzero((treated[rows] == number) & (shop == at_counter))
            for slot, chosen in draw(protocol, _chances(habit[mine], at_counter), rng):
                member = mine[chosen]
                member = member[at_counter | (level[member] >= catalogue.min_level[slot.item])]
                quantity = rng.integers(slot.low, slot.high + 1, len(member))
                if catalogue.drug[slot.item]:
                    factor = _boxes(condition, at_counter, habit[member, 0])
                    boxes = quantity if fixed(slot.item) else more(quantity, factor, rng)
                    boxes = np.minimum(boxes, _COUNTER_MOST) if at_counter else boxes
                    quantity = boxes * catalogue.pack[slot.item]
                parts.append(lines_at(rows[member], slot.item, quantity))
    parts += _besides(visits, rows, level, habit, treated[rows], rng)
    billed = concat(parts)
    begin, end = visits["begin"][billed["encounter"]], visits["end"][billed["encounter"]]
    # Examinations follow the consultation, medicine closes the visit.
    step = np.where(catalogue.drug[billed["item"]], 0.8, 0.1 + 0.5 * rng.random(len(begin)))
    billed["at"] = np.where(billed["kind"] == AUTOMATIC, begin, begin + ((end - begin) * step).astype(np.int64))
    billed["days"] = _days(visits, treated, billed)
    return billed


def _days(visits: Frame, treated: Array, billed: Frame) -> Array:
    """How long the drugs of a visit last where that is shorter than usual, elsewhere NONE.

    A passing illness is treated for a week at most, an emergency for three days, with more pieces a day. Who is given
    the same drug again before it would usually end takes more of it; what comes again within a week is no rhythm: it
    overlaps.
    """
    drug = np.flatnonzero(load_catalogue().drug[billed["item"]])
    visit, item = billed["encounter"][drug], billed["item"][drug]
    usual = usual_days(item, billed["quantity"][drug])
    lasting = np.array([c.chronic for c in load_conditions()])
    at_once = visits["kind"][visit] == EMERGENCY
    passing = (visits["kind"][visit] == OUTPATIENT) & ~lasting[treated[visit]]
    short = np.minimum(usual, np.select([at_once, passing], [3, 7], usual))

    order = np.lexsort((billed["at"][drug], item, visits["person"][visit]))
    person, same, day = visits["person"][visit][order], item[order], billed["at"][drug][order] // DAY
    again = (person[1:] == person[:-1]) & (same[1:] == same[:-1])
    gap = np.append(np.where(again, np.diff(day), 0), 0)
    short[order] = np.where(gap >= _RHYTHM, np.minimum(short[order], gap), short[order])

    days = full(len(billed["item"]), NONE)
    days[drug] = np.where(short < usual, short, NONE)
    return days


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
        need = by_need(habit[mine], serious, visits["age"][rows[mine]])
        for slot, chosen in draw(habits("visit", "once")[at_level], need, rng):
            member = mine[chosen]
            member = member[~named[treated[member], slot.item]]
            if catalogue.modality[slot.item] in _IMAGES:
                member = member[~simple[treated[member]]]
            quantity = rng.integers(slot.low, slot.high + 1, len(member))
            if catalogue.drug[slot.item]:
                quantity = more(quantity, np.minimum(habit[member, 0], _MOST_ACUTE), rng) * catalogue.pack[slot.item]
            parts.append(lines_at(rows[member], slot.item, quantity))
    return parts


def _boxes(condition: Condition, at_counter: bool, habit: Array) -> Array:
    """How many times the protocol's boxes are given or bought."""
    if at_counter:
        return np.full(len(habit), _COUNTER_CHRONIC if condition.chronic else _COUNTER_ACUTE)
    return np.minimum(habit, _MOST_CHRONIC if condition.chronic else _MOST_ACUTE)


def fixed(item: int) -> bool:
    """Drugs that come by the month: one box, whatever the habits of the place."""
    return load_catalogue().rows[item]["key"] in ("osimertinib", "epoetin")


def _chances(habit: Array, at_counter: bool) -> Array:
    return np.ones_like(habit) if at_counter else habit
