"""`yibao bench registry`: parallel settlements, kills, tampering, and verifying, on both databases.

``scale`` is the number of settlements that 200 clients send to PostgreSQL; kills and tampering follow it (500 and 1 000
at the default). PostgreSQL is a throw-away server of the benchmark's own.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from yibao.benchmarks.postgres import scratch_postgres
from yibao.benchmarks.registry_city import make_registry
from yibao.benchmarks.registry_kills import Victim, kill
from yibao.benchmarks.registry_load import load
from yibao.benchmarks.registry_tampering import tamper, verify_speed

SCALE = 6_000
CLIENTS, KILLS, TAMPERED, EVENTS = 200, 500, 1_000, 200_000
#: What is asked for: settlements a second on PostgreSQL, and events verified a second.
WANTED_SETTLEMENTS, WANTED_EVENTS = 300, 100_000


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module; ``seconds`` is the time that 200 clients took on PostgreSQL."""
    clock = time.perf_counter()
    part = scale / SCALE
    details: list[dict[str, Any]] = []
    # Names of sockets are short; the folder of the work may not be.
    with tempfile.TemporaryDirectory(prefix="yibao-pg-") as folder, tempfile.TemporaryDirectory(dir=work) as files:
        Path(folder).chmod(0o755)
        with scratch_postgres(Path(folder) / "c") as server:
            make_registry(server.url)
            loaded = load(server.url, CLIENTS, scale)
            details.append(_row("load", "postgresql", {**asdict(loaded), "a_second": loaded.a_second}))
            speed = verify_speed(server.url, int(EVENTS * part))
            details.append(_row("verify", "postgresql", speed))
            server.fresh()
            make_registry(server.url)
            kills = [kill(server.url, victim, _share(KILLS, part, n), server) for n, victim in enumerate(_VICTIMS)]
        details += [_row("kill", "postgresql", {**asdict(k), "inconsistent": k.inconsistent}) for k in kills]
        small, long, killed = (str(Path(files) / name) for name in ("small.db", "long.db", "killed.db"))
        for place in (small, long, killed):
            make_registry(place)
        tampered = tamper(Path(small), int(TAMPERED * part))
        details.append(_row("tamper", "sqlite", tampered))
        on_file = load(long, CLIENTS, scale // 10)
        details.append(_row("load", "sqlite", {**asdict(on_file), "a_second": on_file.a_second}))
        details.append(_row("verify", "sqlite", verify_speed(long, int(EVENTS * part))))
        for n, victim in enumerate(_VICTIMS[:2]):
            done = kill(killed, victim, _share(KILLS, part, n))
            kills.append(done)
            details.append(_row("kill", "sqlite", {**asdict(done), "inconsistent": done.inconsistent}))
    return {
        "seconds": round(loaded.seconds, 2),
        "limit_seconds": round(loaded.settled / WANTED_SETTLEMENTS, 2),
        "peer_seconds": None,
        "ratio": round(loaded.seconds / (loaded.settled / WANTED_SETTLEMENTS), 3),
        "settlements_a_second": loaded.a_second,
        "overspent": loaded.overspent + on_file.overspent,
        "lost": loaded.lost + on_file.lost,
        "doubled": loaded.doubled + on_file.doubled,
        "kills": sum(k.kills for k in kills),
        "inconsistent": sum(k.inconsistent for k in kills),
        "tampered": tampered["tried"],
        "tampering_found": tampered["found"],
        "events_verified_a_second": speed["events_a_second"],
        "whole_seconds": round(time.perf_counter() - clock, 1),
        "details": details,
    }


_VICTIMS: tuple[Victim, ...] = ("client", "server", "database")


def _share(whole: int, part: float, number: int) -> int:
    """A third of the kills for each victim."""
    wanted = max(3, int(whole * part))
    return wanted // 3 + (number < wanted % 3)


def _row(what: str, database: str, figures: dict[str, Any]) -> dict[str, Any]:
    said = ", ".join(f"{name} {round(v, 2) if isinstance(v, float) else v}" for name, v in figures.items())
    return {"part": what, "database": database, "figures": said}
