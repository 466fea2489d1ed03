"""What the registry's benchmarks share: a registry with a till, and a small policy whose limits can be checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from yibao.registry import Registry
from yibao.registry.accounts import Figure, Settler
from yibao.registry.actors import add, found, grant
from yibao.registry.clock import china_time
from yibao.registry.database import connect
from yibao.registry.migrate import migrate

REGION = "990000"
TILL = "till"
#: Fen: what the fund pays a person in a year, and what the person pays first.
CAP, DEDUCTIBLE = 50_000, 10_000


def make_registry(place: str) -> None:
    """A new registry at an empty place, with one settlement service."""
    engine = connect(place)
    try:
        migrate(engine)
        registry = Registry(place, engine, china_time)
        found(registry, "root", "root", REGION, REGION, "bench")
        registry.do(add, TILL, TILL, "service", by="root")
        registry.do(grant, TILL, "settlement", "region", REGION, date(2024, 1, 1), by="root")
    finally:
        engine.dispose()


def capped(eligible: int) -> Settler:
    """A deductible once a year, then everything up to the cap."""

    def settler(before: Sequence[Figure]) -> tuple[dict[str, int], list[list[Any]]]:
        seen = {figure[3]: figure[4] for figure in before}
        deductible = min(eligible, DEDUCTIBLE - seen.get("deductible", 0))
        fund = min(eligible - deductible, CAP - seen.get("fund", 0))
        after = {"deductible": seen.get("deductible", 0) + deductible, "fund": seen.get("fund", 0) + fund}
        return {"fund": fund, "deductible": deductible}, [[2025, "310", REGION, n, v] for n, v in after.items()]

    return settler
