"""The words of a finding: SQL for a run and Python for one order say the same."""

from __future__ import annotations

import random
from datetime import datetime

import pyarrow as pa
import pytest

from yibao.engine import DuckEngine
from yibao.lawbook.bodies import BODY
from yibao.lawbook.explain import explanation
from yibao.lawbook.run import finding_id, results
from yibao.runs.laws import load_lawbook

RULES = load_lawbook().of("rule")


@pytest.mark.parametrize("law", RULES, ids=lambda law: law.key)
def test_both_forms_agree(law) -> None:  # type: ignore[no-untyped-def]
    chance = random.Random(law.id)
    signals, numbers = list(law.text.signals), [None, 0, 1, -5, 7, 99, 100, 1200, 12345, -10050, 987654321]
    rows = [
        {
            "finding_key": f"k{chance.randrange(40)}", "occurred_at": datetime(2025, 1, 1),
            "amount": 1, "fund_amount": 0,
            "signal": chance.choice(signals), "value": chance.choice(numbers), "ref_table": "t", "ref_id": str(number),
        }
        for number in range(120)
    ]  # fmt: skip
    with DuckEngine(threads=1) as engine:
        table = results(engine, law, pa.Table.from_pylist(rows, schema=BODY["rule"]))["finding"]
    said = {row["finding_id"]: (row["explanation_zh"], row["explanation_en"]) for row in table.to_pylist()}
    for key in {row["finding_key"] for row in rows}:
        own = [row for row in rows if row["finding_key"] == key]
        assert said[finding_id(law, key)] == (explanation(law, own, "zh"), explanation(law, own, "en"))
