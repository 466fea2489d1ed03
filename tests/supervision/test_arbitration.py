"""Exemptions applied once, in one place; two laws on one charge never count its money twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yibao.engine import DuckEngine
from yibao.lawbook import Lawbook
from yibao.lawbook.exemptions import READS, detected_kinds, placing
from yibao.ledger import Ledger, create_ledger
from yibao.ledger.contracts import load_contracts
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import latest_run
from yibao.supervision.arbitration import arbitrate

TABLES = load_contracts()
AT = datetime(2025, 9, 10, 10)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def lawbook() -> Lawbook:
    return load_lawbook()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """One stay of three lines (100, 200, 300 yuan) in one settlement, an emergency and a dialysis visit."""
    made = create_ledger(tmp_path_factory.mktemp("ledger") / "ledger", currency="CNY")
    encounters = [
        {"encounter_id": "stay", "person_id": "p", "institution_id": "h", "kind": "21", "main_diagnosis": "I10.x00"},
        {"encounter_id": "urgent", "person_id": "p", "institution_id": "h", "kind": "13", "main_diagnosis": "S82.100"},
        {"encounter_id": "dial", "person_id": "q", "institution_id": "h", "kind": "14", "main_diagnosis": "N18.500"},
    ]
    settlements = [("stay", "p", 60_000), ("urgent", "p", 5_000), ("dial", "q", 7_000)]
    made.append(
        {
            "encounter": table("encounter", [{**row, "admitted_at": AT} for row in encounters]),
            "settlement": table("settlement", [
                {"settlement_id": f"s-{e}", "encounter_id": e, "person_id": p, "institution_id": "h", "settled_at": AT,
                 "total_amount": a, "fund_amount": a // 2} for e, p, a in settlements
            ]),
            "charge_line": table("charge_line", [
                {"line_id": f"l{k}", "encounter_id": "stay", "settlement_id": "s-stay", "person_id": "p",
                 "institution_id": "h", "item_code": "X", "quantity": 1000, "amount": k * 10_000,
                 "fund_amount": k * 5_000, "charged_at": AT} for k in (1, 2, 3)
            ]),
            "exemption": table("exemption", [
                {"exemption_id": "x1", "kind": "known_cohort", "person_id": "q", "evidence_kind": "list",
                 "owner": "审核科"},
                {"exemption_id": "x2", "kind": "system_outage", "institution_id": "h", "begin_at": datetime(2025, 9, 1),
                 "end_at": datetime(2025, 9, 2), "evidence_kind": "notice", "owner": "信息科"},
            ]),
        },
        "test",
    )  # fmt: skip
    return made


def table(name: str, rows: Sequence[Row]) -> pa.Table:
    schema = pa.schema([f for f in TABLES[name].arrow_schema() if f.name not in ("recorded_at", "batch_id")])
    return pa.Table.from_pylist(list(rows), schema=schema)


def judged(
    ledger: Ledger, lawbook: Lawbook, said: Sequence[tuple[str, str, str, int]]
) -> tuple[dict[str, str | None], list[Row]]:
    """Findings (law, table, id, amount), one piece of evidence each: exemption by law, and what each counts."""
    findings = [
        {"finding_id": f"{law}-{k}", "law_id": law, "amount": amount, "fund_amount": amount // 2, "occurred_at": AT,
         "encounter_id": ref if name == "encounter" else None, "signals": 1}
        for k, (law, name, ref, amount) in enumerate(said)
    ]  # fmt: skip
    refs = [
        {"finding_id": f"{law}-{k}", "sequence": 1, "law_id": law, "ref_table": name, "ref_id": ref, "amount": amount,
         "fund_amount": amount // 2}
        for k, (law, name, ref, amount) in enumerate(said)
    ]  # fmt: skip
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=READS)
        found, counted = arbitrate(engine, lawbook.of(), table("finding", findings), table("finding_ref", refs))
    return {row["law_id"]: row["exempted_by"] for row in found.to_pylist()}, counted.to_pylist()


def test_evidence_is_placed_by_hashing_not_one_by_one(ledger: Ledger, lawbook: Lawbook) -> None:
    """An outer join with a condition on its own side compares every piece of evidence with every charge."""
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=READS)
        for name in ("finding", "finding_ref"):
            engine.register(name, table(name, [{"finding_id": "f", "ref_table": "charge_line", "ref_id": "l1"}]))
        ((_, plan),) = engine.connection.execute(f"explain (format json) {placing()}").fetchall()
    assert "HASH_JOIN" in plan and "BLOCKWISE_NL_JOIN" not in plan


def test_the_graver_law_counts_first(ledger: Ledger, lawbook: Lawbook) -> None:
    _, counted = judged(ledger, lawbook, [("E03", "charge_line", "l1", 10_000), ("H01", "charge_line", "l1", 10_000)])
    assert {row["law_id"]: row["counted_amount"] for row in counted} == {"H01": 10_000, "E03": 0}


def test_a_law_counts_what_it_says_beyond_another(ledger: Ledger, lawbook: Lawbook) -> None:
    _, counted = judged(ledger, lawbook, [("H01", "charge_line", "l2", 5_000), ("E03", "charge_line", "l2", 20_000)])
    assert {row["law_id"]: row["counted_amount"] for row in counted} == {"H01": 5_000, "E03": 15_000}


def test_lines_are_taken_off_their_encounter(ledger: Ledger, lawbook: Lawbook) -> None:
    said = [
        ("H01", "charge_line", "l1", 10_000),
        ("E05", "encounter", "stay", 60_000),
        ("E06", "encounter", "stay", 60_000),
    ]
    _, counted = judged(ledger, lawbook, said)
    assert {row["law_id"]: row["counted_amount"] for row in counted} == {"H01": 10_000, "E05": 50_000, "E06": 0}


def test_what_the_ledger_shows_exempts_where_the_law_admits_it(ledger: Ledger, lawbook: Lawbook) -> None:
    exempted, counted = judged(
        ledger, lawbook, [("H01", "encounter", "urgent", 5_000), ("E06", "encounter", "urgent", 5_000)]
    )
    assert exempted == {"H01": "emergency", "E06": None}
    assert {row["law_id"]: row["counted_amount"] for row in counted} == {"H01": 0, "E06": 5_000}


def test_what_somebody_approved_exempts_in_its_scope(ledger: Ledger, lawbook: Lawbook) -> None:
    """A known cohort of G01; an outage holds for its span only; a finding without money goes by its first evidence."""
    exempted, _ = judged(
        ledger, lawbook,
        [("G01", "encounter", "dial", 7_000), ("F04", "encounter", "dial", 7_000), ("H05", "encounter", "dial", 0),
         ("E03", "encounter", "dial", 0)],
    )  # fmt: skip
    assert exempted == {"G01": "known_cohort x1", "F04": None, "H05": None, "E03": "dialysis"}


def test_every_detected_kind_is_admitted_by_some_law(lawbook: Lawbook) -> None:
    named = {kind for law in lawbook.of("rule") for kind in law.text.exemptions}
    assert set(detected_kinds()) - {"transplant"} <= named | {"rehabilitation", "oncology"}


LAWS = ("H01", "E05", "E06", "E08", "F01", "G02", "H02", "E02")
PLACES = [("charge_line", "l1", 10_000), ("charge_line", "l2", 20_000), ("charge_line", "l3", 30_000),
          ("settlement", "s-stay", 60_000), ("encounter", "stay", 60_000)]  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(LAWS), st.sampled_from(PLACES), st.integers(1, 100)), min_size=1, max_size=10,
        unique_by=lambda one: (one[0], one[1][1]),
    )
)  # fmt: skip
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_counts_twice(
    ledger: Ledger, lawbook: Lawbook, said: list[tuple[str, tuple[str, str, int], int]]
) -> None:
    """Together the laws count the largest amount said of each line, and of the whole never more than its bill."""
    rows = [(law, name, ref, most * share // 100) for law, (name, ref, most), share in said]
    _, counted = judged(ledger, lawbook, rows)
    assert all(row["counted_amount"] >= 0 for row in counted)
    total = sum(row["counted_amount"] for row in counted)
    lines = sum(max((a for _, _, ref, a in rows if ref == line), default=0) for line in ("l1", "l2", "l3"))
    whole = max((a for _, name, _, a in rows if name != "charge_line"), default=0)
    assert total == max(lines, whole)
    assert total <= 60_000


def test_a_run_writes_what_was_counted(demo: Demo) -> None:
    folder = latest_run(demo.ledger.path)
    assert folder is not None
    refs, counted = pq.read_table(folder / "finding_ref.parquet"), pq.read_table(folder / "money_attribution.parquet")
    said = sum(refs.column("amount").to_pylist())
    assert sum(counted.column("amount").to_pylist()) == said
    assert 0 < sum(counted.column("counted_amount").to_pylist()) < said
