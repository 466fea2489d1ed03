"""The people and props of the planted cases: each scene adds encounters, lines and records on purpose, and says so.

A scene is written from the domain text by inverting what a rule looks for. Every planted object leaves a truth row:
``positive`` must be found, ``lookalike`` must not (or only to be exempted). People in a scene live an ordinary life
until the end of May; the scene plays from September on, so that chance does not interfere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.conditions import condition_index, departments, load_conditions
from yibao.simulation.draws import stream
from yibao.simulation.frame import DAY, NONE, Array, Frame, concat, day, ints, second
from yibao.simulation.geography import city_of
from yibao.simulation.lines import AUTOMATIC, LINE, OPERATION, ORDERED, lines
from yibao.simulation.people import People
from yibao.simulation.providers import TITLES, Providers
from yibao.simulation.visits import ENCOUNTER, INPATIENT, OUTPATIENT, PURCHASE, encounters

#: Background life of the cast ends here; scenes begin months later.
ORDINARY_UNTIL = day("2025-05-31")

MARKS = ["全国HR", "省HR", "市HR"]
REASONS = ["HR19-1", "HR19-2", "HR19-3", "HR19-4", "HR19-5", "HR19-6", "IMG-UNREADABLE", "PROTOCOL"]
#: ``report_mark`` of a report that carries no mark.
UNMARKED = -1
#: So many people are looked at together when somebody is cast.
_LOOK_AT = 512


@dataclass(frozen=True)
class Truth:
    """One planted object. ``handle`` is a line or encounter tag, or an identifier where the table has no tags.

    ``kind`` says how it is played (plain, boundary, refund, late, cross_day, cross_city, cohort, ring, typing_error,
    miscoded), ``strength`` how much evidence there is: 1 a trace, 2 what the domain text describes, 3 flagrant.
    """

    rule: str
    role: str
    table: str
    handle: int | str
    person: int | None
    note: str
    kind: str = "plain"
    strength: int = 2


@dataclass
class StockMove:
    institution: int
    item: int
    kind: str
    day: int
    quantity: int
    unit: str


@dataclass
class Cast:
    """Collects what the scenes add. ``positives`` and ``lookalikes`` say how many of each a scene should play."""

    people: People
    providers: Providers
    seed: int
    positives: int
    lookalikes: int
    truths: list[Truth] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    deaths: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    leaves: list[tuple[int, int, int, bool]] = field(default_factory=list)
    stock: list[StockMove] = field(default_factory=list)
    off: list[tuple[int, int, int]] = field(default_factory=list)
    capacity: dict[int, int] = field(default_factory=dict)
    unknown_sex: list[int] = field(default_factory=list)
    unchecked: set[int] = field(default_factory=set)
    twins: list[Any] = field(default_factory=list)
    paused: dict[int, tuple[int, int]] = field(default_factory=dict)
    diagnoses: list[tuple[int, int]] = field(default_factory=list)
    suspended: list[tuple[int, int, int]] = field(default_factory=list)
    barred_visits: set[int] = field(default_factory=set)
    procedures: list[tuple[int, str, int]] = field(default_factory=list)
    terminals: list[tuple[int, int, int]] = field(default_factory=list)
    invoices: list[tuple[int, int]] = field(default_factory=list)
    absent: list[tuple[int, int]] = field(default_factory=list)
    paper_operations: list[tuple[int, int]] = field(default_factory=list)
    uncoded: list[int] = field(default_factory=list)
    misprinted: list[int] = field(default_factory=list)
    compensations: list[tuple[int, str, str, str]] = field(default_factory=list)
    unrecorded: list[int] = field(default_factory=list)
    recorded_as: dict[int, int] = field(default_factory=dict)
    label_of: dict[int, int] = field(default_factory=dict)
    copied: dict[int, int] = field(default_factory=dict)
    self_paid: list[tuple[int, str, int]] = field(default_factory=list)
    block: int = 0
    _crowd: list[int] = field(default_factory=list)
    _encounters: list[dict[str, int]] = field(default_factory=list)
    _lines: list[dict[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = self.people.rows
        self._order = stream(self.seed, "cast", self.block).permutation(self.people.count)
        self._free = (rows["death"] == NONE) & (rows["moved"] == NONE)
        settled = (city_of(rows["county"]) == 0) & (rows["lives"] == rows["county"])
        self._home = self._order[settled[self._order]]

    def person(
        self, sex: int | None = None, age: tuple[int, int] = (30, 79), scheme: int | None = None, on: str = "2025-09-01"
    ) -> int:
        """Somebody alive, not yet in a scene, of that sex, age range (inclusive, ``on`` a day) and insurance scheme."""
        rows, born = self.people.rows, self.people.rows["birth"]
        # The scenes play in the first city; only where it has nobody left do people come from the others.
        for order in (self._home, self._order):
            for first in range(0, len(order), _LOOK_AT):
                some = order[first : first + _LOOK_AT]
                years = np.floor_divide((day(on) - born[some]) * 100, 36_525)
                fits = self._free[some] & (years >= age[0]) & (years <= age[1])
                fits &= (sex is None) | (rows["sex"][some] == sex)
                fits &= (scheme is None) | (rows["scheme"][some] == scheme)
                if fits.any():
                    chosen = int(some[np.argmax(fits)])
                    self.taken.add(chosen)
                    self._free[chosen] = False
                    return chosen
        raise ValueError(f"the city is too small for its scenes: no free person of sex {sex}, age {age}")

    def visit(
        self, person: int, institution: str, condition: str, at: str | int, *, kind: int = OUTPATIENT, **more: int
    ) -> int:
        """A visit without drawn content but the consultation fee; returns its tag."""
        begin = second(at) if isinstance(at, str) else at
        tag = self._encounter(person, institution, condition, begin, begin + 5400, kind, content=0, **more)
        if kind != PURCHASE:
            level = self.providers.level[self.providers.index[institution]]
            self.line(tag, "visit_general" if level >= 2 else "visit_community", begin, line_kind=AUTOMATIC)
        return tag

    def stay(self, person: int, institution: str, condition: str, admitted: str, nights: int, **more: int) -> int:
        """A hospital stay with the ordinary content of its condition, discharged at ten in the morning."""
        return self.stay_at(person, institution, condition, second(admitted), nights, **more)

    def stay_at(self, person: int, institution: str, condition: str, begin: int, nights: int, **more: int) -> int:
        """The same from a moment in seconds."""
        end = more.pop("end", (begin // DAY + nights) * DAY + 10 * 3600)
        kind = more.pop("kind", INPATIENT)
        return self._encounter(person, institution, condition, begin, end, kind, **({"content": 1, "way": 1} | more))

    def _encounter(
        self, person: int, institution: str, condition: str, begin: int, end: int, kind: int, **more: int
    ) -> int:
        place = self.providers.index[institution]
        number = condition_index()[condition]
        department = self._department(place, number)
        row: dict[str, int] = dict(ENCOUNTER) | {
            "person": person,
            "institution": place,
            "kind": kind,
            "condition": number,
            "department": department,
            "staff": int(self.providers.doctor_first[place, department]) + person % 2,
            "begin": begin,
            "end": end,
            "tag": len(self._encounters) + 1,
        }
        self._encounters.append(row | more)
        return row["tag"]

    def _department(self, place: int, condition: int) -> int:
        own = departments().index(load_conditions()[condition].department)
        return own if self.providers.has[place, own] else int(np.argmax(self.providers.has[place]))

    def first_doctor(self, institution: str, condition: str) -> int:
        """The first doctor of the department of ``institution`` that treats ``condition``."""
        place = self.providers.index[institution]
        return int(self.providers.doctor_first[place, self._department(place, condition_index()[condition])])

    def doctor_titled(self, institution: str, condition: str, title: str) -> int:
        """The first doctor of that title in the department of ``institution`` that treats ``condition``."""
        first, titles = self.first_doctor(institution, condition), self.providers.staff["title"]
        return first + int(np.argmax(titles[first:] == TITLES.index(title)))

    def line(
        self, encounter: int, item: str, at: str | int, quantity: float = 1, line_kind: int | None = None, **more: int
    ) -> int:
        """A charge line of a planted encounter; returns its tag. ``more`` sets report and refund columns."""
        catalogue = load_catalogue()
        number = catalogue.index[item]
        if line_kind is None:
            line_kind = OPERATION if catalogue.charge_type[number] == "06" else ORDERED
        row: dict[str, int] = dict(LINE) | {
            "encounter": encounter,
            "item": number,
            "quantity": round(quantity * 1000),
            "kind": line_kind,
            "at": second(at) if isinstance(at, str) else at,
            "tag": len(self._lines) + 1,
        }
        self._lines.append(row | more)
        return row["tag"]

    def truth(
        self,
        rule: str,
        role: str,
        table: str,
        handle: int | str,
        person: int | None,
        note: str,
        kind: str = "plain",
        strength: int = 2,
    ) -> None:
        self.truths.append(Truth(rule, role, table, handle, person, note, kind, strength))

    def encounter_frame(self) -> Frame:
        return _frame(self._encounters, encounters(0))

    def line_frame(self, positions: Array) -> Frame:
        """All planted lines; ``positions[tag]`` is the row of the tagged encounter in the final frame."""
        frame = _frame(self._lines, lines(0))
        frame["encounter"] = positions[frame["encounter"]]
        return frame

    def listed(self, item: int, level: int, at: int) -> int:
        """The list price of an item (position) in millionths of a yuan."""
        return int(load_catalogue().price_at(ints([item]), ints([level]), ints([at]))[0])

    def suspend(self, encounter: int) -> None:
        """The doctor of the encounter was suspended from two weeks before until a month after it."""
        row = self._encounters[encounter - 1]
        place, department = row["institution"], row["department"]
        # The youngest of the department: the others go on treating everybody else.
        row["staff"] = int(
            self.providers.doctor_first[place, department] + self.providers.doctor_count[place, department] - 1
        )
        self.barred_visits.add(encounter)
        self.suspended.append((row["staff"], row["begin"] // DAY - 14, row["begin"] // DAY + 30))

    def crowd(self, number: int) -> list[int]:
        """Extras who may appear in several crowd scenes: the same people, so that a small city has enough of them."""
        while len(self._crowd) < number:
            self._crowd.append(self.person(age=(30, 85)))
        return self._crowd[:number]

    def person_of(self, encounter: int) -> int:
        return self._encounters[encounter - 1]["person"]

    def begin_of(self, encounter: int) -> int:
        return self._encounters[encounter - 1]["begin"]


def _frame(rows: list[dict[str, int]], empty: Frame) -> Frame:
    return concat([empty, {name: ints([row[name] for row in rows]) for name in empty}])


def without_ordinary_life(background: Frame, cast: Cast) -> Frame:
    """Background encounters less those of the cast after May."""
    acting = np.isin(background["person"], ints(sorted(cast.taken)))
    keep: Array = ~(acting & (background["end"] // DAY > ORDINARY_UNTIL))
    return {name: column[keep] for name, column in background.items()}


def relieved(encounters: Frame, cast: Cast) -> Frame:
    """Encounters with suspended doctors replaced by colleagues, but where a scene wants the suspended one."""
    staff, on = encounters["staff"].copy(), encounters["begin"] // DAY
    place, department = encounters["institution"], encounters["department"]
    first = cast.providers.doctor_first[place, department]
    count = np.maximum(cast.providers.doctor_count[place, department], 1)
    wanted = np.isin(encounters["tag"], ints(sorted(cast.barred_visits)))
    for doctor in sorted({doctor for doctor, _, _ in cast.suspended}):
        spans = [(begin, end) for who, begin, end in cast.suspended if who == doctor]
        # The register knows one suspension of a doctor, from the first scene to the last.
        barred = (staff == doctor) & (on >= min(b for b, _ in spans)) & (on <= max(e for _, e in spans)) & ~wanted
        staff = np.where(barred, first + (staff - first + 1) % count, staff)
    return encounters | {"staff": staff}


def scene_days(first: str, number: int, step: int = 1) -> list[str]:
    """``number`` dates from ``first`` on, spread over the weeks so that scenes do not share one day."""
    start = np.datetime64(first)
    spread: list[Any] = [start + np.timedelta64((step * k) % 60, "D") for k in range(number)]
    return [str(d) for d in spread]
