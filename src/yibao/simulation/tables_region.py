"""Raw table of care across pooling regions: what the insured place and the place of care each report of a bill."""

from __future__ import annotations

import numpy as np

from yibao.simulation.city import City
from yibao.simulation.frame import DAY, NONE, repeat_ranges
from yibao.simulation.geography import COUNTIES, pool_code
from yibao.simulation.tables_people import Tables
from yibao.simulation.write import Column

SIDES = ["insured", "care"]


def region_tables(city: City) -> Tables:
    """cross_region_bill: two rows for each settlement whose insured place is not the place of care."""
    s, e = city.bills.settlements, city.encounters
    home = city.people.pool(s["person"], s["at"] // DAY)
    place = pool_code(COUNTIES[city.providers.county[s["institution"]]])
    pooled = np.where(s["account_only"] == 1, home, place)
    away = np.flatnonzero(home != pooled)
    which, side = repeat_ranges(np.full(len(away), len(SIDES)))
    row = away[which]
    encounter, reversed_row = s["encounter"][row], s["reverses"][row]
    columns: dict[str, Column] = {
        "reported_by": np.where(side == 0, home[row], place[row]),
        "side": (side, SIDES),
        "settlement_id": city.ids.settlement(row),
        "encounter_id": city.ids.encounter(encounter),
        "person_id": city.ids.person(s["person"][row]),
        "institution_id": (s["institution"][row], city.providers.ids),
        "insured_region": home[row],
        "care_region": place[row],
        "admitted_at": e["begin"][encounter],
        "settled_at": s["at"][row],
        "total_amount": s["total"][row],
        "fund_amount": s["fund"][row],
        "reversed_settlement_id": city.ids.settlement(np.where(reversed_row == NONE, -1, reversed_row)),
    }
    return {"cross_region_bill": (columns, len(row))}
