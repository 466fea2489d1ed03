"""A credit score and how it came about. Pure functions of the laws CR01 and CR02."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yibao.registry.articles import Refused
from yibao.registry.laws import RegistryLaw


@dataclass(frozen=True)
class CreditEvent:
    """Something that counts: its kind, its day, its points in thousandths (before it fades)."""

    kind: str
    happened_on: date
    points_milli: int


@dataclass(frozen=True)
class Score:
    """A score in thousandths of a point, its grade, and the steps that explain it."""

    milli: int
    grade: str
    steps: tuple[dict[str, Any], ...]


def score(law: RegistryLaw, indicators: Mapping[str, int], events: Sequence[CreditEvent], on: date) -> Score:
    """The score of a subject. ``indicators``: millionths of a point (0 to 100) by indicator or by whole domain.

    ``S = Σ W·x / Σ W`` over the domains that have data (a domain is the mean of its indicators), or the start score;
    plus each event's points × 2^(−months / half-life) within the window; then caps; 0 to 100. Rounded half up, once,
    at the end. Raises :class:`Refused` (``never_a_factor``, ``unknown_indicator``).
    """
    _known(law, indicators)
    steps: list[dict[str, Any]] = []
    total = _domains(law, indicators, steps) if law.said["domains"] else float(law.said["start"]) * 1000
    cap, forced = 100_000, None
    for event in sorted(events, key=lambda e: (e.happened_on, e.kind)):
        rule = law.said["events"][event.kind]
        faded = _faded(law, event, on)
        if faded is None:
            continue
        total += faded
        cap = min(cap, int(rule["cap"]) * 1000) if "cap" in rule else cap
        forced = rule.get("grade", forced)
        steps.append({"kind": "event", "event": event.kind, "on": event.happened_on.isoformat(),
                      "points_milli": event.points_milli, "counts_milli": round(faded), "zh": rule["zh"],
                      "en": rule["en"]})  # fmt: skip
    milli = max(0, min(cap, int(total + 0.5)))
    if cap < 100_000:
        steps.append({"kind": "cap", "milli": cap})
    grade = str(forced or grade_of(law, milli))
    steps.append({"kind": "grade", "grade": grade, **law.said["consequences"][grade]})
    return Score(milli, grade, tuple(steps))


def grade_of(law: RegistryLaw, milli: int) -> str:
    limits = {name: int(limit) * 1000 for name, limit in law.said["grades"].items() if name != "source"}
    return next(name for name, limit in sorted(limits.items()) if milli >= limit)


def staff_grade(points: int) -> str:
    """The grade of a member of staff, a function of the points of the year: 0 A, 1-3 B, 4-6 C, 7-8 D, 9 and more E."""
    return next(grade for grade, most in (("A", 0), ("B", 3), ("C", 6), ("D", 8), ("E", points)) if points <= most)


def months_between(first: date, last: date) -> int:
    """Whole months from one day to another."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _known(law: RegistryLaw, indicators: Mapping[str, int]) -> None:
    domains = law.said["domains"]
    known = {name for domain in domains for name in (domain["id"], *domain["indicators"])}
    for name in indicators:
        if name in law.said["never"]:
            raise Refused(
                "never_a_factor",
                "regulation_33",
                f"{name} is never a factor of credit",
                f"{name} 不得作为信用因素",
                mend="leave it out",
                mend_zh="请去掉该项",
            )
        if name not in known:
            raise Refused(
                "unknown_indicator",
                "regulation_33",
                f"{law.id} has no indicator {name}",
                f"{law.id} 没有指标 {name}",
                mend=f"known: {', '.join(sorted(known))}",
                mend_zh=f"可用：{', '.join(sorted(known))}",
            )


def _domains(law: RegistryLaw, indicators: Mapping[str, int], steps: list[dict[str, Any]]) -> float:
    found: list[tuple[int, float, dict[str, Any]]] = []
    for domain in law.said["domains"]:
        own = {name: indicators[name] for name in domain["indicators"] if name in indicators}
        if domain["id"] in indicators:
            own[domain["id"]] = indicators[domain["id"]]
        if own:
            found.append((int(domain["weight"]), sum(own.values()) / len(own), {**domain, "from": own}))
    whole = sum(weight for weight, _, _ in found)
    if not whole:
        raise Refused("no_indicators", "regulation_33", "no indicator has a value", "没有任何指标有值",
                      mend="give indicators first", mend_zh="请先录入指标")  # fmt: skip
    for weight, value, domain in found:
        steps.append(
            {
                "kind": "domain",
                "domain": domain["id"],
                "weight": weight,
                "of": whole,
                "value_micro": round(value),
                "from": domain["from"],
                "zh": domain["zh"],
                "en": domain["en"],
            }
        )
    return sum(weight * value for weight, value, _ in found) / whole / 1000


def _faded(law: RegistryLaw, event: CreditEvent, on: date) -> float | None:
    """What is left of an event's points; None outside the window."""
    months = months_between(event.happened_on, on)
    if not 0 <= months < int(law.said["window_years"]["value"]) * 12 or event.happened_on > on:
        return None
    return event.points_milli * float(2 ** (-months / int(law.said["half_life_months"]["value"])))
