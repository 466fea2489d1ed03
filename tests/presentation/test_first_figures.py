"""The figures of findings show what the law found: drawn from the laws' own cases, their values compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from yibao.engine import DuckEngine
from yibao.lawbook import Law, bind, run_body
from yibao.lawbook.case_files import read_cases
from yibao.lawbook.cases import register_tables
from yibao.lawbook.model import typed_value
from yibao.lawbook.run import results
from yibao.ledger.contracts import load_contracts
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages
from yibao.presentation.report.evidence import LedgerRows
from yibao.presentation.report.figures import figure_of
from yibao.presentation.report.figures.stock import supplies
from yibao.presentation.report.figures.trace import chain
from yibao.presentation.report.names import Names
from yibao.presentation.report.scene import Scene
from yibao.presentation.report.source import Instant
from yibao.runs.laws import load_lawbook

TABLES = load_contracts()


class CaseLedger:
    """The rows of one case, as a ledger gives them."""

    currency, snapshot_id, path = "CNY", 1, Path()

    def __init__(self, data: dict[str, pa.Table]) -> None:
        self.data = data

    def tables(self) -> Any:
        return TABLES

    def rows(self, table: str, column: str, values: Sequence[Any], as_of: datetime | None = None) -> pa.Table:
        found = self.data.get(table, TABLES[table].empty())
        return found.filter(pc.is_in(found[column], pa.array(list(values), found.schema.field(column).type)))

    def slice(self, person_id: str, tables: Sequence[str], as_of: datetime | None = None) -> dict[str, pa.Table]:
        return {name: self.rows(name, "person_id", [person_id]) for name in tables}

    def slice_by(
        self, table: str, column: str, value: str, since: date | None = None, until: date | None = None,
        as_of: datetime | None = None,
    ) -> pa.Table:  # fmt: skip
        return self.rows(table, column, [value])


@cache
def found(law_id: str, name: str) -> tuple[Law, dict[str, Any], CaseLedger, dict[str, list[dict[str, Any]]]]:
    """What a law finds in one of its own cases."""
    law = next(one for one in load_lawbook().of("rule") if one.id == law_id)
    shared, cases = read_cases(law.cases_path)
    case = next(one for one in cases if one.name == name)
    rows: dict[str, list[dict[str, Any]]] = {}
    for table in {**shared, **case.given}:
        given = [*(shared.get(table) or []), *(case.given.get(table) or [])]
        rows[table] = [{k: _typed(table, k, text) for k, text in row.items()} for row in given]
    data = {table: pa.Table.from_pylist(made, schema=TABLES[table].arrow_schema()) for table, made in rows.items()}
    params = bind(law, case.as_of, case.params)
    with DuckEngine(threads=1) as engine:
        register_tables(engine, law, data, TABLES)
        outcome = results(engine, law, run_body(engine, law, params))
    return law, params, CaseLedger(data), {table: outcome[table].to_pylist() for table in ("finding", "finding_ref")}


def _typed(table: str, column: str, text: Any) -> Any:
    kind = TABLES[table].by_name[column].type
    return None if text is None else datetime.fromisoformat(text) if kind == "time" else typed_value(kind, text)


def scene_of(law_id: str, name: str, lang: Lang = "zh") -> Scene:
    law, params, ledger, told = found(law_id, name)
    finding = told["finding"][0]
    refs = [row for row in told["finding_ref"] if row["finding_id"] == finding["finding_id"]]
    at = Instant(ledger, None)  # type: ignore[arg-type]
    rows = LedgerRows(at)
    rows.load(refs)
    return Scene(law, params, finding, refs, rows, at, Names(at, lang), Format(lang), Messages(lang))


def value(scene: Scene, signal: str) -> int:
    return int(max(ref["value"] for ref in scene.refs if ref["signal"] == signal))


def tips(svg: str) -> list[str]:
    return re.findall(r"<title>([^<]*)</title>", svg.split("</svg>")[0])


FAMILIES = (
    ("B09-2", "five supplies of thirty days within forty from three places"),
    ("E02", "Jinan at nine and Qingdao at ten"),
    ("F01", "one box settled for two people in two shops"),
    ("G01", "five strangers on six days"),
)


@pytest.mark.parametrize(("law", "case"), FAMILIES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_family_has_its_first_figure_and_the_values_beside_it(law: str, case: str, lang: Lang) -> None:
    figure = figure_of(scene_of(law, case, lang))
    assert figure is not None and figure.data is not None and figure.data.rows
    assert figure.svg.count("<svg") == 2 and figure.title in str(figure.svg).replace("&amp;", "&")
    assert all(len(row) == len(figure.data.heads) for row in figure.data.rows)
    other = re.compile(r"[\u4e00-\u9fff]") if lang == "en" else re.compile(r"[A-Za-z]{4,}")
    said = [figure.title, figure.unit, *(words for _, words in figure.key), *(head.label for head in figure.data.heads)]
    assert not any(other.search(words) for words in said)


def test_the_stock_is_the_stock_that_the_law_counts() -> None:
    scene = scene_of(*FAMILIES[0])
    held = supplies(scene)
    assert max(one.after for one in held) == value(scene, "stock") == 110
    assert [(one.before, one.after) for one in held] == [(0, 30), (20, 50), (40, 70), (60, 90), (80, 110)]
    figure = figure_of(scene)
    assert figure is not None and "110 天" in figure.title and "3 家机构" in figure.title and len(tips(figure.svg)) == 5
    assert any("91 天" in words for _, words in figure.key)  # 84 days and a refill 7 days early
    edge = supplies(scene_of("B09-2", "one day more than the cap and the early refill allow"))
    assert [one.before for one in edge] == [0, 0, 8] and edge[-1].after == 92  # never below nothing


def test_the_journey_carries_the_law_s_distance_and_time() -> None:
    scene = scene_of(*FAMILIES[1], "en")
    figure = figure_of(scene)
    assert figure is not None and figure.data is not None
    assert figure.title == "Two places 299 km apart within 60 minutes"
    assert [row[-1].order for row in figure.data.rows] == [0, value(scene, "distance")]
    assert ("box-good-bg", "What 120 km/h can reach") in figure.key  # both in one province
    assert ("box-good-bg", "What 300 km/h can reach") in _key("E02", "another province in half an hour")


def test_the_chain_of_a_box_has_every_sale_and_return() -> None:
    figure = figure_of(scene_of(*FAMILIES[2], "en"))
    assert figure is not None and figure.data is not None
    assert figure.title == "One trace code settled 2 times, 2 providers, 9 days from first to last"
    assert [row[-1].text for row in figure.data.rows] == ["First sale", "Sold again"]
    assert [move["move_id"] for move in chain(scene_of(*FAMILIES[2]))] == ["m1", "m2"]


def test_people_who_come_together_stand_below_each_other() -> None:
    scene = scene_of(*FAMILIES[3])
    figure = figure_of(scene)
    assert figure is not None and figure.data is not None
    assert figure.title == "5 人在 6 天里同来 30 次"
    assert len(figure.data.rows) == value(scene, "members") == 5
    assert {row[2].order for row in figure.data.rows} == {value(scene, "joint_days")}
    assert len(tips(figure.svg)) == 30
    assert "p0" not in figure.svg  # persons are masked


def _key(law: str, case: str) -> tuple[tuple[str, str], ...]:
    figure = figure_of(scene_of(law, case, "en"))
    assert figure is not None
    return figure.key
