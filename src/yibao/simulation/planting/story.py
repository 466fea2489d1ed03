"""The story of a duplicate examination about to be ordered, and two orders beside it."""

from __future__ import annotations

from dataclasses import dataclass

from yibao.simulation.planting.cast import MARKS, Cast

ORDERED_AT = "2025-12-20 09:30:00"


@dataclass(frozen=True)
class Draft:
    """An order that is written but not signed: file name, its open encounter (tag), item."""

    name: str
    encounter: int
    person: int
    item: str
    ordered_at: str


def story(cast: Cast) -> list[Draft]:
    """A woman of 67 had her thyroid function tested at a community centre; now a tertiary doctor orders ultrasound.

    The other two drafts: an order with nothing against it, and a prostate ultrasound for a woman.
    """
    patient = cast.person(sex=2, age=(67, 67), on="2025-12-20")
    earlier = cast.visit(patient, "donghu_centre", "hypertension", "2025-11-10 08:40:00", certificate=2)
    cast.line(
        earlier,
        "thyroid_function",
        "2025-11-10 08:55:00",
        report_after=7 * 3600 + 1500,
        report_mark=MARKS.index("市HR"),
    )
    now = cast.visit(patient, "first", "thyroid_nodule", "2025-12-20 09:05:00")
    plain = cast.person(sex=1, age=(30, 60))
    checked = cast.visit(plain, "second", "cold", "2025-12-20 10:00:00")
    woman = cast.person(sex=2, age=(45, 70))
    wrong = cast.visit(woman, "university", "uti", "2025-12-20 10:30:00")
    return [
        Draft("thyroid_ultrasound", now, patient, "us_thyroid", ORDERED_AT),
        Draft("nothing_against_it", checked, plain, "crp", "2025-12-20 10:20:00"),
        Draft("prostate_ultrasound_for_a_woman", wrong, woman, "us_prostate", "2025-12-20 10:50:00"),
    ]
