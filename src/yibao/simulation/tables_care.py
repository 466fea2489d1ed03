"""Raw tables of care and money: encounters, diagnoses, operations, orders, executions, lines, settlements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.billing import days_supply
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import (
    CITY, City, bed_ids, encounter_id, institution_ids, line_id, order_id, person_id, prescription_id, random_for,
    settlement_id, staff_id,
)
from yibao.simulation.conditions import condition_index, departments, load_conditions
from yibao.simulation.content import AUTOMATIC, OPERATION, operation_day
from yibao.simulation.frame import DAY, NONE, Array, Frame, full, ints, repeat_ranges, take
from yibao.simulation.planting.cast import REASONS
from yibao.simulation.tables_people import CANCERS, Tables, texts
from yibao.simulation.visits import PURCHASE, STAYS
from yibao.simulation.write import Column, running

CERTIFICATES = ["01", "02", "03", "04"]


@dataclass
class Links:
    """Per line: its row among the orders and its encounter's prescription, -1 where it has none."""

    order: Array
    prescription: Array
    orders: Frame


def link_lines(city: City) -> Links:
    """One order per encounter and item on the ward and for examinations; outpatient drugs go on a prescription."""
    lines, encounters = city.bills.lines, city.encounters
    kind = encounters["kind"][lines["encounter"]]
    stay, shop = np.isin(kind, STAYS), kind == PURCHASE
    drug = load_catalogue().drug[lines["item"]]
    prescribed = drug & ~stay & ~shop
    ordered = (lines["kind"] != AUTOMATIC) & ~shop & ~prescribed
    rows = np.flatnonzero(ordered)
    key = lines["encounter"][rows] * 1000 + lines["item"][rows]
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    order = full(len(kind), -1)
    order[rows] = number
    count = len(first)
    begin = full(count, np.iinfo(np.int64).max)
    end, quantity, reason = full(count, 0), full(count, 0), full(count, NONE)
    np.minimum.at(begin, number, lines["at"][rows])
    np.maximum.at(end, number, lines["at"][rows])
    np.maximum.at(quantity, number, lines["quantity"][rows])
    np.maximum.at(reason, number, lines["reason"][rows])
    orders = {
        "encounter": lines["encounter"][rows][first], "item": lines["item"][rows][first], "begin": begin - 300,
        "end": end + 300, "quantity": quantity, "reason": reason,
    }
    return Links(order, np.where(prescribed, lines["encounter"], -1), orders)


def care_tables(city: City, links: Links) -> Tables:
    """encounter, diagnosis, procedure, medical_order, prescription, execution and leave_checkin."""
    tables: Tables = {"encounter": _encounter(city)}
    tables["diagnosis"] = _diagnosis(city)
    tables["procedure"] = _procedure(city)
    tables["medical_order"] = _orders(city, links)
    tables["prescription"] = _prescriptions(city, links)
    return tables | _ward_records(city, links)


def _encounter(city: City) -> tuple[dict[str, Column], int]:
    e, people = city.encounters, city.people
    n = len(e["person"])
    stay = np.isin(e["kind"], STAYS)
    names = departments()
    codes = [c.code for c in load_conditions()]
    return {
        "encounter_id": encounter_id(np.arange(n)),
        "person_id": person_id(e["person"]),
        "institution_id": (e["institution"], institution_ids(city.providers)),
        "kind": e["kind"],
        "scheme": people.rows["scheme"][e["person"]],
        "department": (e["department"], names),
        "staff_id": staff_id(e["staff"]),
        "admitted_at": e["begin"],
        "discharged_at": e["end"],
        "discharge_way": np.where(stay, e["way"], NONE),
        "main_diagnosis": (np.where(e["kind"] == PURCHASE, -1, e["condition"]), codes),
        "bed_id": bed_ids(e),
        "ward": (np.where(stay, e["department"], -1), [f"{name}病区" for name in names]),
        "certificate": (e["certificate"], CERTIFICATES),
        "out_of_region": full(n, 0),
    }, n


def _diagnosis(city: City) -> tuple[dict[str, Column], int]:
    """The main diagnosis of every visit, and up to three chronic ones or the cancer beside it on a stay."""
    e = city.encounters
    conditions = load_conditions()
    codes = [c.code for c in conditions] + [code for code, _, _ in CANCERS]
    names = [c.name for c in conditions] + [name for _, name, _ in CANCERS]
    main = np.flatnonzero(e["kind"] != PURCHASE)
    stays = np.flatnonzero(np.isin(e["kind"], STAYS))
    own = city.people.chronic[e["person"][stays]].copy()
    own[np.arange(len(stays)), e["condition"][stays]] = False
    rank = np.cumsum(own, axis=1)
    row, condition = np.nonzero(own & (rank <= 3))
    # A chronic illness and its acute form may share one code; one code stands once on a list.
    code_number = ints([codes.index(code) for code in codes])
    fresh = code_number[condition] != code_number[e["condition"][stays[row]]]
    row, condition = row[fresh], condition[fresh]
    chemo = stays[e["condition"][stays] == condition_index()["chemo"]]
    cancer = np.where(city.people.rows["sex"][e["person"][chemo]] == 2, e["person"][chemo] % 3, e["person"][chemo] % 2)
    encounter = np.concatenate([main, chemo, stays[row]])
    code = np.concatenate([e["condition"][main], len(conditions) + cancer, condition])
    rank_of = np.concatenate([full(len(main), 0), full(len(chemo), 1), rank[row, condition] + 1])
    order = np.lexsort((rank_of, encounter))
    encounter, code = encounter[order], code[order]
    start = np.searchsorted(encounter, encounter)
    sequence = np.arange(len(encounter)) - start
    n = len(encounter)
    return {
        "encounter_id": encounter_id(encounter),
        "sequence": sequence + 1,
        "person_id": person_id(e["person"][encounter]),
        "code": (code, codes),
        "name": (code, names),
        "kind": full(n, 1),
        "is_main": (sequence == 0).astype(np.int64),
        "admission_condition": np.where(np.isin(e["kind"][encounter], STAYS), 1, NONE),
    }, n


def _procedure(city: City) -> tuple[dict[str, Column], int]:
    """One operation on each stay whose bill carries one, at the hour of its lines."""
    e = city.encounters
    conditions = load_conditions()
    operated = ints([bool(c.procedure_code) for c in conditions])[e["condition"]] == 1
    billed = np.zeros(len(operated), dtype=bool)
    lines = city.bills.lines
    billed[lines["encounter"][lines["kind"] == OPERATION]] = True
    rows = np.flatnonzero(np.isin(e["kind"], STAYS) & operated & billed)
    rng = random_for(city, "operations")
    n = len(rows)
    begin = np.maximum(operation_day(e, rows) * DAY + 9 * 3600 + rng.integers(0, 7200, n), e["begin"][rows] + 1800)
    place = city.providers.doctor_first[e["institution"][rows], e["department"][rows]]
    general = ints([any(load_catalogue().rows[s.item]["key"] == "anaesthesia_general" for s in c.surgery)
                    for c in conditions])
    return {
        "encounter_id": encounter_id(rows),
        "sequence": full(n, 1),
        "person_id": person_id(e["person"][rows]),
        "code": (e["condition"][rows], [c.procedure_code for c in conditions]),
        "name": (e["condition"][rows], [c.procedure_name for c in conditions]),
        "kind": full(n, 1),
        "is_main": full(n, 1),
        "begin_at": begin,
        "end_at": begin + rng.integers(30, 170, n) * 60,
        "surgeon_id": staff_id(place),
        "anaesthesia": (general[e["condition"][rows]], ["椎管内或局部麻醉", "全身麻醉"]),
        "session_id": running("O2025", np.arange(n) + 1, 11),
        "incision_id": texts(["1"] * n),
    }, n


def _orders(city: City, links: Links) -> tuple[dict[str, Column], int]:
    orders, e = links.orders, city.encounters
    n = len(orders["item"])
    catalogue = load_catalogue()
    long_term = orders["end"] // DAY > orders["begin"] // DAY
    encounter = orders["encounter"]
    return {
        "order_id": order_id(np.arange(n)),
        "encounter_id": encounter_id(encounter),
        "person_id": person_id(e["person"][encounter]),
        "institution_id": (e["institution"][encounter], institution_ids(city.providers)),
        "item_code": (orders["item"], catalogue.codes()),
        "item_name": (orders["item"], catalogue.words("name")),
        "is_long_term": long_term.astype(np.int64),
        "begin_at": np.maximum(orders["begin"], e["begin"][encounter]),
        "end_at": np.where(long_term, np.minimum(orders["end"], e["end"][encounter]), NONE),
        "frequency": (long_term.astype(np.int64), ["ONCE", "QD"]),
        "quantity": orders["quantity"],
        "staff_id": staff_id(e["staff"][encounter]),
        "department": (e["department"][encounter], departments()),
        "status": (long_term.astype(np.int64), ["signed", "stopped"]),
        "override_reason": (np.where(orders["reason"] == NONE, -1, orders["reason"]), REASONS),
    }, n


def _prescriptions(city: City, links: Links) -> tuple[dict[str, Column], int]:
    lines, e = city.bills.lines, city.encounters
    rows = np.flatnonzero((links.prescription >= 0) & (lines["reverses"] == NONE))
    key = lines["encounter"][rows] * 1000 + lines["item"][rows]
    rows = rows[np.sort(np.unique(key, return_index=True)[1])]
    encounter = lines["encounter"][rows]
    n = len(rows)
    return {
        "prescription_id": prescription_id(encounter),
        "item_code": (lines["item"][rows], load_catalogue().codes()),
        "encounter_id": encounter_id(encounter),
        "person_id": person_id(e["person"][encounter]),
        "institution_id": (e["institution"][encounter], institution_ids(city.providers)),
        "staff_id": staff_id(e["staff"][encounter]),
        "issued_at": np.maximum(lines["at"][rows] - 600, e["begin"][encounter]),
        "quantity": lines["quantity"][rows],
        "frequency": texts(["QD"] * n),
        "days_supply": days_supply(take(lines, rows), np.ones(n, dtype=bool)),
    }, n


def _ward_records(city: City, links: Links) -> Tables:
    """Orders carried out, vital signs and notes of every treated day; presence checks and leave."""
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
        (stays, np.minimum(e["begin"][stays] + rng.integers(1, 6, len(stays)) * 3600, e["end"][stays]),
         full(len(stays), -1), 3),
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
        "execution_id": running("X2025", np.arange(len(at)) + 1, 15),
        "order_id": order_id(order),
        "encounter_id": encounter_id(encounter),
        "person_id": person_id(e["person"][encounter]),
        "executed_at": at,
        "staff_id": staff_id(np.where(doctor, e["staff"][encounter], nurse)),
        "kind": (kind, ["order", "vital_signs", "nursing_note", "admission_note", "progress_note"]),
    }
    checks: dict[str, Column] = _presence(city, row, moment(9, 3600))
    count = n + len(city.cast.leaves)
    return {"execution": (execution, len(at)), "leave_checkin": (checks, count)}


def _presence(city: City, row: Array, at: Array) -> dict[str, Column]:
    """One matched presence check per treated day, then the leaves of the scenes."""
    leaves = city.cast.leaves
    n, k = len(row), len(leaves)
    encounter = np.concatenate([row, ints([city.encounter_row(tag) for tag, *_ in leaves])])
    return {
        "event_id": running("K2025", np.arange(n + k) + 1, 11),
        "encounter_id": encounter_id(encounter),
        "person_id": person_id(city.encounters["person"][encounter]),
        "kind": (np.concatenate([full(n, 0), full(k, 1)]), ["checkin", "leave"]),
        "begin_at": np.concatenate([at, ints([begin for _, begin, _, _ in leaves])]),
        "end_at": np.concatenate([full(n, NONE), ints([end for _, _, end, _ in leaves])]),
        "approved": np.concatenate([full(n, NONE), ints([ok for _, _, _, ok in leaves])]),
        "matched": np.concatenate([full(n, 1), full(k, NONE)]),
    }


def money_tables(city: City, links: Links) -> Tables:
    """charge_line, settlement and settlement_layer."""
    lines, e = city.bills.lines, city.encounters
    n = len(lines["item"])
    catalogue, ids = load_catalogue(), institution_ids(city.providers)
    encounter = lines["encounter"]
    item = lines["item"]
    visit = ~np.isin(e["kind"][encounter], STAYS)
    charge: dict[str, Column] = {
        "line_id": line_id(np.arange(n)),
        "settlement_id": settlement_id(lines["line_settled"]),
        "encounter_id": encounter_id(encounter),
        "person_id": person_id(e["person"][encounter]),
        "institution_id": (e["institution"][encounter], ids),
        "item_code": (item, catalogue.codes()),
        "local_code": running("", item + 10_001, 6),
        "item_name": (item, catalogue.words("name")),
        "list_type": (item, catalogue.words("list_type")),
        "charge_type": (item, catalogue.words("charge_type")),
        "payment_class": (item, catalogue.words("payment_class")),
        "quantity": lines["quantity"],
        "unit_price": catalogue.price[item],
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
        "order_id": order_id(links.order),
        "prescription_id": prescription_id(links.prescription),
        "department": (e["department"][encounter], departments()),
        "staff_id": staff_id(e["staff"][encounter]),
        "days_supply": days_supply(lines, visit),
        "reversed_line_id": line_id(lines["reverses"]),
    }
    return {"charge_line": (charge, n)} | _settlement_tables(city, ids)


def _settlement_tables(city: City, ids: list[str]) -> Tables:
    s = city.bills.settlements
    n = len(s["encounter"])
    stay = np.isin(s["kind"], STAYS)
    scheme = city.people.rows["scheme"][s["person"]]
    settlement: dict[str, Column] = {
        "settlement_id": settlement_id(np.arange(n)),
        "encounter_id": encounter_id(s["encounter"]),
        "person_id": person_id(s["person"]),
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
        "enterprise_amount": s["zero"],
        "critical_illness_amount": s["critical"],
        "large_amount_amount": s["large"],
        "assistance_amount": s["assistance"],
        "other_fund_amount": s["zero"],
        "fund_amount": s["fund"],
        "person_amount": s["person_amount"],
        "account_amount": s["account"],
        "family_account_amount": s["family"],
        "cash_amount": s["cash"],
        "hospital_amount": s["zero"],
        "payment_method": (stay.astype(np.int64), ["1", "3"]),
        "insured_region": np.full(n, CITY),
        "reversed_settlement_id": running("S2025", np.where(s["reverses"] == NONE, -1, s["reverses"] + 1), 13),
    }
    layers = ["310100", "390100", "320100", "330100", "390200", "610100"]
    employee = s["employee"] == 1
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
        "settlement_id": settlement_id(row),
        "layer": (number, layers),
        "person_id": person_id(s["person"][row]),
        "eligible_amount": s["eligible"][row],
        "limit_amount": np.where(number <= 1, s["cap"][row], NONE),
        "amount": np.concatenate([s[name][rows] for rows, name, _ in parts]),
    }
    return {"settlement": (settlement, n), "settlement_layer": (layer, len(row))}
