"""A law over the history of a ledger before it may speak: what it would have found, and what was decided of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.lawbook import Law, Outcome, columns_of, run_law
from yibao.ledger import Ledger
from yibao.measures import wilson_interval
from yibao.supervision.absent import require_columns
from yibao.supervision.lifecycle.register import LifecycleError
from yibao.supervision.models.clues import UPHELD, decisions


@dataclass(frozen=True)
class Backtest:
    """What a law found in history. Money in minor units.

    ``kept``, ``new`` and ``lost`` compare with the text in force; ``again_upheld``, ``again_false`` and ``lost_upheld``
    with what people decided about earlier findings of the law; the estimated positive rate comes from these decisions,
    with its 95 % interval, and is None without any.
    """

    law_id: str
    version: str
    law_hash: str
    as_of: datetime
    seconds: float
    findings: int
    persons: int
    institutions: int
    amount: int
    fund_amount: int
    by_month: tuple[tuple[str, int], ...]
    by_institution: tuple[tuple[str, int, int], ...]
    against: str | None
    kept: int
    new: int
    lost: int
    again_upheld: int
    again_false: int
    lost_upheld: int
    positive_rate: float | None
    lower: float | None
    upper: float | None
    examples: tuple[tuple[str, str, int], ...]


def backtest(ledger: Ledger, law: Law, in_force: Law | None = None, as_of: datetime | None = None) -> Backtest:
    """Run ``law`` (and ``in_force``, if any) over the whole ledger. Raises :class:`LifecycleError` when it fails."""
    instant = as_of or ledger.last_recorded() or datetime.now().replace(microsecond=0)
    laws = [law] if in_force is None else [law, in_force]
    require_columns(ledger, laws, as_of)
    with DuckEngine() as engine:
        ledger.attach(engine, as_of, only=columns_of(laws, ledger.tables()))
        outcomes = [_ran(run_law(engine, one, instant)) for one in laws]
    old = outcomes[1].tables["finding"] if in_force else None
    return describe(ledger, law, outcomes[0].tables["finding"], old, in_force, instant, outcomes[0].seconds)


def describe(
    ledger: Ledger, law: Law, found: pa.Table, before: pa.Table | None, in_force: Law | None, instant: datetime,
    seconds: float,
) -> Backtest:  # fmt: skip
    """The report of findings that a law made (``found``), beside those of the text in force (``before``)."""
    ids = set(found["finding_id"].to_pylist())
    old = set(before["finding_id"].to_pylist()) if before is not None else set()
    told = {
        row["finding_id"]: row["outcome"]
        for row in decisions(ledger).sort_by("decided_at").to_pylist()
        if row["law_id"] == law.id and row["finding_id"]
    }
    again = Counter(told[one] for one in ids if one in told)
    upheld, total = sum(again[o] for o in UPHELD), sum(again.values())
    lower, upper = wilson_interval(upheld, total) if total else (None, None)
    return Backtest(
        law.id, law.text.version, law.hash, instant, round(seconds, 3), found.num_rows,
        _distinct(found, "person_id"), _distinct(found, "institution_id"), _sum(found, "amount"),
        _sum(found, "fund_amount"), _months(found), _places(found), in_force.key if in_force else None,
        len(ids & old), len(ids - old) if in_force else 0, len(old - ids), upheld, again["false_alarm"],
        sum(o in UPHELD for one, o in told.items() if one not in ids),
        upheld / total if total else None, None if lower is None else float(lower),
        None if upper is None else float(upper), _examples(found),
    )  # fmt: skip


def _ran(outcome: Outcome) -> Outcome:
    if outcome.status == "failed":
        raise LifecycleError(
            f"the law failed: {outcome.message}", where=outcome.law.id, mend="mend it and prove it: yibao law test",
            zh=f"法规运行失败：{outcome.message}", mend_zh="请改正并验证：yibao law test",
        )  # fmt: skip
    return outcome


def _distinct(table: pa.Table, column: str) -> int:
    return len({v for v in table[column].to_pylist() if v})


def _sum(table: pa.Table, column: str) -> int:
    return sum(v or 0 for v in table[column].to_pylist())


def _months(table: pa.Table) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(f"{at:%Y-%m}" for at in table["occurred_at"].to_pylist()).items()))


def _places(table: pa.Table) -> tuple[tuple[str, int, int], ...]:
    """Institutions by number of findings: id, findings, amount."""
    findings: Counter[str] = Counter()
    money: Counter[str] = Counter()
    for place, amount in zip(table["institution_id"].to_pylist(), table["amount"].to_pylist(), strict=True):
        findings[place or ""] += 1
        money[place or ""] += amount
    return tuple((place, n, money[place]) for place, n in sorted(findings.items(), key=lambda kv: (-kv[1], kv[0]))[:10])


def _examples(table: pa.Table) -> tuple[tuple[str, str, int], ...]:
    """The five findings with most money: words in zh and en, amount."""
    rows = sorted(table.to_pylist(), key=lambda r: (-r["amount"], r["finding_id"]))[:5]
    return tuple((r["explanation_zh"], r["explanation_en"], r["amount"]) for r in rows)
