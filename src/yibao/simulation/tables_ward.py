"""Raw tables of the ward: what was carried out and noted, who was present, and the settlement list's details."""

from __future__ import annotations

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import City, random_for
from yibao.simulation.conditions import condition_index
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, full, ints, repeat_ranges, take
from yibao.simulation.ids import staff_id
from yibao.simulation.tables_care import Links
from yibao.simulation.tables_people import Tables
from yibao.simulation.visits import STAYS
from yibao.simulation.write import Column

DETAILS = ["icu", "ventilator", "blood", "nursing", "newborn"]
_ICU, _VENTILATOR, _BLOOD, _NURSING, _NEWBORN = range(5)
_UNITS = ["hour", "hour", "unit", "day", "gram"]
_CODES = ["ICU", "", "red_cells", "", "birth_weight"]


def ward_tables(city: City, links: Links) -> Tables:
    """execution, leave_checkin and list_detail."""
    e, lines, rng = city.encounters, city.bills.lines, random_for(city, "ward")
    done = np.flatnonzero((links.order >= 0) & (lines["reverses"] == NONE) & (lines["undone"] == 0))
    stays = np.flatnonzero(np.isin(e["kind"], STAYS))
    nights = np.maximum(e["end"][stays] // DAY - e["begin"][stays] // DAY, 1)
    member, number = repeat_ranges(nights)
    row = stays[member]
    empty = np.zeros(len(row), dtype=bool)
    for what in ("quiet", "away"):
        first = e[f"{what}_from"][row]
        empty |= (first != NONE) & (number >= first) & (number <= e[f"{what}_to"][row])
    row, number = row[~empty], number[~empty]
    midnight = (e["begin"][row] // DAY + number) * DAY
    n = len(row)

    def moment(hour: int, spread: int) -> Array:
        at = midnight + hour * 3600 + rng.integers(0, spread, n)
        early = e["begin"][row] + rng.integers(600, 7200, n)
        return np.minimum(np.where(number == 0, early, at), e["end"][row])

    parts = [
        (lines["encounter"][done], lines["at"][done] + rng.integers(0, 1500, len(done)), links.order[done], 0),
        (row, moment(7, 5400), full(n, -1), 1),
        (row, moment(15, 7200), full(n, -1), 2),
        (
            stays,
            np.minimum(e["begin"][stays] + rng.integers(1, 6, len(stays)) * 3600, e["end"][stays]),
            full(len(stays), -1),
            3,
        ),
        (row, moment(10, 7200), full(n, -1), 4),
    ]
    encounter = np.concatenate([p[0] for p in parts])
    at = np.concatenate([p[1] for p in parts])
    order = np.concatenate([p[2] for p in parts])
    kind = np.concatenate([full(len(p[0]), p[3]) for p in parts])
    sort = np.lexsort((kind, at, encounter))
    encounter, at, order, kind = encounter[sort], at[sort], order[sort], kind[sort]
    doctor = (kind == 3) | (kind == 4)
    nurse = city.providers.nurse_first[e["institution"][encounter], e["department"][encounter]]
    execution: dict[str, Column] = {
        "execution_id": city.ids.event("X", np.arange(len(at))),
        "order_id": city.ids.order(order),
        "encounter_id": city.ids.encounter(encounter),
        "person_id": city.ids.person(e["person"][encounter]),
        "executed_at": at,
        "staff_id": staff_id(np.where(doctor, e["staff"][encounter], nurse)),
        "kind": (kind, ["order", "vital_signs", "nursing_note", "admission_note", "progress_note"]),
    }
    checks: dict[str, Column] = _presence(city, row, moment(9, 3600))
    count = n + len(city.cast.leaves)
    return {"execution": (execution, len(at)), "leave_checkin": (checks, count), "list_detail": _list_details(city)}


def _presence(city: City, row: Array, at: Array) -> dict[str, Column]:
    """One presence check per treated day, matched but where a scene's patient is not there; then the leaves."""
    leaves = city.cast.leaves
    n, k = len(row), len(leaves)
    rows_of = city.rows_of_tags("encounters")
    encounter = np.concatenate([row, ints([rows_of[tag] for tag, *_ in leaves])])
    return {
        "event_id": city.ids.event("K", np.arange(n + k)),
        "encounter_id": city.ids.encounter(encounter),
        "person_id": city.ids.person(city.encounters["person"][encounter]),
        "kind": (np.concatenate([full(n, 0), full(k, 1)]), ["checkin", "leave"]),
        "begin_at": np.concatenate([at, ints([begin for _, begin, _, _ in leaves])]),
        "end_at": np.concatenate([full(n, NONE), ints([end for _, _, end, _ in leaves])]),
        "approved": np.concatenate([full(n, NONE), ints([ok for _, _, _, ok in leaves])]),
        "matched": np.concatenate([_found(city, row, at), full(k, NONE)]),
    }


def _found(city: City, row: Array, at: Array) -> Array:
    """1 where the check found the patient of stay ``row``, 0 on the day on which a scene has nobody there."""
    rows_of = city.rows_of_tags("encounters")
    away = ints([rows_of[tag] * 100_000 + day for tag, day in city.cast.absent])
    return (~np.isin(row * 100_000 + at // DAY, away)).astype(np.int64)


def _list_details(city: City) -> tuple[dict[str, Column], int]:
    """Intensive care and ventilation by the hour, blood by the unit, days of nursing, weights of newborns."""
    e, lines = city.encounters, city.bills.lines
    rng = random_for(city, "list details")
    icu = np.flatnonzero(e["icu"] > 0)
    enter = (e["begin"][icu] // DAY + 1) * DAY
    breathing = np.flatnonzero(e["ventilated"] > 0)
    start = (e["begin"][breathing] // DAY + 1) * DAY
    given = (
        (lines["item"] == load_catalogue().index["red_cells"]) & (lines["undone"] == 0) & (lines["reverses"] == NONE)
    )
    units = np.bincount(lines["encounter"][given], weights=lines["quantity"][given], minlength=len(e["person"]))
    blood = np.flatnonzero(units > 0)
    stays = np.flatnonzero(np.isin(e["kind"], STAYS) & (e["content"] == 1))
    nights = np.maximum(e["end"][stays] // DAY - e["begin"][stays] // DAY, 1)
    nursed = nights - np.where(e["away_from"][stays] != NONE, e["away_to"][stays] - e["away_from"][stays] + 1, 0)
    small = np.flatnonzero(e["condition"] == condition_index()["newborn_jaundice"])
    parts = [
        _detail(icu, _ICU, e["icu"][icu] * 24_000, enter, enter + e["icu"][icu] * DAY),
        _detail(
            breathing, _VENTILATOR, e["ventilated"][breathing] * 24_000, start, start + e["ventilated"][breathing] * DAY
        ),
        _detail(blood, _BLOOD, units[blood].astype(np.int64), None, None),
        _detail(stays, _NURSING, nursed * 1000, None, None),
        _detail(small, _NEWBORN, rng.integers(2_600, 4_100, len(small)) * 1000, None, None),
    ]
    frame = concat(parts)
    frame = take(frame, np.lexsort((frame["kind"], frame["encounter"])))
    n, kind = len(frame["kind"]), frame["kind"]
    return {
        "encounter_id": city.ids.encounter(frame["encounter"]),
        "kind": (kind, DETAILS),
        "sequence": full(n, 1),
        "person_id": city.ids.person(e["person"][frame["encounter"]]),
        "begin_at": frame["begin"],
        "end_at": frame["end"],
        "value": frame["value"],
        "unit": (kind, _UNITS),
        "code": (np.where(np.isin(kind, (_VENTILATOR, _NURSING)), -1, kind), _CODES),
    }, n


def _detail(encounter: Array, kind: int, value: Array, begin: Array | None, end: Array | None) -> Frame:
    n = len(encounter)
    return {
        "encounter": encounter,
        "kind": full(n, kind),
        "value": value,
        "begin": full(n, NONE) if begin is None else begin,
        "end": full(n, NONE) if end is None else end,
    }
