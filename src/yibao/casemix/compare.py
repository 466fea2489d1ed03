"""Two packs on the same cases: who moved where, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.ledger.contracts import load_contracts

Row = dict[str, Any]


def _scheme(table: str) -> str:
    """What :attr:`yibao.casemix.pack.Pack.title` says, of a row."""
    return f"trim({table}.system || ' ' || {table}.version || ' ' || {table}.region)"


#: One row per case; a case counts as not grouped where it is ambiguous. Flows are counted over cases that both group.
_MOVES = f"""
    with pair as (
        select
            a.encounter_id, {_scheme("a")} as from_scheme, {_scheme("b")} as to_scheme, a.institution_id,
            a.status as from_status, b.status as to_status, a.group_code as from_group, b.group_code as to_group,
            a.weight_ppm as from_weight_ppm, b.weight_ppm as to_weight_ppm,
            a.standard_amount as from_standard_amount, b.standard_amount as to_standard_amount, a.amount
        from case_group_before as a
        inner join case_group_after as b on b.encounter_id = a.encounter_id
    ),
    flow as (
        select distinct from_group, to_group from pair where from_status = 'grouped' and to_status = 'grouped'
    ),
    leaving as (select from_group, count(*) as goals from flow group by from_group),
    coming as (select to_group, count(*) as origins from flow group by to_group)
    select
        p.encounter_id, p.from_scheme, p.to_scheme, p.institution_id,
        case
            when p.from_status = 'quarantined' or p.to_status = 'quarantined' then 'held_back'
            when p.from_status <> 'grouped' and p.to_status <> 'grouped' then 'never_grouped'
            when p.to_status <> 'grouped' then 'newly_ungroupable'
            when p.from_status <> 'grouped' then 'newly_grouped'
            when p.from_group = p.to_group then 'same'
            when l.goals = 1 and c.origins = 1 then 'renamed'
            when l.goals > 1 and c.origins = 1 then 'split'
            when l.goals = 1 and c.origins > 1 then 'merged'
            else 'moved'
        end as move,
        p.from_group, p.to_group, p.from_weight_ppm, p.to_weight_ppm, p.from_standard_amount, p.to_standard_amount,
        p.to_standard_amount - p.from_standard_amount as difference_amount, p.amount
    from pair as p
    left join leaving as l on l.from_group = p.from_group
    left join coming as c on c.to_group = p.to_group
    order by p.encounter_id
"""

_SUMS = """
    count(*) as cases, cast(sum(amount) as bigint) as amount, count(difference_amount) as priced,
    cast(sum(case when difference_amount is not null then from_standard_amount end) as bigint) as from_standard_amount,
    cast(sum(case when difference_amount is not null then to_standard_amount end) as bigint) as to_standard_amount,
    cast(sum(difference_amount) as bigint) as difference_amount"""


@dataclass(frozen=True)
class Comparison:
    """``moves`` are rows of ``group_move``; standards are summed over the ``priced`` cases, which have both."""

    moves: pa.Table
    by_move: list[Row]
    by_flow: list[Row]


def compare(before: pa.Table, after: pa.Table) -> Comparison:
    """Compare two tables of ``case_group`` over the same cases."""
    schema = load_contracts()["group_move"].arrow_schema()
    with DuckEngine() as engine:
        engine.register("case_group_before", before)
        engine.register("case_group_after", after)
        moves = engine.execute(_MOVES).select(schema.names).cast(schema)
        engine.register("group_move", moves)
        by_move = engine.execute(f"select move, {_SUMS} from group_move group by move order by cases desc, move")
        by_flow = engine.execute(
            f"""select move, from_group, to_group, {_SUMS} from group_move where move not in ('same', 'held_back')
            group by move, from_group, to_group order by cases desc, from_group, to_group"""
        )
    return Comparison(moves, by_move.to_pylist(), by_flow.to_pylist())
