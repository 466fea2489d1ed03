"""The case runner: it passes what is right, and it fails what is wrong (a test that cannot fail proves nothing)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from yibao.engine import DuckEngine
from yibao.lawbook import CaseError, ParameterError, bind, load_laws, read_cases, run_cases, run_law
from yibao.lawbook.cases import register_tables
from yibao.ledger.contracts import load_contracts

TABLES = load_contracts()


def test_all_cases_pass(law_folder: Path) -> None:
    law = load_laws([law_folder], TABLES).get("X01")
    results = run_cases(law, TABLES)
    assert [r.case.name for r in results] == [
        "one large line",
        "refunded in full",
        "before the law was in force",
        "a lower floor",
    ]
    assert [r.differences for r in results] == [()] * 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("amount: 12345, signals: {large: 12345}}", "amount: 12346}", "expected amount 12346, found 12345"),
        ("{large: 12345}", "{large: 12345, other: 1}", "signals"),
        ("[{finding_key: l1, amount: 12345, signals: {large: 12345}}]", "[]", "expected nothing more"),
        ("[{finding_key: l1, amount: 12345", "[{finding_key: l9}, {finding_key: l1, amount: 12345", "found nothing"),
    ],
)
def test_a_wrong_expectation_fails(law_folder: Path, old: str, new: str, words: str) -> None:
    path = law_folder / "cases.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    results = run_cases(load_laws([law_folder], TABLES).get("X01"), TABLES)
    assert words in " ".join(results[0].differences)


def test_a_case_with_an_unknown_column_is_named_by_line(law_folder: Path) -> None:
    path = law_folder / "cases.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("amount: 12345, ch", "amuont: 12345, ch", 1), encoding="utf-8"
    )
    with pytest.raises(CaseError, match=r"line 5.*amuont"):
        run_cases(load_laws([law_folder], TABLES).get("X01"), TABLES)


def test_findings_carry_words_and_money(law_folder: Path) -> None:
    law = load_laws([law_folder], TABLES).get("X01")
    line = {"line_id": "l1", "person_id": "p1", "amount": 1234567, "charged_at": datetime(2025, 1, 1)}
    table = TABLES["charge_line"].arrow_schema()
    with DuckEngine(threads=1) as engine:
        import pyarrow as pa

        register_tables(engine, law, {"charge_line": pa.Table.from_pylist([line], schema=table)}, TABLES)
        outcome = run_law(engine, law, datetime(2026, 1, 1))
    finding = outcome.tables["finding"].to_pylist()[0]
    assert finding["explanation_zh"] == "疑似金额过大：净额 12345.67 元"
    assert finding["explanation_en"] == "Suspected large amount: net amount 12345.67"
    assert finding["amount"] == 1234567
    for name in ("finding", "finding_ref"):
        assert outcome.tables[name].column_names == list(TABLES[name].column_names)


def test_a_parameter_that_does_not_exist_or_fit_is_refused(law_folder: Path) -> None:
    law = load_laws([law_folder], TABLES).get("X01")
    with pytest.raises(ParameterError, match="no parameter 'flour'"):
        bind(law, datetime(2026, 1, 1), {"flour": 1})
    with pytest.raises(ParameterError, match="whole number"):
        bind(law, datetime(2026, 1, 1), {"floor": "much"})


def test_a_failing_body_is_an_outcome_not_a_crash(law_folder: Path) -> None:
    body = law_folder / "rule.sql"
    text = body.read_text(encoding="utf-8").replace("amount as value", "cast(line_id as bigint) as value")
    body.write_text(text, encoding="utf-8")
    results = run_cases(load_laws([law_folder], TABLES).get("X01"), TABLES)
    assert "the law failed" in results[0].differences[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected `cases:`"),
        ("cases: {a: b}", "expected `cases:`"),
        ("cases:\n  - only words", "expected a case with name"),
        ("cases:\n  - {kind: edge}", "expected a case with name"),
        ("cases:\n  - {name: a, kind: edge, as_of: soon}", r"line 2.*as_of: expected YYYY-MM-DD"),
    ],
)
def test_cases_that_cannot_be_read_are_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "cases.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match=words):
        read_cases(tmp_path / "cases.yaml")
