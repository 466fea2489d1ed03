"""Quality issues summed by institution and month: how many, out of how many rows, and how much money they concern.

An issue's money is its amount without sign: a bill that is 5 too high and one that is 5 too low are 10 in doubt. Summed
by law, a row that two laws reject counts twice; :func:`distinct_money` counts it once, with the larger of the amounts.
An issue that stands for many rows names only the first of them. Those of one law and column are different rows; those
of another law or column may be the same ones again, so of these sums only the largest counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.engine.schema import Tables
from yibao.ledger.belonging import belonging, columns_needed
from yibao.ledger.storage import Ledger

_MONTH = "cast(date_trunc('month', {day}) as date)"


def quality_month(ledger: Ledger, issues: pa.Table, as_of: datetime | None = None) -> pa.Table:
    """Rows of the contract ``quality_month`` for these rows of ``quality_issue``.

    ``rows_checked`` counts the rows of the issue's table at that institution in that month, as the ledger stands or,
    with ``as_of``, stood. An issue that stands for the rows of several months has no such number.
    """
    contracts = ledger.tables()
    named = set(issues.column("table_name").unique().to_pylist())
    tables = sorted(name for name in named if name in contracts and contracts[name].kind == "fact")
    with DuckEngine() as engine:
        ledger.attach(engine, as_of, only=_columns(tables, contracts))
        engine.register("issue", issues)
        branches = [_checked(name, contracts) for name in tables]
        engine.materialise("checked", " union all ".join(branches) if branches else _NOTHING)
        return engine.execute(_BY_MONTH)


def distinct_money(issues: pa.Table) -> pa.Table:
    """Money per institution and month, each row of the ledger counted once: institution_id, month, amount.

    It is exact where each issue is one row; where issues stand for many it is the least that it can be.
    """
    with DuckEngine() as engine:
        engine.register("issue", issues)
        return engine.execute(_ONCE)


def _columns(tables: list[str], contracts: Tables) -> Mapping[str, set[str]]:
    needed: dict[str, set[str]] = {}
    for name in tables:
        for read, columns in columns_needed(contracts[name], contracts).items():
            needed.setdefault(read, set()).update(columns)
    return needed


def _checked(name: str, contracts: Tables) -> str:
    own = belonging(contracts[name], contracts)
    return (
        f"select '{name}' as table_name, {own.institution} as institution_id, {_MONTH.format(day=own.day)} as month,"
        f" count(*) as rows_checked from {name} c {own.join} group by 2, 3"
    )


_NOTHING = "select '' as table_name, '' as institution_id, date '2000-01-01' as month, 0 as rows_checked where false"
_BY_MONTH = f"""
    with summed as (
      select
        institution_id, {_MONTH.format(day="occurred_on")} as month, law_id, table_name, max(severity) as severity,
        count(*) as issues, cast(sum(row_count) as bigint) as rows_concerned,
        cast(sum(abs(coalesce(amount, 0))) as bigint) as amount
      from issue
      group by institution_id, month, law_id, table_name
    )
    select
      s.institution_id, s.month, s.law_id, s.table_name, s.severity, s.issues, s.rows_concerned,
      case when s.rows_concerned <= c.rows_checked then c.rows_checked end as rows_checked, s.amount
    from summed s
    left join checked c
      on c.table_name = s.table_name and c.institution_id is not distinct from s.institution_id
      and c.month is not distinct from s.month
    order by s.institution_id nulls last, s.month nulls last, s.law_id, s.table_name"""
_ONCE = f"""
    with placed as (
      select *, {_MONTH.format(day="occurred_on")} as month, abs(coalesce(amount, 0)) as money from issue
    ),
    single as (
      select institution_id, month, table_name, max(money) as money
      from placed
      where coalesce(row_count, 1) = 1
      group by institution_id, month, table_name, ref_id
    ),
    of_a_column as (
      select institution_id, month, table_name, law_id, column_name, max(money) as money
      from placed
      group by institution_id, month, table_name, law_id, column_name, ref_id
    ),
    sums as (
      select institution_id, month, table_name, sum(money) as money from single group by all
      union all
      select institution_id, month, table_name, sum(money)
      from of_a_column
      group by institution_id, month, table_name, law_id, column_name
    ),
    tables as (
      select institution_id, month, table_name, max(money) as amount from sums group by all
    )
    select institution_id, month, cast(sum(amount) as bigint) as amount
    from tables
    group by institution_id, month
    order by institution_id nulls last, month nulls last"""
