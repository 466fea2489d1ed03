"""A province of several blocks: the same on any number of threads, and nothing has two names or one name twice."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import yibao.simulation.generate
from yibao.simulation import SimulationReport, simulate

from .conftest import content, files, rows


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    """Three thousand people in three blocks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yibao.simulation.generate, "BLOCK", 1_000)
        report = simulate(3_000, 5, tmp_path_factory.mktemp("one"), threads=1)
        twin = simulate(3_000, 5, tmp_path_factory.mktemp("three"), threads=3)
    assert content(report.out) == content(twin.out)
    assert report.tables == twin.tables
    return report


@pytest.fixture(scope="module")
def db(province: SimulationReport) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, paths in files(province.out / "raw").items():
        kept = [path for path in paths if not path.endswith("_2.csv")]
        connection.execute(f"create view {name} as from read_csv({kept}, all_varchar = true)")
    return connection


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("person", "psn_no"), ("household", "household_id"), ("settlement", "setl_id"),
        ("institution", "fixmedins_code"),
        ("medical_order", "drord_no"), ("exam_report", "report_id"), ("drug_trace", "move_id"), ("account", "move_id"),
        ("bed_device", "device_id || coalesce(begin_at, '')"), ("employer", "emp_no"), ("stock_move", "move_id"),
    ],
)  # fmt: skip
def test_no_name_is_given_twice(db: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    assert rows(db, f"select {key} from {table} group by 1 having count(*) > 1") == []


def test_blocks_share_the_large_hospitals_and_have_their_own_centres(db: duckdb.DuckDBPyConnection) -> None:
    counts = dict(rows(db, "select medinslv, count(*) from institution where fixmedins_type <> '2' group by 1"))
    assert counts["3"] == 3
    assert counts["1"] == 3 * 7
    shared = rows(
        db,
        """select count(distinct substr(psn_no, 1, 15)) from encounter e join institution i using (fixmedins_code)
        where i.medinslv = '3' group by fixmedins_code""",
    )
    assert {count for (count,) in shared} == {3}


def test_a_storeroom_is_opened_once(db: duckdb.DuckDBPyConnection) -> None:
    twice = """select fixmedins_code, med_list_codg from stock_move where kind = 'opening'
        group by all having count(*) > 1"""
    assert rows(db, twice) == []


def test_people_travel_between_the_cities(db: duckdb.DuckDBPyConnection) -> None:
    """Every city sends patients to another one, and the flag says so."""
    away = rows(
        db,
        """select distinct s.insu_admdvs from encounter e join settlement s using (mdtrt_id)
        join institution i on i.fixmedins_code = e.fixmedins_code
        where substr(i.admdvs, 1, 4) <> substr(s.insu_admdvs, 1, 4) and e.out_med_flag = '1'""",
    )
    assert {city for (city,) in away} == {"990100", "990200", "990300"}
    wrong = """select e.mdtrt_id from encounter e join settlement s using (mdtrt_id)
        join institution i on i.fixmedins_code = e.fixmedins_code where e.mdtrt_id not like '%X%'
          and (substr(i.admdvs, 1, 4) <> substr(s.insu_admdvs, 1, 4)) <> (e.out_med_flag = '1')"""
    assert len(rows(db, wrong)) <= 2  # a bill settled the day after somebody's insurance moved


def test_a_thousand_people_fill_the_smallest_city(tmp_path: Path) -> None:
    report = simulate(1_000, 11, tmp_path)
    assert all(roles["positive"] for roles in report.truths.values())
