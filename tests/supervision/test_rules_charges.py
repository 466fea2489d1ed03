"""What holds for the charging laws whatever the data: their plain reading, and what refunds and reports undo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yibao.engine import DuckEngine
from yibao.lawbook import Law, Lawbook, bind, run_body
from yibao.lawbook.cases import register_tables
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook

Row = dict[str, Any]
TABLES = load_contracts()
AS_OF = datetime(2026, 12, 31)
MONITOR, BED, VISIT, SPO2, MRI = "MONITOR", "BED", "VISIT", "SPO2", "MRI"
SHARED = {"other_item_code": "", "target": "service", "status": "compiled"}
PAIR = {**SHARED, "primitive": "P3", "rule_class": "医疗服务项目重复收费", "item_code": MONITOR}
HOURS = {"quantity_limit": 24000, "limit_unit": "hour", "time_window": "day"}
POINTS: list[Row] = [
    {**PAIR, "kp_id": "1", "other_item_code": BED},
    {**PAIR, "kp_id": "2", "other_item_code": VISIT},
    {**SHARED, **HOURS, "kp_id": "3", "primitive": "P4", "rule_class": "医疗服务项目限定频次", "item_code": SPO2},
]
SMALL = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def lawbook() -> Lawbook:
    return load_lawbook()


def judge(law: Law, **rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The evidence rows of each finding of a law over the given rows."""
    given_rows = {n: pa.Table.from_pylist(list(r), schema=TABLES[n].arrow_schema()) for n, r in rows.items()}
    with DuckEngine(threads=1) as engine:
        register_tables(engine, law, given_rows, TABLES)
        body = run_body(engine, law, bind(law, AS_OF))
    findings: dict[str, list[Row]] = defaultdict(list)
    for row in body.to_pylist():
        findings[row["finding_key"]].append(row)
    return dict(findings)


def money(rows: Sequence[Row]) -> tuple[int, int]:
    return sum(r["amount"] for r in rows), sum(r["fund_amount"] for r in rows)


def refund(line: Row) -> Row:
    """The line that takes back all of ``line``, two days later."""
    negative = {n: -line[n] for n in ("quantity", "amount", "fund_amount")}
    original = line["line_id"]
    later = line["charged_at"] + timedelta(days=2)
    return {**line, **negative, "line_id": f"refund {original}", "reversed_line_id": original, "charged_at": later}


@st.composite
def bills(draw: st.DrawFn, items: Sequence[str], most: int) -> list[Row]:
    """Charge lines of a few persons at two institutions over three days."""
    lines = []
    for number in range(draw(st.integers(1, 12))):
        person = draw(st.sampled_from(["p", "q"]))
        place = draw(st.sampled_from(["h", "g"]))
        lines.append(
            {
                "line_id": f"line {number:02}", "person_id": person, "institution_id": place,
                "encounter_id": f"{person} at {place}", "item_code": draw(st.sampled_from(list(items))),
                "quantity": draw(st.integers(1, most)) * 500, "amount": draw(st.integers(1, 99_999)),
                "fund_amount": draw(st.integers(0, 50_000)),
                "charged_at": datetime(2026, 3, 1) + timedelta(minutes=draw(st.integers(0, 3 * 1440 - 1))),
            }
        )  # fmt: skip
    return lines


def contained(lines: Sequence[Row]) -> dict[str, tuple[int, int]]:
    """A01 read plainly: every contained line beside a containing one of that person, institution and day."""

    def place(line: Row) -> tuple[Any, ...]:
        return line["person_id"], line["institution_id"], line["charged_at"].date()

    taken_back = {line["reversed_line_id"] for line in lines if line.get("reversed_line_id")}
    left = [line for line in lines if not line.get("reversed_line_id") and line["line_id"] not in taken_back]
    containing = {place(line) for line in left if line["item_code"] == MONITOR}
    return {
        line["line_id"]: (line["amount"], line["fund_amount"])
        for line in left
        if line["item_code"] in (BED, VISIT) and place(line) in containing
    }


@SMALL
@given(lines=bills([MONITOR, BED, VISIT, "OTHER"], most=4), data=st.data())
def test_a_contained_line_is_found_until_refunded(lawbook: Lawbook, lines: list[Row], data: st.DataObject) -> None:
    law = lawbook.get("A01")
    taken_back = data.draw(st.lists(st.sampled_from(lines), unique_by=lambda line: line["line_id"], max_size=3))
    lines = [*lines, *(refund(line) for line in taken_back)]
    found = judge(law, charge_line=lines, knowledge_point=POINTS)
    assert {key: money(rows) for key, rows in found.items()} == contained(lines)
    if found:
        key = data.draw(st.sampled_from(sorted(found)))
        own = next(line for line in lines if line["line_id"] == key)
        after = judge(law, charge_line=[*lines, refund(own)], knowledge_point=POINTS)
        assert set(after) == set(found) - {key}


@SMALL
@given(lines=bills([SPO2], most=60))
def test_hours_over_a_day_carry_their_price_until_refunded(lawbook: Lawbook, lines: list[Row]) -> None:
    law = lawbook.get("A03")
    stays = [
        {"encounter_id": e, "person_id": e[0], "institution_id": e[-1], "kind": "21",
         "admitted_at": datetime(2026, 2, 20), "discharged_at": datetime(2026, 3, 20)}
        for e in {line["encounter_id"] for line in lines}
    ]  # fmt: skip
    days: dict[str, list[Row]] = defaultdict(list)
    for line in lines:
        days[f"{line['encounter_id']}|SPO2|hour|{line['charged_at'].date()}"].append(line)
    over = {key: own for key, own in days.items() if sum(line["quantity"] for line in own) > 24_000}
    found = judge(law, charge_line=lines, encounter=stays, knowledge_point=POINTS)
    assert set(found) == set(over)
    for key, rows in found.items():
        excess = {r["ref_id"]: r["value"] for r in rows if r["signal"] == "excess"}
        assert sum(excess.values()) == sum(line["quantity"] for line in over[key]) - 24_000
        exact = sum(line["amount"] * excess.get(line["line_id"], 0) / line["quantity"] for line in over[key])
        assert abs(money(rows)[0] - exact) <= len(excess) / 2
    excessive = {r["ref_id"] for rows in found.values() for r in rows if r["signal"] == "excess"}
    undone = [refund(line) for line in lines if line["line_id"] in excessive]
    assert not judge(law, charge_line=[*lines, *undone], encounter=stays, knowledge_point=POINTS)


@SMALL
@given(lines=bills([MRI, "OTHER"], most=4), data=st.data())
def test_a_report_in_time_clears_its_examination(lawbook: Lawbook, lines: list[Row], data: st.DataObject) -> None:
    law = lawbook.get("A11")
    classes = [{"item_code": MRI, "related_group": "", "exam_class": MRI, "report_lag_days": 3}]
    found = judge(law, charge_line=lines, exam_class=classes)
    assert set(found) == {line["line_id"] for line in lines if line["item_code"] == MRI}
    if not found:
        return
    line = data.draw(st.sampled_from([line for line in lines if line["line_id"] in found]))
    examined = line["charged_at"] + timedelta(days=data.draw(st.integers(-1, 3)))
    report = {**{n: line[n] for n in ("person_id", "institution_id", "encounter_id", "item_code")},
              "report_id": "r", "examined_at": examined, "status": "final"}  # fmt: skip
    assert line["line_id"] not in judge(law, charge_line=lines, exam_class=classes, exam_report=[report])


@SMALL
@given(lines=bills([MRI], most=4))
def test_a_reason_on_every_order_silences_the_duplicates(lawbook: Lawbook, lines: list[Row]) -> None:
    law = lawbook.get("D01")
    classes = [{"item_code": MRI, "related_group": "", "exam_class": MRI, "equal_window_days": 60}]
    places = [{"institution_id": i, "region_code": "990101"} for i in ("h", "g")]
    lines = [{**line, "order_id": f"order {line['line_id']}"} for line in lines]
    earlier = [
        {"report_id": f"r {p}", "person_id": p, "institution_id": "h", "encounter_id": "before", "item_code": MRI,
         "examined_at": datetime(2026, 2, 1), "status": "final", "recognition_mark": "全国HR"}
        for p in ("p", "q")
    ]  # fmt: skip
    tables: dict[str, Sequence[Row]] = {"exam_class": classes, "institution": places, "exam_report": earlier}
    found = judge(law, charge_line=lines, **tables)
    assert {key: money(rows) for key, rows in found.items()} == {line["line_id"]: (line["amount"], 0) for line in lines}
    orders = [
        {"order_id": line["order_id"], "person_id": line["person_id"], "status": "signed", "override_reason": "HR19-1"}
        for line in lines
    ]
    assert not judge(law, charge_line=lines, medical_order=orders, **tables)
