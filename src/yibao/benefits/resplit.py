"""The bills of a ledger split anew from their lines, by the catalogue of the place of care.

Which items are paid, and up to which price, is the matter of the place of care; deductible, rates and limits are those
of the insured place (医保发〔2022〕22号). Local departures from the catalogue are those of the policy in force at the
place of care.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.binding import bind
from yibao.benefits.lines import OWN_RATE, SPLIT, bill_parts, split_lines
from yibao.benefits.load import PolicyBook
from yibao.benefits.vocabulary import LineRule
from yibao.engine import DuckEngine

SOURCES = ("charge_line", "catalogue_item")
#: Lines that are in memory at once.
_LINES = 2_000_000
_PARTS = (*SPLIT, *OWN_RATE)


@dataclass(frozen=True)
class Resplit:
    """Bills with new parts; how many had lines, and how many of those lines do not add up to the bill."""

    bills: pa.Table
    with_lines: int
    apart: int


def resplit(
    engine: DuckEngine, bills: pa.Table, book: PolicyBook, progress: Callable[[str, float, float], None] | None = None
) -> Resplit:
    """Split the lines of bound bills anew. A bill without lines, or whose lines differ from its total, stays.

    ``engine`` has ``charge_line`` and ``catalogue_item``. An item that the catalogue does not hold keeps the class,
    ceiling and first share of its line. A reversal takes the parts of its original.
    """
    rules = _rules(bills, book)
    engine.register("split_by", rules.table)
    lines = engine.execute("select count(*) as n from charge_line").to_pylist()[0]["n"]
    pieces = max(1, -(-lines // _LINES))
    catalogue = engine.execute("select * from catalogue_item")
    sums = []
    for piece in range(pieces):
        found = engine.execute(_WANTED, {"piece": piece, "pieces": pieces})
        for number, terms in enumerate(rules.rules):
            mine = found.filter(pc.equal(found["rules"], number))
            if mine.num_rows:
                sums.append(bill_parts(split_lines(mine, catalogue, terms)))
        if progress is not None:
            progress("split", piece + 1, pieces)
    if not sums:
        return Resplit(bills, 0, 0)
    engine.register("bill_before", bills)
    engine.register("bill_parts", pa.concat_tables(sums))
    counted = engine.execute(_COUNTED).to_pylist()[0]
    return Resplit(engine.execute(_TAKEN.format(parts=_taken(bills.column_names))), **counted)


@dataclass(frozen=True)
class _Rules:
    table: pa.Table
    rules: list[Sequence[LineRule]]


def _rules(bills: pa.Table, book: PolicyBook) -> _Rules:
    """Of each bill the number of the set of local departures that holds at its place of care."""
    columns = {name: bills[name] for name in ("settlement_id", "scheme", "ordered_at")}
    there = bind(pa.table({**columns, "insured_region": bills["care_region"]}), book)["policy"]
    away = pc.not_equal(bills["area"], "local")
    policy = pc.if_else(away, there, bills["policy"])
    keys = [*book.policies, None]
    sets: list[Sequence[LineRule]] = [()]
    number = {}
    for key in keys:
        wanted = book.policies[key].lines if key else ()
        number[key] = next((i for i, known in enumerate(sets) if list(known) == list(wanted)), len(sets))
        if number[key] == len(sets):
            sets.append(wanted)
    at = pc.fill_null(pc.index_in(policy, value_set=pa.array(keys[:-1], pa.string())), len(keys) - 1)
    which = pa.array([number[key] for key in keys], pa.int64()).take(at.combine_chunks())
    return _Rules(pa.table({"settlement_id": bills["settlement_id"], "rules": which}), sets)


#: Lines of the bills; what an item of the catalogue says stands there, so that the line's own words are left out.
_WANTED = """
select
  l.settlement_id, l.item_code, l.list_type, l.quantity, l.unit_price, l.amount, l.charged_at, b.rules,
  case when k.item_code is null then l.payment_class end as payment_class,
  case when k.item_code is null then l.ceiling_price end as ceiling_price,
  case when k.item_code is null then l.first_share_rate end as first_share_rate
from charge_line l
join split_by b on b.settlement_id = l.settlement_id
left join (select distinct item_code from catalogue_item) k on k.item_code = l.item_code
where hash(l.settlement_id) % $pieces = $piece
"""
_COUNTED = """
select
  cast(count(*) as bigint) as with_lines,
  cast(coalesce(sum(case when p.total_amount <> b.total_amount then 1 else 0 end), 0) as bigint) as apart
from bill_before b
join bill_parts p on p.settlement_id = b.settlement_id
where b.reverses is null
"""
_TAKEN = """
with fits as (
  select p.*
  from bill_parts p
  join bill_before b on b.settlement_id = p.settlement_id
  where p.total_amount = b.total_amount and b.reverses is null
)
select {parts}
from bill_before b
left join fits p on p.settlement_id = b.settlement_id
left join fits o on o.settlement_id = b.reverses and o.total_amount = -b.total_amount
order by b.person_id, b.ordered_at, b.settlement_id
"""


def _taken(columns: Sequence[str]) -> str:
    """The bill's columns; its parts from its lines, a reversal's from its original's."""
    kept = [f"coalesce(p.{c}, -o.{c}, b.{c}) as {c}" if c in SPLIT else f"b.{c}" for c in columns]
    return ", ".join([*kept, *(f"coalesce(p.{c}, -o.{c}, 0) as {c}" for c in OWN_RATE)])
