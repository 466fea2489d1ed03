"""The reform workbench: a ledger under the policy of today and under another, side by side.

    told = compare(ledger, book, before=[], after=[book.find("SHANGLUO-390")])

The policies of ``after`` take the place, for their schemes, of those in force, or of those of ``before``; bills of
other schemes are settled alike on both sides. A bill that one side cannot settle counts on neither, and is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.booked import SOURCES, booked_bills, bound_bills, sql, standing_in
from yibao.benefits.load import PolicyBook, Written
from yibao.benefits.pooling import Unit, equal_income, pooling_table
from yibao.benefits.reform_tables import catastrophic, groups, layers, persons
from yibao.benefits.resettle import SettleError, require_policies
from yibao.benefits.resplit import SOURCES as LINE_SOURCES
from yibao.benefits.resplit import resplit
from yibao.benefits.settle import Settled, settle
from yibao.engine import DuckEngine
from yibao.ledger import Ledger
from yibao.ledger.typed import SCHEMAS

Progress = Callable[[str, float, float], None]
#: The share of income that goes into the adjustment fund where the user says nothing: 10 %, in parts per million.
ADJUSTMENT = 100_000
TABLES = ("reform_person", "reform_group", "reform_layer", "reform_catastrophic", "reform_pooling")


@dataclass(frozen=True)
class Side:
    """One side of the comparison: its policies by scheme, and the bills that they could not settle, by reason."""

    policies: Mapping[str, Sequence[Written]]
    aside: Mapping[str, int]
    unpaid_kinds: Sequence[str]
    """Kinds of care for which the policies have no benefit at all."""


@dataclass(frozen=True)
class Reform:
    """Result tables by name and what went into them."""

    tables: Mapping[str, pa.Table]
    before: Side
    after: Side
    settlements: int
    compared: int
    units_by: str
    """``pool``: pooling units are pools of the insured; ``residence``: one pool only, so its counties."""
    income_by: str
    """``books``: income from ``fund_month``; ``equal``: equal contributions per head that cover today's cost."""
    adjustment_ppm: int


def compare(
    ledger: Ledger,
    book: PolicyBook,
    *,
    after: Sequence[Written],
    before: Sequence[Written] = (),
    kinds: Sequence[str] = (),
    adjustment_ppm: int = ADJUSTMENT,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> Reform:
    """Settle the ledger on both sides. ``kinds`` keeps only these kinds of care (``21``); default all.

    The policies of ``after`` and ``before`` need not be in ``book``, which holds those in force.
    Raises :class:`SettleError` where a side has no policy for any bill, or two policies for a scheme.
    """
    for side in (before, after):
        _one_for_each_scheme(side)
    old = standing_in(book, before)
    changed = {w.policy.scheme for w in after}
    new = standing_in(book, [*after, *(w for w in before if w.policy.scheme not in changed)])
    with DuckEngine() as engine:
        ledger.attach(engine, as_of, only=[*SOURCES, *LINE_SOURCES, "fund_month"])
        bills = booked_bills(engine, kinds)
        sides = {}
        for name, policies in (("before", old), ("after", new)):
            bound = bound_bills(engine, bills, policies)
            require_policies(bound, str(ledger.path))
            settled = settle(resplit(engine, bound, policies).bills, policies, keep=False, progress=progress)
            engine.register(f"side_{name}", settled.results)
            sides[name] = _side(bound, settled, policies)
            if name == "before":
                engine.register("bill", bound)
        units_by = _units(engine)
        engine.materialise("fifth", sql("income_fifths"))
        engine.materialise("both_sides", sql("reform"))
        compared = engine.execute("select count(*) as n from both_sides").to_pylist()[0]["n"]
        pooled, income_by = _pooling(engine, adjustment_ppm)
        made = {
            "reform_person": persons(engine), "reform_group": groups(engine), "reform_layer": layers(engine),
            "reform_catastrophic": catastrophic(engine), "reform_pooling": pooled,
        }  # fmt: skip
        tables = {name: made[name].select(SCHEMAS[name].names).cast(SCHEMAS[name]) for name in TABLES}
        return Reform(
            tables, sides["before"], sides["after"], bills.num_rows, compared, units_by, income_by, adjustment_ppm
        )


def _one_for_each_scheme(chosen: Sequence[Written]) -> None:
    for scheme in {w.policy.scheme for w in chosen}:
        fits = [w.policy.key for w in chosen if w.policy.scheme == scheme]
        if len(fits) > 1:
            names = ", ".join(fits)
            raise SettleError(
                f"several policies for the scheme {scheme}: {names}",
                mend="name one for each scheme",
                zh=f"险种 {scheme} 有多套政策：{names}",
                mend_zh="每个险种请只给一套",
            )


def _side(bills: pa.Table, settled: Settled, book: PolicyBook) -> Side:
    pairs = bills.select(["scheme", "policy"]).group_by(["scheme", "policy"]).aggregate([]).to_pylist()
    found: dict[str, list[Written]] = {}
    for pair in sorted(pairs, key=lambda p: (p["scheme"] or "", p["policy"] or "")):
        if pair["policy"]:
            found.setdefault(pair["scheme"], []).append(book.find(pair["policy"]))
    reasons = settled.aside["reason"].value_counts().to_pylist() if settled.aside.num_rows else []
    aside = {r["values"]: r["counts"] for r in sorted(reasons, key=lambda r: -r["counts"])}
    unpaid = settled.results.filter(pc.is_null(settled.results["benefit"]))["settlement_id"].combine_chunks()
    kinds = bills.filter(pc.is_in(bills["settlement_id"], unpaid))["kind"].unique().drop_null().to_pylist()
    return Side(found, aside, sorted(kinds))


def _units(engine: DuckEngine) -> str:
    """Table ``unit_of``: the pooling unit of each person. Where all are in one pool, its counties of residence."""
    pools = engine.execute("select count(distinct insured_region) as n from bill").to_pylist()[0]["n"]
    if pools > 1:
        engine.materialise("unit_of", "select person_id, max(insured_region) as unit from bill group by person_id")
        return "pool"
    engine.materialise("unit_of", "select person_id, region_code as unit from person where region_code is not null")
    return "residence"


_UNITS = """
with people as (
  select n.scheme, coalesce(u.unit, n.region_code) as region_code, count(distinct n.person_id) as insured
  from enrolment n left join unit_of u on u.person_id = n.person_id
  where n.scheme in (select scheme from both_sides)
  group by 1, 2
),
spent as (
  select scheme, region_code, cast(sum(basic_before) as bigint) as before, cast(sum(basic_after) as bigint) as after
  from both_sides group by 1, 2
),
came as (
  select scheme, region_code,
    cast(sum(coalesce(contribution_income, 0) + coalesce(subsidy_income, 0) + coalesce(other_income, 0)) as bigint)
      as income
  from fund_month where year(month) in (select year from both_sides) group by 1, 2
)
select coalesce(p.scheme, s.scheme) as scheme, coalesce(p.region_code, s.region_code, 'unknown') as region,
  coalesce(p.insured, 0) as insured, c.income, coalesce(s.before, 0) as before, coalesce(s.after, 0) as after
from people p
full join spent s on s.scheme = p.scheme and s.region_code = p.region_code
left join came c on c.scheme = coalesce(p.scheme, s.scheme) and c.region_code = coalesce(p.region_code, s.region_code)
order by 1, 2
"""


def _pooling(engine: DuckEngine, share_ppm: int) -> tuple[pa.Table, str]:
    rows = engine.execute(_UNITS).to_pylist()
    known = bool(rows) and all(r["income"] is not None for r in rows)
    for scheme in {r["scheme"] for r in rows} if not known else ():
        mine = [r for r in rows if r["scheme"] == scheme]
        incomes = equal_income([r["insured"] for r in mine], max(sum(r["before"] for r in mine), 0))
        for row, income in zip(mine, incomes, strict=True):
            row["income"] = income
    sides = {
        side: [Unit(r["scheme"], r["region"], r["insured"], r["income"], r[side]) for r in rows]
        for side in ("before", "after")
    }
    return pooling_table(sides, share_ppm), "books" if known else "equal"
