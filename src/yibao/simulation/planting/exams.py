"""Scenes of examinations: charged without a result (A11), repeated though recognised (D01)."""

from __future__ import annotations

from yibao.simulation.catalogue import MODALITIES, load_catalogue
from yibao.simulation.frame import DAY, second
from yibao.simulation.planting.cast import MARKS, REASONS, UNMARKED, Cast, scene_days
from yibao.simulation.planting.charging import LOOKALIKE, POSITIVE

NATIONAL, CITY = MARKS.index("全国HR"), MARKS.index("市HR")
#: A centre's portable ultrasound does so many scans a day.
PORTABLE_CAPACITY = 12
#: Seconds between two scans; further apart than examinations wait for the machine, so that their order is kept.
SCAN_EVERY = 1_800


def false_examinations(cast: Cast) -> None:
    """A11: no report, a copied result, a report before the examination, a device switched off."""
    for k, date in enumerate(scene_days("2025-09-04", cast.positives)):
        item, condition, place = [
            ("mri_spine", "lumbar_disc", "second"),
            ("ct_head", "dizziness", "university"),
            ("blood_routine", "cold", "nanmen_centre"),
        ][k % 3]
        line, person = _examined(cast, item, condition, place, date, report=0)
        cast.truth("A11", POSITIVE, "charge_line", line, person, f"{item} charged, no report at all")
    for date in scene_days("2025-09-06", cast.positives):
        original, _ = _examined(cast, "ct_chest", "pneumonia", "donghu_hospital", date)
        person = cast.person(age=(32, 78))  # a copy is later than what it copies
        line = _exam(cast, person, "ct_chest", "pneumonia", "donghu_hospital", date, 1, report_copy=original)
        cast.truth("A11", POSITIVE, "charge_line", line, person, "the images are another patient's of the day before")
    for date in scene_days("2025-09-08", max(3, cast.positives // 2)):
        line, person = _examined(cast, "us_abdomen", "gallstone", "second", date, report_after=-9000)
        cast.truth("A11", POSITIVE, "charge_line", line, person, "reported two and a half hours before the examination")
    _device_off(cast)
    _over_capacity(cast)


def _device_off(cast: Cast) -> None:
    """A device under repair for five days; its examinations of those days cannot have happened."""
    place = cast.providers.index["donghu_hospital"]
    device = int(cast.providers.device_first[place, MODALITIES.index("ct")])
    cast.off.append((device, second("2025-10-20 00:00:00"), second("2025-10-25 00:00:00")))
    for date in scene_days("2025-10-20", 3):
        line, person = _examined(cast, "ct_head", "dizziness", "donghu_hospital", date, report_device=device)
        cast.truth("A11", POSITIVE, "charge_line", line, person, "examined on a scanner that was under repair")
    for date in scene_days("2025-10-20", cast.lookalikes):
        line, person = _examined(cast, "ct_head", "dizziness", "donghu_hospital", date, report_device=device + 1)
        cast.truth("A11", LOOKALIKE, "charge_line", line, person, "the other scanner of the department, in service")


def _over_capacity(cast: Cast) -> None:
    """A portable ultrasound credited with half as many scans again as it can do in a day."""
    place = cast.providers.index["qinghe_centre"]
    us = MODALITIES.index("us")
    device = int(cast.providers.device_first[place, us] + cast.providers.device_count[place, us] - 1)
    cast.capacity[device] = PORTABLE_CAPACITY
    for date, scans in (("2025-10-16", PORTABLE_CAPACITY * 3 // 2), ("2025-10-23", PORTABLE_CAPACITY)):
        for number in range(scans):
            person = cast.person(age=(32, 78))
            begin = second(f"{date} 07:30:00") + number * SCAN_EVERY
            visit = cast.visit(person, "qinghe_centre", "gallstone", begin)
            line = cast.line(visit, "us_abdomen", begin + 600, report_device=device)
            if number >= PORTABLE_CAPACITY:
                cast.truth("A11", POSITIVE, "charge_line", line, person, f"scan {number + 1} of a day with room for 12")
            elif scans == PORTABLE_CAPACITY and number == scans - 1:
                cast.truth("A11", LOOKALIKE, "charge_line", line, person, "the last scan of a full day")


def honest_examinations(cast: Cast) -> None:
    """Look-alikes of A11: the report is there, only late, under the parent code, or the charge was taken back."""
    parent = load_catalogue().index["mri_head"]
    for date in scene_days("2025-10-09", cast.lookalikes):
        line, person = _examined(cast, "mri_head_3t", "dizziness", "university", date, report_item=parent)
        cast.truth("A11", LOOKALIKE, "charge_line", line, person, "reported under the parent code of the same family")
        line, person = _examined(cast, "infection_screen", "hepatitis_b", "second", date, report_after=60 * 3600)
        cast.truth("A11", LOOKALIKE, "charge_line", line, person, "sent to an outside laboratory, back after 2.5 days")
        line, person = _examined(cast, "mri_knee", "osteoarthritis", "second", date, report=0, refund=1)
        cast.truth("A11", LOOKALIKE, "charge_line", line, person, "the examination was cancelled and refunded")
        line, person = _examined(
            cast, "cervical_smear", "cervical_screen", "maternity", date, sex=2, report_after=9 * DAY
        )
        cast.truth("A11", LOOKALIKE, "charge_line", line, person, "cytology takes nine days")


def repeated_examinations(cast: Cast) -> None:
    """D01: an equal or a related examination elsewhere though the earlier result qualifies for recognition."""
    for k, date in enumerate(scene_days("2025-09-02", cast.positives)):
        person = cast.person(age=(35, 79))
        if k % 3 == 2:
            _exam(cast, person, "hba1c", "diabetes", "nanmen_centre", date, 0, report_mark=CITY)
            line = _exam(cast, person, "hba1c", "diabetes", "second", date, 20)
            note = "glycated haemoglobin 20 days after a recognised one (window 60 days)"
        else:
            _exam(cast, person, "ct_chest", "pneumonia", "first", date, 0, report_mark=NATIONAL)
            line = _exam(cast, person, "ct_chest", "pneumonia", ("second", "university")[k % 2], date, 3)
            note = "plain chest CT three days after a nationally recognised one elsewhere, no reason given"
        cast.truth("D01", POSITIVE, "charge_line", line, person, note)
    for date in scene_days("2025-09-09", cast.positives):
        person = cast.person(sex=2, age=(35, 75))
        _exam(cast, person, "thyroid_function", "cold", "donghu_centre", date, 0, report_mark=CITY)
        line = _exam(cast, person, "us_thyroid", "thyroid_nodule", "first", date, 40)
        note = "thyroid ultrasound 40 days after thyroid function tests at a community centre (related, 90 days)"
        cast.truth("D01", POSITIVE, "charge_line", line, person, note)


def justified_repeats(cast: Cast) -> None:
    """Look-alikes of D01: a recorded reason, another class, no mark, outside the window."""
    before_surgery = REASONS.index("HR19-3")
    unreadable = REASONS.index("IMG-UNREADABLE")
    scenes = [
        ("ct_chest", "first", NATIONAL, "ct_chest", "second", 3, before_surgery, "reason HR19-3 recorded"),
        ("ct_chest", "first", NATIONAL, "ct_chest", "university", 4, unreadable, "earlier images unreadable"),
        ("ct_chest", "second", NATIONAL, "ct_chest_contrast", "first", 3, None, "contrast CT is another class"),
        ("ct_chest", "second", UNMARKED, "ct_chest", "university", 5, None, "the earlier report carries no mark"),
        ("ct_chest", "first", NATIONAL, "ct_chest", "second", 45, None, "outside the window of 30 days"),
        ("thyroid_function", "donghu_centre", CITY, "us_thyroid", "first", 97, None, "related, but 97 days later"),
    ]
    for k in range(cast.lookalikes):
        for earlier, place, mark, later, elsewhere, days, reason, note in scenes:
            date = scene_days("2025-09-01", cast.lookalikes)[k]
            person = cast.person(age=(35, 79))
            condition = "thyroid_nodule" if later == "us_thyroid" else "pneumonia"
            _exam(
                cast,
                person,
                earlier,
                "cold" if condition != "pneumonia" else condition,
                place,
                date,
                0,
                report_mark=mark,
            )
            more = {} if reason is None else {"reason": reason}
            line = _exam(cast, person, later, condition, elsewhere, date, days, **more)
            cast.truth("D01", LOOKALIKE, "charge_line", line, person, note)


def _examined(
    cast: Cast, item: str, condition: str, place: str, date: str, sex: int | None = None, **report: int
) -> tuple[int, int]:
    """A new person comes for one examination; returns the line's tag and the person."""
    person = cast.person(sex=sex, age=(32, 78) if sex is None else (26, 60))
    return _exam(cast, person, item, condition, place, date, 0, **report), person


def _exam(cast: Cast, person: int, item: str, condition: str, place: str, date: str, later: int, **report: int) -> int:
    begin = second(f"{date} 09:00:00") + later * DAY + (person % 97) * 180
    visit = cast.visit(person, place, condition, begin)
    return cast.line(visit, item, begin + 1800, **report)
