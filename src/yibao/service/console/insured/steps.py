"""How a bill was shared, as the steps that a person reads: the engine's own amounts, in its order, to the fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Payer = Literal["whole", "you", "fund", "hospital", "back"]
#: What the person pays before any layer, as the engine's steps name it.
OUTSIDE = ("not_covered", "over_limit", "first_share")


@dataclass(frozen=True)
class Step:
    """One step: who pays how much, and where it lies on the scale of the whole bill (fen).

    ``parts`` are the engine's rows behind it, from which its sum is written out.
    """

    name: str
    payer: Payer
    amount: int
    start: int = 0
    parts: Sequence[Mapping[str, Any]] = field(default=())


@dataclass(frozen=True)
class Shared:
    """All steps of a bill, and what they come to (fen)."""

    steps: Sequence[Step]
    total: int
    fund: int
    person: int

    @property
    def yours(self) -> list[Step]:
        """The steps whose amounts are the person's, with what later layers gave back as a negative one."""
        return [step for step in self.steps if step.payer in ("you", "back")]

    @property
    def adds_up(self) -> bool:
        """Whether the person's parts give the person's share, and all parts the bill: the line under the steps."""
        hospital = sum(step.amount for step in self.steps if step.payer == "hospital")
        return (
            sum(step.amount for step in self.yours) == self.person
            and sum(step.amount for step in self.steps if step.payer == "fund") == self.fund
            and self.person + self.fund + hospital == self.total
        )


def shared(result: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> Shared:
    """The steps of a settled bill: ``result`` and ``steps`` follow ``settlement_result`` and ``settlement_step``."""
    by_layer: dict[str, list[Mapping[str, Any]]] = {}
    for row in steps:
        by_layer.setdefault(row["layer"], []).append(row)
    total = int(result["total_amount"])
    made = [Step("total", "whole", total)]
    for name in OUTSIDE:
        made += _taken(made, name, "you", _amount(by_layer.get("split", ()), name))
    basic = by_layer.pop("basic", [])
    made += _taken(made, "deductible", "you", _amount(basic, "deductible"), basic)
    if result["eligible_amount"]:
        # Basic insurance is always told of, even when it pays nothing: that is what people ask about.
        made.append(Step("basic", "fund", int(result["basic_fund_amount"]), _end(made), basic))
    for layer, rows in by_layer.items():
        if layer not in ("split", "person"):
            made += _taken(made, layer, "fund", _amount(rows, "paid"), rows)
    made += _taken(made, "hospital", "hospital", int(result["hospital_amount"]))
    return _closed(made, int(result["fund_amount"]), int(result["person_amount"]))


def booked(bill: Mapping[str, Any]) -> Shared:
    """The same from the books alone (a row of ``settlement``), for a bill that no policy explains."""
    layers = {
        "basic": "basic_fund_amount", "civil_servant": "civil_servant_amount", "enterprise": "enterprise_amount",
        "large_amount": "large_amount_amount", "critical_illness": "critical_illness_amount",
        "assistance": "assistance_amount", "other": "other_fund_amount",
    }  # fmt: skip
    total, fund, hospital = (bill[name] or 0 for name in ("total_amount", "fund_amount", "hospital_amount"))
    made = [Step("total", "whole", total)]
    for name in OUTSIDE:
        made += _taken(made, name, "you", bill[f"{name}_amount"] or 0)
    made += _taken(made, "deductible", "you", bill["deductible_amount"] or 0)
    for layer, column in layers.items():
        made += _taken(made, layer, "fund", bill[column] or 0)
    made += _taken(made, "hospital", "hospital", hospital)
    return _closed(made, fund, total - fund - hospital)


def _closed(made: list[Step], fund: int, person: int) -> Shared:
    """The last step: what is left for the person; or, where later layers paid what he had paid first, less of it."""
    total = made[0].amount
    rest = person - sum(step.amount for step in made if step.payer == "you")
    if rest > 0:
        made.append(Step("rest", "you", rest, _end(made)))
    elif rest < 0:
        made.append(Step("back", "back", rest, max(total + rest, 0)))
    return Shared(made, total, fund, person)


def _amount(rows: Sequence[Mapping[str, Any]], step: str) -> int:
    return sum(int(row["amount"]) for row in rows if row["step"] == step)


def _taken(
    made: Sequence[Step], name: str, payer: Payer, amount: int, parts: Sequence[Mapping[str, Any]] = ()
) -> list[Step]:
    """A step after those before it; none where nothing was taken."""
    return [Step(name, payer, amount, _end(made, amount), parts)] if amount else []


def _end(made: Sequence[Step], amount: int = 0) -> int:
    """Where the next step begins on the bill: after all that was taken so far, and so that it ends within the bill.

    A layer that pays what was counted as the person's first lies over that.
    """
    return min(sum(step.amount for step in made if step.payer != "whole"), made[0].amount - max(amount, 0))
