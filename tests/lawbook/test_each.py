"""A body that is asked once for each row of a table beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from yibao.engine import DuckEngine
from yibao.lawbook import load_laws, run_law
from yibao.ledger.contracts import load_contracts

RULE = """
id: X09
kind: quality
version: "1"
title: {zh: 代码, en: a code}
question: {zh: 有没有这个代码, en: is the code there}
severity: warning
effective: {from: 2000-01-01}
reads: [charge_line]
params: {wanted: {value: A, type: text, zh: 代码, en: the code}}
grain: {zh: 明细, en: line}
each: each.csv
basis: [{law: {zh: 条例, en: Regulation}, article: "1", gist: {zh: 略, en: gist}}]
"""
EACH = """
select cast(charged_at as date) as occurred_on, institution_id, person_id, '{table}' as ref_table, line_id as ref_id,
    '{column}' as column_name, {column} as value, amount
from {table}
where {column} = $wanted
"""


def asked(tmp_path: Path, table: str, body: str = EACH) -> Path:
    """A law that is asked once for each row of a table beside it."""
    folder = tmp_path / "laws" / "X09_asked"
    folder.mkdir(parents=True)
    for name, text in (("rule.yaml", RULE), ("rule.sql", body), ("each.csv", table)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder.parent


def test_a_body_is_asked_for_each_row_of_a_table(tmp_path: Path) -> None:
    root = asked(tmp_path, "table,column\ncharge_line,item_code\ncharge_line,local_code\n")
    lawbook = load_laws([], load_contracts(), own=[root])
    assert lawbook.problems == ()
    law = lawbook.get("X09")
    assert len(law.bodies) == 2
    assert {"item_code", "local_code"} <= law.columns["charge_line"]
    lines = pa.Table.from_pylist(
        [
            {"line_id": "l1", "item_code": "A", "local_code": "B"},
            {"line_id": "l2", "item_code": "B", "local_code": "A"},
        ],
        schema=load_contracts()["charge_line"].arrow_schema(),
    )
    with DuckEngine(threads=1) as engine:
        engine.register("charge_line", lines)
        found = run_law(engine, law, datetime(2026, 1, 1)).tables["quality_issue"].to_pylist()
    assert [(row["ref_id"], row["column_name"], row["value"]) for row in found] == [
        ("l1", "item_code", "A"), ("l2", "local_code", "A")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "expected a CSV with a head and a row"),
        ("table,column\n", "expected a CSV with a head and a row"),
        ("table,column\ncharge_line\n", "expected a CSV with a head and a row"),
        ("table,column\ncharge_line,item_code\ncharge_line,colour\n", "(asked with line 3 of each.csv)"),
        ("table\ncharge_line\n", "{column} is no column of each.csv: table"),
    ],
)
def test_a_table_that_cannot_be_asked_with_is_named(tmp_path: Path, table: str, words: str) -> None:
    lawbook = load_laws([], load_contracts(), own=[asked(tmp_path, table)])
    assert lawbook.laws == {}
    assert words in str(lawbook.problems[0])
