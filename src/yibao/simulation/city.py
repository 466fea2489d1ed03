"""The simulated city as one object, and the identifiers of everything in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from yibao.simulation.billing import Bills, bill
from yibao.simulation.conditions import condition_index
from yibao.simulation.content import bill_stays, bill_visits
from yibao.simulation.draws import stream
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, full, take
from yibao.simulation.people import People, draw_people
from yibao.simulation.planting import plant
from yibao.simulation.planting.cast import Cast, without_ordinary_life
from yibao.simulation.planting.story import Draft
from yibao.simulation.providers import Providers, build_providers
from yibao.simulation.repeats import without_chance_repeats
from yibao.simulation.stays import assign_beds, draw_stays
from yibao.simulation.visits import PURCHASE, STAYS, antenatal, draw_visits
from yibao.simulation.write import running

CITY = "990100"


@dataclass
class City:
    """Everything that happened, still as numbers; ``encounters`` and ``bills.lines`` are sorted by person and time."""

    people: People
    providers: Providers
    encounters: Frame
    bills: Bills
    cast: Cast
    drafts: list[Draft]
    seed: int

    def encounter_row(self, tag: int) -> int:
        return int(np.flatnonzero(self.encounters["tag"] == tag)[0])

    def line_row(self, tag: int) -> int:
        return int(np.flatnonzero(self.bills.lines["tag"] == tag)[0])


def build_city(persons: int, seed: int) -> City:
    """Draw the people, plant the scenes, treat and bill everybody."""
    people, providers = draw_people(persons, seed), build_providers(seed)
    cast, drafts = plant(people, providers, seed)
    encounters = _encounters(people, providers, cast, seed)
    for person, died, sources in cast.deaths:
        people.rows["death"][person] = died if len(sources) > 1 else NONE
    people.rows["recorded_sex"][cast.unknown_sex] = 0

    content = encounters["content"] == 1
    stay = np.isin(encounters["kind"], STAYS)
    drawn = [
        bill_visits(encounters, np.flatnonzero(content & ~stay), providers, seed),
        bill_stays(encounters, np.flatnonzero(content & stay), providers, seed),
    ]
    positions = np.zeros(int(encounters["tag"].max()) + 1, dtype=np.int64)
    positions[encounters["tag"]] = np.arange(len(stay))
    lines = concat([*drawn, cast.line_frame(positions)])
    lines = without_chance_repeats(lines, encounters["person"][lines["encounter"]])
    encounters, lines = _without_empty(encounters, lines)
    return City(people, providers, encounters, bill(encounters, lines, people, providers, seed), cast, drafts, seed)


def _encounters(people: People, providers: Providers, cast: Cast, seed: int) -> Frame:
    """Background and planted encounters, nobody at the doctor's while in hospital or after death, with beds."""
    stays = draw_stays(people, providers, seed)
    births = take(stays, np.isin(stays["condition"], _births()))
    visits = concat([antenatal(people, providers, births, seed), draw_visits(people, providers, seed)])
    background = concat([stays, _outside(visits, stays)])
    died = people.rows["death"][background["person"]]
    alive = (died == NONE) | (background["end"] // DAY < died) | (background["way"] == 5)
    background = without_ordinary_life(take(background, alive), cast)
    both = concat([background, cast.encounter_frame()])
    both = take(both, np.lexsort((both["tag"], both["begin"], both["person"])))
    stay = np.isin(both["kind"], STAYS)
    both["bed"] = full(len(stay), NONE)
    rows = np.flatnonzero(stay)
    in_hospital = take(both, rows)
    ward = in_hospital["institution"] * 100 + in_hospital["department"]
    both["bed"][rows] = assign_beds(in_hospital, ward)
    for row in np.flatnonzero(both["bed_of"] != NONE).tolist():
        both["bed"][row] = both["bed"][np.flatnonzero(both["tag"] == both["bed_of"][row])[0]]
    return both


def _births() -> list[int]:
    return [condition_index()["birth"], condition_index()["caesarean"]]


def _outside(visits: Frame, stays: Frame) -> Frame:
    """Visits that keep a day's distance from the person's stays, one per person and day."""
    visits = take(visits, np.lexsort((visits["begin"], visits["person"])))
    far = 10**11
    key = visits["person"] * far + visits["begin"]
    begin, end = stays["person"] * far + stays["begin"] - DAY, stays["person"] * far + stays["end"] + DAY
    before = np.searchsorted(begin, key, side="right") - 1
    inside = (before >= 0) & (key <= end[np.maximum(before, 0)]) if len(begin) else np.zeros(len(key), dtype=bool)
    day = visits["begin"] // DAY
    again = np.zeros(len(key), dtype=bool)
    again[1:] = (np.diff(visits["person"]) == 0) & (np.diff(day) == 0)
    return take(visits, ~inside & ~again)


def _without_empty(encounters: Frame, lines: Frame) -> tuple[Frame, Frame]:
    """Drop purchases for which nothing was drawn; everything else has at least its consultation or bed."""
    used = np.bincount(lines["encounter"], minlength=len(encounters["kind"])) > 0
    keep = used | (encounters["kind"] != PURCHASE)
    number = np.cumsum(keep) - 1
    lines["encounter"] = number[lines["encounter"]]
    return take(encounters, keep), lines


def person_id(row: Array) -> pa.Array:
    return running("99010000", row + 1, 12)


def encounter_id(row: Array) -> pa.Array:
    return running("M2025", row + 1, 13)


def settlement_id(row: Array) -> pa.Array:
    return running("S2025", row + 1, 13)


def line_id(row: Array) -> pa.Array:
    """30 characters, as long as the national ones."""
    return running(f"F2025{CITY}", np.where(row == NONE, -1, row + 1), 19)


def order_id(row: Array) -> pa.Array:
    return running("Y2025", np.where(row < 0, -1, row + 1), 13)


def prescription_id(encounter: Array) -> pa.Array:
    return running("R2025", np.where(encounter < 0, -1, encounter + 1), 13)


def report_id(row: Array) -> pa.Array:
    return running("B2025", row + 1, 13)


def household_id(row: Array) -> pa.Array:
    return running(f"J{CITY}", row + 1, 9)


def institution_ids(providers: Providers) -> list[str]:
    return [
        f"{'P' if row['kind'] == '2' else 'H'}{row['county']}{number:05d}"
        for number, row in enumerate(providers.rows, 1)
    ]


def staff_id(row: Array) -> pa.Array:
    return running(f"D{CITY}", np.where(row < 0, -1, row + 1), 6)


def device_id(row: Array) -> pa.Array:
    return running(f"E{CITY}", np.where(row < 0, -1, row + 1), 5)


def bed_ids(encounters: Frame) -> pa.Array:
    """Bed of each encounter: institution, department and number; null outside hospital."""
    place = encounters["institution"] * 1_000_000 + encounters["department"] * 10_000 + np.maximum(encounters["bed"], 0)
    return running("C", np.where(encounters["bed"] == NONE, -1, place), 9)


def random_for(city: City, name: str) -> np.random.Generator:
    return stream(city.seed, name)
