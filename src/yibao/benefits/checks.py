"""Which bills cannot be settled, and why. They are set aside with a reason; nothing of them is posted in part.

A bill that is set aside leaves the year's accumulators of its person unknown, so that the person's later bills of the
year are held back with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.accumulators import Accumulators
from yibao.benefits.bills import MONEY, REQUIRED, Profiled, has, numbers, whole
from yibao.benefits.resolve import Profile
from yibao.engine.money import IntArray

Mask = npt.NDArray[np.bool_]

#: The most that one bill may be, in fen: a thousand million yuan.
LARGEST = 10**11

#: Why a bill is set aside: code -> Chinese, English.
REASONS: Mapping[str, tuple[str, str]] = {
    "no_person": ("账单没有参保人", "the bill names no person"),
    "no_time": ("账单没有结算时间或年度", "the bill has no time or no insurance year"),
    "unknown_scheme": ("险种不在任何政策之内", "no policy knows the scheme"),
    "no_policy": ("该地区该险种当日没有有效的政策", "no policy of the region and scheme is in force"),
    "two_policies": ("该地区该险种当日有两个有效的政策", "two policies of the region and scheme are in force"),
    "no_rule": ("政策没有写明这种情形怎样支付", "the policy does not say what holds for such a bill"),
    "amount_missing": ("金额为空", "an amount is missing"),
    "negative_amount": ("金额为负，但未写明所冲的结算", "a negative amount that names nothing it reverses"),
    "amount_out_of_range": ("金额过大", "an amount is too large"),
    "parts_do_not_add_up": ("各部分之和不等于总额", "the parts of the bill do not add up to its total"),
    "own_rate_above_eligible": ("单独比例项目的金额超过符合范围金额", "items with an own rate exceed what is eligible"),
    "hospital_above_total": ("医院负担大于总额", "the hospital's part is above the total"),
    "reversal_without_original": ("冲正没有对应的原结算", "a reversal without the settlement that it reverses"),
    "reversal_amount": ("冲正金额与原结算不符", "a reversal whose amounts are not those of its original"),
    "reversed_twice": ("同一结算被冲正两次", "a settlement is reversed twice"),
    "cap_exceeded_before": ("此前的累计已超过限额", "the accumulators brought in are already above the limit"),
    "status_after_care": ("身份类别在就医结束后才开始", "the hardship status begins after the care ended"),
    "after_set_aside": ("同年度前面的账单尚未处理", "an earlier bill of the year is set aside"),
}  # fmt: skip


@dataclass
class Found:
    """The rows that can be settled and how reversals belong to their originals."""

    clear: Mask
    reversal: Mask
    reversals: IntArray  # rows of reversals that hold, and
    originals: IntArray  # the rows that they reverse, one for one
    persons: IntArray  # for each row the number of its person in this table
    reasons: pa.Array | None

    @property
    def live(self) -> Mask | None:
        """False for a bill that is reversed later; None when none is."""
        if not len(self.originals):
            return None
        live = np.ones(len(self.clear), dtype=bool)
        live[self.originals] = False
        return live


def problems(table: pa.Table, profiled: Profiled, opening: Accumulators | None) -> Found:
    """Judge every row of a table whose rows of one person stand together, in order."""
    missing = [name for name in REQUIRED if not has(table, name)]
    if missing:
        raise ValueError(f"a table of bills lacks {', '.join(missing)}")
    persons = _persons(table)
    reversal = _given(table, "reverses")
    reasons = _Reasons(table.num_rows)
    if has(table, "reason") and table["reason"].null_count < table.num_rows:
        reasons.take(table["reason"])
    reasons.put(_null(table, "person_id") | _empty(table, "person_id"), "no_person")
    reasons.put(_null(table, "ordered_at") | _null(table, "year"), "no_time")
    _amounts(table, reversal, reasons)
    _dates(table, reasons)
    _rules(profiled, reasons)
    if opening is not None:
        reasons.put(opening.exceeded(table, persons, profiled), "cap_exceeded_before")
    reversals, originals = _pairs(table, persons, reversal, reasons)
    reasons.hold_later(persons, numbers(table, "year"))
    if len(reversals):
        kept = reasons.clear[reversals] & reasons.clear[originals]
        reversals, originals = reversals[kept], originals[kept]
    return Found(reasons.clear, reversal, reversals, originals, persons, reasons.words)


class _Reasons:
    """The first reason of each row, as its number in :data:`REASONS`, from 1."""

    def __init__(self, rows: int) -> None:
        self.clear: Mask = np.ones(rows, dtype=bool)
        self._code = np.zeros(rows, dtype=np.int8)

    @property
    def words(self) -> pa.Array | None:
        """The reasons as texts, null where there is none; None when no row has one."""
        if self.clear.all():
            return None
        return pa.array([None, *REASONS], pa.string()).take(pa.array(self._code))

    def put(self, where: Mask, reason: str) -> None:
        where = where & self.clear
        if where.any():
            self._code[where] = _NUMBERS[reason]
            self.clear &= ~where

    def put_rows(self, rows: IntArray, reason: str) -> None:
        where = np.zeros(len(self.clear), dtype=bool)
        where[rows] = True
        self.put(where, reason)

    def take(self, given: pa.ChunkedArray) -> None:
        """Reasons that an earlier step has found."""
        for reason in given.unique().drop_null().to_pylist():
            self.put(_mask(pc.fill_null(pc.equal(given, reason), False)), reason)

    def hold_later(self, persons: IntArray, years: IntArray) -> None:
        """Hold back what follows a row set aside in the same insurance year of a person."""
        bad = np.flatnonzero(~self.clear)
        if not len(bad):
            return
        least = years.min()
        key = persons * (years.max() - least + 1) + years - least
        held, first = np.unique(key[bad], return_index=True)
        place = np.minimum(np.searchsorted(held, key), len(held) - 1)
        later = (held[place] == key) & (np.arange(len(key)) > bad[first][place])
        self.put(later, "after_set_aside")


_NUMBERS = {reason: number for number, reason in enumerate(REASONS, start=1)}


def _mask(column: pa.ChunkedArray) -> Mask:
    found: Mask = whole(column).to_numpy(zero_copy_only=False)
    return found


def _persons(table: pa.Table) -> IntArray:
    ids = table["person_id"].combine_chunks()
    if not len(ids):
        return np.empty(0, dtype=np.int64)
    if pa.types.is_dictionary(ids.type):
        ids = ids.chunk(0) if isinstance(ids, pa.ChunkedArray) else ids
        codes = pc.fill_null(ids.indices, -1).to_numpy(zero_copy_only=False)
        differs = codes[1:] != codes[:-1]
    else:
        differs = pc.fill_null(pc.not_equal(ids[1:], ids[:-1]), True).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.cumsum(differs)])


def _given(table: pa.Table, name: str) -> Mask:
    if not has(table, name) or table[name].null_count == table.num_rows:
        return np.zeros(table.num_rows, dtype=bool)
    return _mask(pc.is_valid(table[name]))


def _null(table: pa.Table, name: str) -> Mask:
    if not table[name].null_count:
        return np.zeros(table.num_rows, dtype=bool)
    return _mask(pc.is_null(table[name]))


def _empty(table: pa.Table, name: str) -> Mask:
    return _mask(pc.fill_null(pc.equal(table[name], ""), False))


def _amounts(table: pa.Table, reversal: Mask, reasons: _Reasons) -> None:
    given = [name for name in MONEY if has(table, name)]
    for name in given[:5]:
        reasons.put(_null(table, name), "amount_missing")
    amounts = {name: numbers(table, name) for name in given}
    for amount in amounts.values():
        if amount.min(initial=0) < 0:
            reasons.put((amount < 0) & ~reversal, "negative_amount")
        if amount.max(initial=0) > LARGEST or amount.min(initial=0) < -LARGEST:
            reasons.put(np.abs(amount) > LARGEST, "amount_out_of_range")
    total, *parts = (amounts[name] for name in MONEY[:5])
    reasons.put(total != parts[0] + parts[1] + parts[2] + parts[3], "parts_do_not_add_up")
    if "own_rate_amount" in amounts:
        above = (amounts["own_rate_amount"] > parts[3]) | (amounts["own_rate_pay"] > amounts["own_rate_amount"])
        reasons.put(above & ~reversal, "own_rate_above_eligible")
    if "hospital_amount" in amounts:
        reasons.put((amounts["hospital_amount"] > total) & ~reversal, "hospital_above_total")


def _dates(table: pa.Table, reasons: _Reasons) -> None:
    if not {"status_from", "care_ended"} <= set(table.column_names):
        return
    late = pc.greater(table["status_from"], table["care_ended"])
    reasons.put(_mask(pc.fill_null(late, False)), "status_after_care")


def _rules(profiled: Profiled, reasons: _Reasons) -> None:
    for number, found in enumerate(profiled.profiles):
        if not isinstance(found, Profile):
            reasons.put(profiled.which == number, found)


def _pairs(table: pa.Table, persons: IntArray, reversal: Mask, reasons: _Reasons) -> tuple[IntArray, IntArray]:
    """Rows of reversals and of their originals; reversals that have none, or do not match, are set aside."""
    rows = np.flatnonzero(reversal)
    if not len(rows):
        return rows, rows
    near = np.flatnonzero(np.isin(persons, persons[rows]))
    ids = table["settlement_id"].take(pa.array(near)).combine_chunks()
    wanted = table["reverses"].take(pa.array(rows)).combine_chunks()
    found = pc.fill_null(pc.index_in(wanted.cast(pa.string()), value_set=ids.cast(pa.string())), -1).to_numpy(
        zero_copy_only=False
    )
    original = np.where(found >= 0, near[found], -1)
    fits = (original >= 0) & (persons[original] == persons[rows]) & ~reversal[original]
    at = whole(table["ordered_at"].cast(pa.int64()).fill_null(0)).to_numpy(zero_copy_only=False)
    fits &= at[original] <= at[rows]
    reasons.put_rows(rows[~fits], "reversal_without_original")
    rows, original = rows[fits], original[fits]
    equal = np.ones(len(rows), dtype=bool)
    for name in MONEY[:5]:
        amount = numbers(table, name)
        equal &= amount[rows] == -amount[original]
    reasons.put_rows(rows[~equal], "reversal_amount")
    rows, original = rows[equal], original[equal]
    _, first = np.unique(original, return_index=True)
    again = np.ones(len(rows), dtype=bool)
    again[first] = False
    reasons.put_rows(rows[again], "reversed_twice")
    return rows[~again], original[~again]
