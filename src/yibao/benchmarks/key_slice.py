"""Slices by other keys than the person, out of a large ledger. Limit at 10 M lines: p99 30 ms by trace code or bed.

Keys are drawn by their rows, so busy physicians and large hospitals come up more often. The peer is the engine asked
for the same rows of the whole table.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from yibao.benchmarks.city import bench_ledger
from yibao.benchmarks.slice import at_percent, timed
from yibao.ledger import Ledger
from yibao.ledger.duck import connect

KEYS, PEER_KEYS = 500, 10
LIMIT = 0.030
#: Table, key, and whether one hour of it is asked for rather than all.
ASKED = (
    ("drug_trace", "trace_code", False),
    ("encounter", "bed_id", False),
    ("encounter", "staff_id", False),
    ("settlement", "institution_id", True),
)


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """p50 and p99 with footers read before, as in a service that is up."""
    ledger = bench_ledger(scale, work)
    details, limited, peers = [], [], []
    for table, column, hour in ASKED:
        drawn = _drawn(ledger, table, column)
        ask = partial(_one_hour if hour else _all_of_it, ledger, table, column)
        timed(ask, drawn)
        taken = timed(ask, drawn)
        if not hour and column != "staff_id":
            limited.append(at_percent(taken, 99))
            peers.append(at_percent(_peer(ledger, table, column, drawn[:PEER_KEYS]), 50))
        details.append(
            {
                "slice": f"{table} by {column}" + (", one hour" if hour else ""),
                "rows": ledger.row_count(table),
                "p50_ms": round(at_percent(taken, 50) * 1000, 1),
                "p99_ms": round(at_percent(taken, 99) * 1000, 1),
            }
        )
    return {
        "seconds": round(max(limited), 4),
        "limit_seconds": LIMIT,
        "peer_seconds": round(max(peers), 4),
        "ratio": round(max(limited) / max(peers), 3),
        "rows": ledger.row_count("charge_line"),
        "details": details,
    }


def _all_of_it(ledger: Ledger, table: str, column: str, key: tuple[str, datetime]) -> object:
    return ledger.slice_by(table, column, key[0])


def _one_hour(ledger: Ledger, table: str, column: str, key: tuple[str, datetime]) -> object:
    hour = key[1].replace(minute=0, second=0)
    return ledger.slice_by(table, column, key[0], hour, hour + timedelta(hours=1))


def _drawn(ledger: Ledger, table: str, column: str) -> list[tuple[str, datetime]]:
    """Keys with the time of the row that they were drawn by."""
    when = next(index.by[1] for index in ledger.tables()[table].indexes if index.name == column)
    with connect() as connection:
        rows = connection.execute(
            f"select key, moment from (select {column} as key, {when} as moment from read_parquet(?) "
            f"where {column} is not null) using sample reservoir({KEYS} rows) repeatable (1)",
            [[str(path) for path in ledger.files(table)]],
        ).fetchall()
    drawn = sorted((row[0], row[1]) for row in rows)
    random.Random(1).shuffle(drawn)
    return drawn


def _peer(ledger: Ledger, table: str, column: str, keys: Sequence[tuple[str, datetime]]) -> list[float]:
    files = [str(path) for path in ledger.files(table)]
    sql = f"select * from read_parquet(?) where {column} = ?"
    with connect() as connection:
        return timed(lambda key: connection.execute(sql, [files, key[0]]).to_arrow_table(), keys)
