"""How many points a behaviour costs, and what the points of a year come to. Pure functions of the law PQ01."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from yibao.registry.articles import Refused
from yibao.registry.laws import RegistryLaw

RESPONSIBILITIES = ("general", "important", "main")


class Scored(NamedTuple):
    """Points for a behaviour: by its tier and responsibility, and after the adjustment."""

    situation: str
    base: int
    points: int


class Standing(NamedTuple):
    """What the points of a calendar year come to."""

    total: int
    status: str
    months: int
    ground: str


@dataclass(frozen=True)
class Points:
    """Points that count: their decision, its day, and what is left of them after repair."""

    decision_no: str
    decided_on: date
    points: int


def score(law: RegistryLaw, situations: Sequence[str], responsibility: str, adjustment: str | None = None) -> Scored:
    """Points for one behaviour; of several situations that it hits, the highest counts.

    Raises :class:`Refused`: ``unknown_situation``, ``unknown_responsibility``, ``unknown_adjustment``.
    """
    known = law.said["situations"]
    for name, value, choices in (
        ("situation", situations, known), ("responsibility", [responsibility], RESPONSIBILITIES),
        ("adjustment", [adjustment] if adjustment else [], law.said["adjustments"]),
    ):  # fmt: skip
        wrong = [one for one in value if one not in choices]
        if wrong or (name == "situation" and not value):
            raise Refused(f"unknown_{name}", "qualification", f"there is no {name} {', '.join(wrong) or '-'}",
                          f"没有此{_ZH[name]}：{'、'.join(wrong) or '-'}", mend=f"known: {', '.join(choices)}",
                          mend_zh=f"可用：{', '.join(choices)}")  # fmt: skip
    tiers = {int(tier["id"]): {who: int(n) for who, n in tier["points"].items()} for tier in law.said["tiers"]}
    chosen = max(situations, key=lambda s: tiers[int(known[s]["tier"])][responsibility])
    tier = int(known[chosen]["tier"])
    base = tiers[tier][responsibility]
    moved = tiers[min(max(tier + {"down": -1, "up": 1}.get(adjustment or "", 0), min(tiers)), max(tiers))]
    if adjustment == "up" and tier == max(tiers):
        return Scored(chosen, base, max(moved.values()))
    if adjustment == "down" and tier == min(tiers):
        return Scored(chosen, base, min(moved.values()))
    points = {"low": min(moved.values()), "high": max(moved.values())}.get(adjustment or "", moved[responsibility])
    return Scored(chosen, base, points)


def standing(law: RegistryLaw, events: Iterable[Points], year: int) -> Standing:
    """What the points of a year come to: the sum across all sites, by the day of each decision."""
    mine = [event for event in events if event.decided_on.year == year]
    total = sum(event.points for event in mine)
    by_decision: dict[str, int] = defaultdict(int)
    for event in mine:
        by_decision[event.decision_no] += event.points
    once = max(by_decision.values(), default=0)
    suspend, terminate = (int(law.said["thresholds"][key]) for key in ("suspend", "terminate"))
    months: Mapping[str, Any] = law.said["termination_months"]
    if once >= terminate:
        return Standing(total, "terminated", int(months["one_decision"]), "one_decision")
    if total >= terminate:
        return Standing(total, "terminated", int(months["accumulated"]), "accumulated")
    if total >= suspend:
        return Standing(total, "suspended", int(law.said["suspension_months"][str(total)]), "accumulated")
    return Standing(total, "normal", 0, "")


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


_ZH = {"situation": "情形", "responsibility": "责任程度", "adjustment": "裁量"}
