"""Settlements through every layer: a table of bills, the fee lines before them, one bill at a counter.

``scale`` is the number of settlements; people have five bills a year on average. The policy is the shipped example for
residents: basic insurance, critical illness, assistance and tilt (and its other layers) with accumulators from bill to
bill. The limit is 1.5 M settlements a second on two cores. There is no peer under a permissive licence that keeps
accumulators; ``peer_seconds`` is the least that any settlement must do: sort the same table and touch every value.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.benefits import bill_from, bill_parts, load_policies, settle, settle_bill, split_lines
from yibao.benefits.load import PolicyBook
from yibao.engine import DuckEngine

PER_SECOND = 1_500_000
LINES_PER_SECOND = 5_000_000
ONE_BILL_MS = 5.0
BILLS_EACH = 5
_YEAR_SECONDS = 365 * 86_400
_START = 1_704_067_200  # 2024-01-01


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module.

    ``growth`` is processor seconds per settlement at ``scale`` over those at a tenth of it: on a machine that others
    use too they say more than those on the clock. ``one_bill_cpu_ms`` is the mean.
    """
    book = load_policies()
    small = _timed(bills(scale // 10), book)[1]
    table = bills(scale)
    peer = _peer(table)
    seconds, cpu, explained = _timed(table, book)
    del table
    lines, lines_cpu = _lines(max(scale // 2, 100_000))
    p50, p99, one_cpu = _one_bill(book)
    return {
        "seconds": round(seconds, 2),
        "limit_seconds": round(scale / PER_SECOND, 2),
        "peer_seconds": round(peer, 2),
        "ratio": round(seconds / peer, 2),
        "cpu_seconds": round(cpu, 2),
        "growth": round(cpu / (10 * small), 2),
        "per_second": int(scale / seconds),
        "lines_per_second": lines,
        "lines_cpu_ns": lines_cpu,
        "limit_lines_per_second": LINES_PER_SECOND,
        "one_bill_p50_ms": p50,
        "one_bill_p99_ms": p99,
        "one_bill_cpu_ms": one_cpu,
        "limit_one_bill_ms": ONE_BILL_MS,
        "explained_per_second": explained,
    }


def bills(count: int, seed: int = 1) -> pa.Table:
    """A year of hospital bills, sorted by person and time as a ledger keeps them."""
    rng = np.random.default_rng(seed)
    people = max(count // BILLS_EACH, 1)
    key = np.sort(rng.integers(0, people, count) * _YEAR_SECONDS + rng.integers(0, _YEAR_SECONDS, count))
    person, second = key // _YEAR_SECONDS, key % _YEAR_SECONDS
    eligible = np.minimum(np.exp(rng.normal(12.5, 1.4, count)).astype(np.int64), 10**8)
    own, first = (rng.integers(0, 1 + eligible // 10) for _ in range(2))
    status = np.where(rng.random(people) < 0.08, 1, 0)[person]
    return pa.table(
        {
            "settlement_id": _named("S", np.arange(count)),
            "person_id": _named("P", person),
            "policy": _coded(["EXAMPLE-390@2024.1"], np.zeros(count, dtype=np.int64)),
            "ordered_at": pa.array((_START + second) * 10**6, pa.timestamp("us")),
            "year": pa.array(np.full(count, 2024)),
            "kind": _coded(["21"], np.zeros(count, dtype=np.int64)),
            "level": _coded(["1", "2", "3"], rng.integers(0, 3, count)),
            "person_class": _coded(["adult"], np.zeros(count, dtype=np.int64)),
            "status": _coded(["none", "low_income"], status),
            "total_amount": pa.array(eligible + own + first),
            "not_covered_amount": pa.array(own),
            "over_limit_amount": pa.array(np.zeros(count, dtype=np.int64)),
            "first_share_amount": pa.array(first),
            "eligible_amount": pa.array(eligible),
        }
    )


def _named(letter: str, numbers: np.ndarray) -> pa.Array:
    """Texts of real length: a letter and nineteen digits."""
    with DuckEngine() as engine:
        engine.register("n", pa.table({"n": numbers}))
        found = engine.execute(f"select '{letter}' || lpad(cast(n as varchar), 19, '0') as id from n")["id"]
    return found.combine_chunks()


def _coded(texts: list[str], codes: np.ndarray) -> pa.Array:
    return pa.array(texts, pa.string()).take(pa.array(codes))


def _timed(table: pa.Table, book: PolicyBook) -> tuple[float, float, int]:
    """Seconds and processor seconds to settle a table; settlements a second with their steps, on a part of it."""
    started, cpu = time.perf_counter(), time.process_time()
    settled = settle(table, book, keep=False)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    if settled.results.num_rows != table.num_rows or settled.aside.num_rows:
        raise AssertionError("every bill of the benchmark can be settled")
    del settled
    part = table.slice(0, min(table.num_rows, 200_000))
    started = time.perf_counter()
    settle(part, book, explain=True).steps()
    return seconds, cpu, int(part.num_rows / (time.perf_counter() - started))


def _peer(table: pa.Table) -> float:
    """Seconds to sort the table by person, time and settlement and to touch every value."""
    with DuckEngine() as engine:
        engine.register("bills", table)
        hashed = ", ".join(f'"{name}"' for name in table.column_names)
        started = time.perf_counter()
        engine.execute(
            f"select bit_xor(hash({hashed}, n)) as touched from "
            "(select *, row_number() over (partition by person_id order by ordered_at, settlement_id) as n from bills)"
        )
        return time.perf_counter() - started


def _lines(count: int) -> tuple[int, int]:
    """Fee lines split and added up to their bills in a second, and processor nanoseconds for one."""
    rng = np.random.default_rng(2)
    quantity, price = rng.integers(1, 20, count) * 1000, rng.integers(10**5, 5 * 10**8, count)
    table = pa.table(
        {
            "settlement_id": pa.array(np.sort(rng.integers(0, max(count // 20, 1), count))),
            "payment_class": _coded(["01", "02", "03"], rng.integers(0, 3, count)),
            "quantity": pa.array(quantity),
            "unit_price": pa.array(price),
            "amount": pa.array(quantity * price // 10**7),
            "ceiling_price": pa.array(price - rng.integers(-(10**5), 10**5, count)),
            "first_share_rate": pa.array(rng.integers(0, 3, count) * 500),
        }
    )
    started, cpu = time.perf_counter(), time.process_time()
    bill_parts(split_lines(table))
    return int(count / (time.perf_counter() - started)), int((time.process_time() - cpu) / count * 1e9)


def _one_bill(book: PolicyBook, times: int = 1_000) -> tuple[float, float, float]:
    """Milliseconds for one bill with three lines, from a file's data to result, steps and accumulators.

    p50 and p99 on the clock, and the mean on the processor.
    """
    doc = {
        "policy": "EXAMPLE-390",
        "person": {"id": "p", "class": "adult", "status": "low_income"},
        "bill": {
            "kind": "21", "level": "3", "settled_at": "2024-05-01",
            "lines": [{"class": "A", "price": "52000"}, {"class": "B", "price": "4000", "first_share": "50%"},
                      {"class": "C", "price": "4000"}],
        },
    }  # fmt: skip
    taken, cpu = [], time.process_time()
    for _ in range(times):
        started = time.perf_counter()
        _ = settle_bill(bill_from(doc), book).accumulators
        taken.append(time.perf_counter() - started)
    cpu = (time.process_time() - cpu) / times
    taken.sort()
    return round(taken[times // 2] * 1e3, 2), round(taken[times * 99 // 100] * 1e3, 2), round(cpu * 1e3, 2)
