"""Parallel clients on one registry: how many settlements a second, and whether any is overspent, lost or doubled."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.registry_city import CAP, DEDUCTIBLE, REGION, TILL, capped
from yibao.registry import Registry
from yibao.registry.accounts import check_accounts, settle
from yibao.registry.tables.accounts import TRANSACTION

#: Every so many settlements one is sent twice, as a client does that got no answer.
RETRIED = 20
#: Settlements of one person: enough to reach the deductible and the cap.
BILLS = 12
_ELIGIBLE = 7_000


@dataclass(frozen=True)
class Load:
    """What came of it. ``settled`` were acknowledged; the other three count what must not happen."""

    clients: int
    settled: int
    seconds: float
    overspent: int
    lost: int
    doubled: int
    contradictions: int

    @property
    def a_second(self) -> int:
        return int(self.settled / self.seconds)


def load(place: str, clients: int, settlements: int) -> Load:
    """Let ``clients`` at once send ``settlements`` bills of few persons, some of them twice, and count."""
    processes = min(clients, max(1, (os.cpu_count() or 1) * 2))
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(processes + 1), context.Queue()
    each = clients // processes
    workers = [
        context.Process(target=_process, args=(place, n, processes, each, settlements, barrier, answers))
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    barrier.wait(timeout=120)
    clock = time.perf_counter()
    told = [answers.get(timeout=1200) for _ in workers]
    seconds = time.perf_counter() - clock
    for worker in workers:
        worker.join()
    failed = [answer for answer in told if isinstance(answer, str)]
    if failed:
        raise BenchmarkError(f"a client failed: {failed[0]}", zh=f"客户端失败：{failed[0]}")
    acknowledged = [answer for part in told for answer in part]
    return _judged(place, each * processes, acknowledged, settlements, seconds)


def _process(
    place: str, number: int, processes: int, threads: int, settlements: int, barrier: Any, answers: Any
) -> None:
    """One process of clients, each a thread with a connection of its own."""
    try:
        mine = range(number, settlements, processes)
        with Registry.open(place, pool=threads) as registry, ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: _touch(registry), range(threads)))  # connections are made before the clock runs
            barrier.wait()
            answers.put([found for part in pool.map(lambda bill: _settle(registry, bill), mine) for found in part])
    except Exception as error:
        barrier.abort()
        answers.put(f"{type(error).__name__}: {error}")


def _touch(registry: Registry) -> None:
    with registry.engine.connect() as connection:
        connection.execute(select(1))


def _settle(registry: Registry, bill: int) -> list[tuple[str, str]]:
    """Settle one bill, some of them twice. Returns (settlement, transaction) as acknowledged."""
    said = []
    for _ in range(2 if bill % RETRIED == 0 else 1):
        answer = registry.do(
            settle, f"P{bill // BILLS}", f"S{bill}", capped(_ELIGIBLE), REGION, by=TILL, request=f"R{bill}"
        )
        said.append((answer["settlement_id"], answer["transaction_id"]))
    return said


def _judged(place: str, clients: int, acknowledged: list[tuple[str, str]], settlements: int, seconds: float) -> Load:
    """Hold what was acknowledged against what the registry kept."""
    with Registry.open(place) as registry, registry.reading("account.read", TILL) as unit:
        kept = unit.rows(select(TRANSACTION))
        contradictions = len(check_accounts(unit))
    by_settlement = Counter(row["settlement_id"] for row in kept)
    there = {(row["settlement_id"], row["transaction_id"]) for row in kept}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in kept:
        import json

        sums[row["person_id"]].update(json.loads(row["result"]))
    return Load(
        clients=clients,
        settled=len({settlement for settlement, _ in acknowledged}),
        seconds=seconds,
        overspent=sum(s["fund"] > CAP or s["deductible"] > DEDUCTIBLE for s in sums.values()),
        lost=sum(answer not in there for answer in acknowledged) + settlements - len(by_settlement),
        doubled=sum(count - 1 for count in by_settlement.values()),
        contradictions=contradictions,
    )
