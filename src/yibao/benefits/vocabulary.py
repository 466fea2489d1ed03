"""The words of a benefit policy: what ``policy.yaml`` may say, checked and typed.

Amounts are yuan as a notice prints them, rates carry a percent sign (:mod:`yibao.benefits.quantities`); both may depend
on the bill (:mod:`yibao.benefits.conditions`). The formulas are those of the module that reckons each part.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from yibao.benefits.conditions import MoneyBy, Strict, Texts, When, strict_list
from yibao.benefits.quantities import Money, Rate
from yibao.benefits.vocabulary_basic import (
    Bands,
    Benefit,
    Cap,
)
from yibao.lawbook.model import Effective, Text

Grade = Literal["A", "A-", "B", "C", "D", "own"]
#: Grades that rest on an official text or its faithful copy; others are marked unverified wherever they show.
VERIFIED = ("A", "A-", "B")

#: Layers after basic insurance, in the order in which they pay.
LAYERS = (
    "civil_servant", "enterprise", "large_amount", "critical_illness", "assistance", "tilt", "commercial_in_range",
    "commercial_out_of_range", "commercial_drugs", "charity",
)  # fmt: skip


class Source(Strict):
    """Where figures of the policy come from, and how far it can be trusted."""

    title: str
    grade: Grade
    supports: Text | None = None


class Year(Strict):
    """The insurance year and the order in which bills count: when they were settled, or when care ended."""

    begins: str = Field(default="01-01", pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", description="MM-DD")
    by: Literal["settled", "discharged"] = "settled"

    def of(self, day: date) -> int:
        """The insurance year of a day, named by the calendar year in which it begins."""
        return day.year - (f"{day:%m-%d}" < self.begins)


class Rounding(Strict):
    """Each layer rounds once: per bill, or on the running sum of the year (a split bill then changes nothing)."""

    scope: Literal["bill", "year"] = "bill"
    mode: Literal["half_up", "down", "up"] = "half_up"


Part = Literal["burden", "above_cap", "first_share", "over_limit", "not_covered", "special_drug"]


class Base(Strict):
    """What a layer looks at: parts of the bill that are still the person's, less some."""

    of: Annotated[list[Part], BeforeValidator(strict_list)] = Field(default=["burden"])
    less: Annotated[list[Literal["deductible", "above_cap"]], BeforeValidator(strict_list)] = Field(default=[])

    @model_validator(mode="after")
    def _once(self) -> Base:
        if "burden" in self.of and "above_cap" in self.of:
            raise ValueError("`above_cap` is a part of `burden`: name one of them")
        if "special_drug" in self.of and len(self.of) > 1:
            raise ValueError("`special_drug` overlaps the other parts: let it stand alone")
        return self


class Favour(When):
    """Better terms for some: a lower threshold, more points, no limit."""

    threshold_times: Rate | None = None
    points: Rate | None = None
    no_cap: bool = False


class Layer(Strict):
    """A layer after basic insurance: bands over a threshold on what is left, per year or per bill."""

    title: Text | None = None
    base: Base = Base()
    benefits: Texts = Field(default=None, description="ids of benefits that it follows; default all")
    who: list[When] = Field(default=[], description="whom it covers; default everybody of the policy")
    per: Literal["year", "bill"] = "year"
    threshold: MoneyBy | None = None
    origin: Literal["absolute", "above_threshold"] = "above_threshold"
    bands: Bands
    favour: list[Favour] = Field(default=[], description="the first that fits holds")
    cap: MoneyBy | None = None
    cap_per_bill: MoneyBy | None = None
    outpatient_cap: MoneyBy | None = Field(
        default=None, description="outpatients' own limit; `cap` is then the others'"
    )


class Layers(Strict):
    """The layers after basic insurance; they pay in this order."""

    civil_servant: Layer | None = None
    enterprise: Layer | None = None
    large_amount: Layer | None = None
    critical_illness: Layer | None = None
    assistance: Layer | None = None
    tilt: Layer | None = None
    commercial_in_range: Layer | None = None
    commercial_out_of_range: Layer | None = None
    commercial_drugs: Layer | None = None
    charity: Layer | None = None


class Account(Strict):
    """What the personal account, and a relative's, may pay."""

    benefits: Texts = None
    pays: list[Literal["in_range", "first_share", "over_limit", "not_covered"]] = Field(default=["in_range"])
    family: bool = True


class LineRule(Strict):
    """A local departure from the catalogue for some items; the first that fits a line holds."""

    items: Texts = None
    list_type: Texts = None
    payment_class: Texts = None
    first_share: Rate | None = None
    ceiling: Annotated[Money | None, Field(description="ceiling price of one unit, in yuan")] = None
    rate: Rate | None = Field(default=None, description="paid at a rate of its own, outside deductible and bands")
    pay_as: Literal["01", "02", "03"] | None = Field(default=None, description="the class that it is paid as")


Carried = Literal["basic", "large_amount", "supplements", "critical_illness", "assistance", "commercial", "charity"]
ALL_CARRIED: tuple[Carried, ...] = get_args(Carried)


class Continuity(Strict):
    """Which accumulators of the year go on when a person comes from another scheme or region; the others restart."""

    scheme_change: list[Carried] = Field(default=list(ALL_CARRIED))
    region_change: list[Carried] = Field(default=list(ALL_CARRIED))


class Policy(Strict):
    """One benefit policy: a region, a scheme, a period of effect, and what every layer pays."""

    id: str = Field(pattern=r"^[A-Z][A-Z0-9-]*$")
    version: str
    title: Text
    about: Text | None = None
    region: str = Field(pattern=r"^\d{2,6}$", description="division code of the pooling region")
    extent: Literal["whole", "partial"] = Field(
        default="whole", description="partial: some layers or a worked example only"
    )
    pooling: Literal["city", "province"] = "city"
    scheme: Literal["310", "340", "390", "510"]
    effective: Effective
    sources: list[Source] = Field(min_length=1)
    year: Year = Year()
    rounding: Rounding = Rounding()
    reference: dict[str, Money] = Field(default={})
    statuses: list[str] = Field(default=[], description="which hardship status counts first where a person has several")
    lines: list[LineRule] = Field(default=[])
    benefits: list[Benefit] = Field(min_length=1)
    annual_cap: Cap | None = Field(default=None, description="a limit over all benefits together")
    layers: Layers = Layers()
    account: Account | None = None
    continuity: Continuity = Continuity()

    @property
    def key(self) -> str:
        return f"{self.id}@{self.version}"

    @property
    def grade(self) -> str:
        """The grade of the weakest source: a policy is as sure as the least sure of its figures."""
        order: tuple[str, ...] = get_args(Grade)
        return max((source.grade for source in self.sources), key=order.index)

    @property
    def verified(self) -> bool:
        return self.grade in VERIFIED

    @property
    def figures(self) -> dict[str, int]:
        """The reference figures in fen."""
        return {name: amount.fen for name, amount in self.reference.items()}

    def in_force(self, day: date) -> bool:
        return self.effective.start <= day and (self.effective.end is None or day < self.effective.end)
