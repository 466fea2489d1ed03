"""Raw tables of money: charge lines, settlements and their layers."""

from __future__ import annotations

import numpy as np

from yibao.simulation.billing import days_supply
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import City
from yibao.simulation.conditions import departments
from yibao.simulation.frame import DAY, NONE, Array, Frame, full, ints
from yibao.simulation.ids import staff_id
from yibao.simulation.policy import LARGE_CAP, RESIDENT_CAP
from yibao.simulation.seasons import PAYMENT_REFORM, REFORM_CITY
from yibao.simulation.tables_care import Links
from yibao.simulation.tables_people import Tables
from yibao.simulation.visits import STAYS
from yibao.simulation.write import Column, running


def money_tables(city: City, links: Links) -> Tables:
    """charge_line, settlement and settlement_layer."""
    lines, e = city.bills.lines, city.encounters
    n = len(lines["item"])
    catalogue, ids = load_catalogue(), city.providers.ids
    encounter = lines["encounter"]
    item = lines["item"]
    visit = ~np.isin(e["kind"][encounter], STAYS)
    charge: dict[str, Column] = {
        "line_id": city.ids.line(np.arange(n)),
        "settlement_id": city.ids.settlement(lines["line_settled"]),
        "encounter_id": city.ids.encounter(encounter),
        "person_id": city.ids.person(e["person"][encounter]),
        "institution_id": (e["institution"][encounter], ids),
        "item_code": (item, catalogue.codes()),
        "local_code": running("", np.where(lines["local"] == NONE, item, lines["local"]) + 10_001, 6),
        "item_name": (np.where(lines["local"] == NONE, item, lines["local"]), catalogue.words("name")),
        "list_type": (item, catalogue.words("list_type")),
        "charge_type": (item, catalogue.words("charge_type")),
        "payment_class": (item, catalogue.words("payment_class")),
        "quantity": lines["quantity"],
        # Half of the price that was charged where a scene's institution sends wrong ones.
        "unit_price": lines["price"] // np.where(np.isin(lines["tag"], ints(city.cast.misprinted)), 2, 1),
        "amount": lines["amount"],
        "ceiling_price": catalogue.ceiling[item],
        "first_share_rate": catalogue.first_share[item],
        "not_covered_amount": lines["not_covered"],
        "over_limit_amount": lines["over_limit"],
        "first_share_amount": lines["first_share"],
        "eligible_amount": lines["eligible"],
        "fund_amount": lines["fund"],
        "charged_at": lines["at"],
        "executed_at": np.where(lines["reverses"] == NONE, lines["at"], NONE),
        "order_id": city.ids.order(links.order),
        "prescription_id": city.ids.prescription(links.prescription),
        "department": (e["department"][encounter], departments()),
        "staff_id": staff_id(e["staff"][encounter]),
        "days_supply": days_supply(lines, visit),
        "reversed_line_id": city.ids.line(lines["reverses"]),
    }
    return {"charge_line": (charge, n)} | _settlement_tables(city, ids)


def _payment_method(city: City, settlements: Frame, stay: Array) -> Array:
    """By item outside hospital; by case group in the reformed city, by DIP group elsewhere."""
    reformed = city.providers.city[settlements["institution"]] == REFORM_CITY
    reformed &= settlements["at"] >= PAYMENT_REFORM * DAY
    return np.select([stay & reformed, stay], [1, 2], 0)


def _settlement_tables(city: City, ids: list[str]) -> Tables:
    s = city.bills.settlements
    n = len(s["encounter"])
    stay = np.isin(s["kind"], STAYS)
    scheme = city.people.rows["scheme"][s["person"]]
    settlement: dict[str, Column] = {
        "settlement_id": city.ids.settlement(np.arange(n)),
        "encounter_id": city.ids.encounter(s["encounter"]),
        "person_id": city.ids.person(s["person"]),
        "institution_id": (s["institution"], ids),
        "scheme": scheme,
        "kind": s["kind"],
        "settled_at": s["at"],
        "total_amount": s["total"],
        "not_covered_amount": s["not_covered"],
        "over_limit_amount": s["over_limit"],
        "first_share_amount": s["first_share"],
        "eligible_amount": s["eligible"],
        "deductible_amount": s["deductible"],
        "pooled_rate": s["rate"],
        "basic_fund_amount": s["basic"],
        "civil_servant_amount": s["civil"],
        "enterprise_amount": full(n, 0),
        "critical_illness_amount": s["critical"],
        "large_amount_amount": s["large"],
        "assistance_amount": s["assistance"],
        "other_fund_amount": full(n, 0),
        "fund_amount": s["fund"],
        "person_amount": s["person_amount"],
        "account_amount": s["account"],
        "family_account_amount": s["family"],
        "cash_amount": s["cash"],
        "hospital_amount": full(n, 0),
        "payment_method": (_payment_method(city, s, stay), ["1", "4", "3"]),
        "insured_region": city.people.pool(s["person"], s["at"] // DAY),
        "account_only": s["account_only"],
        "reversed_settlement_id": city.ids.settlement(np.where(s["reverses"] == NONE, -1, s["reverses"])),
    }
    layers = ["310100", "390100", "320100", "330100", "390200", "610100"]
    employee = s["status"] < 2
    parts = [
        (np.flatnonzero((s["basic"] != 0) & employee), "basic", 0),
        (np.flatnonzero((s["basic"] != 0) & ~employee), "basic", 1),
        (np.flatnonzero(s["civil"]), "civil", 2),
        (np.flatnonzero(s["large"]), "large", 3),
        (np.flatnonzero(s["critical"]), "critical", 4),
        (np.flatnonzero(s["assistance"]), "assistance", 5),
    ]
    row = np.concatenate([rows for rows, _, _ in parts])
    number = np.concatenate([full(len(rows), k) for rows, _, k in parts])
    layer: dict[str, Column] = {
        "settlement_id": city.ids.settlement(row),
        "layer": (number, layers),
        "person_id": city.ids.person(s["person"][row]),
        "eligible_amount": s["eligible"][row],
        "limit_amount": np.select([number == 1, number == 3], [RESIDENT_CAP, LARGE_CAP], NONE),
        "amount": np.concatenate([s[name][rows] for rows, name, _ in parts]),
    }
    return {"settlement": (settlement, n), "settlement_layer": (layer, len(row))}
