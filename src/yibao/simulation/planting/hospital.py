"""Scenes of hospital stays: split (C01), hanging bed (C03), overlapping (C08), readmission (C06), after death (E01)."""

from __future__ import annotations

import numpy as np

from yibao.simulation.frame import DAY, second
from yibao.simulation.habits import OUTLIER
from yibao.simulation.planting.cast import Cast, scene_days
from yibao.simulation.planting.charging import LOOKALIKE, POSITIVE
from yibao.simulation.stays import HIGH_READMISSION
from yibao.simulation.visits import PURCHASE


def split_stays(cast: Cast) -> None:
    """C01: discharged and back after six days with the same illness on the same ward; cycles are no split."""
    for k, date in enumerate(scene_days("2025-09-04", cast.positives, step=3)):
        person = cast.person(age=(55, 82))
        place = ("second", "donghu_hospital", "university")[k % 3]
        first = cast.stay(person, place, "stroke", f"{date} 09:30:00", 10)
        again = _days_after(cast, first, 16)
        line = cast.stay(person, place, "stroke", again, 9)
        cast.truth("C01", POSITIVE, "encounter", line, person, "readmitted on day 6 for the same stroke, same ward")
    for date in scene_days("2025-09-07", cast.lookalikes, step=3):
        person = cast.person(age=(60, 82))
        first = cast.stay(person, "university", "stroke", f"{date} 09:30:00", 10)
        other = cast.stay(person, "university", "fracture", _days_after(cast, first, 16), 11)
        cast.truth("C01", LOOKALIKE, "encounter", other, person, "day 6, but a broken leg on another ward")
    for cycle in (21, 14):
        for date in scene_days("2025-09-09", cast.lookalikes, step=3):
            person = cast.person(age=(45, 75))
            first = cast.stay(person, "first", "chemo", f"{date} 09:00:00", 3)
            for number in (1, 2):
                tag = cast.stay(person, "first", "chemo", _days_after(cast, first, cycle * number), 3)
            note = f"chemotherapy cycle every {cycle} days"
            cast.truth("C01", LOOKALIKE, "encounter", tag, person, note)


def hanging_beds(cast: Cast) -> None:
    """C03: nobody in the bed: days with bed and nursing fees only, care elsewhere, a shared bed, repeated leave."""
    for k, date in enumerate(scene_days("2025-09-05", cast.positives, step=2)):
        person = cast.person(age=(50, 80))
        stay = cast.stay(
            person, ("second", "qinghe_centre")[k % 2], "hypertension", f"{date} 10:00:00", 8, quiet_from=2, quiet_to=5
        )
        cast.truth(
            "C03", POSITIVE, "encounter", stay, person, "four days of bed and nursing fees only, no presence check"
        )
    for date in scene_days("2025-09-11", max(2, cast.positives // 2), step=2):
        person = cast.person(age=(50, 80))
        stay = cast.stay(person, "donghu_hospital", "neck_pain", f"{date} 10:00:00", 9, quiet_from=2, quiet_to=4)
        midnight = cast.begin_of(stay) // DAY * DAY
        for number, hour in ((2, 15), (4, 10)):
            at = midnight + number * DAY + hour * 3600
            shop = cast.visit(person, "kangyuan_qinghe", "neck_pain", at, kind=PURCHASE, certificate=3)
            cast.line(shop, "huoxue_plaster", at + 300, 2)
        cast.truth("C03", POSITIVE, "encounter", stay, person, "three empty days, face-checked purchases across town")
    for date in scene_days("2025-09-13", max(2, cast.positives // 3), step=2):
        first, second_person = cast.person(age=(50, 80)), cast.person(age=(50, 80))
        kept = cast.stay(first, "donghu_hospital", "lumbar_disc", f"{date} 09:00:00", 9)
        shared = cast.stay(
            second_person,
            "donghu_hospital",
            "lumbar_disc",
            f"{date} 15:00:00",
            8,
            quiet_from=2,
            quiet_to=5,
            bed_of=kept,
        )
        cast.truth(
            "C03", POSITIVE, "encounter", shared, second_person, "a bed that somebody else lies in, four empty days"
        )
    for date in scene_days("2025-09-15", max(2, cast.positives // 3), step=2):
        person = cast.person(age=(40, 75))
        stay = cast.stay(person, "second", "neck_pain", f"{date} 09:00:00", 10)
        midnight = cast.begin_of(stay) // DAY * DAY
        for number in (2, 4, 6, 8):
            at = midnight + number * DAY + 17 * 3600
            cast.leaves.append((stay, at, at + 15 * 3600, False))
        cast.truth("C03", POSITIVE, "encounter", stay, person, "four nights of leave that nobody approved")


def approved_leave(cast: Cast) -> None:
    """Look-alikes of C03: approved leave on days without any fee."""
    for condition, place, nights, away, note in (
        ("stroke_sequela", "first", 14, (4, 5), "two days of approved leave without a bed fee"),
        ("schizophrenia", "second", 28, (12, 13), "weekend leave from a psychiatric ward, approved, not billed"),
    ):
        for date in scene_days("2025-09-06", cast.lookalikes, step=3):
            person = cast.person(age=(63, 79))
            stay = cast.stay(person, place, condition, f"{date} 10:00:00", nights, away_from=away[0], away_to=away[1])
            midnight = cast.begin_of(stay) // DAY * DAY
            cast.leaves.append((stay, midnight + away[0] * DAY, midnight + (away[1] + 1) * DAY - 3600, True))
            cast.truth("C03", LOOKALIKE, "encounter", stay, person, note)


def overlapping_stays(cast: Cast) -> None:
    """C08: lying in two hospitals at once for two days; a transfer and a default discharge hour look like it."""
    for date in scene_days("2025-09-10", cast.positives, step=2):
        person = cast.person(age=(45, 80))
        first = cast.stay(person, "second", "lumbar_disc", f"{date} 09:00:00", 8)
        other = cast.stay(person, "donghu_hospital", "hypertension", _days_after(cast, first, 6), 7)
        cast.truth("C08", POSITIVE, "encounter", other, person, "two hospitals at once for two days")
    for date in scene_days("2025-10-04", cast.lookalikes, step=2):
        person = cast.person(age=(50, 80))
        first = cast.stay(person, "donghu_hospital", "pneumonia", f"{date} 09:00:00", 4, way=2)
        other = cast.stay(person, "first", "pneumonia", _days_after(cast, first, 4, "11:30:00"), 8)
        cast.truth("C08", LOOKALIKE, "encounter", other, person, "transferred, discharge and admission on one day")
    for date in scene_days("2025-10-06", cast.lookalikes, step=2):
        person = cast.person(age=(50, 80))
        begin = second(f"{date} 09:00:00")
        last = (begin // DAY + 6) * DAY + DAY - 1
        first = cast.stay(person, "second", "copd", f"{date} 09:00:00", 6, end=last)
        other = cast.stay(person, "university", "fracture", _days_after(cast, first, 6, "15:00:00"), 10)
        cast.truth("C08", LOOKALIKE, "encounter", other, person, "discharge hour left at the default 23:59:59")


def high_readmission(cast: Cast) -> None:
    """C06: one hospital whose patients come back far more often."""
    note = "several times the readmissions of the other hospitals"
    cast.truth("C06", POSITIVE, "institution", f"institution:{HIGH_READMISSION}", None, note)


#: People of a block from which a county hospital has some dozens of encounters a month.
RATIOS_SPEAK = 10_000


def unlike_its_peers(cast: Cast) -> None:
    """H06: one hospital examines far more than its peers; a hospital for women and children differs honestly.

    In a small city a hospital has too few encounters a month for its shares to say anything: nothing is claimed there.
    """
    if cast.people.count < RATIOS_SPEAK:
        return
    note = "more examinations for the same illnesses than at any other hospital of its level"
    cast.truth("H06", POSITIVE, "institution", f"institution:{OUTLIER}", None, note)
    note = "another case-mix: women and children"
    cast.truth("H06", LOOKALIKE, "institution", "institution:maternity", None, note)


def after_death(cast: Cast) -> None:
    """E01: a card used after its holder's death; late posting and a wrong registry match look like it."""
    sources = ("police", "civil_affairs")
    for k, date in enumerate(scene_days("2025-09-14", cast.positives)):
        person = cast.person(age=(62, 95))
        died = second(f"{date} 00:00:00") // DAY
        cast.deaths.append((person, died, sources))
        at = (died + 12) * DAY + 15 * 3600
        if k % 2:
            visit = cast.visit(person, "baicao_donghu", "hypertension", at, kind=PURCHASE, certificate=2)
        else:
            visit = cast.visit(person, "qinghe_centre", "hypertension", at, certificate=2)
        line = cast.line(visit, "amlodipine", at + 900, 56)
        cast.truth(
            "E01", POSITIVE, "charge_line", line, person, "medicine twelve days after a death known to two sources"
        )
    for date in scene_days("2025-10-05", cast.lookalikes):
        person = cast.person(age=(62, 95))
        died = second(f"{date} 00:00:00") // DAY
        cast.deaths.append((person, died, sources))
        visit = cast.visit(person, "first", "heart_failure", (died - 1) * DAY + 10 * 3600, delay=3 * DAY)
        line = cast.line(visit, "ecg", (died - 1) * DAY + 11 * 3600)
        cast.truth("E01", LOOKALIKE, "charge_line", line, person, "posted two days after the death, served before it")
    for date in scene_days("2025-10-07", cast.lookalikes):
        person = cast.person(age=(62, 95))
        died = second(f"{date} 00:00:00") // DAY
        cast.deaths.append((person, died, sources))
        visit = cast.visit(person, "baicao_nanmen", "copd", died * DAY + 8 * 3600, kind=PURCHASE)
        line = cast.line(visit, "ambroxol", died * DAY + 8 * 3600 + 300, 20)
        cast.truth("E01", LOOKALIKE, "charge_line", line, person, "picked up on the morning of the day of death")
    for date in scene_days("2025-10-09", cast.lookalikes):
        person = cast.person(age=(62, 85))
        reported = second(f"{date} 00:00:00") // DAY
        cast.deaths.append((person, reported, ("police",)))
        cast.unchecked.add(person)
        for days in (20, 45):
            visit = cast.visit(person, "nanmen_centre", "hypertension", (reported + days) * DAY + 9 * 3600)
            line = cast.line(visit, "valsartan", (reported + days) * DAY + 9 * 3600 + 1200, 28)
        note = "one source only, matched to the wrong person, who goes on seeing the doctor"
        cast.truth("E01", LOOKALIKE, "charge_line", line, person, note)


def _days_after(cast: Cast, encounter: int, days: int, clock: str = "10:20:00") -> str:
    """The moment so many days after the admission of ``encounter``."""
    return f"{np.datetime64(cast.begin_of(encounter) // DAY + days, 'D')} {clock}"
