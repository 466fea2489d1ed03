"""A law that judges a person's slice judges it as it judges the whole ledger, at whatever instant."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yibao.engine import DuckEngine
from yibao.lawbook import Law, bind, run_body
from yibao.lawbook.cases import register_tables
from yibao.ledger import open_ledger
from yibao.ledger.contracts import load_contracts
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook

pytestmark = pytest.mark.slow
TABLES = load_contracts()
#: Persons that stand for the whole ledger, half of them with findings.
MANY = 40
#: Who lay in the same bed is asked of another index than the person's slice.
OTHER_KEYS = {"C03"}
LAWS = [
    law
    for law in load_lawbook().of("rule")
    if {"order", "settlement"} & set(law.text.stages) and law.text.slice_key == "person_id" and law.id not in OTHER_KEYS
]
Rows = dict[str, pa.Table]


@pytest.fixture(scope="module")
def city(demo: Demo) -> tuple[list[str], Rows]:
    """Persons with findings and others, and all their rows with the reference tables that the laws read."""
    names = {name for law in LAWS for name in law.tables}
    for name in [n for n in names if TABLES[n].kind == "derived"]:
        names |= {"charge_line"} if name == "charge_reversal" else {"region"}
    with DuckEngine(threads=1) as engine:
        open_ledger(demo.ledger.path).attach(engine)
        engine.register("found", [demo.run.folder / "finding.parquet"])
        wanted = {f"'{law.id}'" for law in LAWS}
        ids = engine.execute(
            f"select person_id from found where law_id in ({', '.join(sorted(wanted))}) group by law_id, person_id "
            "qualify row_number() over (partition by law_id order by person_id) = 1"
        ).column(0).to_pylist()  # fmt: skip
        others = engine.execute("select person_id from person order by md5(person_id)").column(0).to_pylist()
        persons = list(dict.fromkeys([*sorted(set(ids)), *others]))[:MANY]
        chosen = ", ".join(f"'{p}'" for p in persons)
        rows = {}
        for name in sorted(n for n in names if TABLES[n].kind != "derived"):
            mine = f"where person_id in ({chosen})" if TABLES[name].slice else ""
            columns = ", ".join(f'"{c}"' for c in TABLES[name].column_names)
            rows[name] = engine.execute(f'select {columns} from "{name}" {mine}')
    return persons, rows


def until(rows: Rows, instant: datetime, person: str | None = None) -> Rows:
    """What had happened by then, of one person or of all."""
    kept = {}
    for name, table in rows.items():
        clock = next((c for c in TABLES[name].order if TABLES[name].by_name[c].type == "time"), None)
        if clock is not None and TABLES[name].slice:
            happened = pc.less_equal(table.column(clock), pa.scalar(instant, table.schema.field(clock).type))
            table = table.filter(pc.fill_null(happened, True))
        if person is not None and TABLES[name].slice:
            table = table.filter(pc.equal(table.column("person_id"), person))
        kept[name] = table
    return kept


def judged(law: Law, rows: Rows, instant: datetime, person: str | None = None) -> Counter[tuple[object, ...]]:
    """The evidence rows of a law, of one person or of all."""
    with DuckEngine(threads=1) as engine:
        register_tables(engine, law, rows, TABLES)
        body = run_body(engine, law, bind(law, instant)).to_pylist()
    return Counter(tuple(row.values()) for row in body if person is None or row["person_id"] == person)


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_slice_is_judged_as_the_ledger(city: tuple[list[str], Rows], data: st.DataObject) -> None:
    persons, rows = city
    person = data.draw(st.sampled_from(persons))
    instant = datetime(2025, 9, 1) + timedelta(hours=data.draw(st.integers(0, 24 * 150)))
    whole, own = until(rows, instant), until(rows, instant, person)
    differ = [law.id for law in LAWS if judged(law, whole, instant, person) != judged(law, own, instant, person)]
    assert differ == []


def test_the_persons_have_something_to_judge(city: tuple[list[str], Rows]) -> None:
    """Else the equality above would be one of nothing with nothing."""
    instant = datetime(2026, 2, 1)
    silent = [law.id for law in LAWS if not judged(law, until(city[1], instant), instant)]
    assert len(silent) < len(LAWS) // 3, silent
