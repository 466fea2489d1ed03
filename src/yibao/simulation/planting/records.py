"""Scenes of records: counts (C03), codes (C09), methods and labels (A10), copied notes (G03), wrong data (H05).

Stays are few, and serve several scenes where they can: the city's calibration counts them.
"""

from __future__ import annotations

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.conditions import condition_index
from yibao.simulation.frame import DAY, NONE, YEAR_FIRST, day, second
from yibao.simulation.planting.cast import Cast, StockMove, scene_days
from yibao.simulation.planting.charging import LOOKALIKE, POSITIVE

_COMPLAINTS = ("hypertension", "copd", "diabetes", "dizziness", "gastritis", "neck_pain")
#: How these scenes are played: a look-alike stays on the other side of a limit.
_KIND = {POSITIVE: "plain", LOOKALIKE: "boundary"}
#: Inpatients of a count, and how many of them nobody finds: more than a fifth, of the others in the house as well, and
#: fewer.
COUNTED, ABSENT, MISSING = 12, 7, 2
#: So many errors of a month are slips, so many are not.
SLIPS, MANY = 4, 6
#: People of a block for each late settlement, so that they are no small part of a clinic's month.
PER_LATE = 400
#: So many patients bear one note, and so many are too few to say anything.
COPIES, FEW = 6, 4
#: People of a block of whom some thirty and more leave a district hospital in a month.
STAYS_SPEAK = 16_000


def all_records(cast: Cast) -> None:
    """Every scene of this module. The extras of the crowds play in them from June to August, when nothing else does."""
    counts(cast)
    operations_on_paper(cast)
    late_settlements(cast)
    wrong_prices(cast)
    uncoded_operations(cast)
    methods(cast)
    labels(cast)
    self_paid_months(cast)


def counts(cast: Cast) -> None:
    """C03: at a count in a health centre seven of twelve are not there; at another one two, and one is on leave.

    The papers of these stays serve other scenes: which lists say how the patient left (H05), and who wrote the notes
    of admission (G03).
    """
    found = f"one of {ABSENT} of {COUNTED} whom a count did not find"
    tolerated = f"one of {MISSING} of {COUNTED} whom a count did not find, fewer than a fifth"
    for first, place, date, absent, role, note, untold, copies in (
        (0, "qinghe_centre", "2025-06-15", ABSENT, POSITIVE, found, SLIPS, COPIES),
        (COUNTED, "nanmen_centre", "2025-07-06", MISSING, LOOKALIKE, tolerated, COUNTED, FEW),
    ):
        begin = second(f"{date} 08:30:00")
        counted = begin // DAY + 3
        stays = []
        for k, person in enumerate(cast.crowd(first + COUNTED)[first:]):
            at = begin + k % 2 * DAY + k * 1200
            on_leave, night = k == COUNTED - 1, counted - at // DAY
            more = {"away_from": night, "away_to": night} if on_leave else {}
            more |= {"way": NONE} if k < untold else {}
            stay = cast.stay_at(person, place, _COMPLAINTS[k % len(_COMPLAINTS)], at, 5, **more)
            stays.append(stay)
            if k < absent:
                cast.absent.append((stay, counted))
                cast.truth("C03", role, "encounter", stay, person, note, _KIND[role])
            elif on_leave:
                cast.leaves.append((stay, counted * DAY, (counted + 1) * DAY - 3600, True))
                allowed = "on leave with permission, without a bed fee, when the ward was counted"
                cast.truth("C03", LOOKALIKE, "encounter", stay, person, allowed)
        _copied(cast, stays[:copies], POSITIVE if copies == COPIES else LOOKALIKE)
        note = f"{untold} lists of a month without the way of discharge"
        _of_place(cast, "H05", POSITIVE if untold == COUNTED else LOOKALIKE, place, note)


def _copied(cast: Cast, stays: list[int], role: str) -> None:
    """G03: the notes of all these stays are one note."""
    cast.copied.update(dict.fromkeys(stays[1:], stays[0]))
    for stay in stays:
        note = f"one of {len(stays)} patients with one note"
        cast.truth(
            "G03", role, "encounter", stay, cast.person_of(stay), note, "ring" if role == POSITIVE else "boundary"
        )


def operations_on_paper(cast: Cast) -> None:
    """C09: the front page names an operation that nobody charged for; with an anaesthesia somebody did operate."""
    for role, number, first in (
        (POSITIVE, 2, "2025-09-16"),
        (LOOKALIKE, 1, "2025-10-14"),
    ):
        for date in scene_days(first, number, step=3):
            person = cast.person(age=(35, 79))
            stay = cast.stay(
                person, "second", "gallstone", f"{date} 10:00:00", 6, treated=condition_index()["gastritis"]
            )
            cast.paper_operations.append((stay, condition_index()["gallstone"]))
            note = "a gallbladder removed on the front page alone, without a fee or an anaesthesia"
            if role == LOOKALIKE:
                cast.line(stay, "anaesthesia_general", cast.begin_of(stay) // DAY * DAY + 2 * DAY + 9 * 3600)
                note = "the anaesthesia is on the bill, the surgeon's fee is not"
            cast.truth("C09", role, "encounter", stay, person, note)


def late_settlements(cast: Cast) -> None:
    """H05: a clinic sends a month's visits two days late, again and again; another one four times."""
    number = max(COUNTED, cast.people.count // PER_LATE)
    for place, role, people in (
        ("kangning_clinic", POSITIVE, cast.crowd(number)),
        ("haian_clinic", LOOKALIKE, cast.crowd(SLIPS)),
    ):
        for k, person in enumerate(people):
            # The four of the look-alike go to the other clinic as well, on another day.
            after = k % 12 if role == POSITIVE else (k + 6) % 12
            begin = second("2025-06-02 15:00:00") + after * DAY + k * 400
            visit = cast.visit(person, place, "cold", begin, delay=2 * DAY)
            cast.line(visit, "ganmaoling", cast.begin_of(visit) + 900)
        note = f"{len(people)} visits of one month settled two days after"
        _of_place(cast, "H05", role, place, note)


def wrong_prices(cast: Cast) -> None:
    """H05: the unit prices that a clinic sends are half of what its amounts come from; four of them are slips."""
    for first, last, place, role in (
        (34, 54, "jimin_clinic", POSITIVE),
        (54, 54 + SLIPS, "shanquan_clinic", LOOKALIKE),
    ):
        for k, person in enumerate(cast.crowd(last)[first:]):
            visit = cast.visit(person, place, "neck_pain", second("2025-07-01 10:00:00") + k * DAY + k * 300)
            items = ("massage", "acupuncture") if role == POSITIVE else ("massage",)
            lines = [cast.line(visit, item, cast.begin_of(visit) + 900 + n * 60) for n, item in enumerate(items)]
            cast.misprinted.extend(lines)
        note = "unit prices that do not give the amounts of their lines"
        _of_place(cast, "H05", role, place, note)


def uncoded_operations(cast: Cast) -> None:
    """H05: operations that are on the bill and not on the front page; four of them are slips."""
    for first, number, place, role in (
        (24, MANY, "donghu_hospital", POSITIVE),
        (24 + MANY, SLIPS, "linhai_first", LOOKALIKE),
    ):
        for k, person in enumerate(cast.crowd(first + number)[first:]):
            begin = second("2025-07-08 10:00:00") + k * DAY
            cast.uncoded.append(cast.stay_at(person, place, "gallstone", begin, 7))
        note = f"{number} operations of a month that nobody coded"
        _of_place(cast, "H05", role, place, note)


def methods(cast: Cast) -> None:
    """A10: tests billed by chemiluminescence where the storeroom has reagents of a cheaper method only."""
    kits = load_catalogue().index
    for first, place, own, role in (
        (0, "donghu_hospital", "elisa_kit", POSITIVE),
        (MANY, "second", "clia_kit", LOOKALIKE),
    ):
        cast.stock.append(StockMove(cast.providers.index[place], kits[own], "opening", YEAR_FIRST, 6, "pack"))
        cast.stock.append(StockMove(cast.providers.index[place], kits[own], "purchase", day("2025-06-20"), 6, "pack"))
        for k, person in enumerate(cast.crowd(first + MANY)[first:]):
            visit = cast.visit(person, place, "thyroid_nodule", second("2025-08-18 09:00:00") + k * DAY)
            line = cast.line(visit, "thyroid_clia", cast.begin_of(visit) + 1200)
            note = f"billed by chemiluminescence at a place that keeps the {own.replace('_', ' ')} in stock"
            cast.truth("A10", role, "charge_line", line, person, note)


def labels(cast: Cast) -> None:
    """A10: a lens charged and not scanned, or another product scanned; a label that somebody else bears already."""
    index, lens = load_catalogue().index, "intraocular_lens"

    def operated(place: str, date: str) -> tuple[int, int, int]:
        """Somebody, the stay for a cataract, and the moment of the operation."""
        person = cast.person(age=(60, 88))
        stay = cast.stay(person, place, "cataract", f"{date} 10:00:00", 3)
        return person, stay, cast.begin_of(stay) // DAY * DAY + DAY + 9 * 3600

    person, stay, at = operated("first", "2025-09-10")
    genuine, line = cast.line(stay, lens, at), cast.line(stay, lens, at + 60)
    cast.unrecorded.append(line)
    cast.truth("A10", POSITIVE, "charge_line", line, person, "a lens too many on the bill that nobody scanned")
    person, stay, at = operated("first", "2025-09-12")
    line = cast.line(stay, lens, at)
    cast.recorded_as[line] = index["dura_patch"]
    cast.truth("A10", POSITIVE, "charge_line", line, person, "a lens on the bill for which another product was scanned")
    person, stay, at = operated("university", "2025-09-15")
    cast.label_of[cast.line(stay, lens, at)] = genuine
    cast.truth("A10", POSITIVE, "encounter", stay, person, "the label of a lens that another patient bears")
    person, stay, at = operated("first", "2025-10-10")
    cast.label_of[cast.line(stay, lens, at + 60)] = cast.line(stay, lens, at)
    cast.line(stay, lens, at + 120, refund=1)
    note = "two lenses scanned under one label by a retry, and a third one given back"
    cast.truth("A10", LOOKALIKE, "encounter", stay, person, note, "refund")


def self_paid_months(cast: Cast) -> None:
    """C10: at one hospital patients suddenly pay a tenth of their stays wholly themselves; at another few stays do.

    In a small city a hospital has too few stays a month for their share to say anything: nothing is claimed there.
    """
    if cast.people.count < STAYS_SPEAK:
        return
    for place, role, note in (
        ("donghu_hospital", POSITIVE, "every stay of a month pays eight tins of nutrition itself"),
        ("xishan_hospital", LOOKALIKE, "so do the stays of a month at a hospital that has few of them"),
    ):
        cast.self_paid.append((cast.providers.index[place], "2025-11", 8))
        _of_place(cast, "C10", role, place, note)


def _of_place(cast: Cast, rule: str, role: str, place: str, note: str) -> None:
    cast.truth(rule, role, "institution", f"institution:{place}", None, note, _KIND[role])
