"""Visits and lines of one block of persons, drawn from flat tables."""

from __future__ import annotations

import functools

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.conditions import load_conditions
from yibao.simulation.draws import choose, stream
from yibao.simulation.frame import DAY, YEAR_FIRST, Array, Frame, repeat_ranges
from yibao.simulation.visits import INPATIENT, OUTPATIENT, PURCHASE

VISITS_PER_PERSON = 9
HOSPITALS, CENTRES, SHOPS = 60, 90, 150
REFUND_SHARE = 0.004
_SLOTS = 1 << 16
_ROWS_PER_KIND = {OUTPATIENT: 4.4, INPATIENT: 31.0, PURCHASE: 2.6}


def draw_visits(rng: np.random.Generator, person_first: int, person_last: int, number_first: int) -> Frame:
    """Visits sorted by person and time; 5 % are stays of four to ten nights, 25 % purchases."""
    person = person_first + np.repeat(
        np.arange(person_last - person_first), rng.poisson(VISITS_PER_PERSON - 1, person_last - person_first) + 1
    )
    n = len(person)
    begin = (YEAR_FIRST + rng.integers(0, 352, n)) * DAY + rng.integers(8 * 3600, 17 * 3600, n)
    begin = begin[np.lexsort((begin, person))]
    draw = rng.random(n)
    kind = np.select([draw < 0.05, draw < 0.30], [INPATIENT, PURCHASE], OUTPATIENT)
    stay, shop = kind == INPATIENT, kind == PURCHASE
    nights = rng.integers(4, 11, n)
    place = np.select(
        [stay, shop],
        [rng.integers(0, HOSPITALS, n), rng.integers(HOSPITALS + CENTRES, HOSPITALS + CENTRES + SHOPS, n)],
        rng.integers(0, HOSPITALS + CENTRES, n),
    )
    return {
        "number": number_first + np.arange(n),
        "person": person,
        "kind": kind.astype(np.int64),
        "institution": place,
        "begin": begin,
        "end": np.where(stay, begin // DAY * DAY + nights * DAY + 10 * 3600, begin + 2400),
        "condition": rng.integers(0, len(load_conditions()), n),
        "staff": place * 20 + rng.integers(0, 20, n),
    }


#: Items with sex, age or containment limits are rare here, as they are in life among people they do not concern.
_LIMITED = (
    "us_prostate",
    "prostate_exam",
    "psa",
    "semen",
    "prostate_fluid",
    "turp",
    "us_gyn",
    "us_obstetric",
    "gyn_exam",
    "colposcopy",
    "cervical_smear",
    "hpv",
    "vaginal_discharge",
    "fetal_monitor",
    "caesarean",
    "delivery",
    "myomectomy",
    "pelvic_rehab",
    "finasteride",
    "tamsulosin",
    "longbishu",
    "progesterone",
    "estradiol",
    "clotrimazole_vaginal",
    "oxytocin",
    "qianjin",
    "yimucao",
    "guizhi_fuling",
    "nursing_newborn",
    "phototherapy",
    "bed_newborn",
    "newborn_hearing",
    "paediatric_massage",
    "geriatric_assessment",
    "child_cold",
    "child_chiqiao",
    "dressing_small",
    "intubation",
    "abdominal_drainage",
    "arterial_puncture",
    "nursing_oral",
    "ct_chest",
    "mri_head",
    "ct_abdomen",
    "tsh",
)


@functools.cache
def _slots(kind: int) -> Array:
    """Inverse distribution of the items of a kind of care: one ``take`` draws any number of them."""
    catalogue = load_catalogue()
    items = np.arange(len(catalogue.rows))
    weight = 1.0 / (1 + (items * 7919) % 97)
    goods = ~np.array([row["list_type"] == "201" for row in catalogue.rows])
    if kind == PURCHASE:
        weight = weight * catalogue.drug
    limited = catalogue.positions(*_LIMITED)
    weight[limited] *= 0.002
    weight = np.where(goods & (kind == INPATIENT), weight * 3, weight)
    return choose(stream(0, "slots", kind), weight, _SLOTS).astype(np.int32)


def draw_lines(rng: np.random.Generator, visits: Frame, count: int, first: int) -> Frame:
    """Exactly ``count`` lines, sorted by person and time, with refunds right behind the lines they take back."""
    mean = np.select([visits["kind"] == kind for kind in _ROWS_PER_KIND], list(_ROWS_PER_KIND.values()))
    per_visit = rng.poisson(mean - 1) + 1
    # Scaled and padded so that the block can always be cut to the exact number of lines.
    per_visit = (per_visit * max(1.03 * count / max(per_visit.sum(), 1), 0.2) + rng.random(len(mean))).astype(np.int64)
    per_visit[-1] += max(0, count - int(per_visit.sum()))
    visit, rank = repeat_ranges(per_visit)
    twice = rng.random(len(visit)) < REFUND_SHARE
    row, back = repeat_ranges(1 + twice)
    row, back = row[:count], back[:count] == 1
    visit, rank = visit[row], rank[row]
    item = np.zeros(len(row), dtype=np.int64)
    slot = rng.integers(0, _SLOTS, len(twice))[row]
    for kind in _ROWS_PER_KIND:
        mine = visits["kind"][visit] == kind
        item[mine] = _slots(kind)[slot[mine]]
    catalogue = load_catalogue()
    units = np.where(catalogue.drug[item], catalogue.pack[item], 1) * (1 + (slot + rank) % 3 // 2)
    span = visits["end"][visit] - visits["begin"][visit]
    share = np.where(visits["kind"][visit] == INPATIENT, span, np.minimum(span, 1800))
    at = visits["begin"][visit] + share * rank // (per_visit[visit] + 1) + back * 30
    undone = np.append(back[1:], False) | back
    exam = (catalogue.report_class[item] >= 0) & ~undone
    return {
        "number": first + np.arange(len(row)),
        "visit": visit,
        "item": item,
        "at": at,
        "back": back.astype(np.int64),
        "quantity": np.where(back, -1000, 1000) * units,
        "exam": exam.astype(np.int64),
    }


def sold_by_month(drawn: Frame, visits: Frame) -> Array:
    """Thousandths of pricing units by institution, item and month."""
    shape = (HOSPITALS + CENTRES + SHOPS, len(load_catalogue().rows), 12)
    months = np.minimum((drawn["at"] // DAY - YEAR_FIRST) // 30, 11)
    key = (visits["institution"][drawn["visit"]] * shape[1] + drawn["item"]) * 12 + months
    positive = drawn["quantity"] > 0
    counts = np.bincount(key[positive], weights=drawn["quantity"][positive], minlength=int(np.prod(shape)))
    return counts.astype(np.int64).reshape(shape)
