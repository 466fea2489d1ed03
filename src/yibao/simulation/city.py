"""One block of the province as one object: its people, what happened to them, and what was planted among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.beds import assign_beds
from yibao.simulation.billing import Bills, bill, elsewhere
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.cohorts import draw_cohorts
from yibao.simulation.conditions import condition_index
from yibao.simulation.draws import stream
from yibao.simulation.frame import DAY, NONE, YEAR_LAST, Frame, concat, full, take
from yibao.simulation.ids import Ids
from yibao.simulation.inpatient import bill_stays
from yibao.simulation.lines import lines_at
from yibao.simulation.oncology import cancer_of, regimens
from yibao.simulation.outpatient import bill_visits
from yibao.simulation.people import People, draw_people
from yibao.simulation.planting import plant
from yibao.simulation.planting.cast import Cast, relieved, without_ordinary_life
from yibao.simulation.planting.story import Draft
from yibao.simulation.policy import EMPLOYEE
from yibao.simulation.protection import contributions
from yibao.simulation.providers import Providers, build_providers
from yibao.simulation.repeats import without_chance_repeats
from yibao.simulation.stays import draw_stays
from yibao.simulation.visits import PURCHASE, STAYS, antenatal, draw_visits


@dataclass
class City:
    """Everything that happened, still as numbers; ``encounters`` and ``bills.lines`` are sorted by person and time."""

    ids: Ids
    people: People
    providers: Providers
    encounters: Frame
    bills: Bills
    contributions: Frame
    cast: Cast
    drafts: list[Draft]
    seed: int

    def rows_of_tags(self, what: str) -> dict[int, int]:
        """Row of each tag of the scenes among ``encounters`` or ``lines``."""
        tags = self.encounters["tag"] if what == "encounters" else self.bills.lines["tag"]
        tagged = np.flatnonzero(tags)
        return dict(zip(tags[tagged].tolist(), tagged.tolist(), strict=True))


def build_city(persons: int, seed: int, block: int = 0, providers: Providers | None = None) -> City:
    """Draw the people of one block, plant the scenes, treat and bill everybody.

    ``providers`` are those of the whole province; without them the block is a province of its own.
    """
    people = draw_people(persons, seed, block)
    providers = (providers or build_providers(1, seed)).of_block(block)
    cast, drafts = plant(people, providers, seed, block)
    encounters = _encounters(people, providers, cast, seed, block)
    for person, died, sources in cast.deaths:
        people.rows["death"][person] = died if len(sources) > 1 else NONE
    people.rows["recorded_sex"][cast.unknown_sex] = 0
    paid = contributions(people.rows, stream(seed, "contributions", block))

    encounters["age"] = people.age(encounters["person"], encounters["begin"] // DAY)
    content = encounters["content"] == 1
    stay = np.isin(encounters["kind"], STAYS)
    resident = (people.rows["scheme"][encounters["person"]] != EMPLOYEE).astype(np.int64)
    drawn = [
        bill_visits(encounters, np.flatnonzero(content & ~stay), resident, providers, seed, block),
        bill_stays(encounters, np.flatnonzero(content & stay), resident, providers, seed, block),
        *_self_paid(encounters, cast),
    ]
    positions = np.zeros(int(encounters["tag"].max()) + 1, dtype=np.int64)
    positions[encounters["tag"]] = np.arange(len(stay))
    lines = concat([*drawn, cast.line_frame(positions)])
    course = np.isin(encounters["treated"], regimens())
    lines = without_chance_repeats(lines, encounters["person"][lines["encounter"]], course[lines["encounter"]])
    encounters, lines = _without_empty(encounters, lines)
    encounters["elsewhere"] = elsewhere(encounters, people, providers, stream(seed, "elsewhere", block))
    bills = bill(encounters, lines, people, providers, paid, seed, block)
    ids = Ids(block)
    return City(ids, people, providers, encounters, bills, paid, cast, drafts, seed)


def _encounters(people: People, providers: Providers, cast: Cast, seed: int, block: int) -> Frame:
    """Background and planted encounters, nobody at the doctor's while in hospital or after death, with beds."""
    stays = draw_stays(people, providers, seed, block)
    births = take(stays, np.isin(stays["condition"], _births()))
    visits = concat(
        [
            draw_cohorts(people, providers, seed, block),
            antenatal(people, providers, births, seed, block),
            draw_visits(people, providers, seed, block),
        ]
    )
    background = concat([stays, _outside(visits, stays)])
    died = people.rows["death"][background["person"]]
    alive = (died == NONE) | (background["end"] // DAY < died) | (background["way"] == 5)
    background = without_ordinary_life(take(background, alive), cast)
    both = relieved(concat([background, cast.encounter_frame()]), cast)
    both = take(both, np.lexsort((both["tag"], both["begin"], both["person"])))
    stay = np.isin(both["kind"], STAYS)
    # The counters close the books at midnight: who comes in the last hour of the year leaves in it.
    last = np.maximum((YEAR_LAST + 1) * DAY - 120, both["begin"])
    both["end"] = np.where(stay, both["end"], np.minimum(both["end"], last))
    # Scenes say chemotherapy; what is given goes by the cancer.
    untold = (both["condition"] == condition_index()["chemo"]) & (both["treated"] == NONE)
    both["treated"] = np.where(untold, regimens()[cancer_of(people, both["person"]), 0], both["treated"])
    both["bed"] = full(len(stay), NONE)
    rows = np.flatnonzero(stay)
    in_hospital = take(both, rows)
    ward = in_hospital["institution"] * 100 + in_hospital["department"]
    both["bed"][rows] = assign_beds(in_hospital, ward)
    for row in np.flatnonzero(both["bed_of"] != NONE).tolist():
        both["bed"][row] = both["bed"][np.flatnonzero(both["tag"] == both["bed_of"][row])[0]]
    return both


def _self_paid(encounters: Frame, cast: Cast) -> list[Frame]:
    """What the stays of a scene's hospital and month pay wholly themselves, on the day before they end."""
    left = encounters["end"].astype("datetime64[s]").astype("datetime64[M]")
    ordinary = np.isin(encounters["kind"], STAYS) & (encounters["tag"] == 0)
    parts = []
    for place, month, quantity in cast.self_paid:
        rows = np.flatnonzero(ordinary & (encounters["institution"] == place) & (left == np.datetime64(month)))
        at = np.maximum(encounters["begin"][rows] + 1800, encounters["end"][rows] - DAY)
        given = lines_at(rows, load_catalogue().index["nutrition"], full(len(rows), quantity))
        parts.append(given | {"at": at})
    return parts


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


def random_for(city: City, name: str) -> np.random.Generator:
    return stream(city.seed, name, city.ids.block)
