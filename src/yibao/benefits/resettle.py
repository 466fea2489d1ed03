"""Settling a ledger anew: what was due on every bill, and how far the books are from it.

settled = resettle(ledger, load_policies())
settled.tables["settlement_difference"]     # paid less due, by layer and cause
settled.summary                             # the figures of the whole
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from yibao.benefits.booked import SOURCES, booked_bills, bound_bills, sql
from yibao.benefits.differences import differences
from yibao.benefits.load import PolicyBook
from yibao.benefits.resplit import SOURCES as LINE_SOURCES
from yibao.benefits.resplit import resplit
from yibao.benefits.settle import Settled, settle
from yibao.benefits.vocabulary import ALL_CARRIED, Continuity
from yibao.engine import DuckEngine
from yibao.errors import YibaoError
from yibao.ledger import Ledger
from yibao.ledger.typed import SCHEMAS

Progress = Callable[[str, float, float], None]
#: The result tables that a re-settlement writes.
TABLES = (
    "settlement_result", "settlement_aside", "settlement_difference", "clearing_line", "clearing_balance",
    "continuity_move",
)  # fmt: skip


class SettleError(YibaoError):
    """A ledger cannot be settled."""


@dataclass(frozen=True)
class Summary:
    """The whole in figures; money in fen. ``paid`` and ``due`` are of the bills that were reckoned."""

    settlements: int
    reckoned: int
    aside: int
    aside_amount: int
    with_lines: int
    lines_apart: int
    differing: int
    paid: int
    due: int
    too_much: int
    too_little: int
    policies: Mapping[str, int]
    reasons: Mapping[str, int]

    @property
    def difference(self) -> int:
        """Paid less due; also the sum of the table of differences."""
        return self.paid - self.due


@dataclass(frozen=True)
class Resettled:
    """Result tables by name (columns of their contracts) and the summary."""

    tables: Mapping[str, pa.Table]
    summary: Summary


def resettle(
    ledger: Ledger, book: PolicyBook, *, as_of: datetime | None = None, progress: Progress | None = None
) -> Resettled:
    """Settle every bill of a ledger under the policy in force for it, and compare with the books.

    Raises :class:`SettleError` where the ledger has no settlements or no policy holds for any of them.
    """
    with DuckEngine() as engine:
        ledger.attach(engine, as_of, only=[*SOURCES, *LINE_SOURCES])
        bills = bound_bills(engine, booked_bills(engine), book)
        require_policies(bills, str(ledger.path))
        split = resplit(engine, bills, book, progress)
        due = settle(split.bills, book, keep=False, progress=progress)
        on_books = due if not split.with_lines else settle(bills, book, keep=False, progress=progress)
        return _tables(engine, bills, on_books.results, due, book, (split.with_lines, split.apart))


def require_policies(bills: pa.Table, where: str) -> None:
    """Refuse a ledger of which not one bill has a policy. Raises :class:`SettleError`."""
    if not bills.num_rows:
        raise SettleError("the ledger holds no settlements", where=where, zh="账本中没有结算")
    if bills["policy"].null_count < bills.num_rows:
        return
    row = bills.slice(0, 1).to_pylist()[0]
    region, scheme, day = row["insured_region"] or "?", row["scheme"] or "?", f"{row['settled_at']:%Y-%m-%d}"
    raise SettleError(
        f"no policy is in force for any settlement, such as region {region}, scheme {scheme}, {day}",
        where=where,
        mend="give your own policies with --policy DIR",
        zh=f"没有一笔结算有有效的政策，例如地区 {region}、险种 {scheme}、{day}",
        mend_zh="请用 --policy 给出您的政策目录",
    )


def _tables(
    engine: DuckEngine, bills: pa.Table, on_books: pa.Table, due: Settled, book: PolicyBook, lines: tuple[int, int]
) -> Resettled:
    told = differences(engine, bills, on_books, due.results, book)
    engine.register("carries", _carries(book))
    made = {
        "settlement_result": engine.execute(_RESULT),
        "settlement_aside": due.aside,
        "settlement_difference": told,
        "clearing_line": engine.execute(sql("clearing")),
        "continuity_move": engine.execute(sql("moves")),
    }
    engine.register("clearing_line", made["clearing_line"])
    made["clearing_balance"] = engine.execute(sql("clearing_balance"))
    tables = {name: made[name].select(SCHEMAS[name].names).cast(SCHEMAS[name]) for name in TABLES}
    for name in ("settlement_difference", "settlement_aside"):
        engine.register(name, tables[name])
    counted = engine.execute(_SUMMARY).to_pylist()[0]
    policies = {r["policy"]: r["n"] for r in engine.execute(_POLICIES).to_pylist()}
    reasons = {r["reason"]: r["n"] for r in engine.execute(_REASONS).to_pylist()}
    summary = Summary(**counted, with_lines=lines[0], lines_apart=lines[1], policies=policies, reasons=reasons)
    return Resettled(tables, summary)


def _carries(book: PolicyBook) -> pa.Table:
    """For each policy, what goes on and what restarts when somebody comes from another scheme or region."""
    rows = [
        {"policy": key, "kind": kind, "carried": " ".join(kept), "restarted": " ".join(_others(kept))}
        for key, policy in book.policies.items()
        for kind, kept in _kept(policy.continuity).items()
    ]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([(n, pa.string()) for n in ("policy", "kind", "carried", "restarted")])
    )


def _kept(continuity: Continuity) -> dict[str, list[str]]:
    scheme, region = list[str](continuity.scheme_change), list[str](continuity.region_change)
    return {"scheme": scheme, "region": region, "both": [name for name in scheme if name in region]}


def _others(kept: list[str]) -> list[str]:
    return [name for name in ALL_CARRIED if name not in kept]


_RESULT = """
select d.* replace (b.encounter_id as encounter_id, b.booked_fund - d.fund_amount as difference_amount)
from due d
join bill b on b.settlement_id = d.settlement_id
order by d.settlement_id, d.policy_id
"""
_SUMMARY = """
with one as (
  select b.booked_fund, d.fund_amount from bill b join due d on d.settlement_id = b.settlement_id
)
select
  (select count(*) from bill) as settlements, count(*) as reckoned,
  (select count(*) from settlement_aside) as aside,
  (select cast(coalesce(sum(total_amount), 0) as bigint) from settlement_aside) as aside_amount,
  (select count(distinct settlement_id) from settlement_difference) as differing,
  cast(coalesce(sum(booked_fund), 0) as bigint) as paid, cast(coalesce(sum(fund_amount), 0) as bigint) as due,
  cast(coalesce(sum(greatest(booked_fund - fund_amount, 0)), 0) as bigint) as too_much,
  cast(coalesce(sum(greatest(fund_amount - booked_fund, 0)), 0) as bigint) as too_little
from one
"""
_POLICIES = (
    "select policy_id || '@' || policy_version as policy, count(*) as n from due group by 1 order by n desc, policy"
)
_REASONS = "select reason, count(*) as n from settlement_aside group by reason order by n desc, reason"
