"""Raw columns of one block of the benchmark's persons, visits and lines."""

from __future__ import annotations

import numpy as np

from yibao.engine.money import round_half_up_array
from yibao.simulation.bulk.draw import HOSPITALS
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import encounter_id, line_id, order_id, person_id, report_id, settlement_id, staff_id
from yibao.simulation.conditions import departments, load_conditions
from yibao.simulation.draws import mix
from yibao.simulation.frame import DAY, NONE, YEAR_FIRST, Array, Frame, full, ints, repeat_ranges
from yibao.simulation.planting.cast import MARKS
from yibao.simulation.reports import SCOPES
from yibao.simulation.tables_people import Tables
from yibao.simulation.visits import INPATIENT, PURCHASE
from yibao.simulation.write import Column, running

MISSING_REPORT_SHARE = 0.002


def people(rng: np.random.Generator, first: int, last: int) -> Tables:
    """Persons, one in 150 of whom dies near the end of the year as two sources know."""
    person = np.arange(first, last)
    n = len(person)
    died = np.where(person % 150 == 7, YEAR_FIRST + rng.integers(330, 364, n), NONE)
    dead = np.repeat(np.flatnonzero(died != NONE), 2)
    return {
        "person": (
            {
                "person_id": person_id(person),
                "sex": 1 + rng.integers(0, 2, n),
                "death_date": died,
                "birth_date": YEAR_FIRST - rng.integers(400, 33_000, n),
                "region_code": np.full(n, "990100"),
            },
            n,
        ),
        "death_source": (
            {
                "death_source_id": running("Q", first * 2 + np.arange(len(dead)) + 1, 12),
                "person_id": person_id(person[dead]),
                "source": (np.tile(np.arange(2), len(dead) // 2), ["police", "civil_affairs"]),
                "death_date": died[dead],
                "reported_on": died[dead] + 9,
            },
            len(dead),
        ),
    }


def encounters(visits: Frame) -> tuple[dict[str, Column], int]:
    n = len(visits["person"])
    conditions, stay = load_conditions(), visits["kind"] == INPATIENT
    number = [departments().index(c.department) for c in conditions]
    bed = visits["institution"] * 1000 + visits["person"] % 900
    return {
        "encounter_id": encounter_id(visits["number"]),
        "person_id": person_id(visits["person"]),
        "institution_id": running("H990100", visits["institution"] + 1, 5),
        "kind": visits["kind"],
        "scheme": np.where(visits["person"] % 3 == 0, 310, 390),
        "department": (ints(number)[visits["condition"]], departments()),
        "staff_id": staff_id(visits["staff"]),
        "admitted_at": visits["begin"],
        "discharged_at": visits["end"],
        "discharge_way": np.where(stay, 1, NONE),
        "main_diagnosis": (np.where(visits["kind"] == PURCHASE, -1, visits["condition"]), [c.code for c in conditions]),
        "bed_id": running("C", np.where(stay, bed, -1), 9),
        "certificate": np.full(n, "01"),
        "out_of_region": full(n, 0),
    }, n


def wards(stays: Frame, block: int) -> Tables:
    """Diagnoses, daily vital signs and notes, and presence checks of stays; one stay in 500 has none of them."""
    nights = stays["end"] // DAY - stays["begin"] // DAY
    row, number = repeat_ranges(np.where(stays["number"] % 500 == 0, 1, nights))
    morning = np.maximum((stays["begin"][row] // DAY + number) * DAY + 9 * 3600, stays["begin"][row] + 1800)
    n, k = len(row), len(stays["person"])
    conditions = load_conditions()
    diagnosis: dict[str, Column] = {
        "encounter_id": encounter_id(stays["number"]),
        "sequence": full(k, 1),
        "person_id": person_id(stays["person"]),
        "code": (stays["condition"], [c.code for c in conditions]),
        "is_main": full(k, 1),
    }
    serial = block * 10**9 + np.arange(2 * n) + 1
    twice = np.repeat(np.arange(n), 2)
    execution: dict[str, Column] = {
        "execution_id": running("X2025", serial, 15),
        "encounter_id": encounter_id(stays["number"][row[twice]]),
        "person_id": person_id(stays["person"][row[twice]]),
        "executed_at": morning[twice],
        "kind": (np.tile(np.arange(2), n), ["vital_signs", "progress_note"]),
    }
    check: dict[str, Column] = {
        "event_id": running("K2025", block * 10**8 + np.arange(n) + 1, 11),
        "encounter_id": encounter_id(stays["number"][row]),
        "person_id": person_id(stays["person"][row]),
        "kind": np.full(n, "checkin"),
        "begin_at": morning,
        "matched": full(n, 1),
    }
    return {"diagnosis": (diagnosis, k), "execution": (execution, 2 * n), "leave_checkin": (check, n)}


def charge_lines(drawn: Frame, visits: Frame) -> Tables:
    """The lines, one settlement of each visit that has any, and the boxes of drugs that were sold."""
    catalogue, item, visit = load_catalogue(), drawn["item"], drawn["visit"]
    amount = round_half_up_array(drawn["quantity"] * catalogue.price[item], 10_000_000)
    uncovered = catalogue.uncovered[item]
    not_covered = np.where(uncovered, amount, 0)
    first_share = np.where(uncovered, 0, round_half_up_array(amount * catalogue.first_share[item], 10_000))
    eligible = amount - not_covered - first_share
    fund = round_half_up_array(eligible * 7, 10)
    lines: dict[str, Column] = {
        "line_id": line_id(drawn["number"]),
        "settlement_id": settlement_id(visits["number"][visit]),
        "encounter_id": encounter_id(visits["number"][visit]),
        "person_id": person_id(visits["person"][visit]),
        "institution_id": running("H990100", visits["institution"][visit] + 1, 5),
        "item_code": (item, catalogue.codes()),
        "list_type": (item, catalogue.words("list_type")),
        "charge_type": (item, catalogue.words("charge_type")),
        "payment_class": (item, catalogue.words("payment_class")),
        "quantity": drawn["quantity"],
        "unit_price": catalogue.price[item],
        "amount": amount,
        "not_covered_amount": not_covered,
        "over_limit_amount": full(len(item), 0),
        "first_share_amount": first_share,
        "eligible_amount": eligible,
        "fund_amount": fund,
        "charged_at": drawn["at"],
        "order_id": order_id(np.where(drawn["exam"] == 1, drawn["number"], -1)),
        "staff_id": staff_id(visits["staff"][visit]),
        "reversed_line_id": line_id(np.where(drawn["back"] == 1, drawn["number"] - 1, NONE)),
    }
    parts = {
        "amount": amount,
        "not_covered": not_covered,
        "first_share": first_share,
        "eligible": eligible,
        "fund": fund,
    }
    return {
        "charge_line": (lines, len(item)),
        "settlement": _settlements(parts, drawn, visits),
        "drug_trace": _traces(drawn, visits),
    }


def _settlements(parts: dict[str, Array], drawn: Frame, visits: Frame) -> tuple[dict[str, Column], int]:
    """One settlement at the end of each visit that has lines, with the sums of its lines' ``parts``."""
    edges = np.searchsorted(drawn["visit"], np.arange(len(visits["number"]) + 1))
    rows = np.flatnonzero(edges[1:] > edges[:-1])
    running_sums = {name: np.concatenate([[0], np.cumsum(values)]) for name, values in parts.items()}
    total = {name: sums[edges[rows + 1]] - sums[edges[rows]] for name, sums in running_sums.items()}
    n, person = len(rows), visits["person"][rows]
    own = total["amount"] - total["fund"]
    nothing = full(n, 0)
    return {
        "settlement_id": settlement_id(visits["number"][rows]),
        "encounter_id": encounter_id(visits["number"][rows]),
        "person_id": person_id(person),
        "institution_id": running("H990100", visits["institution"][rows] + 1, 5),
        "scheme": np.where(person % 3 == 0, 310, 390),
        "kind": visits["kind"][rows],
        "settled_at": visits["end"][rows] + 1200,
        "total_amount": total["amount"],
        "not_covered_amount": total["not_covered"],
        "over_limit_amount": nothing,
        "first_share_amount": total["first_share"],
        "eligible_amount": total["eligible"],
        "deductible_amount": nothing,
        "basic_fund_amount": total["fund"],
        "fund_amount": total["fund"],
        "person_amount": own,
        "account_amount": nothing,
        "family_account_amount": nothing,
        "cash_amount": own,
        "hospital_amount": nothing,
    }, n


def _traces(drawn: Frame, visits: Frame) -> tuple[dict[str, Column], int]:
    """One code for each drug over a counter; a refund scans it back, and one sale in 2 000 repeats the code before."""
    catalogue = load_catalogue()
    row = np.flatnonzero(catalogue.drug[drawn["item"]] & (visits["kind"][drawn["visit"]] != INPATIENT))
    visit, item, number = drawn["visit"][row], drawn["item"][row], drawn["number"][row]
    box = np.where((drawn["back"][row] == 1) | (number % 2_000 == 77), number - 1, number)
    n = len(row)
    return {
        "move_id": running("V2025", number + 1, 13),
        "trace_code": running("8", 10**18 + box, 19),
        "institution_id": running("H990100", visits["institution"][visit] + 1, 5),
        "person_id": person_id(visits["person"][visit]),
        "encounter_id": encounter_id(visits["number"][visit]),
        "settlement_id": settlement_id(visits["number"][visit]),
        "item_code": (item, catalogue.codes()),
        "quantity": drawn["quantity"][row],
        "sold_at": drawn["at"][row],
        "split_pack": full(n, 0),
        "insured": full(n, 1),
        "document_no": encounter_id(visits["number"][visit]),
    }, n


def examinations(rng: np.random.Generator, exams: Frame, visits: Frame) -> Tables:
    """An order for each examination and a report for nearly all of them."""
    codes = load_catalogue().codes()
    visit = exams["visit"]

    def common(rows: Array) -> dict[str, Column]:
        return {
            "order_id": order_id(exams["number"][rows]),
            "encounter_id": encounter_id(visits["number"][visit[rows]]),
            "person_id": person_id(visits["person"][visit[rows]]),
            "institution_id": running("H990100", visits["institution"][visit[rows]] + 1, 5),
            "item_code": (exams["item"][rows], codes),
            "staff_id": staff_id(visits["staff"][visit[rows]]),
        }

    every = np.arange(len(visit))
    order = common(every) | {
        "is_long_term": full(len(visit), 0),
        "begin_at": exams["at"] - 300,
        "status": np.full(len(visit), "signed"),
    }
    rows = np.flatnonzero(rng.random(len(visit)) >= MISSING_REPORT_SHARE)
    n = len(rows)
    mark = rng.integers(-3, 3, n)
    modality = load_catalogue().modality[exams["item"][rows]]
    device = np.where(
        visits["institution"][visit[rows]] < HOSPITALS, visits["institution"][visit[rows]] * 8 + modality, -1
    )
    report = common(rows) | {
        "report_id": report_id(exams["number"][rows]),
        "examined_at": exams["at"][rows] + 600,
        "reported_at": exams["at"][rows] + 600 + rng.integers(1800, 40_000, n),
        "device_id": running("E990100", np.where(device < 0, -1, device + 1), 5),
        "status": np.full(n, "final"),
        "recognition_mark": (mark, MARKS),
        "recognition_scope": (mark, SCOPES),
        "content_hash": running("", (mix(7, exams["number"][rows]) >> np.uint64(4)).astype(np.int64), 19),
        "quality_ok": full(n, 1),
    }
    return {"medical_order": (order, len(visit)), "exam_report": (report, n)}
