"""The words of a benefit policy: what ``policy.yaml`` may say, checked and typed.

Amounts are yuan as a notice prints them, rates carry a percent sign (:mod:`yibao.benefits.quantities`); both may depend
on the bill (:mod:`yibao.benefits.conditions`). The formulas are those of the module that reckons each part.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from yibao.benefits.conditions import MoneyBy, MoniesBy, RateBy, Strict, Texts, When, strict_list
from yibao.benefits.quantities import Money, Rate
from yibao.lawbook.model import Effective, Text

Grade = Literal["A", "A-", "B", "C", "D", "own"]
#: Grades that rest on an official text or its faithful copy; others are marked unverified wherever they show.
VERIFIED = ("A", "A-", "B")

#: A pot keeps the yearly accumulators of one kind of benefit; the same names in every policy, so that they can move.
Pot = Literal["inpatient", "outpatient", "chronic", "special_drug", "emergency", "maternity", "pharmacy", "other"]
POTS: tuple[str, ...] = get_args(Pot)
#: The pots whose payments count against a layer's limit for outpatients.
OUTPATIENT_POTS = ("outpatient", "emergency", "pharmacy")

#: Layers after basic insurance, in the order in which they pay.
LAYERS = (
    "civil_servant", "enterprise", "large_amount", "critical_illness", "assistance", "tilt", "commercial_in_range",
    "commercial_out_of_range", "commercial_drugs", "charity",
)  # fmt: skip
Kinds = Annotated[list[str], BeforeValidator(strict_list)]


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


class PercentOfBill(Strict):
    """A deductible that is a share of the bill, within bounds."""

    rate: RateBy
    of: Literal["total", "eligible"] = "total"
    min: MoneyBy | None = None
    max: MoneyBy | None = None


class StepDown(Strict):
    """Each further admission of the year lowers the deductible by an amount."""

    by: Money
    floor: Money


class Deductible(Strict):
    """What the person pays first."""

    per: Literal["bill", "year"] = "bill"
    amount: MoneyBy | None = None
    nth: list[Rate] | None = Field(
        default=None, min_length=1, max_length=32, description="share of `amount`: 1st, 2nd, …"
    )
    nth_amounts: MoniesBy | None = Field(default=None, description="the amounts themselves for the 1st, 2nd, … time")
    step_down: StepDown | None = None
    percent_of_bill: PercentOfBill | None = None
    floor: MoneyBy | None = Field(default=None, description="never below this amount")
    yearly_total: MoneyBy | None = Field(default=None, description="deductibles of a year together never above this")
    waived: list[When] = Field(default=[], description="who pays none")
    pot: Pot | None = Field(default=None, description="count with this kind of benefit; default its own")
    by_disease: bool = Field(default=False, description="each chronic disease has its own")

    @model_validator(mode="after")
    def _one_rule(self) -> Deductible:
        rules = [name for name in ("nth", "nth_amounts", "step_down") if getattr(self, name) is not None]
        if len(rules) > 1:
            raise ValueError(f"use one of nth, nth_amounts and step_down, not {' and '.join(rules)}")
        if self.per == "year" and rules:
            raise ValueError(f"a yearly deductible is paid once: {rules[0]} has no meaning with `per: year`")
        if self.amount is None and self.nth_amounts is None and self.percent_of_bill is None:
            raise ValueError("say `amount`, `nth_amounts` or `percent_of_bill`")
        if self.amount is None and (self.nth or self.step_down):
            raise ValueError(f"{rules[0]} needs `amount`")
        return self


class Axis(Strict):
    """On which scale the bands lie: the bill's expense, the year's, or what the fund has paid this year."""

    of: Literal["per_admission", "annual_cumulative", "fund_payment"] = "per_admission"
    includes_deductible: bool = False
    pot: Pot | None = None


class Band(Strict):
    """A rate up to an edge; without `upto` to the end. Above the last edge nothing is paid."""

    upto: Money | None = None
    rate: RateBy


class Cap(Strict):
    """The most that is paid, or the most expense that enters; what lies above it is left to the next layers."""

    basis: Literal["fund_payment", "eligible"] = "fund_payment"
    amount: MoneyBy
    per: Literal["year", "bill"] = "year"
    includes_deductible: bool = Field(default=False, description="with basis eligible: the deductible counts too")
    pot: Pot | None = None
    by_disease: bool = Field(default=False, description="each chronic disease has its own: a quota")

    @model_validator(mode="after")
    def _bill(self) -> Cap:
        if self.per == "bill" and self.basis == "eligible":
            raise ValueError("a limit per bill is one on payment: use `basis: fund_payment`")
        return self


class Floor(Strict):
    """Floor payment: at least this share of the whole bill, what is not covered included."""

    rate: RateBy
    within_cap: bool = False


class Retiree(Strict):
    """How the rates of a retired person follow from those in service; else write cases with `class`."""

    points: Rate | None = Field(default=None, description="added to the rate")
    share_times: Rate | None = Field(default=None, description="the personal share times this")

    @model_validator(mode="after")
    def _one(self) -> Retiree:
        if (self.points is None) == (self.share_times is None):
            raise ValueError("say `points` or `share_times`")
        return self


class OutOfRegion(Strict):
    """How rates fall outside the pooling region, by the filing: points taken off, or share of the rate taken off."""

    mode: Literal["subtract_points", "multiply"] = "subtract_points"
    long_term: RateBy = 0
    referral: RateBy = 100_000
    emergency: RateBy = 100_000
    unfiled: RateBy = 200_000


def _rising(bands: list[Band]) -> list[Band]:
    edges = [band.upto for band in bands[:-1]]
    if any(edge is None for edge in edges):
        raise ValueError("only the last band may be without `upto`")
    known = [b.upto.fen for b in bands if b.upto is not None and not b.upto.of]
    if any(low >= high for low, high in pairwise(known)):
        raise ValueError("the edges `upto` must rise from band to band")
    return bands


Bands = Annotated[list[Band], Field(min_length=1), AfterValidator(_rising)]


class Benefit(Strict):
    """What basic insurance pays for some kinds of care; the first benefit that fits a bill holds."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    kinds: Kinds = Field(description="national codes of med_type: 21 inpatient, 11 outpatient, 14 chronic, …")
    pot: Pot
    when: When | None = None
    deductible: Deductible | None = None
    axis: Axis = Axis()
    bands: Bands
    retiree: Retiree | None = None
    out_of_region: OutOfRegion | None = None
    cap: Cap | None = None
    cap_per_bill: MoneyBy | None = None
    floor: Floor | None = None

    @model_validator(mode="after")
    def _axis_plain(self) -> Benefit:
        if self.axis.of == "fund_payment" and self.axis.includes_deductible:
            raise ValueError("what the fund has paid includes no deductible")
        return self


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
