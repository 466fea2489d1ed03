"""The bills of a ledger as the kernel takes them, with what the books say was paid.

Two facts depend on the policy that a bill falls under: which hardship status counts where a person has several, and
whether a neighbouring city of the same province is "elsewhere" (it is not where the whole province is one pool).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.binding import bind
from yibao.benefits.conditions import STATUSES
from yibao.benefits.load import PolicyBook, Written
from yibao.engine import DuckEngine
from yibao.lawbook.model import Effective

#: Tables of the ledger that the bills are made from.
SOURCES = (
    "settlement", "encounter", "encounter_region", "institution", "person", "household", "enrolment",
    "assistance_status", "chronic_certificate", "account", "region", "region_path",
)  # fmt: skip
#: Layer -> its column in the books of :func:`booked_bills` and in ``settlement_result``; in order of payment.
LAYER_COLUMNS: Mapping[str, tuple[str, str]] = {
    "basic": ("booked_basic", "basic_fund_amount"),
    "civil_servant": ("booked_civil_servant", "civil_servant_amount"),
    "enterprise": ("booked_enterprise", "enterprise_amount"),
    "large_amount": ("booked_large_amount", "large_amount_amount"),
    "critical_illness": ("booked_critical_illness", "critical_illness_amount"),
    "assistance": ("booked_assistance", "assistance_amount"),
    "other": ("booked_other", "other_fund_amount"),
}
_ALWAYS = Effective.model_validate({"from": date(1900, 1, 1)})


def sql(name: str) -> str:
    """A statement of this package."""
    return (files(__package__) / f"{name}.sql").read_text(encoding="utf-8")


def booked_bills(engine: DuckEngine, kinds: Sequence[str] = ()) -> pa.Table:
    """One row per settlement: columns of :data:`~yibao.benefits.bills.BILLS` and the ``booked_*`` amounts, in fen.

    ``engine`` has the tables of :data:`SOURCES`; ``kinds`` keeps only these kinds of care.
    """
    wanted = "where kind in (select unnest($kinds))" if kinds else ""
    return engine.execute(
        f"select * from ({sql('booked')}) {wanted} order by person_id, ordered_at, settlement_id",
        {"kinds": list(kinds)} if kinds else None,
    )


def standing_in(book: PolicyBook, chosen: Sequence[Written]) -> PolicyBook:
    """A book in which the chosen policies hold for their schemes at all times; the others hold as before."""
    schemes = {w.policy.scheme for w in chosen}
    kept = [w for w in book.written if w.policy.scheme not in schemes]
    taken = [replace(w, policy=w.policy.model_copy(update={"effective": _ALWAYS, "region": "00"})) for w in chosen]
    return PolicyBook((*kept, *taken))


def bound_bills(engine: DuckEngine, bills: pa.Table, book: PolicyBook) -> pa.Table:
    """The bills with ``policy``, ``year``, and the facts that follow from the policy: ``status``, ``place``, ``area``.

    A policy of region ``00`` (:func:`standing_in`) holds whatever the insured region.
    """
    everywhere = {w.policy.scheme for w in book.written if w.policy.region == "00"}
    if everywhere:
        free = pc.is_in(bills["scheme"], pa.array(sorted(everywhere)))
        region = pc.if_else(free, "00", bills["insured_region"])
        there = bills.set_column(bills.column_names.index("insured_region"), "insured_region", region)
        bound = bind(there, book)
        bound = bound.set_column(bound.column_names.index("insured_region"), "insured_region", bills["insured_region"])
    else:
        bound = bind(bills, book)
    return _with_status(engine, _with_place(bound, book), book)


def _with_place(bills: pa.Table, book: PolicyBook) -> pa.Table:
    """Care in the same province is at home where the province is one pool."""
    whole = [key for key, policy in book.policies.items() if policy.pooling == "province"]
    if not whole:
        return bills
    home = pc.and_(pc.is_in(bills["policy"], pa.array(whole)), pc.equal(bills["crossing"], "same_province"))
    for name in ("place", "area"):
        values = pc.if_else(pc.fill_null(home, False), "local", bills[name])
        bills = bills.set_column(bills.column_names.index(name), name, values)
    return bills


def _with_status(engine: DuckEngine, bills: pa.Table, book: PolicyBook) -> pa.Table:
    """The hardship status of the day of care that the policy puts first; the household's class where none is known."""
    ranks = [
        {"policy": key, "kind": kind, "rank": rank}
        for key, policy in book.policies.items()
        for rank, kind in enumerate(dict.fromkeys([*policy.statuses, *STATUSES[1:]]))
    ]
    schema = pa.schema([("policy", pa.string()), ("kind", pa.string()), ("rank", pa.int64())])
    engine.register("status_rank", pa.Table.from_pylist(ranks, schema=schema))
    engine.register("bound", bills.select(["settlement_id", "person_id", "policy", "care_began"]))
    found = engine.execute(_STATUS)
    at = pc.index_in(bills["settlement_id"], value_set=found["settlement_id"].combine_chunks())
    status = pc.fill_null(found["kind"].combine_chunks().take(at.combine_chunks()), "none")
    return bills.append_column("status", status)


_STATUS = """
with held as (
  select b.settlement_id, b.policy, s.kind
  from bound b
  join assistance_status s
    on s.person_id = b.person_id and s.begin_date <= b.care_began
    and (s.end_date is null or s.end_date >= b.care_began)
  union all
  select b.settlement_id, b.policy, h.assistance_kind as kind
  from bound b
  join person p on p.person_id = b.person_id
  join household h on h.household_id = p.household_id
  where h.assistance_kind is not null and b.person_id not in (select person_id from assistance_status)
)
select h.settlement_id, h.kind
from held h
join status_rank r on r.policy = h.policy and r.kind = h.kind
qualify row_number() over (partition by h.settlement_id order by r.rank) = 1
"""
