"""The words of basic insurance in a policy: deductible, bands, limits, floor payment, retirement, care elsewhere."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from yibao.benefits.conditions import MoneyBy, MoniesBy, RateBy, Strict, When, strict_list
from yibao.benefits.quantities import Money, Rate
from yibao.lawbook.model import Text

#: A pot keeps the yearly accumulators of one kind of benefit; the same names in every policy, so that they can move.
Pot = Literal["inpatient", "outpatient", "chronic", "special_drug", "emergency", "maternity", "pharmacy", "other"]
POTS: tuple[str, ...] = get_args(Pot)
#: The pots whose payments count against a layer's limit for outpatients.
OUTPATIENT_POTS = ("outpatient", "emergency", "pharmacy")
Kinds = Annotated[list[str], BeforeValidator(strict_list)]


class PercentOfBill(Strict):
    """A deductible that is a share of the bill, within bounds."""

    rate: RateBy
    of: Literal["total", "eligible"] = "total"
    min: MoneyBy | None = None
    max: MoneyBy | None = None


class StepDown(Strict):
    """Each further admission of the year lowers the deductible by an amount."""

    by: Money = Field(description="lower by this amount each time")
    floor: Money = Field(description="and not below this amount")


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
    floor: Floor | None = Field(default=None, description="floor payment: at least this share of the whole bill")

    @model_validator(mode="after")
    def _axis_plain(self) -> Benefit:
        if self.axis.of == "fund_payment" and self.axis.includes_deductible:
            raise ValueError("what the fund has paid includes no deductible")
        return self
