"""Runs laws on an engine that holds the ledger's tables, and turns their bodies into result rows.

Each law is one statement (or one statement and a kernel). A law that fails is reported; the others still run.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from yibao.engine import DuckEngine, Engine
from yibao.engine.portable import Statement, columns_read
from yibao.engine.schema import Tables
from yibao.engine.sql import sql_text
from yibao.errors import YibaoError
from yibao.lawbook.bodies import BODY, typed_select
from yibao.lawbook.explain import explanation_sql
from yibao.lawbook.model import Law, typed_value

#: Columns of the result tables in contract order; the contracts in the ledger say the same (a test compares them).
FINDING = (
    "finding_id", "law_id", "law_version", "stage", "result", "person_id", "institution_id", "encounter_id", "staff_id",
    "occurred_at", "amount", "fund_amount", "signals", "explanation_zh", "explanation_en", "exempted_by",
)  # fmt: skip
FINDING_REF = (
    "finding_id", "sequence", "law_id", "signal", "value", "ref_table", "ref_id", "kp_id", "amount", "fund_amount",
)  # fmt: skip


#: Laws from which on a large table is copied into the engine's own form before they run.
OFTEN = 20


class ParameterError(YibaoError):
    """A parameter override does not fit the law."""


@dataclass(frozen=True)
class Outcome:
    """What became of one law in a run: its result tables (by contract name) or why it has none."""

    law: Law
    status: str  # ran | failed | lacking (columns that the ledger does not have)
    seconds: float
    rows: int
    tables: Mapping[str, pa.Table]
    message: str = ""


def bind(law: Law, as_of: datetime, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every parameter of the law with its value, `as_of` included."""
    values = dict(law.defaults)
    for name, value in (overrides or {}).items():
        if name not in law.text.params:
            known = ", ".join(law.text.params) or "none"
            raise ParameterError(f"{law.id} has no parameter {name!r}", mend=f"known: {known}")
        try:
            values[name] = typed_value(law.text.params[name].type, value)
        except ValueError as error:
            raise ParameterError(str(error), where=f"{law.id}.{name}") from None
    return {**values, "as_of": as_of}


def columns_of(laws: Iterable[Law], tables: Tables) -> dict[str, set[str]]:
    """The contract columns that laws read, by table; those that derived tables are computed from included."""
    return columns_read((body for law in laws for body in law.bodies), tables)


def read_often(laws: Iterable[Law]) -> set[str]:
    """The tables that so many of the laws read that a copy in the engine's own form pays."""
    readers = Counter(table for law in laws for table in law.tables)
    return {table for table, count in readers.items() if count >= OFTEN}


def run_body(engine: Engine, law: Law, params: Mapping[str, Any]) -> pa.Table:
    """The rows of the law's bodies, typed, inside the law's period of effect."""
    kind = law.text.kind
    if law.kernel is None:
        some = range(0, len(law.bodies), engine.together)
        return pa.concat_tables([_rows(engine, law, law.bodies[i : i + engine.together], params) for i in some])
    (given,) = law.bodies
    bound = {name: params[name] for name in given.parameters}
    engine.local.register("kernel_body", engine.apply(law.kernel, given.text, bound, params))
    return engine.local.execute(f"select * from ({typed_select(kind, 'select * from kernel_body')}) {_in_effect(law)}")


def _rows(engine: Engine, law: Law, bodies: Sequence[Statement], params: Mapping[str, Any]) -> pa.Table:
    bound = {name: params[name] for body in bodies for name in body.parameters}
    united = " union all ".join(typed_select(law.text.kind, body.text) for body in bodies)
    return engine.execute(f"select * from ({united}) {_in_effect(law)}", bound)


def run_law(
    engine: Engine,
    law: Law,
    as_of: datetime,
    *,
    stage: str = "audit",
    overrides: Mapping[str, Any] | None = None,
) -> Outcome:
    """Run one law. Engine failures become an outcome with status ``failed``; they never stop a run."""
    started = time.perf_counter()
    try:
        body = run_body(engine, law, bind(law, as_of, overrides))
        unknown = _unknown_signals(law, body)
        if unknown:
            raise YibaoError(
                f"the body returns signals that rule.yaml does not name: {', '.join(unknown)}", where=law.id
            )
        tables = results(engine.local, law, body, stage)
    except ParameterError:
        raise
    except Exception as error:
        # A kernel or a user's law may fail in any way; the run goes on and says so.
        return Outcome(law, "failed", time.perf_counter() - started, 0, {}, str(error))
    counted = next(iter(tables.values()))  # findings for a rule, not their evidence rows
    return Outcome(law, "ran", time.perf_counter() - started, counted.num_rows, tables)


def finding_id(law: Law, finding_key: str) -> str:
    """The id that a finding of this key has, in any run."""
    return hashlib.md5(f"{law.id}|{finding_key}".encode(), usedforsecurity=False).hexdigest()[:20]


def results(engine: DuckEngine, law: Law, body: pa.Table, stage: str = "audit") -> dict[str, pa.Table]:
    """Result tables of the law by contract name: finding and finding_ref, quality_issue, or indicator_value.

    They are worded in this process, wherever the body was computed: a row of the body becomes a row of the results, so
    sending them back to a cluster would cost more than the words.
    """
    kind = law.text.kind
    engine.register("law_body", body)
    if kind == "rule":
        finding, refs = engine.execute(_finding_sql(law, stage)), engine.execute(_finding_ref_sql(law))
        return {"finding": finding, "finding_ref": refs}
    if kind == "quality":
        return {"quality_issue": engine.execute(_quality_sql(law))}
    columns = ", ".join(BODY["indicator"].names)
    return {"indicator_value": engine.execute(f"select {sql_text(law.id)} as law_id, {columns} from law_body")}


def _in_effect(law: Law) -> str:
    when = {"rule": "cast(occurred_at as date)", "quality": "occurred_on", "indicator": "period_to"}[law.text.kind]
    start, end = law.text.effective.start, law.text.effective.end
    until = f" and {when} < {_date(end)}" if end else ""
    return f"where {when} is null or ({when} >= {_date(start)}{until})"


def _finding_id(law: Law) -> str:
    return f"substr(md5({sql_text(law.id)} || '|' || finding_key), 1, 20)"


def _finding_sql(law: Law, stage: str) -> str:
    return f"""
        select {_finding_id(law)} as finding_id, {sql_text(law.id)} as law_id,
            {sql_text(law.text.version)} as law_version, {sql_text(stage)} as stage,
            {sql_text(law.text.result or "lead")} as result,
            max(person_id) as person_id, max(institution_id) as institution_id, max(encounter_id) as encounter_id,
            max(staff_id) as staff_id, max(occurred_at) as occurred_at,
            cast(sum(coalesce(amount, 0)) as bigint) as amount,
            cast(sum(coalesce(fund_amount, 0)) as bigint) as fund_amount,
            count(distinct signal) as signals,
            {explanation_sql(law, "zh")} as explanation_zh, {explanation_sql(law, "en")} as explanation_en,
            cast(null as varchar) as exempted_by
        from law_body group by finding_key order by finding_id"""


def _finding_ref_sql(law: Law) -> str:
    ranks = " ".join(f"when {sql_text(name)} then {rank}" for rank, name in enumerate(law.text.signals))
    order = f"case signal {ranks} end, ref_table, ref_id, value, kp_id"
    return f"""
        select {_finding_id(law)} as finding_id,
            row_number() over (partition by finding_key order by {order}) as sequence,
            {sql_text(law.id)} as law_id, signal, value, ref_table, ref_id, kp_id,
            coalesce(amount, 0) as amount, coalesce(fund_amount, 0) as fund_amount
        from law_body order by finding_id, sequence"""


def _quality_sql(law: Law) -> str:
    return f"""
        select {sql_text(law.id)} as law_id, ref_table as table_name, ref_id, column_name,
            {sql_text(law.text.severity or "warning")} as severity, person_id, institution_id, occurred_on, value,
            coalesce(amount, 0) as amount, coalesce(row_count, 1) as row_count, note_zh, note_en
        from law_body order by table_name, ref_id, column_name"""


def _unknown_signals(law: Law, body: pa.Table) -> list[str]:
    if law.text.kind != "rule" or not body.num_rows:
        return []
    return sorted({s or "null" for s in body.column("signal").unique().to_pylist()} - set(law.text.signals))


def _date(value: date) -> str:
    return f"date '{value.isoformat()}'"
