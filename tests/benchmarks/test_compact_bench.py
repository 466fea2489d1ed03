"""The bench of compaction on a small ledger: its figures are there, and it changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from yibao.benchmarks import BenchmarkError, run_benchmark
from yibao.ledger import open_ledger
from yibao.ledger.snapshot import read_snapshot

pytestmark = pytest.mark.slow


def test_figures_and_another_ledger(tmp_path: Path) -> None:
    figures = run_benchmark("compact", scale=1_000, work=tmp_path)
    wanted = {"name", "scale", "seconds", "limit_seconds", "peer_seconds", "ratio", "rss_mb", "limit_mb"}
    assert wanted <= set(figures)
    lines = open_ledger(tmp_path / "ledger-1000-5").row_count("charge_line")
    assert figures["rows"] == lines > 1_000 and figures["merged"] > figures["written"] == figures["files_after"]
    ledger = tmp_path / "ledger-1000-5"
    assert read_snapshot(ledger).number == 5
    again = run_benchmark("compact", work=tmp_path / "other", data=ledger)
    assert again["money"] == figures["money"] and read_snapshot(ledger).number == 5


def test_a_ledger_with_nothing_to_merge_is_refused(tmp_path: Path) -> None:
    from yibao.ledger import create_ledger

    create_ledger(tmp_path / "city")
    with pytest.raises(BenchmarkError, match="nothing to merge"):
        run_benchmark("compact", work=tmp_path, data=tmp_path / "city")
