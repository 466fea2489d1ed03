"""The benchmark's lines: exact number, own files, no dependence on threads."""

from __future__ import annotations

from pathlib import Path

import duckdb

from yibao.simulation import simulate_lines

from .conftest import content


def test_exact_number_of_lines_and_the_same_for_any_threads(tmp_path: Path) -> None:
    report = simulate_lines(600_000, 5, tmp_path / "one" / "charge_line.csv", threads=1)
    simulate_lines(600_000, 5, tmp_path / "two" / "charge_line.csv", threads=2)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    lines = tmp_path / "one" / "charge_line.csv"
    found = duckdb.sql(
        f"""select count(*), count(distinct feedetl_sn), min(length(feedetl_sn)), min(length(psn_no)),
            count(init_feedetl_sn)
        from read_csv('{lines}', all_varchar = true)"""
    ).fetchone()
    assert found is not None
    assert found[:4] == (600_000, 600_000, 30, 20)
    assert 0.003 < found[4] / 600_000 < 0.005
    assert 90_000 < report.tables["encounter"] < 120_000
    encounters = lines.with_name("encounter.csv")
    lost = duckdb.sql(
        f"""select count(*) from read_csv('{lines}', all_varchar = true)
        where mdtrt_id not in (select mdtrt_id from read_csv('{encounters}', all_varchar = true))"""
    ).fetchone()
    assert lost == (0,)


def test_parts_hold_together_what_one_file_holds(tmp_path: Path) -> None:
    whole = simulate_lines(600_000, 5, tmp_path / "one" / "charge_line.csv")
    parts = simulate_lines(600_000, 5, tmp_path / "two" / "charge_line.csv", parts=3)
    assert parts.tables == whole.tables
    for name in ("charge_line", "settlement", "drug_trace"):
        rows = (tmp_path / "one" / f"{name}.csv").read_text().splitlines()
        dealt = [(tmp_path / "two" / f"part-{n}" / f"{name}.csv").read_text().splitlines() for n in range(3)]
        assert [dealt[0][0], *(row for part in dealt for row in part[1:])] == rows
    assert (tmp_path / "two" / "part-2" / "stock_move.csv").exists()
