"""What a doctor reads in the histories: each pattern that was once implausible stays mended."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from yibao.simulation.catalogue import MODALITIES, load_catalogue
from yibao.simulation.city import City, build_city
from yibao.simulation.conditions import condition_index, load_conditions
from yibao.simulation.oncology import regimens
from yibao.simulation.planting.cast import REASONS
from yibao.simulation.tables_providers import sex_of
from yibao.simulation.visits import STAYS


@pytest.fixture(scope="module")
def town() -> City:
    return build_city(6_000, 11)


def _items(*keys: str) -> np.ndarray:
    return load_catalogue().positions(*keys)


def _untold(town: City) -> np.ndarray:
    """Lines of the background that are neither refunds nor refunded."""
    lines = town.bills.lines
    plain = (lines["tag"] == 0) & (town.encounters["tag"][lines["encounter"]] == 0) & (lines["quantity"] > 0)
    return np.flatnonzero(plain & (lines["undone"] == 0))


def _courses(town: City) -> np.ndarray:
    """Background lines of chemotherapy cycles."""
    rows = _untold(town)
    return rows[np.isin(town.encounters["treated"][town.bills.lines["encounter"][rows]], regimens())]


def test_chemotherapy_is_the_same_at_every_cycle(town: City) -> None:
    lines, drugs = town.bills.lines, _items("oxaliplatin", "capecitabine", "paclitaxel", "trastuzumab", "pemetrexed")
    rows = _courses(town)
    cycles = lines["encounter"][rows]
    person = town.encounters["person"]
    given: dict[int, set[tuple[tuple[int, int], ...]]] = {}
    for cycle in np.unique(cycles):
        own = rows[(cycles == cycle) & np.isin(lines["item"][rows], drugs)]
        doses = tuple(sorted(zip(lines["item"][own].tolist(), lines["quantity"][own].tolist(), strict=True)))
        given.setdefault(int(person[cycle]), set()).add(doses)
    several = list(given.values())
    # Single refunds take a drug out of a cycle now and then.
    assert len(several) > 10
    assert np.mean([len(doses) == 1 for doses in several]) > 0.8


def test_a_cycle_brings_blood_tests_but_no_heart_scan_and_no_leg_ultrasound(town: City) -> None:
    lines, rows = town.bills.lines, _courses(town)
    cycles = len(np.unique(lines["encounter"][rows]))
    share = {
        key: (lines["item"][rows] == load_catalogue().index[key]).sum() / cycles
        for key in ("liver_function", "echo", "us_vein", "bnp", "procalcitonin", "gastroscopy", "glucose_strip")
    }
    assert share["liver_function"] > 0.8
    assert share["echo"] < 0.3
    assert max(share[key] for key in ("us_vein", "bnp", "procalcitonin", "gastroscopy", "glucose_strip")) == 0
    liver = rows[lines["item"][rows] == load_catalogue().index["liver_function"]]
    # The second one within the window says that the protocol asks for it.
    assert set(lines["reason"][liver].tolist()) >= {REASONS.index("PROTOCOL")}


def test_physical_medicine_goes_with_the_wards_that_practise_it(town: City) -> None:
    lines, conditions, rows = town.bills.lines, load_conditions(), _untold(town)
    rows = rows[np.isin(town.encounters["kind"][lines["encounter"][rows]], STAYS)]
    needled = rows[np.isin(lines["item"][rows], _items("acupuncture", "massage", "physio_lowfreq"))]
    wards = {conditions[k].department for k in town.encounters["condition"][lines["encounter"][needled]].tolist()}
    assert len(needled) > 50
    assert wards <= {"骨科", "康复医学科", "神经内科", "中医科"}


def test_centres_take_in_no_emergencies_and_do_not_operate(town: City) -> None:
    e, conditions = town.encounters, load_conditions()
    own = np.isin(e["kind"], STAYS) & (e["tag"] == 0) & (town.providers.kind[e["institution"]] == 3)
    there = {conditions[k].key for k in e["condition"][own].tolist()}
    assert there
    assert not there & {"stroke", "angina_pci", "appendicitis", "fracture", "concussion", "pneumonia_child"}
    assert not any(condition.surgery for condition in conditions if condition.key in there)


def test_whoever_is_admitted_has_a_blood_count(town: City) -> None:
    lines, e, rows = town.bills.lines, town.encounters, _untold(town)
    stays = np.isin(e["kind"], STAYS) & (e["tag"] == 0) & (e["condition"] != condition_index()["cataract"])
    counted = np.zeros(len(stays), dtype=bool)
    counted[lines["encounter"][rows[np.isin(lines["item"][rows], _items("blood_routine"))]]] = True
    assert counted[stays].mean() > 0.65


def test_pneumonia_is_treated_with_antibiotics(town: City) -> None:
    lines, e, rows = town.bills.lines, town.encounters, _untold(town)
    stays = np.isin(e["kind"], STAYS) & (e["tag"] == 0) & (e["treated"] < 0)
    stays &= np.isin(e["condition"], [condition_index()[key] for key in ("pneumonia", "pneumonia_child")])
    drugs = _items("ceftriaxone", "piperacillin", "azithromycin_injection", "meropenem")
    treated = np.zeros(len(stays), dtype=bool)
    treated[lines["encounter"][rows[np.isin(lines["item"][rows], drugs)]]] = True
    assert stays.sum() > 30
    assert treated[stays].mean() > 0.8


def test_nobody_takes_pictures_of_a_cold(town: City) -> None:
    lines, e, rows = town.bills.lines, town.encounters, _untold(town)
    cold = np.isin(e["condition"][lines["encounter"][rows]], [condition_index()[key] for key in ("cold", "cold_child")])
    assert cold.sum() > 1_000
    scans = [MODALITIES.index(key) for key in ("ct", "mri", "us", "endoscope")]
    assert not np.isin(load_catalogue().modality[lines["item"][rows[cold]]], scans).any()


def test_clinics_treat_what_is_simple(town: City) -> None:
    e, conditions = town.encounters, load_conditions()
    own = (e["tag"] == 0) & (town.providers.kind[e["institution"]] == 4)
    assert own.sum() > 100
    assert {conditions[k].tier for k in e["condition"][own].tolist()} == {1}


def test_the_very_old_are_in_hospital_as_often_as_the_old() -> None:
    stays, persons = np.zeros(2), np.zeros(2)
    for seed in (11, 12):
        town = build_city(8_000, seed)
        age = town.people.age(np.arange(town.people.count), 20_270)
        own = np.isin(town.encounters["kind"], STAYS) & (town.encounters["tag"] == 0)
        at = age[town.encounters["person"][own]]
        for k, (low, high) in enumerate(((72, 82), (84, 99))):
            stays[k] += ((at >= low) & (at < high)).sum()
            persons[k] += ((age >= low) & (age < high)).sum()
    old, very_old = stays / persons
    assert very_old > 0.7 * old


def test_what_is_prescribed_says_how_it_is_taken(db: duckdb.DuckDBPyConnection) -> None:
    query = "select count(*), count(dose), count(frequency), count(distinct dose || frequency) from prescription"
    number, dosed, timed, ways = db.execute(query).fetchall()[0]
    assert number == dosed == timed > 1_000
    assert ways > 30
    on_ward = (
        "select count(*), count(dose) from medical_order where drord_name like '%注射液' or drord_name like '%缓释片'"
    )
    number, dosed = db.execute(on_ward).fetchall()[0]
    assert number == dosed > 1_000


def test_a_code_list_limits_only_what_one_sex_can_have() -> None:
    # Gout is drawn for men and infections of the urinary tract for women; their codes are of both.
    assert [sex_of(code) for code in ("N40.x00", "N72.x00x003", "O80.000", "M10.900", "N39.000")] == [
        "1",
        "2",
        "2",
        "",
        "",
    ]
