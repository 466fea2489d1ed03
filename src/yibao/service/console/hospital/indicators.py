"""The indicators of the benchmark (``indicators.yaml``): what each counts over what, stay by stay.

Money of peers is compared after allowing for case mix: each stay is set against the mean of its group over all stays
compared (indirect standardisation), and the ratio is scaled by the overall figure, so that it reads in its own unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from yibao.engine.yaml import read_yaml
from yibao.service.console.hospital.stays import MILLION, Bools, Floats, Stays

Counted = tuple[Floats, Floats]
#: ``(stays, whether shares allow for case mix) -> (numerator, denominator)`` of every stay.
Counting = Callable[[Stays, bool], Counted]

VERSION = "2026.1"
SECTIONS: Mapping[str, tuple[str, str]] = {
    "cost": ("费用与结构", "Cost and structure"), "efficiency": ("效率", "Efficiency"),
    "quality": ("质量与行为", "Quality and conduct"),
}  # fmt: skip
#: A stay costs too much above so many times its standard, by level of the institution; too little below this share.
HIGH_MULTIPLE: Mapping[str, float] = {"3": 3.0}
HIGH_ELSEWHERE, LOW_MULTIPLE = 2.0, 0.3
_SHARES: Mapping[str, Sequence[str]] = {
    "drug": ("drug",), "consumable": ("consumable",), "exam": ("exam", "test"), "service": ("treatment", "care"),
    "not_covered": ("not_covered",), "person": ("person",),
}  # fmt: skip
#: Indicators that only cases with a group have, and those that are not of stays (``conduct``).
_GROUPED, NOT_OF_STAYS = frozenset({"cmi", "entry"}), ("compliance", "recognition", "traced")


@dataclass(frozen=True)
class Indicator:
    """See ``indicators.yaml``. ``scale`` turns the ratio into the unit; ``of`` are the stays that count."""

    name: str
    section: str
    zh: str
    en: str
    unit: str
    bad: int
    kind: str
    basis: tuple[str, str]
    counted: Counting
    of: Callable[[Stays], Bools]
    scale: Callable[[Stays], float]

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


def indicators(stays: Stays, levels: Mapping[str, str]) -> list[Indicator]:
    """The indicators that these stays carry: those of groups only where the casemix room gave any.

    ``levels`` is the level of each institution: it decides from which multiple on a case is a high one.
    """
    left_out = frozenset(NOT_OF_STAYS) | (frozenset() if stays.grouped else _GROUPED)
    return [_indicator(name, *_counting(name, levels)) for name in _written() if name not in left_out]


def written_indicator(name: str) -> Indicator:
    """An indicator that is not of stays: only what is written of it."""
    return _indicator(name, _mean("amount"), _all, _one)


def _indicator(
    name: str, counted: Counting, of: Callable[[Stays], Bools], scale: Callable[[Stays], float]
) -> Indicator:
    said = _written()[name]
    return Indicator(
        name, said["section"], said["zh"], said["en"], said["unit"], int(said["bad"]), said["kind"],
        (said["basis_zh"], said["basis_en"]), counted, of, scale,
    )  # fmt: skip


@cache
def _written() -> Mapping[str, Any]:
    path = Path(__file__).parent / "indicators.yaml"
    said: Mapping[str, Any] = read_yaml(path.read_text(encoding="utf-8"), path.name)
    return said


def _counting(
    name: str, levels: Mapping[str, str]
) -> tuple[Counting, Callable[[Stays], Bools], Callable[[Stays], float]]:
    if name in _SHARES:
        return _share(_SHARES[name])
    simple: Mapping[str, Counting] = {
        "cost": _over_expected("amount"), "cost_index": _over_expected("amount"), "time_index": _over_expected("days"),
        "days": _mean("days"), "faulty": _mean("faulty"), "transferred": _mean("transferred"),
        "cmi": lambda s, _: (s["weight_ppm"] / MILLION, np.ones(len(s))),
        "readmission": lambda s, _: (s["readmitted"], s["expected_ppm"] / MILLION),
        "entry": lambda s, _: (s.in_group.astype(np.float64), np.ones(len(s))),
        "low": lambda s, _: ((multiple(s) < LOW_MULTIPLE).astype(np.float64), np.ones(len(s))),
        "high": lambda s, _: (high_multiple(s, levels), np.ones(len(s))),
    }  # fmt: skip
    of = {"cmi": lambda s: s.in_group & np.isfinite(s["weight_ppm"]), "readmission": lambda s: s["judged"] > 0}
    scale = _overall if name == "cost" else _one
    return simple[name], of.get(name, _all), scale


def _share(parts: Sequence[str]) -> tuple[Counting, Callable[[Stays], Bools], Callable[[Stays], float]]:
    """A part of the cost. Among unlike institutions it is set against the share that the stays' groups have."""

    def counted(stays: Stays, adjust: bool) -> Counted:
        own = np.sum([stays[name] for name in parts], axis=0)
        due = stays["amount"]
        if adjust:
            part = np.sum([stays.expected(name) for name in parts], axis=0)
            due = due * part / np.maximum(stays.expected("amount"), 1.0)
        return own, due

    def scale(stays: Stays) -> float:
        return float(sum(stays[name].sum() for name in parts) / max(stays["amount"].sum(), 1.0))

    return counted, _all, scale


def _over_expected(column: str) -> Counting:
    return lambda stays, _: (stays[column], stays.expected(column))


def _mean(column: str) -> Counting:
    return lambda stays, _: (stays[column], np.ones(len(stays)))


def multiple(stays: Stays) -> Floats:
    """Cost over the group's payment standard, or over its mean where there is none."""
    mean = stays.expected("amount")
    due: Floats = np.where(np.isfinite(stays["standard_amount"]), stays["standard_amount"], mean)
    return stays["amount"] / np.maximum(due, 1.0)


def high_multiple(stays: Stays, levels: Mapping[str, str]) -> Floats:
    above = np.array([HIGH_MULTIPLE.get(levels.get(place, ""), HIGH_ELSEWHERE) for place in stays.places])
    return (multiple(stays) > above[stays.place]).astype(np.float64)


def _all(stays: Stays) -> Bools:
    return np.ones(len(stays), np.bool_)


def _overall(stays: Stays) -> float:
    return float(stays["amount"].mean()) if len(stays) else 1.0


def _one(stays: Stays) -> float:  # noqa: ARG001 - a ratio stands as it is
    return 1.0
