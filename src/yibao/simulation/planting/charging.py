"""Scenes of charging: contained items (A01), hours of a day (A03), sex and age limits (A14, B01)."""

from __future__ import annotations

from yibao.simulation.planting.cast import Cast, scene_days
from yibao.simulation.policy import EMPLOYEE, RESIDENT
from yibao.simulation.visits import PURCHASE

POSITIVE, LOOKALIKE = "positive", "lookalike"
#: Container, contained item and what brings the patient; all billed to one person at one institution on one day.
_PAIRS = [
    ("dressing_large", "dressing_small", "wound", "second"),
    ("debridement", "dressing_small", "wound", "donghu_hospital"),
    ("ct_chest_contrast", "ct_chest", "pneumonia", "first"),
]


def contained_items(cast: Cast) -> None:
    """A01: the contained item is charged beside its container; refunded or a day later it is not an offence."""
    for k, date in enumerate(scene_days("2025-09-03", cast.positives)):
        container, contained, condition, place = _PAIRS[k % len(_PAIRS)]
        person = cast.person(age=(20, 79))
        visit = cast.visit(person, place, condition, f"{date} 09:10:00")
        cast.line(visit, container, f"{date} 09:40:00")
        line = cast.line(visit, contained, f"{date} 09:41:00")
        cast.truth("A01", POSITIVE, "charge_line", line, person, f"{contained} is part of {container}, same day")
    for date in scene_days("2025-09-05", max(2, cast.positives // 3)):
        person = cast.person(age=(18, 70))
        stay = cast.stay(person, "university", "appendicitis", f"{date} 11:20:00", 6)
        line = cast.line(stay, "intubation", cast.begin_of(stay) + 86_400 + 3_600)
        note = "tracheal intubation beside general anaesthesia with intubation in one stay"
        cast.truth("A01", POSITIVE, "charge_line", line, person, note)
    for k, date in enumerate(scene_days("2025-10-08", cast.lookalikes)):
        container, contained, condition, place = _PAIRS[k % len(_PAIRS)]
        person = cast.person(age=(20, 79))
        visit = cast.visit(person, place, condition, f"{date} 10:10:00")
        cast.line(visit, container, f"{date} 10:30:00")
        line = cast.line(visit, contained, f"{date} 10:31:00", refund=1)
        cast.truth("A01", LOOKALIKE, "charge_line", line, person, "the contained item was refunded in full")
    for date in scene_days("2025-10-09", cast.lookalikes):
        person = cast.person(age=(20, 79))
        visit = cast.visit(person, "second", "wound", f"{date} 10:10:00")
        cast.line(visit, "dressing_large", f"{date} 10:30:00")
        follow_up = cast.visit(person, "second", "wound", cast.begin_of(visit) + 86_400)
        line = cast.line(follow_up, "dressing_small", cast.begin_of(follow_up) + 1800)
        cast.truth("A01", LOOKALIKE, "charge_line", line, person, "the contained item was given on the next day")


def monitored_hours(cast: Cast) -> None:
    """A03: oxygen-saturation monitoring billed by the hour beyond the hours that a day has."""

    def stay_of(date: str, hour: int = 9) -> tuple[int, int, int]:
        person = cast.person(age=(50, 85))
        stay = cast.stay(person, "donghu_hospital", "pneumonia", f"{date} {hour:02d}:05:00", 8)
        return person, stay, cast.begin_of(stay) // 86_400 * 86_400

    for date in scene_days("2025-09-08", cast.positives):
        person, stay, midnight = stay_of(date)
        line = cast.line(stay, "spo2_monitor", midnight + 2 * 86_400 + 10 * 3600, quantity=30)
        cast.truth("A03", POSITIVE, "charge_line", line, person, "30 hours of monitoring on one full day")
    for date in scene_days("2025-09-10", max(2, cast.positives // 3)):
        person, stay, midnight = stay_of(date, hour=18)
        line = cast.line(stay, "spo2_monitor", midnight + 20 * 3600, quantity=12)
        cast.truth("A03", POSITIVE, "charge_line", line, person, "12 hours on the day of admission at 18:05")
    for date in scene_days("2025-10-10", cast.lookalikes):
        person, stay, midnight = stay_of(date)
        line = cast.line(stay, "spo2_monitor", midnight + 2 * 86_400 + 10 * 3600, quantity=24)
        cast.truth("A03", LOOKALIKE, "charge_line", line, person, "24 hours on a full day")
    for date in scene_days("2025-10-12", cast.lookalikes):
        person, stay, midnight = stay_of(date)
        cast.line(stay, "spo2_monitor", midnight + 2 * 86_400 + 10 * 3600, quantity=15)
        line = cast.line(stay, "spo2_monitor", midnight + 3 * 86_400 + 10 * 3600, quantity=16)
        cast.truth("A03", LOOKALIKE, "charge_line", line, person, "31 hours over two days, neither above 24")


def sex_and_age(cast: Cast) -> None:
    """A14: services for the other sex or another age; a mother's bill may carry her newborn's items."""
    for k, date in enumerate(scene_days("2025-09-12", cast.positives)):
        if k % 3 == 2:
            person = cast.person(age=(25, 60))
            visit = cast.visit(person, "kangning_clinic", "neck_pain", f"{date} 15:00:00")
            line, note = cast.line(visit, "paediatric_massage", f"{date} 15:20:00"), "child massage billed to an adult"
        else:
            person = cast.person(sex=2, age=(40, 79))
            visit = cast.visit(person, "second", "uti", f"{date} 09:00:00")
            item = ("us_prostate", "prostate_fluid")[k % 2]
            line, note = cast.line(visit, item, f"{date} 09:30:00"), "prostate item billed to a woman"
        cast.truth("A14", POSITIVE, "charge_line", line, person, note)
    for date in scene_days("2025-10-13", cast.lookalikes):
        person = cast.person(sex=2, age=(23, 38))
        stay = cast.stay(person, "maternity", "birth", f"{date} 06:30:00", 3)
        line = cast.line(stay, "nursing_newborn", cast.begin_of(stay) + 86_400)
        cast.truth("A14", LOOKALIKE, "charge_line", line, person, "newborn nursing on the mother's bill of the birth")
    for date in scene_days("2025-10-14", cast.lookalikes):
        person = cast.person(sex=2, age=(30, 55))
        cast.unknown_sex.append(person)
        visit = cast.visit(person, "maternity", "cervical_screen", f"{date} 09:00:00")
        line = cast.line(visit, "gyn_exam", f"{date} 09:30:00")
        cast.truth("A14", LOOKALIKE, "charge_line", line, person, "sex unknown in the register: a data-quality matter")


def sex_limited_drugs(cast: Cast) -> None:
    """B01: a drug for the other sex; bought for a relative from the shared account it is no charge to the fund."""
    for k, date in enumerate(scene_days("2025-09-15", cast.positives)):
        if k % 2 == 0:
            person = cast.person(sex=2, age=(45, 79), scheme=EMPLOYEE)
            visit = cast.visit(person, "university", "uti", f"{date} 14:00:00")
            # Beyond the year's deductible, so that the fund pays for it.
            cast.line(visit, "us_urinary", f"{date} 14:20:00")
            line, note = cast.line(visit, "finasteride", f"{date} 14:40:00", 30), "prostate drug for a woman"
        else:
            person = cast.person(sex=1, age=(30, 70), scheme=EMPLOYEE)
            visit = cast.visit(person, "baicao_nanmen", "cervical_screen", f"{date} 19:00:00", kind=PURCHASE)
            line, note = cast.line(visit, "qianjin", f"{date} 19:05:00", 3), "women's medicine for a man, fund paid"
        cast.truth("B01", POSITIVE, "charge_line", line, person, note)
    for date in scene_days("2025-10-15", cast.lookalikes):
        person = cast.person(sex=1, age=(30, 70), scheme=EMPLOYEE)
        visit = cast.visit(
            person, "baicao_donghu", "cervical_screen", f"{date} 18:00:00", kind=PURCHASE, account_only=1
        )
        line = cast.line(visit, "qianjin", f"{date} 18:05:00", 2)
        cast.truth("B01", LOOKALIKE, "charge_line", line, person, "for a relative, from the family account only")
    for date in scene_days("2025-10-16", cast.lookalikes):
        person = cast.person(sex=2, age=(25, 50), scheme=RESIDENT)
        cast.unknown_sex.append(person)
        visit = cast.visit(person, "maternity", "vaginitis", f"{date} 10:00:00")
        line = cast.line(visit, "clotrimazole_vaginal", f"{date} 10:30:00")
        cast.truth("B01", LOOKALIKE, "charge_line", line, person, "sex unknown in the register: a data-quality matter")
