"""The threads of the embedded engine are those that were asked for, else those of the environment, else all cores."""

from __future__ import annotations

import os

import pytest

from yibao.engine import DuckEngine, EngineChoice
from yibao.engine.opening import FEW
from yibao.errors import UsageError
from yibao.ledger.duck import connect

ASKED = "select current_setting('threads')"


def threads_of(asked: int | None) -> set[int]:
    with DuckEngine(threads=asked) as engine, connect(threads=asked) as connection:
        return {one.execute(ASKED).fetchall()[0][0] for one in (engine.connection, connection)}


def test_the_environment_speaks_where_the_caller_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIBAO_THREADS", "3")
    assert threads_of(None) == {3}
    assert threads_of(2) == {2}
    monkeypatch.setenv("YIBAO_THREADS", " ")
    assert threads_of(None) == {os.cpu_count()}


def test_a_ledger_of_few_rows_takes_one_thread_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(rows: int) -> int:
        with EngineChoice().open(rows=rows) as engine:
            return engine.execute(f"{ASKED} as threads").to_pylist()[0]["threads"]

    monkeypatch.delenv("YIBAO_THREADS", raising=False)
    assert (opened(FEW), opened(FEW + 1)) == (1, os.cpu_count())
    monkeypatch.setenv("YIBAO_THREADS", "3")
    assert (opened(FEW), opened(FEW + 1)) == (3, 3)


@pytest.mark.parametrize("written", ["0", "-1", "all", "1.5", "２"])
def test_what_is_no_number_is_wrong_usage(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIBAO_THREADS", written)
    with pytest.raises(UsageError, match="whole number from 1"):
        DuckEngine()
