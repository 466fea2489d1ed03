"""The table of worked examples: every number agrees, none is passed over, and the command prints it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yibao.cli.equity import app
from yibao.equity.worked import Row, Worked, examples, worked_examples

NAMED = os.environ.get("YIBAO_TEST_DATA")


@pytest.fixture(scope="module")
def found() -> Worked:
    return worked_examples(Path(NAMED) if NAMED else None)


def test_every_expected_number_agrees_and_none_is_passed_over(found: Worked) -> None:
    assert [row for row in found.rows if not row.agrees] == []
    assert found.unused == ()
    calculated = {row.example for row in found.rows}
    assert calculated | {name.split(":")[0] for name in found.missing} == set(examples())
    assert len(found.rows) > 700 and (found.missing == ()) == bool(NAMED)


@pytest.mark.parametrize("wrong", [1.1, math.nan])
def test_a_number_that_is_another_does_not_agree(wrong: float) -> None:
    assert Row("x", "f", "q", 1.0, 1.0 + 1e-13, 1e-9, 1e-12).agrees
    assert not Row("x", "f", "q", 1.0, wrong, 1e-9, 1e-12).agrees


def test_the_command_prints_the_table_and_says_what_has_no_input() -> None:
    told = CliRunner().invoke(app, ["vectors"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    assert "columbus" in told.output and "V07" in told.output and "GG[0][1]" in told.output
    said = json.loads(CliRunner().invoke(app, ["vectors", "--json"]).output)
    assert said["unused"] == [] and all(row["agrees"] for row in said["rows"])
