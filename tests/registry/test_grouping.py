"""Findings become clues: each finding in one, each fen in one; exemptions, scope, and the contract table."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from named_refusals import refused
from sqlalchemy import select

from yibao.engine import DuckEngine
from yibao.ledger import open_ledger
from yibao.ledger.contracts import load_contracts
from yibao.registry import Refused, Registry, clues
from yibao.registry.actors import grant, take_places
from yibao.registry.clues.grouping import Findings, group
from yibao.registry.clues.intake import evidence_pack
from yibao.registry.tables.clues import CLUE_FINDING, CLUE_MONEY
from yibao.registry.verify import verify
from yibao.runs.demo import Demo
from yibao.runs.folder import write_table
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import latest_run

FINDING = load_contracts()["finding"].arrow_schema()
REF = load_contracts()["finding_ref"].arrow_schema()


def made(findings: list[dict[str, Any]], refs: list[dict[str, Any]]) -> Findings:
    base = {
        "law_version": "1",
        "stage": "audit",
        "result": "suspect",
        "occurred_at": datetime(2025, 3, 5),
        "signals": 1,
        "amount": 0,
        "fund_amount": 0,
        "explanation_zh": "中",
        "explanation_en": "en",
    }
    rows = [{name: {**base, **f}.get(name) for name in FINDING.names} for f in findings]
    lines = [{name: {"signal": "s", "ref_table": "charge_line", **r}.get(name) for name in REF.names} for r in refs]
    return Findings(pa.Table.from_pylist(rows, schema=FINDING), pa.Table.from_pylist(lines, schema=REF))


def finding(number: str, law: str, institution: str = "H1", person: str = "P1", **more: Any) -> dict[str, Any]:
    return {"finding_id": number, "law_id": law, "institution_id": institution, "person_id": person, **more}


def ref(number: str, line: str, fund: int, sequence: int = 1, law: str = "A01") -> dict[str, Any]:
    return {
        "finding_id": number,
        "sequence": sequence,
        "law_id": law,
        "ref_id": line,
        "amount": 2 * fund,
        "fund_amount": fund,
    }


def test_a_line_that_two_laws_found_carries_its_money_once_into_the_stronger() -> None:
    found = made(
        [finding("F1", "A01", result="suspect"), finding("F2", "A03", result="violation")],
        [ref("F1", "L1", 500), ref("F1", "L2", 300, 2), ref("F2", "L1", 500)],
    )
    groups, _ = group(found, "institution")
    assert {g.law_id: g.fund_amount for g in groups} == {"A03": 500, "A01": 300}
    assert [g.law_id for g in groups] == ["A03", "A01"]  # the stronger first


def test_groups_by_institution_person_and_pattern() -> None:
    found = made(
        [finding("F1", "A01", "H1", "P1"), finding("F2", "A01", "H1", "P2"), finding("F3", "A01", "H2", "P1"),
         finding("F4", "A01", "H1", "P1", occurred_at=datetime(2025, 4, 1))],
        [{**ref(f"F{n}", f"L{n}", 100), "kp_id": "K1"} for n in (1, 2, 3, 4)],
    )  # fmt: skip
    sizes = {by: sorted(len(g.findings) for g in group(found, by)[0]) for by in ("institution", "person", "pattern")}  # type: ignore[arg-type]
    assert sizes == {"institution": [1, 1, 2], "person": [1, 1, 2], "pattern": [1, 3]}
    pattern = next(g for g in group(found, "pattern")[0] if len(g.findings) == 3)
    assert (pattern.institution_id, pattern.persons, pattern.fund_amount) == (None, 2, 300)


def test_what_is_known_exempted_or_taken_is_left_out() -> None:
    found = made(
        [
            finding("F1", "A01"),
            finding("F2", "A01", "H2"),
            finding("F3", "A01", exempted_by="dialysis"),
            finding("F4", "A03"),
        ],
        [ref(f"F{n}", f"L{n}", 100) for n in (1, 2, 3, 4)],
    )
    exempt = {"law_id": None, "institution_id": "H2", "person_id": None, "ref_table": None, "ref_id": None,
              "valid_from": date(2025, 1, 1), "expires_on": date(2025, 3, 6)}  # fmt: skip
    groups, counts = group(found, "institution", known=["F1"], taken=[("charge_line", "L4")], exempt=[exempt])
    assert [(g.law_id, g.fund_amount) for g in groups] == [("A03", 0)]
    assert counts == {"found": 4, "known": 1, "exempted_by_law": 1, "findings": 1}
    ended = exempt | {"expires_on": date(2025, 3, 5)}
    assert len(group(found, "institution", exempt=[ended])[0]) == 3


LINES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 999)), min_size=1, max_size=25)


@settings(max_examples=30, deadline=None)
@given(LINES)
def test_money_is_never_attributed_twice_nor_lost(lines: list[tuple[int, int, int]]) -> None:
    fund = {line: money for _, line, money in lines}
    numbers = sorted({n for n, _, _ in lines})
    found = made(
        [finding(f"F{n}", f"A0{n % 3}", f"H{n % 2}", result=("violation", "suspect", "lead")[n % 3]) for n in numbers],
        [ref(f"F{n}", f"L{line}", fund[line], place) for place, (n, line, _) in enumerate(lines)],
    )
    groups, _ = group(found, "institution")
    rows = [(row["ref_id"], row["fund_amount"]) for g in groups for row in g.money]
    assert sorted(rows) == sorted((f"L{line}", money) for line, money in fund.items() if money > 0)
    assert sorted(f["finding_id"] for g in groups for f in g.findings) == [f"F{n}" for n in numbers]


def test_every_shipped_law_has_its_evidence_pack() -> None:
    rules = [law.id for law in load_lawbook().laws.values() if law.text.kind == "rule"]
    without = [law_id for law_id in rules if law_id[0] in "ABCDEFGH" and not evidence_pack(law_id)]
    assert not without


def test_the_findings_of_a_city_become_clues_once(demo: Demo, sqlite_registry: Registry, tmp_path: Path) -> None:
    ledger = open_ledger(demo.ledger.path)
    run = latest_run(ledger.path)
    assert run is not None
    rows = (
        pq.read_table(sorted(ledger.files("institution")))
        .select(["institution_id", "name", "kind", "region_code"])
        .to_pylist()
    )
    regions = {r["region_code"] for r in rows}
    sqlite_registry.do(take_places, [{"region_code": c, "parent_code": "990000"} for c in regions], rows, by="root")
    sqlite_registry.do(grant, "lead", "lead", "region", "990000", date(2024, 1, 1), by="root")
    found = Findings.of_run(run)
    titles = {law.id: {"zh": law.title.zh, "en": law.title.en} for law in load_lawbook().laws.values()}
    answer = sqlite_registry.do(clues.import_findings, run.name, found, titles, by="lead")
    assert answer["findings"] + answer["exempted"] + answer["outside"] == found.finding.num_rows
    again = sqlite_registry.do(clues.import_findings, run.name, found, titles, by="lead")
    assert (again["clues"], again["known"]) == ([], answer["findings"])
    with sqlite_registry.reading("clue.read", "lead") as unit:
        listed = clues.clues(unit)
        money = unit.rows(select(CLUE_MONEY))
        assert sum(c["fund_amount"] for c in listed) == sum(m["fund_amount"] for m in money)
        assert len(unit.rows(select(CLUE_FINDING))) == answer["findings"]
        table = clues.clue_table(listed, load_contracts()["clue"].arrow_schema())
    assert table.num_rows == len(answer["clues"]) and set(table["state"].to_pylist()) == {"S0"}
    with DuckEngine() as engine:
        entry = write_table(engine, ledger, "clue", [table], tmp_path)
    assert (entry.rows, entry.money) == (table.num_rows, sum(c["amount"] for c in listed))
    assert all(c["explanation_zh"] and "For example" in c["explanation_en"] for c in listed)
    assert verify(sqlite_registry).sound
    largest = max(listed, key=lambda c: c["fund_amount"])
    whole = sqlite_registry.do(clues.show, largest["clue_id"], by="lead")
    assert whole["evidence"] and len(whole["money"]) > 0


@pytest.mark.parametrize("count", [1, 2, 100])
def test_strength_rises_with_the_number_of_findings_and_is_never_certain(count: int) -> None:
    found = made([finding(f"F{n}", "A01") for n in range(count)], [ref("F0", "L", 1)])
    strength = group(found, "institution")[0][0].strength_ppm
    assert strength == 500_000 + 500_000 * (count - 1) // (2 * count) < 750_000


def test_what_a_first_review_leaves_out_is_claimed_no_more_and_never_comes_back(sqlite_registry: Registry) -> None:
    """Two findings of one clue: the second is left out, and neither upholding nor deciding brings its money back."""
    do, at = sqlite_registry.do, datetime(2025, 6, 2, 9)
    found = made(
        [finding("F1", "A01"), finding("F2", "A01", person="P2")], [ref("F1", "L1", 700), ref("F2", "L2", 300)]
    )
    do(clues.import_findings, "R1", found, {}, by="lead", at=at)
    with sqlite_registry.reading("clue.read", "lead") as unit:
        (clue,) = clues.clues(unit)
    clue_id = clue["clue_id"]
    do(clues.assign, clue_id, "auditor1", by="lead", at=at)
    do(clues.begin, clue_id, by="auditor1", at=at)

    def send(**more: Any) -> Any:
        return do(clues.send, clue_id, by="auditor1", at=at, **more)

    refused("unknown", lambda: send(left_out=["F9"], reason="x"))
    refused("no_reason", lambda: send(left_out=["F2"]))
    refused("nothing_left", lambda: send(left_out=["F1", "F2"], reason="x"))
    sent = do(clues.send, clue_id, "事实清楚", left_out=["F2"], reason="exempt", by="auditor1", at=at)
    assert (sent["state"], sent["claimed"]) == ("S3c", 700)
    do(clues.appeal, clue_id, "不认可", by="h1", at=datetime(2025, 6, 3))
    do(clues.second, clue_id, by="auditor2", at=datetime(2025, 6, 4))
    assert do(clues.uphold, clue_id, "proved", by="auditor2", at=datetime(2025, 6, 4))["upheld"] == 700
    money = do(clues.show, clue_id, by="lead", at=datetime(2025, 6, 5))["money"]
    assert {row["finding_id"]: row["upheld"] for row in money} == {"F1": 700, "F2": 0}
    with pytest.raises(Refused):
        do(clues.decide, clue_id, "8b", "D-1", "追回", amount=701, by="lead", at=datetime(2025, 6, 5))
    assert verify(sqlite_registry).problems == []
