"""yibao from Python: the same verbs as the command line, with Arrow tables."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import yibao
from yibao.errors import YibaoError
from yibao.runs.demo import Demo


@pytest.mark.slow
def test_the_verbs_on_an_open_ledger(demo: Demo) -> None:
    ledger = yibao.open(demo.ledger.path)
    assert ledger.query("select count(*) as n from person").to_pylist() == [{"n": 2007}]
    results = ledger.run()
    assert results.folder == demo.run.folder
    assert results.table("finding").num_rows == demo.run.manifest.tables["finding"].rows
    answer = ledger.check_order(json.loads(demo.order.read_text(encoding="utf-8")))
    assert [r.law.id for r in answer.reminders] == ["D01"]
    lines = [{"item_code": "no such code", "amount": 10}]
    bill = {"person_id": "p", "institution_id": "h", "settled_at": "2025-06-02 12:00:00", "encounter": {"kind": "11"}}
    assert not ledger.check_bill({**bill, "lines": lines}).failures
    assert ledger.risk()["risk_score"].num_rows


def test_a_folder_that_is_no_ledger_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(YibaoError, match="not a ledger"):
        yibao.open(tmp_path)


def test_importing_yibao_loads_no_engine() -> None:
    code = "import sys, yibao; print([m for m in ('duckdb', 'pyarrow', 'sqlglot', 'altair') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
