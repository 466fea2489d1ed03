"""Raw tables of papers and terminals: invoices, what others paid for a bill, and readings of shops and clinics."""

from __future__ import annotations

import numpy as np

from yibao.simulation.city import City, random_for
from yibao.simulation.frame import DAY, NONE, full, ints
from yibao.simulation.tables_people import Tables
from yibao.simulation.visits import STAYS
from yibao.simulation.write import Column, running

#: By certificate of the encounter: electronic code, identity card, social-security card, face.
_READS = ["scan_code", "read_card", "read_card", "face_check"]
#: A reader's position is right to within so many millionths of a degree.
_JITTER = 300


def event_tables(city: City) -> Tables:
    """invoice, compensation and terminal_event."""
    return {"invoice": _invoices(city), "compensation": _compensations(city), "terminal_event": _terminals(city)}


def _invoices(city: City) -> tuple[dict[str, Column], int]:
    """An electronic invoice per stay; in a scene one paper may be handed in twice."""
    s, e = city.bills.settlements, city.encounters
    rows_of = city.rows_of_tags("encounters")
    source = np.arange(len(e["person"]))
    named = np.isin(e["kind"], STAYS)
    for tag, of in city.cast.invoices:
        source[rows_of[tag]] = rows_of[of]
        named[rows_of[tag]] = True
    rows = np.flatnonzero((s["reverses"] == NONE) & named[s["encounter"]])
    encounter, n = s["encounter"][rows], len(rows)
    again = source[encounter] != encounter
    number = city.ids.block * 10_000_000 + source[encounter] + 1
    return {
        "invoice_id": city.ids.event("I", np.arange(n)),
        "bill_code": np.full(n, "99060125"),
        "bill_no": running("", number, 10),
        "kind": (again.astype(np.int64), ["electronic", "paper"]),
        "settlement_id": city.ids.settlement(rows),
        "encounter_id": city.ids.encounter(encounter),
        "person_id": city.ids.person(s["person"][rows]),
        "institution_id": (e["institution"][source[encounter]], city.providers.ids),
        "issued_on": e["end"][source[encounter]] // DAY,
        # The second time it is the first bill's amount that is claimed.
        "amount": s["total"][source[encounter]],
        "cancelled": full(n, 0),
    }, n


#: Who pays for a bill beside the fund, and what became of it.
_PAYERS = ["work_injury_fund", "employer", "liable_party", "liability_insurer"]
_STATUS = ["paid", "owed", "withdrawn"]
#: Somebody is found liable so many days after the care.
_DECIDED_AFTER = 21


def _compensations(city: City) -> tuple[dict[str, Column], int]:
    """What the scenes' other payers paid: the ``whole`` bill, its ``rest`` beside the fund, or the whole, of which the
    fund's part was ``repaid`` to it."""
    s, e = city.bills.settlements, city.encounters
    rows_of, told = city.rows_of_tags("encounters"), city.cast.compensations
    n = len(told)
    # The first settlements are those of the encounters, in their order.
    row = ints([rows_of[tag] for tag, *_ in told])
    part = np.array([part for _, _, part, _ in told], dtype=object)
    return {
        "compensation_id": city.ids.event("U", np.arange(n)),
        "person_id": city.ids.person(e["person"][row]),
        "payer": (ints([_PAYERS.index(payer) for _, payer, _, _ in told]), _PAYERS),
        "encounter_id": city.ids.encounter(row),
        "institution_id": (e["institution"][row], city.providers.ids),
        "care_from": e["begin"][row] // DAY,
        "care_to": e["end"][row] // DAY,
        "bill_amount": s["total"][row],
        "amount": s["total"][row] - np.where(part == "rest", s["fund"][row], 0),
        "repaid_amount": np.where(part == "repaid", s["fund"][row], 0),
        "decided_on": e["end"][row] // DAY + _DECIDED_AFTER,
        "status": (ints([_STATUS.index(status) for *_, status in told]), _STATUS),
    }, n


def _terminals(city: City) -> tuple[dict[str, Column], int]:
    """One reading per settlement at a shop or clinic, at its address but for the scenes' distant ones."""
    s, e = city.bills.settlements, city.encounters
    rng = random_for(city, "terminals")
    rows = np.flatnonzero((s["reverses"] == NONE) & (city.providers.kind[s["institution"]] != 1))
    encounter, place, n = s["encounter"][rows], s["institution"][rows], len(rows)
    rows_of = city.rows_of_tags("encounters")
    off = np.zeros((len(e["person"]), 2), dtype=np.int64)
    for tag, north, east in city.cast.terminals:
        off[rows_of[tag]] = (north, east)
    where = ints([int(row["latitude_e6"]) for row in city.providers.rows])[place]
    along = ints([int(row["longitude_e6"]) for row in city.providers.rows])[place]
    return {
        "event_id": city.ids.event("L", np.arange(n)),
        "terminal_id": running("POS", city.providers.number[place] * 10 + e["person"][encounter] % 2 + 1, 6),
        "institution_id": (place, city.providers.ids),
        "person_id": city.ids.person(s["person"][rows]),
        "happened_at": s["at"][rows],
        "kind": (e["certificate"][encounter], _READS),
        "latitude_e6": where + off[encounter, 0] + rng.integers(-_JITTER, _JITTER, n),
        "longitude_e6": along + off[encounter, 1] + rng.integers(-_JITTER, _JITTER, n),
    }, n
