"""Parallel clients, kills and tampering, scaled down from `yibao bench registry`, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from yibao.benchmarks.postgres import Server
from yibao.benchmarks.registry_city import make_registry
from yibao.benchmarks.registry_kills import kill
from yibao.benchmarks.registry_load import load
from yibao.benchmarks.registry_tampering import tamper, verify_speed

pytestmark = pytest.mark.slow


def test_parallel_clients_of_several_processes(place: str) -> None:
    make_registry(place)
    found = load(place, 12, 96)
    assert found.settled == 96
    assert (found.overspent, found.lost, found.doubled, found.contradictions) == (0, 0, 0, 0)


@pytest.mark.parametrize("victim", ["client", "server", "database"])
def test_kills_on_postgresql(server: Server, victim: str) -> None:
    server.fresh()
    make_registry(server.url)
    times = {"client": 4, "server": 15, "database": 4}[victim]
    found = kill(server.url, victim, times, server)  # type: ignore[arg-type]
    assert found.kills == times and found.inconsistent == 0, found
    assert found.whole + found.nothing == times and found.nothing > 0


@pytest.mark.parametrize("victim", ["client", "server"])
def test_kills_on_sqlite(tmp_path: Path, victim: str) -> None:
    place = str(tmp_path / "r.db")
    make_registry(place)
    times = {"client": 4, "server": 15}[victim]
    found = kill(place, victim, times)  # type: ignore[arg-type]
    assert found.kills == times and found.inconsistent == 0, found
    assert found.whole + found.nothing == times and found.nothing > 0


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    make_registry(str(tmp_path / "r.db"))
    assert tamper(tmp_path / "r.db", 60) == {"tried": 60, "found": 60, "sound_again": 1}


def test_a_long_trail_is_verified_in_pieces(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yibao.registry.trail.PIECE", 7)
    make_registry(place)
    found = verify_speed(place, 400)
    assert found["problems"] == 0 and found["events"] >= 400
