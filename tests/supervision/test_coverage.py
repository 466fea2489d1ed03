"""Coverage of the official classes: nothing counts without a passing positive and a passing look-alike of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.lawbook import Lawbook, read_cases
from yibao.ledger.contracts import load_contracts
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.supervision.coverage import ClassCoverage, classes_of, coverage

TABLES = load_contracts()


@pytest.fixture(scope="module")
def lawbook() -> Lawbook:
    return load_lawbook()


def only(lawbook: Lawbook, *ids: str) -> Lawbook:
    """A lawbook of some laws."""
    return Lawbook(tuple(law for law in lawbook.versions if law.id in ids))


def found(rows: list[ClassCoverage], number: int) -> ClassCoverage:
    return next(row for row in rows if row.official.number == number)


def test_a_class_with_both_kinds_of_case_is_covered(lawbook: Lawbook) -> None:
    rows = coverage(only(lawbook, "E03", "H06"), TABLES)
    assert len(rows) == 88
    frequent = found(rows, 50)
    assert (frequent.status, frequent.laws) == ("covered", ["E03"])
    assert frequent.positives >= 2 and frequent.lookalikes >= 3 and "encounter" in frequent.tables
    assert {found(rows, number).status for number in range(56, 63)} == {"covered"}
    assert found(rows, 49).status == "no_law"


def test_a_case_belongs_to_its_own_class(lawbook: Lawbook) -> None:
    law = lawbook.get("F07")
    shared, cases = read_cases(law.cases_path)
    assert {number for case in cases for number in classes_of(case, law, shared)} == {43, 48}
    assert all(len(classes_of(case, law, shared)) == 1 for case in cases)


def test_points_tell_the_class_where_the_law_serves_several(lawbook: Lawbook) -> None:
    law = lawbook.get("B01")
    several = replace(
        law, text=law.text.model_copy(update={"official": [*law.text.official, *lawbook.get("F07").text.official]})
    )
    shared, cases = read_cases(law.cases_path)
    assert {number for case in cases for number in classes_of(case, several, shared)} == {67}


def test_a_failing_case_uncovers_the_class(lawbook: Lawbook, tmp_path: Path) -> None:
    law = lawbook.get("E03")
    folder = tmp_path / law.folder.name
    folder.mkdir()
    text = law.cases_path.read_text(encoding="utf-8")
    (folder / "cases.yaml").write_text(text.replace("visits: 18", "visits: 19"), encoding="utf-8")
    rows = coverage(Lawbook((replace(law, folder=folder),)), TABLES)
    assert (found(rows, 50).status, found(rows, 50).failed) == ("failing", 1)
    lookalikes = text.replace("kind: lookalike", "kind: edge")
    (folder / "cases.yaml").write_text(lookalikes, encoding="utf-8")
    rows = coverage(Lawbook((replace(law, folder=folder),)), TABLES)
    assert found(rows, 50).status == "no_lookalike"


def test_what_a_ledger_can_judge(lawbook: Lawbook, demo: Demo) -> None:
    rows = coverage(only(lawbook, "E03", "A09-2", "E08"), TABLES, demo.ledger)
    assert (found(rows, 50).evaluable, found(rows, 50).lacking) == ("yes", [])
    without_points = found(rows, 28)
    assert (without_points.evaluable, without_points.points) == ("no", 0)
    assert found(rows, 11).points == 2
    assert found(rows, 52).evaluable == "no"


def test_the_command_lists_the_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lawbook: Lawbook) -> None:
    monkeypatch.setattr("yibao.cli.law.load_lawbook", lambda *_, **__: only(lawbook, "E03"))
    done = CliRunner().invoke(app, ["law", "coverage", "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [row["class"] for row in rows] == list(range(1, 89))
    assert rows[49] == {
        "class": 50, "code": "GZ10000204002000", "tier": "管理/行为", "name": "频繁门诊", "status": "covered",
        "laws": ["E03"], "primitives": ["frequent_encounters"], "tables": rows[49]["tables"],
        "cases": rows[49]["cases"], "evaluable": None, "lacking": [], "absent": [], "points": None,
    }  # fmt: skip
    table = CliRunner().invoke(app, ["law", "coverage"])
    assert "1 of 88 classes covered" in table.output or "88 类中 1 类已覆盖" in table.output
