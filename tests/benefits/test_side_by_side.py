"""One bill under every policy of its scheme; the catalogue of the place of care for one bill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benefits.neighbours import HOME, NEAR, book
from yibao.benefits import PolicyError, bill_from, load_policies, settle_bill
from yibao.benefits.side_by_side import side_by_side

STAY = {"id": "S", "kind": "21", "level": "3", "settled_at": "2025-03-01", "total": "60000", "not_covered": "4000",
        "first_share": "2000", "eligible": "54000"}  # fmt: skip


def file(bill: dict[str, Any] = STAY, **more: Any) -> Any:
    return bill_from({"policy": "EXAMPLE-390", "person": {"id": "p", "class": "adult"}, "bill": bill, **more})


def test_every_policy_of_the_scheme_stands_once_beside_the_others() -> None:
    policies = load_policies()
    sides = side_by_side(file(), policies)
    assert sorted(s.policy.id for s in sides) == sorted(
        {w.policy.id for w in policies.written if w.policy.scheme == "390"}
    )
    assert [s.own for s in sides] == [True, *[False] * (len(sides) - 1)]
    partial = [s.policy.extent == "partial" for s in sides[1:] if s.result]
    assert partial == sorted(partial)
    burdens = [s.result["person_amount"] for s in sides[1:] if s.result and s.policy.extent == "whole"]
    assert burdens == sorted(burdens)


def test_each_side_is_what_the_policy_alone_gives() -> None:
    """Bengbu: (54 000 - 800) at 70 %. The bill's day does not matter to the comparison."""
    early = {**STAY, "settled_at": "2021-03-01"}
    found = {s.policy.id: s for s in side_by_side(file(early), load_policies())}
    bengbu = found["BENGBU-390"].result
    assert bengbu is not None
    assert bengbu["basic_fund_amount"] == 3_724_000
    assert found["SHANGLUO-390"].result is not None


def test_a_policy_that_says_nothing_of_such_a_bill_is_told_with_the_reason() -> None:
    """Bengbu gives no rate for care elsewhere."""
    away = {**STAY, "place": "unfiled", "area": "out_of_province"}
    found = {s.policy.id: s for s in side_by_side(file(away), load_policies())}
    refused = found["BENGBU-390"]
    assert refused.result is None
    assert refused.refusal is not None
    assert "does not say" in refused.refusal.what
    assert found["EXAMPLE-390"].result is not None


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(PolicyError, match="no policy 'NOWHERE'"):
        side_by_side(file(policy="NOWHERE"), load_policies())


@pytest.mark.parametrize(("care", "eligible", "basic"), [(None, 1_100_000, 400_000), (NEAR, 0, 0)])
def test_the_place_of_care_says_what_is_paid_and_the_insured_place_at_which_rate(
    tmp_path: Path, care: str | None, eligible: int, basic: int
) -> None:
    line = {"item": "K", "class": "A", "price": "11000"}
    bill = {
        "id": "S",
        "kind": "21",
        "settled_at": "2025-03-01",
        "place": "unfiled",
        "care_region": care,
        "lines": [line],
    }
    whose = {"insured_region": HOME, "scheme": "390", "person": {"id": "p", "class": "adult"}}
    settled = settle_bill(bill_from({**whose, "bill": bill}), book(tmp_path))
    assert (settled.result["eligible_amount"], settled.result["basic_fund_amount"]) == (eligible, basic)
