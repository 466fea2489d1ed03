"""Settlement over HTTP on PostgreSQL: how many a second, and whether a kill of server or database loses or doubles one.

Clients retry with their idempotency key until they are answered, as a counter does. Then the registry is held against
what was acknowledged.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.postgres import Server, scratch_postgres
from yibao.benchmarks.serve_city import bill, make_systems, persons
from yibao.benchmarks.serve_load import Answered, Asked, Connections, closed_loop, failed, milliseconds, open_loop
from yibao.benchmarks.serve_process import Served, served
from yibao.ledger import Ledger
from yibao.registry import Registry
from yibao.registry.accounts import check_accounts
from yibao.registry.tables.accounts import TRANSACTION
from yibao.registry.tables.core import GRANT
from yibao.registry.unit import reading
from yibao.service.retention import verify_all

RATE, LIMIT_MS, CLIENTS, SEED = 100.0, 250.0, 16, 3
SECONDS, KILLS = 60, 6
#: The day of the bills: the city's data are of that year.
DAY = date(2025, 12, 20)
_PERSONS = 4_000
#: Seconds after which a client gives a request up: longer than any restart.
_GIVES_UP = 240.0
#: Answers after which the same request is sent again: none, and that the database is away.
_AGAIN = (0, 503)

Acknowledged = dict[str, tuple[int, int]]


def run(ledger: Ledger, work: Path, seconds: int = SECONDS, kills: int = KILLS) -> dict[str, Any]:
    """Figures of the load at a fixed rate, of what it can do at most, and of the kills (half of them the database)."""
    insured = persons(ledger, DAY, _PERSONS)
    # Names of sockets are short; the folder of the work may not be.
    with tempfile.TemporaryDirectory(prefix="yibao-pg-") as folder:
        Path(folder).chmod(0o755)
        with scratch_postgres(Path(folder) / "c") as database:
            systems = make_systems(database.url, ledger)
            with served(ledger.path, database.url, work / "settlements") as service:

                def asked(prefix: str) -> Callable[[int], Asked]:
                    return lambda number: bill(number, prefix, insured, systems, DAY)

                count = int(RATE * seconds)
                warm, _ = closed_loop(service.port, asked("W"), 40, 4)
                if failed(warm):
                    raise BenchmarkError(f"bills are refused: {failed(warm)} {warm[0].body[:300]!r}")
                service.rest()
                used = service.cpu_seconds()
                steady = open_loop(service.port, asked("S"), RATE, count, 64)
                used = service.cpu_seconds() - used
                most, took = closed_loop(service.port, asked("M"), count // 2, CLIENTS)
                memory = service.peak_mb()
                killed = _killed(service, database, asked("K"), kills)
            found = _judged(database.url, {"S": steady, "M": most}, killed)
    return {
        "rate": RATE, "seconds": seconds, "settled": sum(a.status == 201 for a in steady),
        "a_second": round(sum(a.status == 201 for a in steady) / max(_span(steady), 1e-9), 1),
        "p50_ms": milliseconds(steady, 0.5), "p99_ms": milliseconds(steady, 0.99), "limit_ms": LIMIT_MS,
        "errors": sum(failed([*steady, *most]).values()), "most_a_second": round(len(most) / took, 1),
        "most_p99_ms": milliseconds(most, 0.99), "server_mb": memory,
        "cpu_ms": round(1000 * used / count, 1), **found,
    }  # fmt: skip


def _span(answers: list[Answered]) -> float:
    """Seconds from the first due time to the last answer."""
    return max(number / RATE + answer.seconds for number, answer in enumerate(answers))


def _killed(service: Served, database: Server, asked: Callable[[int], Asked], kills: int) -> dict[str, Any]:
    """Kill server and database in turn while clients send; returns what was acknowledged, and how long all was away."""
    chance, stop = random.Random(SEED), threading.Event()
    connections, told, lock = Connections(service.port), {}, threading.Lock()
    away: list[float] = []
    numbers = iter(range(10**9))

    def client() -> int:
        retried = 0
        while not stop.is_set():
            with lock:
                number = next(numbers)
            request = asked(number)
            until = time.monotonic() + _GIVES_UP
            while (answer := connections.mine().ask(request)).status in _AGAIN and time.monotonic() < until:
                retried += 1
                time.sleep(0.1)
            if answer.status != 201:
                raise BenchmarkError(f"a settlement was not answered: {answer.status} {answer.body[:200]!r}")
            with lock:
                told[f"K-{number}"] = _said(answer)
        return retried

    with connections, ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(client) for _ in range(CLIENTS)]
        try:
            for number in range(kills):
                time.sleep(1.0 + chance.random())
                begun = time.perf_counter()
                if number % 2:
                    database.kill()
                    database.recover()
                else:
                    service.kill()
                    service.start()
                away.append(time.perf_counter() - begun)
            time.sleep(1.0)
        finally:
            stop.set()
        retried = sum(one.result() for one in clients)
    return {"kills": kills, "retried": retried, "away_seconds": round(max(away, default=0.0), 1), "told": told}


def _said(answer: Answered) -> tuple[int, int]:
    """Sequence and what the fund pays, as acknowledged."""
    said = answer.json()
    return said["sequence"], said["result"]["fund_amount"]


def _judged(place: str, quiet: dict[str, list[Answered]], killed: dict[str, Any]) -> dict[str, Any]:
    """Hold what was acknowledged against what the registry kept."""
    told: Acknowledged = killed.pop("told")
    for answers in quiet.values():
        told |= {answer.json()["settlement_id"]: _said(answer) for answer in answers if answer.status == 201}
    with Registry.open(place) as registry:
        with registry.engine.connect() as connection, reading(connection) as seen:
            rows = seen.execute(select(TRANSACTION).where(TRANSACTION.c.kind == "settlement")).mappings().all()
        with registry.reading("account.settle", _somebody(registry)) as unit:
            contradictions = len(check_accounts(unit))
        sound = verify_all(registry).sound
    kept = {row["settlement_id"]: (row["sequence"], json.loads(row["result"])["fund_amount"]) for row in rows}
    times = Counter(row["settlement_id"] for row in rows)
    return {
        **killed, "acknowledged": len(told), "lost": sum(kept.get(name) != said for name, said in told.items()),
        "doubled": sum(n - 1 for n in times.values()), "contradictions": contradictions, "trail_sound": sound,
    }  # fmt: skip


def _somebody(registry: Registry) -> str:
    """Somebody who may read accounts."""
    with registry.engine.connect() as connection, reading(connection) as seen:
        return str(seen.execute(select(GRANT.c.actor_id).where(GRANT.c.role == "hospital")).scalars().first())
