"""The tables that a settlement gives: results by contract, and what was set aside."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from yibao.benefits.bills import has, numbers
from yibao.benefits.identities import require
from yibao.benefits.kernel import Reckoned
from yibao.engine.money import IntArray
from yibao.ledger.typed import SCHEMAS

RESULT: pa.Schema = SCHEMAS["settlement_result"]
ASIDE: pa.Schema = SCHEMAS["settlement_aside"]
#: Filled by whoever has the ledger at hand: the encounter, and the difference from the books.
FROM_LEDGER = ("encounter_id", "difference_amount")
#: What the kernel returns for each bill wherever it runs: a result, or the reason why there is none.
KERNEL_SCHEMA = pa.schema([f for f in RESULT if f.name not in FROM_LEDGER] + [pa.field("reason", pa.string())])

_SPLIT = ("total_amount", "not_covered_amount", "over_limit_amount", "first_share_amount", "eligible_amount")
_COMMERCIAL = ("commercial_in_range", "commercial_out_of_range", "commercial_drugs")
#: Columns of the result that are amounts of the kernel by another name.
_NAMES = {
    "deductible_amount": "deductible", "above_cap_amount": "above_cap", "basic_fund_amount": "basic",
    "civil_servant_amount": "civil_servant", "enterprise_amount": "enterprise",
    "large_amount_amount": "large_amount", "critical_illness_amount": "critical_illness", "tilt_amount": "tilt",
    "charity_amount": "charity", "fund_amount": "fund", "hospital_amount": "hospital", "person_amount": "person",
    "account_amount": "account", "family_account_amount": "family", "cash_amount": "cash",
    "account_balance": "account_balance", "times": "times",
}  # fmt: skip


def kernel_table(reckoned: Reckoned) -> pa.Table:
    """One row per bill in the order of the table, columns of :data:`KERNEL_SCHEMA`."""
    table, rows = reckoned.table, reckoned.table.num_rows
    values: dict[str, pa.Array | pa.ChunkedArray] = {name: pa.array(numbers(table, name)) for name in _SPLIT}
    amounts = reckoned.amounts
    values |= {name: pa.array(amounts[source]) for name, source in _NAMES.items()}
    commercial = _sum(amounts, _COMMERCIAL)
    values["assistance_amount"] = pa.array(amounts["assistance"] + amounts["tilt"])
    values["commercial_amount"] = pa.array(commercial)
    values["other_fund_amount"] = pa.array(commercial + amounts["charity"])
    for name in ("settlement_id", "person_id"):
        values[name] = table[name]
    values["year"] = table["year"]
    values |= _profile_words(reckoned)
    values["suspended"] = _suspended(reckoned)
    values["reversed_settlement_id"] = _text(table, "reverses", rows)
    values["reason"] = pa.nulls(rows, pa.string()) if reckoned.reasons is None else reckoned.reasons
    columns = [values[field.name].cast(field.type) for field in KERNEL_SCHEMA]
    out = pa.table(columns, schema=KERNEL_SCHEMA)
    require(out if reckoned.reasons is None else out.filter(out["reason"].is_null()))
    return out


def parted(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Results and what was set aside, from rows of :data:`KERNEL_SCHEMA`."""
    if table["reason"].null_count == table.num_rows:
        return _as_result(table), ASIDE.empty_table()
    settled, aside = table.filter(table["reason"].is_null()), table.filter(table["reason"].is_valid())
    return _as_result(settled), aside.select(ASIDE.names).cast(ASIDE)


def _as_result(table: pa.Table) -> pa.Table:
    columns = [
        pa.nulls(table.num_rows, field.type) if field.name in FROM_LEDGER else table[field.name] for field in RESULT
    ]
    return pa.table(columns, schema=RESULT)


def _sum(amounts: Mapping[str, IntArray], names: tuple[str, ...]) -> IntArray:
    return sum((amounts[name] for name in names), start=np.zeros_like(amounts["fund"]))


def _profile_words(reckoned: Reckoned) -> dict[str, pa.Array]:
    """Policy and benefit of each bill; they are those of its profile. Nothing for a bill that has none."""
    profiles = reckoned.profiles or (None,)
    words = {
        "policy_id": [p.policy.id if p else "" for p in profiles],
        "policy_version": [p.policy.version if p else "" for p in profiles],
        "benefit": [p.benefit.id if p and p.benefit else None for p in profiles],
    }
    which = pa.array(reckoned.which)
    return {name: pa.array(texts, pa.string()).take(which) for name, texts in words.items()}


def _suspended(reckoned: Reckoned) -> pa.Array:
    """I6 where a floor payment lifted basic insurance above what is eligible."""
    rows = reckoned.table.num_rows
    if not any(p.basic["floor_rate"] for p in reckoned.profiles):
        return pa.nulls(rows, pa.string())
    amounts, eligible = reckoned.amounts, numbers(reckoned.table, "eligible_amount")
    sign = np.where(numbers(reckoned.table, "total_amount") < 0, -1, 1)
    beyond = amounts["basic"] * sign > (eligible - amounts["deductible"]) * sign
    floor = np.array([bool(p.basic["floor_rate"]) for p in reckoned.profiles])[reckoned.which]
    return pa.array([None, "I6"], pa.string()).take(pa.array((beyond & floor).astype(np.int8)))


def _text(table: pa.Table, name: str, rows: int) -> pa.Array | pa.ChunkedArray:
    return table[name] if has(table, name) else pa.nulls(rows, pa.string())
