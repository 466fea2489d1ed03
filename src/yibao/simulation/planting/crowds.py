"""Scenes of many: boxes sold twice, swipes in a burst, cards that travel together, rings, and honest crowds."""

from __future__ import annotations

from yibao.simulation.conditions import condition_index
from yibao.simulation.frame import DAY, day, second
from yibao.simulation.planting.cast import Cast, scene_days
from yibao.simulation.policy import EMPLOYEE
from yibao.simulation.visits import CHRONIC, EMERGENCY, PURCHASE

POSITIVE, LOOKALIKE = "positive", "lookalike"
#: Extras in a burst, and those of an honest busy hour.
BURST, BUSY = 40, 8


def all_crowds(cast: Cast) -> None:
    """Every scene of this module."""
    reused_boxes(cast)
    bursts(cast)
    travelling_cards(cast)
    set_menus(cast)
    distant_terminals(cast)
    joint_visits(cast)
    honest_groups(cast)
    group_admissions(cast)
    similar_cases(cast)
    referral_ring(cast)
    double_doctor(cast)
    crowded_wards(cast)


def _buy(
    cast: Cast, person: int, shop: str, at: int, items: list[tuple[str, int]], **more: int
) -> tuple[int, list[int]]:
    visit = cast.visit(person, shop, "cold", at, kind=PURCHASE, **({"certificate": 2} | more))
    return visit, [cast.line(visit, item, at + 120 + k, boxes) for k, (item, boxes) in enumerate(items)]


def reused_boxes(cast: Cast) -> None:
    """F01: one box sold to two people in two shops; a return and a split pack look like it."""
    for date in scene_days("2025-09-04", cast.positives):
        first, again = cast.person(), cast.person()
        _, (sold,) = _buy(cast, first, "baicao_donghu", second(f"{date} 17:00:00"), [("danshen_pills", 1)])
        visit = cast.visit(again, "kangyuan_qinghe", "coronary", second(f"{date} 18:00:00") + 9 * DAY, kind=PURCHASE)
        line = cast.line(visit, "danshen_pills", second(f"{date} 18:03:00") + 9 * DAY, 1, trace_of=sold)
        cast.truth("F01", POSITIVE, "charge_line", line, again, "a box that another shop had sold nine days before")
    for date in scene_days("2025-09-09", cast.lookalikes):
        first, again = cast.person(), cast.person()
        at = second(f"{date} 17:00:00")
        visit = cast.visit(first, "baicao_donghu", "coronary", at, kind=PURCHASE)
        sold = cast.line(visit, "danshen_pills", at + 120, 1, refund=1)
        cast.line(visit, "aspirin", at + 130, 30)
        later = cast.visit(again, "baicao_donghu", "coronary", at + 2 * DAY, kind=PURCHASE)
        line = cast.line(later, "danshen_pills", at + 2 * DAY + 100, 1, trace_of=sold)
        cast.truth("F01", LOOKALIKE, "charge_line", line, again, "sold, returned and sold again", kind="refund")
    for date in scene_days("2025-09-12", cast.lookalikes):
        first, again = cast.person(), cast.person()
        at = second(f"{date} 10:00:00")
        visit = cast.visit(first, "nanmen_centre", "hypertension", at)
        sold = cast.line(visit, "nifedipine", at + 900, 12)
        later = cast.visit(again, "nanmen_centre", "hypertension", at + DAY)
        line = cast.line(later, "nifedipine", at + DAY + 900, 12, trace_of=sold)
        cast.truth(
            "F01", LOOKALIKE, "charge_line", line, again, "a pack of 24 split between two patients", kind="boundary"
        )


def bursts(cast: Cast) -> None:
    """F04: forty swipes of one amount within an hour at night; a promotion brings eight customers."""
    extras = cast.crowd(BURST)
    at = second("2025-10-28 22:05:00")
    for k, person in enumerate(extras):
        visit, _ = _buy(cast, person, "baicao_nanmen", at + k * 80, [("liuwei", 3)])
        cast.truth(
            "F04",
            POSITIVE,
            "encounter",
            visit,
            person,
            "one of forty equal purchases within an hour at night",
            "ring",
            3,
        )
    at = second("2025-11-11 10:00:00")
    for k, person in enumerate(extras[:BUSY]):
        visit, _ = _buy(cast, person, "baicao_donghu", at + k * 380, [("calcium_d3", 1 + k % 3)])
        cast.truth("F04", LOOKALIKE, "encounter", visit, person, "eight customers in the hour of a promotion", "cohort")


def travelling_cards(cast: Cast) -> None:
    """F05: three cards swiped within five minutes at one shop on five days; a couple shops together."""
    for group in range(max(1, cast.positives // 3)):
        cards = [cast.person(age=(60, 85)) for _ in range(3)]
        for k in range(5):
            at = second("2025-09-10 16:00:00") + (k * 17 + group) * DAY
            for n, person in enumerate(cards):
                _buy(cast, person, "kangyuan_qinghe", at + n * 95, [("xuesaitong", 2)])
        for person in cards:
            cast.truth(
                "F05", POSITIVE, "person", f"person:{person}", person, "three cards that always come together", "ring"
            )
    couple = [cast.person(sex=1, age=(65, 80)), cast.person(sex=2, age=(62, 80))]
    for k in range(4):
        at = second("2025-09-11 09:30:00") + k * 30 * DAY
        for n, person in enumerate(couple):
            _buy(cast, person, "baicao_donghu", at + n * 60, [(("amlodipine", "metformin")[n], (28, 60)[n])])
    for person in couple:
        cast.truth(
            "F05",
            LOOKALIKE,
            "person",
            f"person:{person}",
            person,
            "two people who shop together once a month",
            "cohort",
        )


def set_menus(cast: Cast) -> None:
    """F06: one shop sells the same four things together, whoever comes."""
    menu = [("liuwei", 2), ("danshen_pills", 2), ("calcium_d3", 1), ("huoxue_plaster", 3)]
    for k, person in enumerate(cast.crowd(14)):
        at = second("2025-09-18 10:00:00") + (k * 2) * DAY + (k % 7) * 3600
        visit, _ = _buy(cast, person, "baicao_nanmen", at, menu)
        cast.truth(
            "F06", POSITIVE, "encounter", visit, person, "the set of four that this shop sells to everybody", "ring"
        )
    for k, person in enumerate(cast.crowd(4)):
        at = second("2025-11-03 11:00:00") + k * 3 * DAY
        visit, _ = _buy(cast, person, "baicao_donghu", at, [("ganmaoling", 1), ("ibuprofen", 1)])
        cast.truth("F06", LOOKALIKE, "encounter", visit, person, "cold medicine and ibuprofen, as people buy them")


def distant_terminals(cast: Cast) -> None:
    """F08: the shop's terminal settles five kilometres away; a reading error of eighty metres does not."""
    for k, person in enumerate(cast.crowd(cast.positives + cast.lookalikes)):
        far = k < cast.positives
        at = second("2025-10-09 19:00:00") + k * DAY
        visit, _ = _buy(cast, person, "kangyuan_qinghe", at, [("jianwei", 2)])
        cast.terminals.append((visit, 45_000, 8_000) if far else (visit, 700, 100))
        note = "settled five kilometres from the shop" if far else "the position is eighty metres off"
        cast.truth("F08", POSITIVE if far else LOOKALIKE, "encounter", visit, person, note)


def joint_visits(cast: Cast) -> None:
    """G01: five people of different households at one clinic within half an hour on six days."""
    for group in range(max(1, cast.positives // 4)):
        ring = [cast.person(age=(55, 80), scheme=EMPLOYEE) for _ in range(5)]
        for k in range(6):
            at = second("2025-09-08 14:30:00") + (k * 16 + group) * DAY
            for n, person in enumerate(ring):
                visit = cast.visit(person, "jimin_clinic", "neck_pain", at + n * 240, certificate=1)
                for item, more in (("acupuncture", 2), ("moxibustion", 3), ("massage", 3), ("huoxue_plaster", 10)):
                    cast.line(visit, item, at + n * 240 + 300, more)
        for person in ring:
            note = "five strangers who see one doctor together on six days"
            cast.truth("G01", POSITIVE, "person", f"person:{person}", person, note, "ring", 3)


def honest_groups(cast: Cast) -> None:
    """Look-alikes of G01: a shift of dialysis patients, and the round of a doctor at a nursing home."""
    shift = [cast.person(age=(45, 79)) for _ in range(5)]
    esrd = condition_index()["esrd"]
    for person in shift:
        cast.people.certified[person, esrd] = True
    for k in range(24):
        at = (day("2025-09-01") + 7 * (k // 3) + (0, 2, 4)[k % 3]) * DAY + 7 * 3600
        for n, person in enumerate(shift):
            visit = cast.visit(person, "second", "esrd", at + n * 180, kind=CHRONIC)
            for item in ("hemodialysis", "dialyser", "needle"):
                cast.line(visit, item, at + n * 180 + 600)
    for person in shift:
        cast.truth("G01", LOOKALIKE, "person", f"person:{person}", person, "a dialysis shift on fixed slots", "cohort")
    home = [cast.person(age=(74, 95)) for _ in range(4)]
    for k in range(5):
        at = second("2025-09-03 09:00:00") + k * 21 * DAY
        for n, person in enumerate(home):
            visit = cast.visit(person, "qinghe_centre", "hypertension", at + n * 420)
            cast.line(visit, "amlodipine", at + n * 420 + 200, 28)
    for person in home:
        cast.truth(
            "G01", LOOKALIKE, "person", f"person:{person}", person, "a doctor's round at a nursing home", "cohort"
        )


def group_admissions(cast: Cast) -> None:
    """G02: eight people of one employer admitted within two days; a bus accident brings six in an hour."""
    gang = [cast.person(age=(35, 59), scheme=EMPLOYEE) for _ in range(8)]
    employer = int(cast.people.rows["employer"][gang[0]])
    for n, person in enumerate(gang):
        cast.people.rows["employer"][person] = employer
        begin = second("2025-10-14 08:30:00") + n * 5 * 3600
        stay = cast.stay_at(person, "donghu_hospital", "hypertension", begin, 6)
        cast.truth("G02", POSITIVE, "encounter", stay, person, "eight colleagues admitted within two days", "ring", 3)
    for n in range(6):
        person = cast.person(age=(20, 70))
        begin = second("2025-10-21 17:40:00") + n * 500
        injury = ("concussion", "fracture")[n % 2]
        stay = cast.stay_at(person, "first", injury, begin, 5 + n, kind=24)
        cast.truth("G02", LOOKALIKE, "encounter", stay, person, "hurt in one bus accident", "cohort")
        emergency = cast.visit(person, "first", injury, begin - 2400, kind=EMERGENCY)
        cast.line(emergency, "ct_head" if injury == "concussion" else "dr_limb", begin - 1500)


#: A stay that is written once and billed for everybody.
_TEMPLATE = [("blood_routine", 0), ("lipids", 0), ("ecg", 0), ("xuesaitong_injection", 1), ("acupuncture", 1),
             ("physio_lowfreq", 2), ("massage", 2), ("bed_3", 0), ("bed_3", 1), ("bed_3", 2), ("bed_3", 3)]  # fmt: skip


def similar_cases(cast: Cast) -> None:
    """G03: six stays that are copies of one; a clinical pathway resembles it in diagnosis only."""
    for n in range(6):
        person = cast.person(age=(55, 80))
        begin = second("2025-11-04 09:00:00") + n % 2 * DAY + n * 300
        stay = cast.stay_at(person, "second", "dizziness", begin, 4, content=0)
        for item, number in _TEMPLATE:
            cast.line(stay, item, begin + number * DAY + 3600)
        cast.truth("G03", POSITIVE, "encounter", stay, person, "six stays with one bill", "ring", 3)
    for n in range(4):
        person = cast.person(age=(60, 85))
        stay = cast.stay_at(person, "first", "cataract", second("2025-11-05 08:00:00") + n * 900, 3)
        cast.truth("G03", LOOKALIKE, "encounter", stay, person, "one operating day of a pathway", "cohort")


def referral_ring(cast: Cast) -> None:
    """G04: a clinic doctor whose patients all fill the prescription at one shop within the hour."""
    doctor = cast.first_doctor("kangning_clinic", "low_back_pain")
    for k, person in enumerate(cast.crowd(22)):
        at = second("2025-09-22 15:00:00") + (k * 3) * DAY + (k % 4) * 1500
        visit = cast.visit(person, "kangning_clinic", "low_back_pain", at, staff=doctor)
        cast.truth("G04", POSITIVE, "encounter", visit, person, "sent to one pharmacy like everybody else", "ring")
        _buy(cast, person, "baicao_nanmen", at + 2400, [("xuesaitong", 2), ("huoxue_plaster", 2)])
    shops = ("baicao_donghu", "baicao_nanmen", "kangyuan_qinghe")
    for k in range(4):
        person = cast.person()
        at = second("2025-10-23 09:00:00") + k * 4 * DAY
        visit = cast.visit(person, "donghu_centre", "low_back_pain", at)
        cast.truth("G04", LOOKALIKE, "encounter", visit, person, "buys where it is near home")
        _buy(cast, person, shops[k % 3], at + 5400, [("huoxue_plaster", 1)])


def double_doctor(cast: Cast) -> None:
    """H02: one doctor at two places within ten minutes; a session elsewhere in the afternoon is registered."""
    doctor = cast.first_doctor("second", "neck_pain")
    for k in range(cast.positives + cast.lookalikes):
        both = k < cast.positives
        at = second("2025-10-15 09:30:00") + k * 2 * DAY
        here, there = cast.person(), cast.person()
        first = cast.visit(here, "second", "neck_pain", at, staff=doctor)
        cast.line(first, "acupuncture", at + 600)
        later = at + (600 if both else 5 * 3600)
        visit = cast.visit(there, "jimin_clinic", "neck_pain", later, staff=doctor)
        cast.line(visit, "acupuncture", later + 600)
        note = "the doctor treats at two places at once" if both else "the doctor's second site in the afternoon"
        cast.truth("H02", POSITIVE if both else LOOKALIKE, "encounter", visit, there, note)


#: So many stays at once: of 45 beds a third too many, and of 90 beds two thirds.
CROWDED, ROOMY = 60, 56
_COMPLAINTS = ("hypertension", "copd", "diabetes", "dizziness", "gastritis", "neck_pain", "pneumonia", "heart_failure")


def crowded_wards(cast: Cast) -> None:
    """H03: sixty people in the forty-five beds of a health centre in one week; a larger one is busy but not full."""
    week = (("chengguan_centre", CROWDED, "2025-12-02"), ("shanyang_centre", ROOMY, "2025-12-16"))
    for place, number, date in week:
        for k, person in enumerate(cast.crowd(number)):
            begin = second(f"{date} 08:10:00") + k % 4 * DAY + k // 4 * 1500
            cast.stay_at(person, place, _COMPLAINTS[k % len(_COMPLAINTS)], begin, 9 - k % 4)
        role = POSITIVE if place == "chengguan_centre" else LOOKALIKE
        note = f"{number} people in hospital at once"
        cast.truth(
            "H03", role, "institution", f"institution:{place}", None, note, "boundary" if role == LOOKALIKE else "plain"
        )
