"""Checks that are remembered: equal to checks that are made, lost without harm, and never a way around the checker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from yibao.engine import portable, remembered
from yibao.engine.schema import Tables
from yibao.ledger.contracts import load_contracts

SQL = """
with dear as (select line_id, amount from charge_line where amount > $least and regexp_matches(item_code, $codes))
select line_id as finding_key, round_half_up(amount, 3) as third from dear
"""
OUTPUTS = frozenset({"finding_key", "third"})


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("YIBAO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remembered, "_HERE", {})
    yield tmp_path / "cache" / "statements"


def checked(sql: str = SQL, tables: Tables | None = None, outputs: frozenset[str] = OUTPUTS) -> object:
    """What the checker says; a process that begins remembers nothing itself."""
    remembered._HERE.clear()
    return portable.check(sql, tables or load_contracts(), outputs=outputs)


def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are checked from now on instead of being recalled."""
    texts: list[str] = []
    check = portable._check

    def counted(sql: str, *rest: object) -> object:
        texts.append(sql)
        return check(sql, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(portable, "_check", counted)
    return texts


def test_what_is_recalled_is_what_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    first, texts = checked(), made(monkeypatch)
    assert checked() == first
    assert texts == []


@pytest.mark.parametrize("spoil", ["", "{", "[]", "null", '{"text": 1}', '{"text": "", "columns": []}'])
def test_a_spoiled_file_costs_a_check(place: Path, monkeypatch: pytest.MonkeyPatch, spoil: str) -> None:
    first, texts = checked(), made(monkeypatch)
    (file,) = place.iterdir()
    file.write_text(spoil, encoding="utf-8")
    assert checked() == first
    assert texts == [SQL]
    assert json.loads(file.read_text(encoding="utf-8"))["names"] == ["finding_key", "third"]


def test_nothing_wrong_is_remembered(place: Path) -> None:
    for sql in ("select avg(amount) as third, line_id as finding_key from charge_line", "select", "select 1; select 2"):
        assert checked(sql) == checked(sql)
        assert checked(sql)[1]  # type: ignore[index]
    assert not place.exists()


def test_other_contracts_and_other_wishes_are_other_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    checked()
    texts, contracts = made(monkeypatch), dict(load_contracts())
    line = contracts["charge_line"]
    contracts["charge_line"] = replace(line, columns=tuple(c for c in line.columns if c.name != "item_code"))
    assert "item_code" in str(checked(tables=contracts))
    assert "unexpected column 'third'" in str(checked(outputs=frozenset({"finding_key"})))
    assert len(texts) == 2


def test_no_place_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = checked()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for chosen in ("", str(tmp_path / "file")):
        monkeypatch.setenv("YIBAO_CACHE", chosen)
        assert checked() == first
    assert (tmp_path / "file").read_text(encoding="utf-8") == ""
