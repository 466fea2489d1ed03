"""Live settlement: parallel clients, retries, reversal in order; nothing overspent, lost or doubled."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from named_refusals import refused
from sqlalchemy import select

from yibao.registry import Refused, Registry
from yibao.registry.accounts import Figure, Settler, check_accounts, figures_of, history, reverse, settle
from yibao.registry.tables.accounts import TRANSACTION
from yibao.registry.tables.core import EVENT
from yibao.registry.verify import verify

CAP, DEDUCTIBLE = 100_000, 30_000


def capped(eligible: int) -> Settler:
    """A small policy: a deductible once a year, then everything up to a cap."""

    def run(before: Sequence[Figure]) -> tuple[dict[str, int], list[list[Any]]]:
        seen = {figure[3]: figure[4] for figure in before}
        deductible = min(eligible, DEDUCTIBLE - seen.get("deductible", 0))
        fund = min(eligible - deductible, CAP - seen.get("fund", 0))
        after = {"deductible": seen.get("deductible", 0) + deductible, "fund": seen.get("fund", 0) + fund}
        return {"fund": fund, "deductible": deductible}, [[2025, "310", "990000", n, v] for n, v in after.items()]

    return run


def pay(registry: Registry, number: int, eligible: int = 7_000, person: str = "P1", request: str | None = None) -> Any:
    return registry.do(settle, person, f"S{number}", capped(eligible), "990100", by="till", request=request)


def test_parallel_settlements_of_one_person_never_overspend(registry: Registry) -> None:
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda n: pay(registry, n, request=f"R{n % 24}/{n // 24}"), range(48)))
        assert sum(a["result"]["fund"] for a in answers) == CAP
        assert sum(a["result"]["deductible"] for a in answers) == DEDUCTIBLE
        assert sorted(a["sequence"] for a in answers) == list(range(1, 49))
        with registry.reading("account.read", "till") as unit:
            assert check_accounts(unit) == []
        assert verify(registry).problems == []


def test_the_same_request_settles_once_however_often_it_is_sent(registry: Registry) -> None:
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda n: pay(registry, n % 4, request=f"R{n % 4}"), range(32)))
        for number in range(4):
            assert len({str(answers[n]) for n in range(number, 32, 4)}) == 1
        with registry.reading("account.read", "till") as unit:
            assert len(unit.rows(select(TRANSACTION))) == 4
            assert [f[4] for f in figures_of(unit, "P1")] == [28_000, 0]


def test_reversal_goes_in_order_and_restores_what_was_before(registry: Registry) -> None:
    for number, eligible in enumerate((40_000, 50_000, 60_000)):
        pay(registry, number, eligible)
    told = refused("not_the_last", lambda: registry.do(reverse, "P1", "S0", "990100", by="till"))
    assert "S2, S1" in told.mend
    with registry.reading("account.read", "till") as unit:
        states = [row["after_figures"] for row in history(unit, "P1")]
    for number in (2, 1):
        registry.do(reverse, "P1", f"S{number}", "990100", by="till", request=f"back {number}")
        registry.do(reverse, "P1", f"S{number}", "990100", by="till", request=f"back {number}")
    with registry.reading("account.read", "till") as unit:
        assert history(unit, "P1")[-1]["after_figures"] == states[0]
        assert check_accounts(unit) == []
    refused("reversed_before", lambda: registry.do(reverse, "P1", "S1", "990100", by="till"))
    refused("settled_before", lambda: pay(registry, 1))


def test_what_the_policy_refuses_changes_nothing_and_is_told(registry: Registry) -> None:
    def refuse(before: Sequence[Figure]) -> Any:
        raise Refused("no_cover", "social_insurance_30", "not covered on that day", "当日未参保")

    with pytest.raises(Refused, match="not covered"):
        registry.do(settle, "P1", "S1", refuse, "990100", by="till", request="R1")
    with registry.reading("account.read", "till") as unit:
        assert history(unit, "P1") == []
        told = unit.rows(select(EVENT).where(EVENT.c.subject == "person:P1"))
        assert [(e["outcome"], e["action"]) for e in told] == [("refused", "account.settle")]
    # The same request may be sent again once the reason is gone.
    assert pay(registry, 1, request="R1")["sequence"] == 1


def test_a_till_of_another_place_may_not_settle(registry: Registry) -> None:
    refused("out_of_scope", lambda: registry.do(settle, "P1", "S1", capped(1), "120000", by="till"))
    refused("out_of_scope", lambda: registry.do(settle, "P1", "S1", capped(1), institution_id="H2", by="h1"))
    assert registry.do(settle, "P1", "S1", capped(1), institution_id="H1", by="h1")["sequence"] == 1
