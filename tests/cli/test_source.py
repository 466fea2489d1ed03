"""`yibao source`: what can be read, a mapping checked, a mapping tried on files without keeping anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.errors import UsageError
from yibao.ledger.sources import source_names
from yibao.ledger.sources.mapping_check import MappingRefused

RUN = CliRunner()
MAPPING = """\
name: own
currency: CNY
relations:
  bills: {columns: [no, id, paid, on]}
tables:
  - table: contribution
    from: bills
    columns: {contribution_id: no, person_id: id, month: ymd("on"), amount: paid, x_note: "null"}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "raw").mkdir()
    text = "no,id,paid,on,spare\n1,P1,12.50,20250101,x\n2,P1,free,20250201,y\n"
    (tmp_path / "raw" / "bills.csv").write_text(text, encoding="utf-8")
    return tmp_path


def told(*words: str) -> str:
    done = RUN.invoke(app, ["source", *words])
    if done.exception:
        raise done.exception
    return done.output


def test_every_source_is_listed_in_words(files: Path) -> None:
    found = {each["name"]: each for each in json.loads(told("list", "--json"))}
    assert sorted(found) == source_names()
    assert all(each["about"] and each["about_zh"] for each in found.values())
    assert (found["cms"]["currency"], found["openimis"]["currency"]) == ("USD", None)
    assert "openimis" in told("list")


def test_a_mapping_is_checked_without_files(files: Path) -> None:
    assert json.loads(told("check", str(files), "--json")) == {"name": "own", "relations": 1, "tables": 1}
    (files / "mapping.yaml").write_text(MAPPING.replace("amount: paid", "amount: payd"), encoding="utf-8")
    with pytest.raises(MappingRefused, match=r"mapping\.yaml, line 8: tables\.0\.columns\.amount"):
        told("check", str(files / "mapping.yaml"))
    with pytest.raises(UsageError, match="no mapping"):
        told("check", "national")


def test_a_trial_shows_everything_and_keeps_nothing(files: Path) -> None:
    before = sorted(files.rglob("*"))
    trial = json.loads(told("check", str(files / "mapping.yaml"), str(files / "raw"), "--json"))
    assert sorted(files.rglob("*")) == before
    (relation,) = trial["relations"]
    assert relation == {
        "name": "bills", "files": ["bills.csv"], "records": 2, "rejected": 0, "tables": ["contribution"],
        "unused": ["spare"],
    }  # fmt: skip
    (table,) = trial["tables"]
    assert (table["rows"][0]["amount"], table["rows"][0]["month"]) == ("12.50", "2025-01-01")
    assert table["empty"] == ["x_note"] and "enrolment_id" in table["unmapped"]
    assert (trial["report"]["accepted"], trial["report"]["quarantined"]) == (1, 1)
    assert trial["quarantined"][0]["value"] == "free"
    shown = told("check", str(files / "mapping.yaml"), str(files / "raw"))
    assert all(word in shown for word in ("spare", "12.50", "x_note", "not_money", "bills.csv"))


def test_a_trial_does_without_files_that_only_extensions_come_from(files: Path) -> None:
    """`omop` takes an institution's extension columns from a file that many deliveries lack."""
    heads = {
        "person": "person_id,gender_concept_id,year_of_birth\n1,8507,1970\n",
        "visit_occurrence": "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,"
        "care_site_id\n5,1,9201,2020-01-01,2020-01-05,\n",
    }
    (files / "raw" / "bills.csv").rename(files / "spare.csv")
    for name, text in heads.items():
        (files / "raw" / f"{name}.csv").write_text(text, encoding="utf-8")
    tried = json.loads(told("check", "omop", str(files / "raw"), "--json"))
    institution = next(table for table in tried["tables"] if table["name"] == "institution")
    assert "x_place_of_service_concept_id" in institution["empty"]
    assert institution["rows"]
