"""Words of a bill's steps, and what their sentences need to know of it.

Official terms come once, after the plain word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yibao.service.console.insured.items import Item
from yibao.service.console.insured.steps import Step

Pair = tuple[str, str]
#: The plain name of a step.
NAMES: Mapping[str, Pair] = {
    "total": ("总费用", "The whole bill"),
    "not_covered": ("目录外项目", "Not covered"),
    "over_limit": ("超过限价的部分", "Above the price ceiling"),
    "first_share": ("部分自付项目先付", "Your first share of partly covered items"),
    "deductible": ("起付线", "Deductible"),
    "basic": ("基本医保付", "Basic insurance pays"),
    "civil_servant": ("公务员医疗补助付", "The civil-servant supplement pays"),
    "enterprise": ("企业补充医保付", "The enterprise supplement pays"),
    "large_amount": ("大额医疗补助付", "The large-amount supplement pays"),
    "critical_illness": ("大病保险付", "Critical-illness insurance pays"),
    "assistance": ("医疗救助付", "Medical assistance pays"),
    "tilt": ("倾斜救助付", "Further assistance pays"),
    "commercial_in_range": ("惠民保付（范围内）", "City supplementary insurance pays (in range)"),
    "commercial_out_of_range": ("惠民保付（范围外）", "City supplementary insurance pays (out of range)"),
    "commercial_drugs": ("惠民保付（特药）", "City supplementary insurance pays (special drugs)"),
    "charity": ("慈善帮扶付", "Charity pays"), "other": ("其他保障付", "Other cover pays"),
    "hospital": ("医院承担", "The hospital bears"),
    "rest": ("剩下您付", "What is left for you"),
    "back": ("救助等替您付回", "Paid back for you by later layers"),
}  # fmt: skip
WHO: Mapping[str, Pair] = {
    "whole": ("", ""), "you": ("您付", "you"), "fund": ("医保付", "insurance"), "hospital": ("医院付", "hospital"),
    "back": ("替您付", "for you"),
}  # fmt: skip


@dataclass(frozen=True)
class Bill:
    """What the sentences need beside the steps: the kind of care, the place, the person, the lines."""

    stay: bool
    level: str
    place: str
    status: str
    registered: Pair
    items: Sequence[Item] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    times: int = 0


@dataclass(frozen=True)
class Told:
    """A step as it stands on the page. ``sums`` is the arithmetic, a line each; empty where there is none."""

    step: Step
    name: str
    who: str
    sentence: str
    sums: Sequence[str]
