"""Raw tables of care: encounters, diagnoses, operations, orders, prescriptions and what happened on the ward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.billing import days_supply
from yibao.simulation.catalogue import dosing, load_catalogue
from yibao.simulation.city import City
from yibao.simulation.codes import diagnosis_codes
from yibao.simulation.conditions import condition_index, departments, load_conditions
from yibao.simulation.frame import DAY, NONE, Array, Frame, full, ints, take
from yibao.simulation.ids import staff_id
from yibao.simulation.lines import AUTOMATIC
from yibao.simulation.oncology import cancer_of
from yibao.simulation.planting.cast import REASONS
from yibao.simulation.tables_people import Tables
from yibao.simulation.tables_surgery import implants, procedures
from yibao.simulation.visits import PURCHASE, STAYS
from yibao.simulation.write import Column

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
    ordered = (lines["kind"] != AUTOMATIC) & ~shop & ~prescribed & (lines["ordered"] == 1)
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
        "encounter": lines["encounter"][rows][first],
        "item": np.where(lines["ordered_item"] == NONE, lines["item"], lines["ordered_item"])[rows][first],
        "begin": begin - 300,
        "end": end + 300,
        "quantity": quantity,
        "reason": reason,
    }
    return Links(order, np.where(prescribed, lines["encounter"], -1), orders)


def care_tables(city: City, links: Links) -> Tables:
    """encounter, diagnosis, procedure, implant, medical_order and prescription."""
    tables: Tables = {"encounter": _encounter(city)}
    tables["diagnosis"] = _diagnosis(city)
    tables["procedure"] = procedures(city)
    tables["implant"] = implants(city)
    tables["medical_order"] = _orders(city, links)
    tables["prescription"] = _prescriptions(city, links)
    return tables


def _encounter(city: City) -> tuple[dict[str, Column], int]:
    e, people = city.encounters, city.people
    n = len(e["person"])
    stay = np.isin(e["kind"], STAYS)
    names = departments()
    codes = [c.code for c in load_conditions()]
    return {
        "encounter_id": city.ids.encounter(np.arange(n)),
        "person_id": city.ids.person(e["person"]),
        "institution_id": (e["institution"], city.providers.ids),
        "kind": e["kind"],
        "scheme": people.rows["scheme"][e["person"]],
        "department": (e["department"], names),
        "staff_id": staff_id(e["staff"]),
        "admitted_at": e["begin"],
        "discharged_at": e["end"],
        "discharge_way": np.where(stay, e["way"], NONE),
        "main_diagnosis": (np.where(e["kind"] == PURCHASE, -1, e["condition"]), codes),
        "bed_id": city.ids.bed(city.providers.number[e["institution"]], e["department"], e["bed"]),
        "ward": (np.where(stay, e["department"], -1), [f"{name}病区" for name in names]),
        "certificate": (e["certificate"], CERTIFICATES),
        "out_of_region": (e["elsewhere"] > 0).astype(np.int64),
    }, n


def _diagnosis(city: City) -> tuple[dict[str, Column], int]:
    """The main diagnosis of every visit, and up to three chronic ones or the cancer beside it on a stay."""
    e = city.encounters
    conditions = load_conditions()
    codes, names = [code for code, _, _ in diagnosis_codes()], [name for _, name, _ in diagnosis_codes()]
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
    cancer = cancer_of(city.people, e["person"][chemo])
    rows_of = city.rows_of_tags("encounters")
    played = ints([rows_of[tag] for tag, _ in city.cast.diagnoses])
    extra = ints([position for _, position in city.cast.diagnoses])
    encounter = np.concatenate([main, chemo, stays[row], played])
    code = np.concatenate([e["condition"][main], len(conditions) + cancer, condition, extra])
    rank_of = np.concatenate(
        [full(len(main), 0), full(len(chemo), 1), rank[row, condition] + 1, 10 + np.arange(len(played))]
    )
    order = np.lexsort((rank_of, encounter))
    encounter, code = encounter[order], code[order]
    start = np.searchsorted(encounter, encounter)
    sequence = np.arange(len(encounter)) - start
    n = len(encounter)
    return {
        "encounter_id": city.ids.encounter(encounter),
        "sequence": sequence + 1,
        "person_id": city.ids.person(e["person"][encounter]),
        "code": (code, codes),
        "name": (code, names),
        "kind": full(n, 1),
        "is_main": (sequence == 0).astype(np.int64),
        "admission_condition": np.where(np.isin(e["kind"][encounter], STAYS), 1, NONE),
    }, n


def _orders(city: City, links: Links) -> tuple[dict[str, Column], int]:
    orders, e = links.orders, city.encounters
    n = len(orders["item"])
    catalogue = load_catalogue()
    long_term = orders["end"] // DAY > orders["begin"] // DAY
    encounter = orders["encounter"]
    (dose, doses), (often, rhythms) = dosing("dose"), dosing("frequency")
    # What is done once has no rhythm; care that goes on is given every day.
    rhythm = np.select([~long_term, often[orders["item"]] < 0], [0, 1], 2 + often[orders["item"]])
    return {
        "order_id": city.ids.order(np.arange(n)),
        "encounter_id": city.ids.encounter(encounter),
        "person_id": city.ids.person(e["person"][encounter]),
        "institution_id": (e["institution"][encounter], city.providers.ids),
        "item_code": (orders["item"], catalogue.codes()),
        "item_name": (orders["item"], catalogue.words("name")),
        "is_long_term": long_term.astype(np.int64),
        "begin_at": np.maximum(orders["begin"], e["begin"][encounter]),
        "end_at": np.where(long_term, np.minimum(orders["end"], e["end"][encounter]), NONE),
        "frequency": (rhythm, ["ONCE", "QD", *rhythms]),
        "dose": (dose[orders["item"]], doses),
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
    (dose, doses), (often, rhythms) = dosing("dose"), dosing("frequency")
    return {
        "prescription_id": city.ids.prescription(encounter),
        "item_code": (lines["item"][rows], load_catalogue().codes()),
        "encounter_id": city.ids.encounter(encounter),
        "person_id": city.ids.person(e["person"][encounter]),
        "institution_id": (e["institution"][encounter], city.providers.ids),
        "staff_id": staff_id(e["staff"][encounter]),
        "issued_at": np.maximum(lines["at"][rows] - 600, e["begin"][encounter]),
        "quantity": lines["quantity"][rows],
        "dose": (dose[lines["item"][rows]], doses),
        "frequency": (often[lines["item"][rows]], rhythms),
        "days_supply": days_supply(take(lines, rows), np.ones(n, dtype=bool)),
    }, n
