"""The set of quality laws: every published check has a law, no two laws share SQL, every foreign key is looked up."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from yibao.generated import checkout
from yibao.lawbook import load_laws
from yibao.ledger.contracts import load_contracts
from yibao.ledger.generated_sql import JUDGED_BY_DATE, generated_sql, orphan_links

TABLES = load_contracts()
QUALITY = Path(str(files("yibao.ledger") / "quality"))
LAWBOOK = load_laws([QUALITY], TABLES, primitives=[QUALITY / "primitives"])
LAWS = LAWBOOK.laws


def test_every_check_of_the_settlement_list_has_its_law() -> None:
    assert LAWBOOK.problems == ()
    assert {f"Q{n:02d}" for n in range(1, 34)} <= set(LAWS)


def test_no_two_laws_are_written_twice() -> None:
    bodies: dict[str, str] = {}
    for path in sorted(QUALITY.rglob("*.sql")):
        code = " ".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("--"))
        assert bodies.setdefault(code, path.parent.name) == path.parent.name
    shared = [name for law in LAWS.values() for name in law.text.primitives]
    used = {path.stem for path in (QUALITY / "primitives").glob("*.sql")}
    assert set(shared) == used
    assert all(shared.count(name) > 1 for name in used), "a primitive serves several laws"


def test_every_foreign_key_of_a_fact_is_looked_up() -> None:
    keys = {
        (table.name, column, *target)
        for table in TABLES.values()
        if table.kind == "fact"
        for column, target in table.foreign.items()
    }
    by_date = {link for link in keys if link[:2] in JUDGED_BY_DATE}
    assert {link[:2] for link in by_date} == JUDGED_BY_DATE
    assert set(orphan_links(TABLES)) == keys - by_date
    law = LAWS["K01"]
    asked = {body.text for body in law.bodies}
    assert len(asked) == len(keys - by_date)
    for table, column, parent, key in keys - by_date:
        (text,) = [one for one in asked if f"'{table}' AS ref_table" in one and f"'{column}' AS column_name" in one]
        assert f"p.{key} = c.{column}" in text
        assert parent in law.text.reads
    judged = TABLES["code_use"].sql or ""
    assert all(table in judged and column in judged for table, column in JUDGED_BY_DATE)


def test_the_generated_sql_is_fresh() -> None:
    root = checkout()
    for path, text in generated_sql(root, TABLES).items():
        assert (root / path).read_text(encoding="utf-8") == text, f"run python -m yibao.ledger.generate: {path}"


@pytest.mark.parametrize("law_id", sorted(law_id for law_id, law in LAWS.items() if law.kind == "quality"))
def test_a_quality_law_says_what_is_expected(law_id: str) -> None:
    expected = LAWS[law_id].text.expected
    assert expected is not None, "what a sender has to send, in both languages"
    assert any(ord(c) > 0x2E7F for c in expected.zh)
    assert not any(ord(c) > 0x2E7F for c in expected.en)
