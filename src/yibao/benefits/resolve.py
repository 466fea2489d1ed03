"""What a policy says about one kind of bill, as numbers: the parameters that the kernel reckons with.

A *profile* is a policy with the facts of a bill (:class:`yibao.benefits.conditions.Facts`). Bills of a region share a
few hundred profiles, so the words of a policy are read once per profile and never per bill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yibao.benefits.conditions import ACCOUNT_ONLY, Facts, pick
from yibao.benefits.quantities import ONE, UNLIMITED, Amount
from yibao.benefits.vocabulary import ALL_CARRIED, LAYERS, Base, Favour, Layer, Policy
from yibao.benefits.vocabulary_basic import OUTPATIENT_POTS, POTS, Band, Benefit, Cap, Deductible
from yibao.errors import YibaoError

#: What is added to a numerator before it is cut off to whole fen.
_ROUNDING = {"half_up": ONE // 2, "down": 0, "up": ONE - 1}
#: The parts of a bill that a layer may look at, in the order in which a payment uses them up.
PARTS = ("burden", "first_share", "over_limit", "not_covered", "above_cap", "special_drug")


class NoRule(YibaoError):
    """A policy has cases for a value, and none fits the bill."""


@dataclass(frozen=True)
class Bands:
    """Upper edges (fen) and rates (parts per million); above the last edge nothing is paid."""

    edges: tuple[int, ...] = ()
    rates: tuple[int, ...] = ()


@dataclass(frozen=True)
class Profile:
    """The parameters of one profile: ``basic`` and, of each layer that applies, ``layers``; values in fen, ppm, 0/1."""

    policy: Policy
    facts: Facts
    benefit: Benefit | None
    basic: dict[str, int]
    deductibles: tuple[int, ...]
    bands: Bands
    layers: dict[str, tuple[dict[str, int], Bands]]


def profile(policy: Policy, facts: Facts) -> Profile:
    """Read a policy for one kind of bill. Raises :class:`NoRule` where its cases leave the bill out."""
    benefit = next((b for b in policy.benefits if _fits(b, facts)), None)
    reader = _Reader(policy, facts)
    deductibles, basic = reader.deductible(benefit.deductible if benefit else None, benefit)
    basic |= (
        reader.position(benefit)
        | reader.caps(benefit)
        | reader.account(benefit)
        | reader.general(counts=benefit is not None)
    )
    layers = {
        name: reader.layer(name, layer, benefit)
        for name in LAYERS
        if (layer := getattr(policy.layers, name)) is not None and benefit and _covers(layer, benefit, facts)
    }
    return Profile(policy, facts, benefit, basic, deductibles, reader.basic_bands(benefit), layers)


def _fits(benefit: Benefit, facts: Facts) -> bool:
    asked = facts.kind in benefit.kinds and ACCOUNT_ONLY not in facts.covers
    return asked and (benefit.when is None or benefit.when.holds(facts))


def _covers(layer: Layer, benefit: Benefit, facts: Facts) -> bool:
    follows = layer.benefits is None or benefit.id in layer.benefits
    return follows and (not layer.who or any(when.holds(facts) for when in layer.who))


class _Reader:
    """Reads the values of one policy for the facts of one kind of bill."""

    def __init__(self, policy: Policy, facts: Facts) -> None:
        self.policy, self.facts, self.figures = policy, facts, policy.figures

    def value(self, given: Any, key: str) -> Any:
        """The value of a key; every bill must find its case."""
        found = pick(given, self.facts)
        if found is None:
            raise NoRule(
                f"{key}: no case fits a bill with {self.facts.said()}",
                where=self.policy.key,
                mend="add a case, or a last one without conditions",
                zh=f"{key}：没有一种情形适用于此账单（{self.facts.said()}）",
                mend_zh="请增加一种情形，或在最后写一种不带条件的",
            )
        return found

    def fen(self, given: Any, key: str, default: int = UNLIMITED) -> int:
        if given is None:
            return default
        amount: Amount = self.value(given, key)
        return amount.resolve(self.figures)

    def limit(self, given: Any, key: str) -> int:
        """A limit; a person whom none of its cases names has none."""
        named = isinstance(given, list) and pick(given, self.facts) is None
        return UNLIMITED if named else self.fen(given, key)

    # --- basic insurance ---------------------------------------------------------------------------------------------

    def deductible(self, rule: Deductible | None, benefit: Benefit | None) -> tuple[tuple[int, ...], dict[str, int]]:
        """Amounts for the 1st, 2nd, … time (the last repeats), and the rest of the rule."""
        pot = _pot(benefit, rule.pot if rule else None)
        basic = {
            "ded_pot": pot, "ded_by_disease": int(rule is not None and rule.by_disease),
            "ded_year": int(rule is not None and rule.per == "year"),
            "pct_rate": 0, "pct_of_total": 0, "pct_min": 0, "pct_max": UNLIMITED, "ded_total": UNLIMITED,
        }  # fmt: skip
        if rule is None or any(when.holds(self.facts) for when in rule.waived):
            return (0,), basic
        basic["ded_total"] = self.fen(rule.yearly_total, "deductible.yearly_total")
        floor = self.fen(rule.floor, "deductible.floor", 0)
        if rule.percent_of_bill is not None:
            percent = rule.percent_of_bill
            rate = pick(percent.rate, self.facts)
            if rate:
                basic |= {
                    "pct_rate": rate, "pct_of_total": int(percent.of == "total"),
                    "pct_min": max(floor, self.fen(percent.min, "percent_of_bill.min", 0)),
                    "pct_max": self.fen(percent.max, "percent_of_bill.max"),
                }  # fmt: skip
                return (0,), basic
        return tuple(max(floor, amount) for amount in self._nth(rule)), basic

    def _nth(self, rule: Deductible) -> tuple[int, ...]:
        if rule.nth_amounts is not None:
            return tuple(a.resolve(self.figures) for a in self.value(rule.nth_amounts, "deductible.nth_amounts"))
        first = self.fen(rule.amount, "deductible.amount", 0)
        if rule.nth is not None:
            return tuple(_share(first, rate) for rate in rule.nth)
        if rule.step_down is not None:
            by, floor = rule.step_down.by.resolve(self.figures), rule.step_down.floor.resolve(self.figures)
            steps = -(-max(first - floor, 0) // by) if by else 0
            return tuple(max(first - by * n, min(floor, first)) for n in range(min(steps, 99) + 1))
        return (first,)

    def position(self, benefit: Benefit | None) -> dict[str, int]:
        """Where the bands lie."""
        axis = benefit.axis if benefit else None
        return {
            "axis_pot": _pot(benefit, axis.pot if axis else None),
            "axis_year": int(axis is not None and axis.of == "annual_cumulative"),
            "axis_fund": int(axis is not None and axis.of == "fund_payment"),
            "axis_incl": int(axis is not None and axis.includes_deductible),
        }

    def caps(self, benefit: Benefit | None) -> dict[str, int]:
        """Limits on payment (``cap_fund``) and on expense (``cap_eligible``), of the benefit and of all together."""
        cap = benefit.cap if benefit else None
        out = {"cap_pot": _pot(benefit, cap.pot if cap else None), "cap_by_disease": int(bool(cap and cap.by_disease))}
        out |= self._cap("cap", cap) | self._cap("annual", self.policy.annual_cap if benefit else None)
        per_bill = benefit.cap_per_bill if benefit else None
        out["cap_bill"] = self.limit(per_bill, "cap_per_bill")
        if cap is not None and cap.per == "bill":
            out["cap_bill"] = min(out["cap_bill"], out["cap_fund"])
            out["cap_fund"] = UNLIMITED
        floor = benefit.floor if benefit else None
        out["floor_rate"] = (pick(floor.rate, self.facts) or 0) if floor else 0
        out["floor_within"] = int(floor is not None and floor.within_cap)
        return out

    def _cap(self, name: str, cap: Cap | None) -> dict[str, int]:
        amount = self.limit(cap.amount, f"{name}.amount") if cap else UNLIMITED
        on_fund = cap is None or cap.basis == "fund_payment"
        return {
            f"{name}_fund": amount if on_fund else UNLIMITED,
            f"{name}_eligible": UNLIMITED if on_fund else amount,
            f"{name}_incl": int(cap is not None and cap.includes_deductible),
        }

    def basic_bands(self, benefit: Benefit | None) -> Bands:
        """Bands of basic insurance after what retirement and place do to the rates."""
        if benefit is None:
            return Bands()
        bands = self._bands(benefit.bands, "bands")
        return Bands(bands.edges, tuple(self._adjusted(rate, benefit) for rate in bands.rates))

    def _adjusted(self, rate: int, benefit: Benefit) -> int:
        retiree, away = benefit.retiree, benefit.out_of_region
        if retiree is not None and self.facts.person_class == "retired":
            if retiree.points is not None:
                rate = min(ONE, rate + retiree.points)
            else:
                rate = ONE - _share(ONE - rate, retiree.share_times or 0)
        if away is not None and self.facts.place != "local":
            off = pick(getattr(away, self.facts.place), self.facts) or 0
            rate = max(0, rate - off) if away.mode == "subtract_points" else _share(rate, ONE - off)
        return rate

    def _bands(self, bands: list[Band], key: str) -> Bands:
        edges = tuple(UNLIMITED if b.upto is None else b.upto.resolve(self.figures) for b in bands)
        return Bands(edges, tuple(self.value(b.rate, f"{key}.rate") for b in bands))

    # --- the layers after it -----------------------------------------------------------------------------------------

    def layer(self, name: str, layer: Layer, benefit: Benefit) -> tuple[dict[str, int], Bands]:
        """Parameters of a layer for those whom it covers."""
        favour = next((f for f in layer.favour if f.holds(self.facts)), Favour())
        threshold = self.fen(layer.threshold, f"{name}.threshold", 0)
        if favour.threshold_times is not None:
            threshold = _share(threshold, favour.threshold_times)
        bands = self._bands(layer.bands, f"{name}.bands")
        rates = tuple(min(ONE, rate + (favour.points or 0)) for rate in bands.rates)
        outpatient = layer.outpatient_cap is not None and benefit.pot in OUTPATIENT_POTS
        cap = self.limit(layer.outpatient_cap if outpatient else layer.cap, f"{name}.cap")
        values = {
            "year": int(layer.per == "year"), "threshold": threshold, "absolute": int(layer.origin == "absolute"),
            "cap": UNLIMITED if favour.no_cap else cap, "outpatient": int(outpatient),
            "cap_bill": self.limit(layer.cap_per_bill, f"{name}.cap_per_bill"),
        }  # fmt: skip
        return values | _parts(layer.base), Bands(bands.edges, rates)

    # --- the person's side -------------------------------------------------------------------------------------------

    def account(self, benefit: Benefit | None) -> dict[str, int]:
        """What the account may pay; a kind of care without benefit counts as none of the named benefits."""
        account = self.policy.account
        named = account is not None and (
            account.benefits is None or (benefit is not None and benefit.id in account.benefits)
        )
        pays = account.pays if account is not None and named else []
        out = {
            f"account_{part}": int(part in pays) for part in ("in_range", "first_share", "over_limit", "not_covered")
        }
        return out | {"account_family": int(bool(pays) and account is not None and account.family)}

    def general(self, *, counts: bool) -> dict[str, int]:
        """Rounding, whether the bill counts, and which accumulators go on after a change of scheme or region."""
        change = self.policy.continuity
        out = {
            "counts": int(counts),
            "round_add": _ROUNDING[self.policy.rounding.mode],
            "round_year": int(self.policy.rounding.scope == "year"),
        }
        for index, name in enumerate(ALL_CARRIED):
            out[f"carry_scheme_{index}"] = int(name in change.scheme_change)
            out[f"carry_region_{index}"] = int(name in change.region_change)
        return out


def _pot(benefit: Benefit | None, named: str | None) -> int:
    return POTS.index(named or (benefit.pot if benefit else "other"))


def _share(amount: int, ppm: int) -> int:
    return (amount * ppm + ONE // 2) // ONE


def _parts(base: Base) -> dict[str, int]:
    return {f"of_{part}": int(part in base.of) for part in PARTS} | {
        "less_deductible": int("deductible" in base.less), "less_above_cap": int("above_cap" in base.less),
    }  # fmt: skip
