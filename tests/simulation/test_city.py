"""The city as a whole: determinism, people, references, the house rules of its package."""

from __future__ import annotations

import ast
from pathlib import Path

import duckdb
import numpy as np
import pytest

import yibao.simulation
from yibao.errors import UsageError
from yibao.simulation import SimulationReport, simulate
from yibao.simulation.city import build_city
from yibao.simulation.dirt import UNKNOWN_CODE
from yibao.simulation.frame import DAY, NONE, YEAR_LAST
from yibao.simulation.identity import check_characters, citizen_numbers
from yibao.simulation.visits import STAYS

from .conftest import content, rows, truth

PACKAGE = Path(yibao.simulation.__file__).parent


def test_same_seed_same_content_another_seed_another_city(report: SimulationReport, tmp_path: Path) -> None:
    simulate(2_000, 7, tmp_path / "again")
    simulate(2_000, 8, tmp_path / "other")
    first, again = content(report.out), content(tmp_path / "again")
    assert {name for name in again if first[name] != again[name]} == set()
    assert content(tmp_path / "other")["raw/person.csv"] != first["raw/person.csv"]


def test_a_city_too_small_for_its_scenes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too few"):
        simulate(10, 1, tmp_path)


def test_the_smallest_city_holds_all_scenes(tmp_path: Path) -> None:
    assert simulate(1_000, 3, tmp_path).truths["F07"]["positive"] == 3


@pytest.mark.parametrize("number", ["11010519491231002X", "99000020000229001X"])
def test_check_digit_of_published_numbers(number: str) -> None:
    assert check_characters(np.array([int(number[:17])]))[0] == number[-1]


def test_people_of_one_day_get_different_numbers() -> None:
    same = np.zeros(40, dtype=np.int64)
    numbers = citizen_numbers(same + 990102, same, np.arange(40) % 2 == 0)
    assert len(set(numbers.tolist())) == 40
    assert all((int(n[16]) % 2 == 0) == (k % 2 == 0) for k, n in enumerate(numbers.tolist()))


def test_identity_numbers_are_valid_synthetic_and_tell_birth_and_sex(
    db: duckdb.DuckDBPyConnection, report: SimulationReport
) -> None:
    """Of everybody but those planted a second time, some of them with a mistyped number."""
    twins = [row["ref_id"] for row in truth(report) if row["truth_rule"].startswith("EQ")]
    people = rows(db, f"select certno, brdy, gend from person where psn_no not in {tuple(twins)}")
    numbers = [str(p[0]) for p in people]
    assert len(set(numbers)) == len(numbers)
    assert all(n.startswith("99") for n in numbers)
    checks = check_characters(np.array([int(n[:17]) for n in numbers]))
    assert [n[17] for n in numbers] == checks.tolist()
    assert all(n[6:14] == str(birth).replace("-", "") for n, (_, birth, _) in zip(numbers, people, strict=True))
    assert all(
        int(n[16]) % 2 == int(str(sex)) % 2 for n, (_, _, sex) in zip(numbers, people, strict=True) if sex != "0"
    )


REFERENCES = [
    ("line", "mdtrt_id", "encounter", "mdtrt_id"),
    ("line", "setl_id", "settlement", "setl_id"),
    ("line", "psn_no", "person", "psn_no"),
    ("line", "med_list_codg", "catalogue_item", "med_list_codg"),
    ("line", "drord_no", "medical_order", "drord_no"),
    ("line", "rxno", "prescription", "rxno"),
    ("line", "bilg_dr_codg", "staff", "dr_code"),
    ("line", "init_feedetl_sn", "line", "feedetl_sn"),
    ("encounter", "fixmedins_code", "institution", "fixmedins_code"),
    ("encounter", "dscg_main_diag_code", "code_diagnosis", "diag_code"),
    ("encounter", "bed_no", "bed_device", "device_id"),
    ("diagnosis", "diag_code", "code_diagnosis", "diag_code"),
    ("procedure", "oprn_oprt_code", "code_procedure", "oprn_oprt_code"),
    ("execution", "drord_no", "medical_order", "drord_no"),
    ("exam_report", "device_id", "bed_device", "device_id"),
    ("exam_report", "drord_no", "medical_order", "drord_no"),
    ("lab_result", "report_id", "exam_report", "report_id"),
    ("exam_class", "med_list_codg", "catalogue_item", "med_list_codg"),
    (
        "(select * from knowledge_point where target not in ('diagnosis', 'procedure'))",
        "med_list_codg",
        "catalogue_item",
        "med_list_codg",
    ),
    ("stock_move", "med_list_codg", "catalogue_item", "med_list_codg"),
    ("drug_trace", "setl_id", "settlement", "setl_id"),
    ("implant", "mdtrt_id", "encounter", "mdtrt_id"),
    ("implant", "med_list_codg", "catalogue_item", "med_list_codg"),
    ("clinical_note", "mdtrt_id", "encounter", "mdtrt_id"),
    ("compensation", "mdtrt_id", "encounter", "mdtrt_id"),
    ("family_link", "relative_id", "person", "psn_no"),
    ("person", "household_id", "household", "household_id"),
    ("institution", "admdvs", "region", "admdvs"),
]


@pytest.mark.parametrize(("table", "column", "other", "key"), REFERENCES)
def test_references_find_what_they_name(
    db: duckdb.DuckDBPyConnection, table: str, column: str, other: str, key: str
) -> None:
    lost = rows(db, f"select distinct {column} from {table} where {column} not in (select {key} from {other})")
    # An item code that nobody knows is dirt on purpose.
    assert set(lost) <= {(UNKNOWN_CODE,)}


def test_care_happens_inside_its_encounter(db: duckdb.DuckDBPyConnection, report: SimulationReport) -> None:
    """But where a charge outside the stay is what was planted."""
    planted = {row["ref_id"] for row in truth(report) if row["truth_rule"] == "A06"}
    outside = """select feedetl_sn from line l join encounter e using (mdtrt_id)
        where init_feedetl_sn is null and not (fee_ocur_time between begntime and endtime)"""
    assert {line for (line,) in rows(db, outside)} <= planted
    unborn = "select mdtrt_id from encounter e join person using (psn_no) where substr(begntime, 1, 10) < brdy"
    assert rows(db, unborn) == []


def test_beds_lie_under_one_stay_but_where_planted(db: duckdb.DuckDBPyConnection, report: SimulationReport) -> None:
    shared = rows(
        db,
        """select b.mdtrt_id from encounter a join encounter b
        on a.bed_no = b.bed_no and a.begntime < b.begntime and b.begntime < a.endtime
        where a.mdtrt_id not like '%X%' and b.mdtrt_id not like '%X%'""",
    )
    planted = (report.out / "truth" / "truth.csv").read_text(encoding="utf-8")
    assert shared
    assert all(f"{encounter}," in planted for (encounter,) in shared)


def test_the_generator_knows_no_law() -> None:
    """Of the ledger it knows the contracts, which say what a raw file looks like; nothing that judges."""
    above = {"lawbook", "supervision", "runs", "cli", "presentation"}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.startswith("yibao.") and n.split(".")[1] in above], path


def test_a_bill_of_the_year_is_settled_in_it() -> None:
    """A visit in the last hour of the year once settled after midnight, and found a new year's deductible."""
    city, midnight = build_city(3_000, 5), (YEAR_LAST + 1) * DAY
    visits = ~np.isin(city.encounters["kind"], STAYS)
    began = visits & (city.encounters["begin"] < midnight - 120)
    assert city.encounters["end"][began].max() < midnight
    settlements = city.bills.settlements
    own = (settlements["reverses"] == NONE) & began[settlements["encounter"]]
    late = settlements["at"][own] >= midnight
    assert not (late & (city.encounters["delay"][settlements["encounter"][own]] == NONE)).any()
