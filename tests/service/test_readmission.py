"""One word, one definition: what the pages call an unplanned readmission is what law C06 counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.lawbook.run import run_law
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook
from yibao.service.figures import sources, statements

CONTRACTS = load_contracts()
LAW = load_lawbook().get("C06")
#: So long a period that every discharge of the invented ledger lies in it.
ALL = {"period_days": 100_000}


def invented() -> dict[str, list[dict[str, Any]]]:
    """Six hundred stays of 120 persons at four hospitals: transfers, deaths, plans, overlaps, bills withdrawn."""
    random = np.random.default_rng(3)
    rows: dict[str, list[dict[str, Any]]] = {"person": [], "encounter": [], "settlement": [], "charge_line": []}
    for number in range(120):
        rows["person"].append(
            {"person_id": f"p{number}", "birth_date": None if number % 17 == 0 else date(1930 + number % 90, 5, 1),
             "death_date": date(2026, 7, 1) if number % 23 == 0 else None}
        )  # fmt: skip
    for number in range(600):
        came = datetime(2026, 1, 1, 9) + timedelta(days=int(random.integers(0, 330)), hours=int(random.integers(0, 12)))
        left = came + timedelta(days=int(random.integers(0, 9)), hours=1)
        stay = {"encounter_id": f"e{number}", "person_id": f"p{int(random.integers(0, 120))}",
                "institution_id": f"h{int(random.integers(0, 4))}"}  # fmt: skip
        rows["encounter"].append(
            {**stay, "kind": "21", "admitted_at": came, "discharged_at": left,
             "main_diagnosis": str(random.choice(["J18.9", "I63.9", "Z51.1", "M47.8"])),
             "discharge_way": str(random.choice(["1", "1", "1", "2", "4", "5"])),
             "readmission_planned": bool(number % 11 == 0), "readmission_purpose": "化疗" if number % 22 == 0 else " "}
        )  # fmt: skip
        rows["charge_line"].append({"line_id": f"l{number}", "encounter_id": f"e{number}", "amount": 100})
        paid = {**stay, "settlement_id": f"s{number}", "settled_at": left, "total_amount": 100}
        rows["settlement"].append(paid)
        if number % 13 == 0:
            rows["settlement"].append(
                {**paid, "settlement_id": f"r{number}", "total_amount": -100, "reversed_settlement_id": f"s{number}"}
            )
    return rows


def test_the_pages_count_unplanned_readmissions_as_the_law_does() -> None:
    given = invented()
    with DuckEngine(threads=1) as engine:
        for name in sources("stay") | {"settlement", "person"}:
            schema = CONTRACTS[name].arrow_schema()
            engine.register(name, pa.Table.from_pylist(given.get(name, []), schema=schema))
        shown = engine.execute(
            f"select institution_id, sum(judged) as discharges, sum(readmitted) as observed, "
            f"sum(expected_ppm) as expected_ppm from ({statements()['stay']}) group by institution_id"
        ).to_pylist()
        outcome = run_law(engine, LAW, datetime(2030, 1, 1), overrides=ALL)
        assert outcome.status == "ran", outcome.message
        law = {row["subject_id"]: row for row in outcome.tables["indicator_value"].to_pylist()}
    assert sum(row["observed"] for row in shown) > 20
    for row in shown:
        counted = law[row["institution_id"]]
        assert (row["discharges"], row["observed"]) == (counted["denominator"], counted["numerator"])
        # Pages round each stay's expectation to a millionth, the law each stratum's.
        assert abs(int(row["expected_ppm"]) - counted["expected_ppm"]) <= row["discharges"]


def test_what_the_law_calls_planned_the_pages_do_too() -> None:
    sql = statements()["stay"]
    assert f"'{LAW.defaults['planned_diagnoses']}'" in sql
    assert sql.count(f"+ {LAW.defaults['window_days']}") == 2
