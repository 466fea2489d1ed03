"""SQL that asks one question of many tables, derived from the contracts so that no table is forgotten.

The body of K01 looks up every foreign key; ``batch_profile`` counts what each batch holds. Both are written into the
source tree by ``python -m yibao.ledger.generate`` and kept fresh by a test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from yibao.engine.schema import Table, Tables
from yibao.ledger.belonging import belonging

ORPHANS = "src/yibao/ledger/quality/K01_orphan_key"
PROFILE = "src/yibao/ledger/tables/batch_profile.sql"

#: Keys into code lists with periods of validity are judged on the day of the row, by K02, K06 and K07.
JUDGED_BY_DATE = frozenset(
    {
        ("charge_line", "item_code"), ("medical_order", "item_code"), ("prescription", "item_code"),
        ("diagnosis", "code"), ("encounter", "main_diagnosis"), ("procedure", "code"),
    }
)  # fmt: skip

#: Columns whose values are counted by batch: codes of few values, categories of diagnoses, and item codes.
WATCHED: Mapping[str, Mapping[str, str]] = {
    "encounter": {
        "kind": "c.kind", "scheme": "c.scheme", "department": "c.department", "discharge_way": "c.discharge_way",
        "certificate": "c.certificate", "main_diagnosis": "substr(c.main_diagnosis, 1, 3)",
    },
    "settlement": {"kind": "c.kind", "scheme": "c.scheme", "payment_method": "c.payment_method"},
    "charge_line": {
        "charge_type": "c.charge_type", "payment_class": "c.payment_class", "list_type": "c.list_type",
        "item_code": "c.item_code",
    },
    "diagnosis": {"kind": "c.kind", "admission_condition": "c.admission_condition"},
    "procedure": {"kind": "c.kind", "anaesthesia": "c.anaesthesia"},
}  # fmt: skip

#: Columns of which only the share left empty is watched.
FILLED: Mapping[str, tuple[str, ...]] = {
    "encounter": ("staff_id", "discharged_at"),
    "settlement": ("eligible_amount", "fund_amount", "person_amount", "account_amount"),
    "charge_line": ("settlement_id", "order_id", "staff_id", "department", "executed_at"),
    "diagnosis": ("is_main",),
    "procedure": ("begin_at", "surgeon_id"),
}


def generated_sql(root: Path, tables: Tables) -> dict[str, str]:
    """Every generated SQL file, and the rule.yaml whose ``reads`` follow from one: path below ``root`` -> text."""
    rule = (root / ORPHANS / "rule.yaml").read_text(encoding="utf-8")
    listed = ", ".join(sorted({name for child, _, parent, _ in orphan_links(tables) for name in (child, parent)}))
    return {
        f"{ORPHANS}/rule.sql": orphan_keys(tables),
        f"{ORPHANS}/rule.yaml": re.sub(r"^reads: \[[^]]*\]", f"reads: [{listed}]", rule, flags=re.M),
        PROFILE: batch_profile(tables),
    }


def orphan_links(tables: Tables) -> list[tuple[str, str, str, str]]:
    """(table, column, parent table, parent column) of every foreign key of a table of facts that K01 looks up."""
    return [
        (table.name, column, parent, key)
        for table in tables.values()
        if table.kind == "fact"
        for column, (parent, key) in table.foreign.items()
        if (table.name, column) not in JUDGED_BY_DATE
    ]


def orphan_keys(tables: Tables) -> str:
    """The body of K01: every foreign key against the table that it names, few rows out however many are orphans."""
    links = orphan_links(tables)
    parents = sorted({parent for _, _, parent, _ in links})
    held = ",\n    ".join(f"(select count(*) from {name}) as {name}_rows" for name in parents)
    children = dict.fromkeys(name for name, *_ in links)
    passes = "\n  union all\n".join(
        _orphan_pass(tables, tables[name], [link[1:] for link in links if link[0] == name]) for name in children
    )
    return f"""\
-- Generated from the contracts by `python -m yibao.ledger.generate`: one pass over each table for all its foreign keys.
-- Of the keys that an institution lacks in a month the most frequent $first stand alone; the others are one issue
-- together. A table that was not sent at all is one gap, not one for each institution: its key is written as *.
with held as (
  select
    {held}
),
missing as (
{passes}
),
counted as (
  select
    ref_table, column_name, case when missing <> '*' then institution_id end as institution_id,
    case when missing <> '*' then date_trunc('month', day) end as month, missing, min(ref_id) as ref_id,
    min(person_id) as person_id, min(day) as occurred_on, count(*) as row_count, cast(sum(amount) as bigint) as amount
  from missing
  where missing is not null
  group by 1, 2, 3, 4, 5
),
ranked as (
  select ref_table, column_name, institution_id, month, ref_id, person_id, occurred_on, missing, row_count, amount,
    row_number() over (
      partition by ref_table, column_name, institution_id, month order by row_count desc, missing
    ) as place
  from counted
)
select
  min(occurred_on) as occurred_on, institution_id,
  case when min(missing) = max(missing) then min(person_id) end as person_id,
  ref_table, min(ref_id) as ref_id, column_name,
  case when min(missing) = max(missing) then min(missing) else min(missing) || ' …' end as value,
  cast(sum(amount) as bigint) as amount, cast(sum(row_count) as bigint) as row_count,
  case
    when min(missing) = '*' then '账本中没有该表'
    when min(missing) <> max(missing) then '另有 ' || cast(count(*) as varchar) || ' 个键找不到'
  end as note_zh,
  case
    when min(missing) = '*' then 'the ledger has no row of that table'
    when min(missing) <> max(missing) then cast(count(*) as varchar) || ' further keys are not found'
  end as note_en
from ranked
group by ref_table, column_name, institution_id, month, least(place, $first + 1)
"""


def _orphan_pass(tables: Tables, table: Table, links: Sequence[tuple[str, str, str]]) -> str:
    """The rows of one table with a key that is not found, once for each such key."""
    own = belonging(table, tables)
    amount = f"c.{table.money}" if table.money else "cast(null as bigint)"
    joins = [f"    {own.join}\n"] if own.join else []
    keys, gaps = [], []
    for number, (column, parent, key) in enumerate(links):
        there = _keys(tables, table, column, parent, key)
        joins.append(f"    left join {there} p{number} on p{number}.{key} = c.{column}\n")
        gaps.append(f"(c.{column} is not null and p{number}.{key} is null)")
        keys.append(
            f"      case when p{number}.{key} is null and c.{column} is not null\n"
            f"        then case when held.{parent}_rows > 0 then c.{column} else '*' end end as {column}"
        )
    names = ",\n      ".join(f"('{column}')" for column, _, _ in links)
    chosen = "\n      ".join(f"when '{column}' then g.{column}_gap" for column, _, _ in links)
    listed = ",\n".join(f"{sql}_gap" for sql in keys)
    return f"""\
  select
    '{table.name}' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      {chosen}
    end as missing
  from (
    select
      {own.key} as ref_id,
      {own.institution} as institution_id, {own.person} as person_id,
      {own.day} as day, {amount} as amount,
{listed}
    from {table.name} c
    cross join held
{"".join(joins)}    where {(chr(10) + "      or ").join(gaps)}
  ) g
  cross join (
    select column_name
    from (
      values
      {names}
    ) as names(column_name)
  ) v"""


def _keys(tables: Tables, table: Table, column: str, parent: str, key: str) -> str:
    """The keys of a parent, each once; of a table that names itself only those that are named: few rows do."""
    if parent == table.name:
        return f"(select distinct {key} from {parent} where {key} in (select {column} from {parent}))"
    return parent if tables[parent].key == (key,) else f"(select distinct {key} from {parent})"


def batch_profile(tables: Tables) -> str:
    """The body of the derived table ``batch_profile``; see its contract."""
    newest = ",\n".join(_newest(name) for name in WATCHED)
    counts = "\nunion all\n".join(branch for name in WATCHED for branch in _counts(tables[name], tables))
    return f"""\
-- Generated from the contracts by `python -m yibao.ledger.generate`: what is counted stands in ledger/generated_sql.py.
-- A table of one batch has nothing to compare it with and gives no rows.
with {newest}
{counts}
"""


def _newest(name: str) -> str:
    return f"""\
batches_of_{name} as (
  select batch_id, max(recorded_at) as recorded_at
  from {name}
  group by batch_id
),
newest_{name} as (
  select batch_id
  from batches_of_{name}
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
)"""


def _counts(table: Table, tables: Tables) -> Iterator[str]:
    """One branch for the rows by month, one for each watched column; each scans only the columns that it counts."""
    own = belonging(table, tables)
    join = f"\n{own.join}" if own.join else ""
    money = f"cast(sum(c.{table.money}) as bigint)" if table.money else "cast(null as bigint)"
    empty = {column: f"case when c.{column} is not null then '*' end" for column in FILLED[table.name]}
    for column, code in {"": "cast(null as varchar)", **WATCHED[table.name], **empty}.items():
        month = "cast(null as date)" if column else f"cast(date_trunc('month', {own.day}) as date)"
        yield f"""\
select
  '{table.name}' as table_name, '{column}' as column_name, {own.institution} as institution_id,
  {month} as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  {code} as code,
  count(*) as row_count, {money} as amount,
  min({own.day}) as first_day, max({own.day}) as last_day
from {table.name} c
cross join newest_{table.name} n{join}
group by 3, 4, 5, 6, 7"""
