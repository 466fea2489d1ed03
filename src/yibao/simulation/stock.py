"""Storerooms that can account for everything settled, and the trace codes of what went over the counter."""

from __future__ import annotations

import numpy as np

from yibao.engine.money import round_half_up_array
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import City
from yibao.simulation.frame import DAY, NONE, YEAR_FIRST, Array, Frame, day, full, ints, repeat_ranges
from yibao.simulation.ids import ROOM
from yibao.simulation.providers import BLOCKS_PER_GROUP
from yibao.simulation.tables_people import Tables
from yibao.simulation.visits import STAYS
from yibao.simulation.write import Column, running

KINDS = ["opening", "purchase", "transfer_in", "transfer_out"]
UNITS = ["pricing", "pack"]
MONTHS = ints([day(f"2025-{month:02d}-01") for month in range(1, 13)])
#: Shops pay so much of the settled price (basis points); hospitals sell at cost.
SHOP_COST = 8_500
SCATTER = 912_367


def stock_tables(city: City) -> Tables:
    """stock_move and drug_trace."""
    return {"stock_move": _moves(city), "drug_trace": _traces(city)}


def _moves(city: City) -> tuple[dict[str, Column], int]:
    """Opening stock for January, then a purchase in the last third of each month for all of the next one."""
    sold = _sold_by_month(city)
    planted = {(move.institution, move.item) for move in city.cast.stock}
    catalogue = load_catalogue()
    rows = [
        k
        for k, pair in enumerate(zip(sold["institution"].tolist(), sold["item"].tolist(), strict=True))
        if pair not in planted
    ]
    institution, item, months = sold["institution"][rows], sold["item"][rows], sold["months"][rows]
    pack = catalogue.pack[item] * 1000
    boxes = -(-months * 21 // 20 // pack[:, None]) + (months > 0)
    boxes[:, 0] = np.maximum(boxes[:, 0], 1)
    pair, month = np.nonzero(boxes)
    by_pack = (institution[pair] + item[pair]) % 2 == 1
    # Bought between the 20th and the 26th of the month before.
    bought = MONTHS[np.maximum(month - 1, 0)] + 19 + (item[pair] + institution[pair]) % 7
    quantity = boxes[pair, month] * np.where(by_pack, 1000, pack[pair])
    scenes = city.cast.stock
    # A storeroom is opened once: a group's first block opens those of the shared hospitals, the others add to them.
    opens = (city.providers.block[institution[pair]] >= 0) | (city.ids.block % BLOCKS_PER_GROUP == 0)
    # The scenes' moves come first, so that their place in the cast is their number.
    frame: Frame = {
        "institution": np.concatenate([ints([m.institution for m in scenes]), institution[pair]]),
        "item": np.concatenate([ints([m.item for m in scenes]), item[pair]]),
        "kind": np.concatenate([ints([KINDS.index(m.kind) for m in scenes]), np.where((month == 0) & opens, 0, 1)]),
        "day": np.concatenate([ints([m.day for m in scenes]), np.where(month == 0, YEAR_FIRST, bought)]),
        "quantity": np.concatenate([ints([m.quantity * 1000 for m in scenes]), quantity]),
        "unit": np.concatenate([ints([UNITS.index(m.unit) for m in scenes]), by_pack.astype(np.int64)]),
    }
    n = len(frame["item"])
    pieces = frame["quantity"] * np.where(frame["unit"] == 1, catalogue.pack[frame["item"]], 1)
    cost = np.where(city.providers.kind[frame["institution"]] == 2, SHOP_COST, 10_000)
    full_price = round_half_up_array(pieces * catalogue.price[frame["item"]], 10_000_000)
    return {
        "move_id": city.ids.event("W", np.arange(n)),
        "institution_id": (frame["institution"], city.providers.ids),
        "item_code": (frame["item"], catalogue.codes()),
        "kind": (frame["kind"], KINDS),
        "moved_on": frame["day"],
        "quantity": frame["quantity"],
        "unit": (frame["unit"], UNITS),
        "amount": round_half_up_array(full_price * cost, 10_000),
        "batch_no": running("P", frame["day"] * 1000 + frame["item"], 8),
        "expires_on": frame["day"] + 540,
    }, n


def _sold_by_month(city: City) -> dict[str, Array]:
    """Thousandths of pricing units by institution, stocked item and month, refunds taken off where they happened."""
    lines, e = city.bills.lines, city.encounters
    catalogue = load_catalogue()
    stocked = np.array([row["list_type"] != "201" for row in catalogue.rows])[lines["item"]]
    # A refund is not subtracted: the box was on the shelf when it was sold.
    rows = np.flatnonzero(stocked & (lines["quantity"] > 0))
    key = e["institution"][lines["encounter"][rows]] * 1000 + lines["item"][rows]
    pairs, number = np.unique(key, return_inverse=True)
    month = np.searchsorted(MONTHS, lines["at"][rows] // DAY, side="right") - 1
    months = np.bincount(number * 12 + month, weights=lines["quantity"][rows], minlength=len(pairs) * 12)
    return {"institution": pairs // 1000, "item": pairs % 1000, "months": months.astype(np.int64).reshape(-1, 12)}


def _traces(city: City) -> tuple[dict[str, Column], int]:
    """One scanned code per box over a counter; a refund scans the same codes back with negative quantity."""
    lines, e = city.bills.lines, city.encounters
    catalogue = load_catalogue()
    scanned = np.array([row["list_type"] == "101" for row in catalogue.rows])[lines["item"]]
    unscanned = lines["trace_item"] == -1
    rows = np.flatnonzero(scanned & ~unscanned & ~np.isin(e["kind"][lines["encounter"]], STAYS))
    pieces = np.abs(lines["quantity"][rows]) // 1000
    pack = catalogue.pack[lines["item"][rows]]
    member, number = repeat_ranges(-(-pieces // pack))
    row = rows[member]
    units = np.minimum(pieces[member] - number * pack[member], pack[member])
    original = np.where(lines["reverses"][row] == NONE, row, lines["reverses"][row])
    # Scenes sell a box again, or scan another one.
    rows_of = city.rows_of_tags("lines")
    for k in np.flatnonzero(lines["trace_of"][row] != NONE).tolist():
        original[k] = rows_of[int(lines["trace_of"][row[k]])]
    product = np.where(lines["trace_item"][row] == NONE, lines["item"][row], lines["trace_item"][row])
    # A scattered number that no other box has: the multiplier shares no factor with the modulus.
    serial = ((city.ids.block * ROOM + original) * 1000 + number) * SCATTER % 10**13
    n = len(row)
    item, encounter = lines["item"][row], lines["encounter"][row]
    return {
        "move_id": city.ids.event("V", np.arange(n)),
        "trace_code": running("8", (100_000 + product * 137) * 10**13 + serial, 19),
        "institution_id": (e["institution"][encounter], city.providers.ids),
        "person_id": city.ids.person(e["person"][encounter]),
        "encounter_id": city.ids.encounter(encounter),
        "settlement_id": city.ids.settlement(lines["line_settled"][row]),
        "item_code": (item, catalogue.codes()),
        "quantity": units * 1000 * np.sign(lines["quantity"][row]),
        "sold_at": lines["at"][row],
        "split_pack": (units < pack[member]).astype(np.int64),
        "insured": full(n, 1),
        "document_no": city.ids.encounter(encounter),
    }, n
