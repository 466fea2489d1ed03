"""One small city for all tests of the package."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from yibao.simulation import SimulationReport, simulate
from yibao.simulation.write import layout


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    return simulate(2_000, 7, tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="session")
def db(report: SimulationReport) -> Iterator[duckdb.DuckDBPyConnection]:
    """The raw files as text, one view per table; ``line`` holds the charge lines without dirt."""
    connection = duckdb.connect()
    raw = report.out / "raw"
    for name, paths in files(raw).items():
        if name != "charge_line":
            connection.execute(f"create view {name} as from read_csv({paths}, all_varchar = true)")
    second = report.out / "charge_line_2.utf8.csv"
    second.write_text((raw / "charge_line_2.csv").read_text(encoding="gb18030"), encoding="utf-8")
    money = ["det_item_fee_sumamt", "fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt", "fund_amt"]
    parts = [str(raw / "charge_line_1.csv"), str(raw / "charge_line_late.csv"), str(second)]
    connection.execute(
        f"""create table line as
        select * replace ({", ".join(f"cast({c} as decimal(18, 2)) as {c}" for c in money)},
                          cast(cnt as decimal(18, 3)) as cnt, cast(pric as decimal(18, 6)) as pric)
        from (select distinct * from read_csv({parts}, all_varchar = true))
        where feedetl_sn not like '%X%'"""
    )
    yield connection
    connection.close()


def files(raw: Path) -> dict[str, list[str]]:
    """The files of each table: its name, or its name and the number of a part."""
    found: dict[str, list[str]] = {}
    for path in sorted(raw.glob("*.csv")):
        name = max((t for t in layout() if path.stem == t or path.stem.startswith(f"{t}_")), key=len)
        found.setdefault(name, []).append(str(path))
    return found


def truth(report: SimulationReport) -> list[dict[str, str]]:
    with (report.out / "truth" / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
