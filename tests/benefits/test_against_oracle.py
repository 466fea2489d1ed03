"""The kernel and a plain row-by-row settlement agree to the fen, over every combination of the switches."""

from __future__ import annotations

import random
from typing import Any

import pytest

from benefits import invented
from benefits.oracle import LAYERS, settle_person
from yibao.benefits.bills import ProfileCache
from yibao.benefits.kernel import reckon
from yibao.benefits.load import policy_from

#: Names of the oracle's results and of the kernel's amounts.
SAME = ("times", "deductible", "above_cap", "basic", *LAYERS, "fund", "hospital", "person", "account", "family", "cash")


def compare(seed: int, persons: int) -> int:
    """Settle invented people both ways; gives the number of bills."""
    rng = random.Random(seed)
    docs: dict[str, Any] = {}
    for region, scheme in (("110000", "310"), ("110000", "390"), ("420100", "310"), ("420100", "390")):
        name = f"P{region[:2]}-{scheme}"
        docs[f"{name}@1"] = invented.policy(rng, name, region, scheme)
    cache = ProfileCache({key: policy_from(doc) for key, doc in docs.items()})
    people = [invented.person(rng, f"p{n:05d}", list(docs)) for n in range(persons)]
    bills = [bill for person in people for bill in person]
    reckoned = reckon(invented.table(bills), cache)
    assert reckoned.reasons is None
    expected = {key: value for person in people for key, value in settle_person(docs, person).items()}
    for name in SAME:
        values = reckoned.amounts[name].tolist()
        for bill, value in zip(bills, values, strict=True):
            if value != expected[bill["id"]].get(name, 0):
                raise AssertionError(
                    f"seed {seed}, {bill}: {name} is {value}, due {expected[bill['id']][name]}; {docs[bill['policy']]}"
                )
    return len(bills)


@pytest.mark.slow
def test_a_hundred_thousand_bills() -> None:
    """The switches are drawn anew for each seed."""
    bills, seed = 0, 0
    while bills < 100_000:
        bills += compare(seed, 60)
        seed += 1
    assert seed > 100
