"""People who stand in the register twice: in two schemes, two cities, under a mistyped number or name.

A twin is an extra person row with its own enrolment; look-alikes are two people who resemble each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.frame import day
from yibao.simulation.geography import COUNTIES
from yibao.simulation.planting.cast import Cast
from yibao.simulation.policy import EMPLOYEE, RESIDENT

#: Typing errors: how often of ten, and what is left of the number to find the other row by.
KINDS = ("same_number", "digit_wrong", "digits_swapped", "old_number", "name_variant")
_SHARES = (3, 2, 2, 1, 2)
#: Characters that are mistaken for each other in names.
SIMILAR = dict(zip("王张陈李刘杨赵黄周吴", "汪章程黎柳扬肇皇邹伍", strict=True))


@dataclass(frozen=True)
class Twin:
    """A second row of ``person``: how it differs, in which county and scheme it is enrolled, since when."""

    person: int
    kind: str
    county: int
    scheme: int
    since: int


def plant_twins(cast: Cast) -> None:
    """About two per thousand people are enrolled twice (EQ01 one scheme, EQ02 two schemes), some mistyped (EQ10)."""
    number = max(5, cast.people.count // 500)
    rows = cast.people.rows
    for k in range(number):
        person = cast.person(age=(5, 75))
        kind = KINDS[int(np.searchsorted(np.cumsum(_SHARES), k % 10, side="right"))]
        employee = rows["scheme"][person] == EMPLOYEE
        elsewhere = k % 3 != 0
        county = int(COUNTIES[3 + k % 4]) if elsewhere else int(rows["county"][person])
        scheme = RESIDENT if employee or k % 4 else EMPLOYEE
        since = day("2023-01-01") + (k * 37) % 700
        cast.twins.append(Twin(person, kind, county, scheme, since))
        rule = "EQ01" if scheme == rows["scheme"][person] else "EQ02"
        note = f"enrolled a second time {'in another city' if elsewhere else 'at home'}, {kind.replace('_', ' ')}"
        strength = 3 if kind == "same_number" else 1 if kind in ("digits_swapped", "name_variant") else 2
        truth_kind = "plain" if kind == "same_number" else "typing_error"
        cast.truth(rule, "positive", "person", f"twin:{len(cast.twins) - 1}", person, note, truth_kind, strength)
    for _ in range(cast.lookalikes):
        first = cast.person(age=(20, 60))
        note = "shares a name and a birthday with somebody else"
        cast.twins.append(Twin(first, "namesake", int(rows["county"][first]), RESIDENT, day("2022-01-01")))
        cast.truth("EQ01", "lookalike", "person", f"twin:{len(cast.twins) - 1}", first, note)


def mistyped(number: str, kind: str) -> str:
    """An identity number as a clerk got it wrong; ``old_number`` is the one of fifteen digits."""
    if kind == "digit_wrong":
        wrong = str((int(number[15]) + 3) % 10)
        return number[:15] + wrong + number[16:]
    if kind == "digits_swapped":
        for k in range(16, 6, -1):
            if number[k - 1] != number[k]:
                return number[: k - 1] + number[k] + number[k - 1] + number[k + 1 :]
    if kind == "old_number":
        return number[:6] + number[8:17]
    return number


def misspelt(name: str, kind: str) -> str:
    """A name with its first character mistaken for a similar one."""
    return SIMILAR.get(name[0], name[0]) + name[1:] if kind == "name_variant" else name
