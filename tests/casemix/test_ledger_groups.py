"""A ledger is grouped as a file of its cases is, on both engines; a run groups before the laws that read groups."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import smallpack as small

from yibao.casemix import Grouper, Grouping, Sources, encode, encode_records, open_grouping
from yibao.casemix.kernel import READS, group_ledger
from yibao.casemix.laid import ledger_tables
from yibao.casemix.ledgers import grouped_ledger, ledger_case, ledger_issues
from yibao.casemix.listrules import issues_of
from yibao.engine import DuckEngine, Engine
from yibao.engine.content import require_equal
from yibao.engine.spark import SparkEngine
from yibao.ledger.contracts import load_contracts
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import RunError
from yibao.runs.run import run

RECORDS = [
    {
        "case_id": f"{first}-{other}-{procedure}-{days}", "sex": 1 + days % 2, "age_years": days // 366,
        "age_days": days, "birth_weight_g": 1400 if days < 29 else None, "los_days": days % 9,
        "discharge_way": "5" if days % 3 else "1",
        "department": "03", "diagnoses": [first, *([other] if other else [])],
        "procedures": [procedure, "12.02"] if procedure else [], "amount": 100 * days,
    }
    for first in ("D10.1", "D10.2", "D20.0", "D30.0", "D40.0", "X99.9") for other in ("", "C01.0", "C03.0", "D44.0")
    for procedure in ("", "10.01", "12.01", "13.01") for days in (5, 200, 9_000)
]  # fmt: skip


def attached(engine: Engine, tables: dict[str, pa.Table]) -> Engine:
    for name in READS:
        engine.register(name, tables.get(name, load_contracts()[name].empty()))
    return engine


def of_ledger(engine: Engine, grouper: Grouper, edition: str = "", **more: pa.Table) -> pa.Table:
    attached(engine, {**ledger_tables(encode_records(RECORDS)), **more})
    return group_ledger(engine, grouper, edition)


def test_a_ledger_has_the_groups_of_the_file(grouper: Grouper) -> None:
    with DuckEngine() as engine:
        rows = {row["encounter_id"]: row for row in of_ledger(engine, grouper).to_pylist()}
    for wanted in grouper.group_records(RECORDS):
        got = rows[wanted["encounter_id"]]
        for column in ("status", "group_code", "matched", "complication_code", "plain_group", "amount", "los_days"):
            assert got[column] == wanted[column], (column, wanted["encounter_id"])
    assert len(rows) == len(RECORDS)


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
def test_both_engines_give_the_same_rows(grouper: Grouper, spark: SparkEngine) -> None:
    with DuckEngine() as engine:
        rows = {"duckdb": of_ledger(engine, grouper), "spark": of_ledger(spark, grouper)}
    require_equal(rows)
    assert rows["spark"].num_rows == len(RECORDS)


def test_confirmed_maps_are_applied_when_asked(grouper: Grouper) -> None:
    def target(institution: str | None, code: str) -> dict[str, object]:
        return {
            "kind": "diagnosis", "from_system": "local", "institution_id": institution, "from_code": "X99.9",
            "to_system": "edition 2", "to_code": code,
        }  # fmt: skip

    contract = load_contracts()["code_in_force"].arrow_schema()
    maps = pa.Table.from_pylist([target(None, "D10.2"), target("elsewhere", "D20.0")], schema=contract)
    with DuckEngine() as engine:
        plain = of_ledger(engine, grouper, "", code_in_force=maps)
        mapped = of_ledger(engine, grouper, "edition 2", code_in_force=maps)
    before, after = ({r["encounter_id"]: r for r in t.to_pylist()} for t in (plain, mapped))
    case = "X99.9---9000"
    assert (before[case]["group_code"], after[case]["group_code"]) == ("0000", "GR15")
    assert after[case]["checks"] == "code_mapped:X99.9"
    assert after["D10.1--10.01-9000"] == before["D10.1--10.01-9000"]


def test_stays_as_a_ledger_has_them(grouper: Grouper) -> None:
    """The marked diagnosis leads whatever its number; several marks, and stays without a list, are told."""
    tables = dict(ledger_tables(encode_records(RECORDS[:1])))
    schema = load_contracts()
    stays = [
        {"encounter_id": name, "person_id": "p", "institution_id": "h", "kind": "21", "main_diagnosis": main,
         "admitted_at": "2026-03-10 08:00:00", "discharged_at": "2026-03-14 07:00:00"}
        for name, main in (
            ("marked", None), ("two", None), ("unmarked", "D10.2"), ("unlisted", "D20.0"), ("bare", None)
        )
    ]  # fmt: skip
    stays.append(stays[0] | {"encounter_id": "withdrawn"})
    stays.append(stays[0] | {"encounter_id": "visit", "kind": "11"})
    codes = [
        ("marked", 1, "C03.0", False), ("marked", 2, "D10.1", True), ("two", 1, "D10.1", True),
        ("two", 2, "D20.0", True), ("unmarked", 1, "D11.0", None), ("unmarked", 2, "D10.2", None),
    ]  # fmt: skip
    bills = [("withdrawn", "b1", 100, None), ("withdrawn", "b2", -100, "b1"), ("marked", "b3", 250, None)]
    tables["encounter"] = _table("encounter", stays)
    tables["person"] = _table("person", [{"person_id": "p", "sex": "1", "birth_date": "1980-03-11"}])
    tables["diagnosis"] = _table(
        "diagnosis",
        [{"encounter_id": e, "sequence": n, "person_id": "p", "code": code, "is_main": m} for e, n, code, m in codes],
    )
    tables["procedure"] = _table(
        "procedure",
        [{"encounter_id": "marked", "sequence": n, "person_id": "p", "code": f"1{n}.01", "is_main": n == 0}
         for n in (1, 0)],
    )  # fmt: skip
    tables["settlement"] = _table(
        "settlement",
        [{"encounter_id": e, "settlement_id": b, "person_id": "p", "total_amount": a, "reversed_settlement_id": r}
         for e, b, a, r in bills],
    )  # fmt: skip
    tables["list_detail"] = schema["list_detail"].empty()
    with DuckEngine() as engine:
        rows = {row["encounter_id"]: row for row in group_ledger(attached(engine, tables), grouper).to_pylist()}
    assert set(rows) == {"marked", "two", "unmarked", "unlisted", "bare"}
    assert (rows["marked"]["group_code"], rows["marked"]["amount"], rows["marked"]["los_days"]) == ("GA13", 250, 4)
    assert rows["two"]["reason"] == "several_main_diagnoses"
    assert rows["unmarked"]["group_code"] == "GR15"
    assert rows["unlisted"]["reason"] == "no_adrg"
    assert rows["bare"]["reason"] == "no_main_diagnosis"


def _table(name: str, rows: list[dict[str, object]]) -> pa.Table:
    contract = load_contracts()[name]
    texts = pa.Table.from_pylist([{k: v for k, v in row.items() if v is not None} for row in rows])
    columns = {
        field.name: (
            pa.array([row.get(field.name) for row in rows]).cast(field.type)
            if field.name in {k for row in rows for k in row}
            else pa.nulls(texts.num_rows, field.type)
        )
        for field in contract.arrow_schema()
    }
    return pa.table(columns)


@pytest.fixture(scope="module")
def grouping(tmp_path_factory: pytest.TempPathFactory) -> Grouping:
    """A pack of three groups over the main diagnoses of the simulated city, with weights."""
    folder = tmp_path_factory.mktemp("city-pack")
    doc = small.document()
    doc["mdc"] = [
        {
            "code": "MDCX",
            "order": 1,
            "entry": {"principal_diagnosis_in": "all"},
            "adrgs": ["XR1", "XR2"],
            "ambiguous_when": None,
        }
    ]
    doc["adrg"] = [
        {
            "code": "XR1",
            "mdc": "MDCX",
            "order": 1,
            "kind": "medical",
            "entry": {"all": [{"principal_diagnosis_in": "lungs"}]},
            "drgs": ["XR13", "XR15"],
        },
        {
            "code": "XR2",
            "mdc": "MDCX",
            "order": 2,
            "kind": "medical",
            "entry": {"all": [{"always": True}]},
            "drgs": ["XR29"],
        },
    ]
    doc["drg"] = [
        {"code": "XR13", "adrg": "XR1", "order": 1, "when": {"has_cc": True}},
        {"code": "XR15", "adrg": "XR1", "order": 2, "when": "otherwise"},
        {"code": "XR29", "adrg": "XR2", "order": 3, "when": "otherwise"},
    ]  # fmt: skip
    lungs = ["J18.900", "J20.900", "J21.900", "J44.000", "J44.100", "J44.101"]
    small.write(folder, doc, {"lungs": lungs, "all": [*lungs, "I63.900", "A09.900", "O80.000", "K35.800"]},
                cc=[("I10.x00", "CC", ""), ("E11.900", "CC", "")], exclusions=[], valid=[])  # fmt: skip
    (folder / "weights.csv").write_text("drg,weight\nXR13,1.2\nXR15,0.8\nXR29,0.5\n", encoding="utf-8")
    return open_grouping(Sources(folder, folder / "weights.csv", "10000"))


def test_a_run_groups_before_the_laws_that_read_groups(demo: Demo, grouping: Grouping, tmp_path: Path) -> None:
    import shutil

    from yibao.ledger import open_ledger

    shutil.copytree(demo.ledger.path, tmp_path / "ledger")
    ledger, lawbook = open_ledger(tmp_path / "ledger"), load_lawbook()
    result = run(ledger, lawbook, only=["casemix", "supervision"], grouping=grouping)
    groups = pq.read_table(result.folder / "case_group.parquet")
    assert groups.equals(grouped_ledger(ledger, grouping).select(groups.column_names)) or groups.num_rows > 50
    assert {"grouped", "ungroupable"} <= set(groups["status"].to_pylist())
    assert groups["amount"].to_pylist() and result.manifest.tables["case_group"].money > 0
    indices = pq.read_table(result.folder / "casemix_index.parquet")
    assert {"cmi", "readmission"} <= set(indices["measure"].to_pylist())
    laws = {key.partition("@")[0]: entry for key, entry in result.manifest.laws.items()}
    assert laws["C09"].status == laws["C09-2"].status == "ran"
    assert laws["C09-2"].rows > 0
    assert result.manifest.grouping["pack"] == "small"
    assert run(ledger, lawbook, only=["casemix", "supervision"], grouping=grouping).unchanged
    without = run(ledger, lawbook, only=["supervision"])
    assert not without.unchanged
    assert {k.partition("@")[0]: e.rows for k, e in without.manifest.laws.items()}["C09-2"] == 0
    with pytest.raises(RunError, match="needs a grouping pack"):
        run(ledger, lawbook, only=["casemix"])
    case = groups["encounter_id"][0].as_py()
    found = ledger_case(ledger, case)
    assert found is not None
    assert grouping.grouper.group(found)["group_code"].to_pylist() == [groups["group_code"][0].as_py()]
    assert ledger_case(ledger, "nobody") is None
    assert set(ledger_issues(ledger)["law_id"].to_pylist()) <= set(_rule_ids())


def test_rules_of_the_settlement_list_on_a_file(grouper: Grouper) -> None:
    """The laws themselves, asked of a file: a pregnancy of a man, two equal codes, a symptom that leads."""
    cases = encode(
        pa.table(
            {
                "case_id": ["man", "twice", "symptom", "newborn", "fine"], "sex": ["1", "2", "2", "1", "2"],
                "age_years": ["30", "30", "30", "0", "30"], "age_days": ["11000", "11000", "11000", "3", "11000"],
                "diagnoses": ["O80.000", "J18.900|E11.900|E11.900", "R50.900|J18.900", "P22.000", "J18.900"],
                "procedures": ["", "", "", "", ""],
            }
        )
    )  # fmt: skip
    found = {(row["law_id"], row["ref_id"].partition("|")[0]) for row in issues_of(cases).to_pylist()}
    assert {("Q05", "man"), ("Q17", "twice"), ("Q16", "symptom")} <= found
    assert "fine" not in {case for _, case in found}


def _rule_ids() -> tuple[str, ...]:
    from yibao.casemix.listrules import RULES

    return RULES
