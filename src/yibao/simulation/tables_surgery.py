"""Raw rows of operations, ventilation and implants: sessions, incisions, surgeons, anaesthetists, labels."""

from __future__ import annotations

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import City, random_for
from yibao.simulation.conditions import load_conditions
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, full, ints, rank_in_run, repeat_ranges, take
from yibao.simulation.ids import ROOM, staff_id
from yibao.simulation.inpatient import VENTILATION, operation_day
from yibao.simulation.lines import OPERATION
from yibao.simulation.visits import STAYS
from yibao.simulation.write import Column, running

#: Operations of scenes by item: code and name.
SECOND = {"bile_duct_exploration": ("51.4100x001", "胆总管切开取石术")}
#: What stays in a patient and bears a label of its own.
IMPLANTS = (
    "coronary_stent", "knee_prosthesis", "hip_prosthesis", "intraocular_lens", "bone_plate", "hernia_mesh",
    "spinal_implant", "pacemaker", "dura_patch", "ureteral_stent",
)  # fmt: skip
#: Hospitals of this level scan the labels of what they put in.
_REGISTER_LEVEL = 3
ANAESTHESIA = ["椎管内或局部麻醉", "全身麻醉"]
#: Hours below which ventilation has the lower code.
_LONG_HOURS = 96


def operation_codes() -> list[tuple[str, str]]:
    """Every procedure of this province: those of the conditions, ventilation, those of scenes."""
    own = {c.procedure_code: c.procedure_name for c in load_conditions() if c.procedure_code}
    return [*own.items(), *VENTILATION, *SECOND.values()]


def procedures(city: City) -> tuple[dict[str, Column], int]:
    """Operations on stays whose bill carries one, second ones of their session, ventilation, and some on paper."""
    e = city.encounters
    rng = random_for(city, "operations")
    main = _operations(city, rng)
    # Drawn like the others and never coded.
    coded = ~np.isin(e["tag"][main["encounter"]], ints(city.cast.uncoded))
    frame = concat([take(main, coded), _second(city, main), _on_paper(city, len(coded)), _ventilation(city)])
    frame = take(frame, np.lexsort((frame["order"], frame["encounter"])))
    row, n = frame["encounter"], len(frame["encounter"])
    names = operation_codes()
    operated = frame["session"] >= 0
    return {
        "encounter_id": city.ids.encounter(row),
        "sequence": rank_in_run(row) + 1,
        "person_id": city.ids.person(e["person"][row]),
        "code": (frame["code"], [code for code, _ in names]),
        "name": (frame["code"], [name for _, name in names]),
        "kind": np.where(operated, 1, 2),
        "is_main": (rank_in_run(row) == 0).astype(np.int64),
        "begin_at": frame["begin"],
        "end_at": frame["end"],
        "surgeon_id": staff_id(_surgeon(city, row)),
        "anaesthetist_id": staff_id(np.where(operated, city.providers.technician[e["institution"][row]], -1)),
        "anaesthesia": (np.where(operated, frame["general"], -1), ANAESTHESIA),
        "session_id": city.ids.event("O", frame["session"]),
        "incision_id": (np.where(operated, frame["incision"] - 1, -1), ["1", "2"]),
    }, n


def _operations(city: City, rng: np.random.Generator) -> Frame:
    e, conditions = city.encounters, load_conditions()
    codes = [code for code, _ in operation_codes()]
    code = ints([codes.index(c.procedure_code) if c.procedure_code else -1 for c in conditions])
    billed = np.zeros(len(e["person"]), dtype=bool)
    lines = city.bills.lines
    billed[lines["encounter"][lines["kind"] == OPERATION]] = True
    given = np.where(e["treated"] == NONE, e["condition"], e["treated"])
    rows = np.flatnonzero(np.isin(e["kind"], STAYS) & (code[given] >= 0) & billed)
    n = len(rows)
    begin = np.maximum(operation_day(e, rows) * DAY + 9 * 3600 + rng.integers(0, 7200, n), e["begin"][rows] + 1800)
    begin, end = _one_after_another(_surgeon(city, rows), begin, begin + rng.integers(30, 170, n) * 60)
    general_item = load_catalogue().index["anaesthesia_general"]
    general = ints([any(slot.item == general_item for slot in c.surgery) for c in conditions])
    return {
        "encounter": rows,
        "order": full(n, 0),
        "code": code[given[rows]],
        "begin": begin,
        "end": end,
        "general": general[given[rows]],
        "session": np.arange(n),
        "incision": full(n, 1),
    }


def _surgeon(city: City, row: Array) -> Array:
    """The senior half of a department's doctors operate in turn."""
    place, department = city.encounters["institution"][row], city.encounters["department"][row]
    count = np.maximum(city.providers.doctor_count[place, department], 1)
    turn: Array = city.providers.doctor_first[place, department] + (row * 7) % np.maximum((count + 1) // 2, 1)
    return turn


def _one_after_another(surgeon: Array, begin: Array, end: Array) -> tuple[Array, Array]:
    """Operations of one surgeon on one day follow each other, a quarter of an hour apart."""
    order = np.lexsort((begin, begin // DAY, surgeon))
    rank = rank_in_run(surgeon[order] * 100_000 + begin[order] // DAY)
    for number in range(1, int(rank.max(initial=0)) + 1):
        later = order[np.flatnonzero(rank == number)]
        before = order[np.flatnonzero(rank == number) - 1]
        delay = np.maximum(end[before] + 900 - begin[later], 0)
        begin[later] += delay
        end[later] += delay
    return begin, end


def _second(city: City, main: Frame) -> Frame:
    """The scenes' second operations, in the session of the first and through the incision that they name."""
    rows_of = city.rows_of_tags("encounters")
    codes = [code for code, _ in operation_codes()]
    played = [(rows_of[tag], codes.index(SECOND[item][0]), incision) for tag, item, incision in city.cast.procedures]
    row = ints([r for r, _, _ in played])
    at = np.searchsorted(main["encounter"], row)
    return take(main, at) | {
        "order": full(len(row), 1),
        "code": ints([c for _, c, _ in played]),
        "incision": ints([i for _, _, i in played]),
    }


def _on_paper(city: City, session: int) -> Frame:
    """Operations that scenes write on front pages and nobody did; their sessions are numbered from ``session`` on."""
    rows_of = city.rows_of_tags("encounters")
    codes = [code for code, _ in operation_codes()]
    row = ints([rows_of[tag] for tag, _ in city.cast.paper_operations])
    named = [codes.index(load_conditions()[condition].procedure_code) for _, condition in city.cast.paper_operations]
    n = len(row)
    # Before the theatre's first session of the day, so that no surgeon stands at two tables.
    begin = (city.encounters["begin"][row] // DAY + 2) * DAY + 6 * 3600
    return {
        "encounter": row,
        "order": full(n, 0),
        "code": ints(named),
        "begin": begin,
        "end": begin + 3600,
        "general": full(n, 1),
        "session": session + np.arange(n),
        "incision": full(n, 1),
    }


def _ventilation(city: City) -> Frame:
    e = city.encounters
    rows = np.flatnonzero(e["ventilated"] > 0)
    begin = (e["begin"][rows] // DAY + 1) * DAY
    codes = [code for code, _ in operation_codes()]
    short, long = (codes.index(code) for code, _ in VENTILATION)
    n = len(rows)
    nothing: Array = full(n, -1)
    return {
        "encounter": rows,
        "order": full(n, 2),
        "code": np.where(e["ventilated"][rows] * 24 < _LONG_HOURS, short, long),
        "begin": begin,
        "end": np.minimum(begin + e["ventilated"][rows] * DAY, e["end"][rows]),
        "general": nothing,
        "session": nothing,
        "incision": full(n, 0),
    }


def implants(city: City) -> tuple[dict[str, Column], int]:
    """One record per piece on a bill of a hospital that keeps a register; scenes leave some out or record others."""
    lines, e, cast = city.bills.lines, city.encounters, city.cast
    rows_of = city.rows_of_tags("lines")
    kept = np.isin(lines["item"], load_catalogue().positions(*IMPLANTS)) & (lines["undone"] == 0)
    kept &= city.providers.level[e["institution"][lines["encounter"]]] == _REGISTER_LEVEL
    kept &= (lines["reverses"] == NONE) & ~np.isin(lines["tag"], ints(cast.unrecorded))
    rows = np.flatnonzero(kept)
    member, number = repeat_ranges(lines["quantity"][rows] // 1000)
    row, item, label = rows[member], lines["item"].copy(), np.arange(len(kept))
    for tag, other in cast.recorded_as.items():
        item[rows_of[tag]] = other
    for tag, other in cast.label_of.items():
        label[rows_of[tag]] = rows_of[other]
    n, encounter = len(row), lines["encounter"][row]
    catalogue = load_catalogue()
    return {
        "implant_id": city.ids.event("E", np.arange(n)),
        "encounter_id": city.ids.encounter(encounter),
        "person_id": city.ids.person(e["person"][encounter]),
        "institution_id": (e["institution"][encounter], city.providers.ids),
        "implanted_at": lines["at"][row],
        "item_code": (item[row], catalogue.codes()),
        "item_name": (item[row], catalogue.words("name")),
        "device_identifier": running("0699", item[row], 14),
        "serial_no": running("N", (city.ids.block * ROOM + label[row] + 1) * 10 + number, 13),
        "quantity": full(n, 1000),
        "outcome": np.full(n, "implanted"),
        "staff_id": staff_id(e["staff"][encounter]),
    }, n
