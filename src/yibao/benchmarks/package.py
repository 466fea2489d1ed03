"""A city's charge lines as one package: made, verified, received. The peer is the engine writing the same sorted rows.

The receiver's ledger is empty, as at a first submission, the largest there is.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from yibao.benchmarks.city import bench_ledger
from yibao.engine import DuckEngine
from yibao.ledger import Ledger, create_ledger, open_ledger
from yibao.sharing.keys import PrivateKey, new_key, read_private
from yibao.sharing.make import Order, make_package
from yibao.sharing.receive import receive_package
from yibao.sharing.trust import set_own, trust

CITY, PROVINCE = "990100", "990000"
REGIONS = pa.table(
    {
        "region_code": [PROVINCE, CITY], "name": ["云海省", "云州市"], "level": ["province", "city"],
        "parent_code": pa.array([None, PROVINCE], pa.string()),
    }
)  # fmt: skip
Result = TypeVar("Result")


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """``seconds`` is making and receiving together."""
    desk = work / "package"
    shutil.rmtree(desk, ignore_errors=True)
    desk.mkdir(parents=True)
    shutil.copytree(bench_ledger(scale, work).path, desk / "city")
    city, key = _with_key(desk / "city", CITY, desk)
    province, _ = _with_key(create_ledger(desk / "province").path, PROVINCE, desk)
    trust(province, key.public)
    made, make_seconds = _timed(lambda: make_package(city, Order(PROVINCE), desk / "package.tar", key))
    assert made is not None
    received, receive_seconds = _timed(lambda: receive_package(made.path, province))
    tally = received.receipt["tables"]["charge_line"]
    assert tally["accepted"] == made.manifest.tables["charge_line"].rows
    peer_seconds = _timed(lambda: _peer(city, desk / "peer.parquet"))[1]
    megabytes = made.path.stat().st_size / 1e6
    rows = made.manifest.rows
    shutil.rmtree(desk)
    return {
        "seconds": round(make_seconds + receive_seconds, 2),
        "limit_seconds": None,
        "peer_seconds": round(peer_seconds, 2),
        "ratio": round(make_seconds / peer_seconds, 2),
        "rows": rows,
        "details": [
            {"step": "make", "seconds": round(make_seconds, 2), "rows_per_second": round(rows / make_seconds)},
            {"step": "receive", "seconds": round(receive_seconds, 2), "rows_per_second": round(rows / receive_seconds)},
            {"step": f"{megabytes:.0f} MB", "seconds": None, "rows_per_second": None},
        ],
    }


def _with_key(path: Path, region: str, desk: Path) -> tuple[Ledger, PrivateKey]:
    ledger = open_ledger(path)
    ledger.append({"region": REGIONS}, "benchmark")
    set_own(ledger, new_key(desk / f"{region}.key", region, region, None))
    return ledger, read_private(desk / f"{region}.key")


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    clock = time.perf_counter()
    return work(), time.perf_counter() - clock


def _peer(ledger: Ledger, target: Path) -> None:
    """The lines sorted and written, nothing else."""
    order = ", ".join(ledger.tables()["charge_line"].order)
    with DuckEngine() as engine:
        ledger.attach(engine, only=["charge_line"])
        engine.export_parquet(f"select * from charge_line order by {order}", target)
