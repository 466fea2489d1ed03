"""SQL that asks one question of many tables, derived from the contracts so that no table is forgotten.

The body of K01 is asked of every foreign key; ``batch_profile`` counts what each batch holds. The list of keys and the
counts are written into the source tree by ``python -m yibao.ledger.generate`` and kept fresh by a test.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
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
    """Every generated file, and the rule.yaml whose ``reads`` follow from one: path below ``root`` -> text."""
    rule = (root / ORPHANS / "rule.yaml").read_text(encoding="utf-8")
    listed = ", ".join(sorted({name for child, _, parent, _ in orphan_links(tables) for name in (child, parent)}))
    return {
        f"{ORPHANS}/keys.csv": orphan_keys(tables),
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
    """The table ``keys.csv`` of K01: a row for each foreign key, with the SQL that its body needs of both tables."""
    lines = io.StringIO()
    rows = [_orphan_key(tables, *link) for link in orphan_links(tables)]
    writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue()


def _orphan_key(tables: Tables, name: str, column: str, parent: str, key: str) -> dict[str, str]:
    table = tables[name]
    own = belonging(table, tables)
    # Of a table that names itself only the keys that are named: few rows name another.
    named = f"(select {key} from {parent} where {key} in (select {column} from {parent}))"
    return {
        "table": name,
        "column": column,
        "parent": parent,
        "key": key,
        "there": named if parent == name else parent,
        "ref_id": own.key,
        "institution": own.institution,
        "person": own.person,
        "day": own.day,
        "amount": f"c.{table.money}" if table.money else "cast(null as bigint)",
        "own_join": own.join,
    }


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
