"""Every shipped law loads, says what it must, and passes its own cases."""

from __future__ import annotations

import pytest

from yibao.lawbook import read_cases, run_cases
from yibao.lawbook.bodies import BODY
from yibao.lawbook.run import FINDING, FINDING_REF
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook

LAWBOOK = load_lawbook()
TABLES = load_contracts()
KEYS = [law.key for law in LAWBOOK.versions]


def by_key(key: str):  # type: ignore[no-untyped-def]
    return next(law for law in LAWBOOK.versions if law.key == key)


def test_all_load() -> None:
    assert [str(p) for p in LAWBOOK.problems] == []
    ids = set(LAWBOOK.laws)
    assert {"A01", "A03", "A11", "A14", "B01", "C01", "C03", "C06", "C08", "D01", "E01", "F07"} <= ids
    assert {f"I{n}" for n in range(1, 10)} <= ids
    assert len([i for i in ids if i.startswith("Q")]) >= 20


@pytest.mark.parametrize("key", KEYS)
def test_cases_pass(key: str) -> None:
    failures = [f"{r.case.name}: {d}" for r in run_cases(by_key(key), TABLES) for d in r.differences]
    assert failures == []


@pytest.mark.parametrize("key", KEYS)
def test_cases_prove_something(key: str) -> None:
    law = by_key(key)
    _, cases = read_cases(law.cases_path)
    kinds = {c.kind for c in cases}
    assert "positive" in kinds
    assert "lookalike" in kinds or law.text.kind == "indicator"
    assert any(c.expect for c in cases)
    if law.text.kind == "rule":
        assert law.text.looks_like, "a rule names its likely defences"
        assert law.text.missing, "a rule names the evidence to call for"
        # A lead compares; what it finds breaks no article by itself.
        assert law.text.basis or law.text.result == "lead", "a rule names its legal ground"


def test_primitives_serve_four_laws_without_sql_of_their_own() -> None:
    for law_id in ("A01", "A03", "A14", "B01"):
        law = LAWBOOK.get(law_id)
        assert law.text.primitives
        assert not (law.folder / "rule.sql").exists()


def test_both_forms_are_in_use() -> None:
    assert {law.text.form for law in LAWBOOK.versions} == {"sql", "kernel"}


def test_result_columns_are_those_of_the_contracts() -> None:
    assert TABLES["finding"].column_names == FINDING
    assert TABLES["finding_ref"].column_names == FINDING_REF
    assert TABLES["indicator_value"].column_names == ("law_id", *BODY["indicator"].names)
