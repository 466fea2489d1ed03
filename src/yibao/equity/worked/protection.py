"""Financial protection of twelve households, and the concentration family."""

from __future__ import annotations

from typing import Any

import numpy as np

from yibao.equity.concentration import concentration_index
from yibao.equity.protection.capacity import capacity_to_pay, non_food
from yibao.equity.protection.expenditure import catastrophic_expenditure
from yibao.equity.protection.impoverishment import below_subsistence
from yibao.equity.worked import Given, example


@example("V08")
def _twelve_households(given: Any) -> Given:
    size, weight, consumption, food, oop = (
        np.array(given[name], dtype=float) for name in ("size", "weight", "consumption", "food", "oop")
    )
    capacity = capacity_to_pay(consumption, food, size, weight)
    under = {"budget": consumption, "food": non_food(consumption, food), "capacity": capacity.capacity}
    for name, thresholds in (("budget", (0.1, 0.25, 0.4)), ("food", (0.25, 0.4)), ("capacity", (0.4,))):
        for threshold in thresholds:
            for unit in ("households", "individuals"):
                people = size if unit == "individuals" else None
                found = catastrophic_expenditure(oop, under[name], threshold, weight, size=people)
                yield (
                    "catastrophic_expenditure",
                    {f"{name}_{threshold:g}_{unit}": [found.headcount, found.overshoot, found.mean_positive_overshoot]},
                )
    yield "capacity_to_pay", {
        "food_shares": [capacity.low_food_share, capacity.high_food_share], "poverty_line": capacity.poverty_line,
    }  # fmt: skip
    poor, made_poor = below_subsistence(consumption, oop, capacity.subsistence, weight)
    yield "below_subsistence", {"impoverished": [poor, made_poor]}


@example("V13")
def _health_by_rank(given: Any) -> Given:
    found = concentration_index(given["health"], given["rank"], given["weight"], bounds=(0, 1))
    yield "concentration_index", {
        "value": found.value, "erreygers": found.erreygers, "wagstaff": found.wagstaff,
        "generalised": found.generalised,
    }  # fmt: skip
    yield "concentration_index", {"unweighted": concentration_index(given["health"], given["rank"]).value}
