"""The split of fee lines: what is not covered, above the ceiling price, first share and eligible.

    class C, or a condition of use not met:  not covered = amount
    otherwise: over = max(0, price - ceiling) x quantity, first share = s x (amount - over), eligible = the rest

Each figure is rounded half-up to the fen, once per line; a refund (negative quantity) mirrors its line. The catalogue
is that of the place of care, and a policy's ``lines`` say where the place departs from it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.parallel import side_by_side
from yibao.benefits.quantities import ONE
from yibao.benefits.vocabulary import LineRule
from yibao.engine.money import IntArray, round_half_up_array

Mask = npt.NDArray[np.bool_]

#: Quantity in thousandths times price in millionths of a yuan, in fen.
_PER_FEN = 10**7
#: What the split adds to the lines, in fen; ``matched`` is false where neither line nor catalogue says the class.
SPLIT = ("not_covered_amount", "over_limit_amount", "first_share_amount", "eligible_amount")
#: Of the eligible amount, that of items with a rate of their own, and what it pays.
OWN_RATE = ("own_rate_amount", "own_rate_pay")
_CHUNK = 1_000_000
_NONE = -1


def split_lines(
    lines: pa.Table,
    catalogue: pa.Table | None = None,
    rules: Sequence[LineRule] = (),
    *,
    threads: int | None = None,
) -> pa.Table:
    """Add the four parts (:data:`SPLIT`), :data:`OWN_RATE` and ``matched`` to fee lines.

    ``lines``: ``amount`` (fen), ``quantity`` (thousandths), ``unit_price`` (millionths of a yuan), and as far as known
    ``payment_class`` (01, 02, 03), ``ceiling_price`` (millionths), ``first_share_rate`` (basis points),
    ``restriction_met`` (null counts as met), ``item_code``, ``list_type``, ``charged_at``. What a line leaves open is
    looked up in ``catalogue`` (columns of ``catalogue_item``) by item and day. A line whose class nobody says is not
    covered.
    """
    book = None if catalogue is None else _Catalogue(catalogue)
    pieces = [lines.slice(start, _CHUNK) for start in range(0, max(lines.num_rows, 1), _CHUNK)]
    return pa.concat_tables(side_by_side(lambda piece: _split(piece, book, rules), pieces, threads))


def bill_parts(lines: pa.Table, by: str = "settlement_id") -> pa.Table:
    """The amounts of each bill from split lines: ``total_amount``, :data:`SPLIT` and :data:`OWN_RATE`."""
    parts = (*SPLIT, *OWN_RATE)
    sums = lines.group_by(by, use_threads=lines.num_rows > 100_000).aggregate(
        [("amount", "sum"), *((name, "sum") for name in parts)]
    )
    return sums.select([by, "amount_sum", *(f"{n}_sum" for n in parts)]).rename_columns([by, "total_amount", *parts])


def wrong_amounts(lines: pa.Table) -> Mask:
    """Lines whose amount is more than one fen off quantity times price."""
    due = _times(_column(lines, "quantity", 0), _column(lines, "unit_price", 0))
    return np.abs(_column(lines, "amount", 0) - due) > 1


def _split(lines: pa.Table, book: _Catalogue | None, rules: Sequence[LineRule]) -> pa.Table:
    terms = _Terms(lines)
    if book is not None:
        book.fill(lines, terms)
    for rule in reversed(rules):
        _apply(rule, lines, terms)
    amount, quantity = _column(lines, "amount", 0), _column(lines, "quantity", 0)
    price = _column(lines, "unit_price", 0)
    matched = terms.payment_class != _NONE
    covered = matched & (terms.payment_class != 3) & terms.met
    sign = np.sign(amount)
    excess = np.where(terms.ceiling == _NONE, 0, np.maximum(price - terms.ceiling, 0))
    over = np.where(covered, np.minimum(_times(np.abs(quantity), excess), np.abs(amount)), 0) * sign
    share = np.where(terms.payment_class == 1, 0, np.maximum(terms.share, 0))
    first = np.where(covered, round_half_up_array((amount - over) * share, ONE), 0)
    own = np.where(covered, 0, amount)
    eligible = amount - own - over - first
    apart = np.where(terms.rate == _NONE, 0, eligible)
    paid = round_half_up_array(apart * np.maximum(terms.rate, 0), ONE)
    for name, values in zip((*SPLIT, *OWN_RATE), (own, over, first, eligible, apart, paid), strict=True):
        lines = _put(lines, name, pa.array(values))
    return _put(lines, "matched", pa.array(matched))


class _Terms:
    """How each line is paid: class (1, 2, 3), ceiling in millionths, first share in ppm; -1 where unknown or none."""

    def __init__(self, lines: pa.Table) -> None:
        self.payment_class = _classes(lines)
        self.ceiling = _column(lines, "ceiling_price", _NONE)
        rate = _column(lines, "first_share_rate", _NONE)
        self.share = np.where(rate == _NONE, _NONE, rate * 100)
        self.rate = np.full(lines.num_rows, _NONE, dtype=np.int64)
        if "restriction_met" in lines.column_names:
            met = pc.fill_null(lines["restriction_met"], True).combine_chunks()
            self.met: Mask = met.to_numpy(zero_copy_only=False)
        else:
            self.met = np.ones(lines.num_rows, dtype=bool)


class _Catalogue:
    """A catalogue, looked up by item and day: the last version that began on or before the day and has not ended."""

    def __init__(self, catalogue: pa.Table) -> None:
        ordered = catalogue.sort_by([("item_code", "ascending"), ("valid_from", "ascending")])
        codes = ordered["item_code"].combine_chunks().dictionary_encode()
        self.items = codes.dictionary
        self.begins = _days(ordered["valid_from"], 0)
        self.keys = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64) * 10**6 + self.begins
        self.ends = _days(ordered["valid_to"], 10**6)
        self.terms = _Terms(ordered)
        self.versions = len(self.keys) > len(self.items)

    def fill(self, lines: pa.Table, terms: _Terms) -> None:
        """Fill in what the lines leave open."""
        item = pc.fill_null(pc.index_in(lines["item_code"], value_set=self.items), _NONE).combine_chunks()
        code = item.to_numpy(zero_copy_only=False).astype(np.int64)
        if "charged_at" in lines.column_names:
            day = _days(lines["charged_at"], 10**5)
        else:
            day = np.full(lines.num_rows, 10**5)
        place = np.searchsorted(self.keys, code * 10**6 + day, side="right") - 1
        known = (code >= 0) & (place >= 0)
        place = np.where(known, place, 0)
        known &= (self.keys[place] // 10**6 == code) & ((day < self.ends[place]) | (day == 10**5))
        for name in ("payment_class", "ceiling", "share"):
            own = getattr(terms, name)
            setattr(terms, name, np.where(known & (own == _NONE), getattr(self.terms, name)[place], own))


def _apply(rule: LineRule, lines: pa.Table, terms: _Terms) -> None:
    """Let a rule of the policy take the place of the catalogue for the lines that it names."""
    fits = np.ones(lines.num_rows, dtype=bool)
    for column, wanted in (("item_code", rule.items), ("list_type", rule.list_type)):
        if wanted is not None:
            fits &= pc.is_in(lines[column], pa.array(wanted)).combine_chunks().to_numpy(zero_copy_only=False)
    if rule.payment_class is not None:
        fits &= np.isin(terms.payment_class, [int(c) for c in rule.payment_class])
    if rule.pay_as is not None:
        terms.payment_class = np.where(fits, int(rule.pay_as), terms.payment_class)
    if rule.ceiling is not None:
        terms.ceiling = np.where(fits, rule.ceiling.fen * 10**4, terms.ceiling)
    if rule.rate is not None:
        terms.rate = np.where(fits, rule.rate, terms.rate)
    if rule.first_share is not None:
        terms.share = np.where(fits, rule.first_share, terms.share)


def _times(quantity: IntArray, price: IntArray) -> IntArray:
    """Quantity (thousandths) times price (millionths) in fen, half-up; in two parts, so that nothing overflows."""
    whole, rest = price // _PER_FEN, price % _PER_FEN
    product: IntArray = quantity * whole + round_half_up_array(quantity * rest, _PER_FEN)
    return product


def _classes(table: pa.Table) -> IntArray:
    if "payment_class" not in table.column_names:
        return np.full(table.num_rows, _NONE, dtype=np.int64)
    number = pc.index_in(table["payment_class"], value_set=pa.array(["01", "02", "03"]))
    found: IntArray = pc.fill_null(number, -2).combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64) + 1
    return found


def _column(table: pa.Table, name: str, default: int) -> IntArray:
    if name not in table.column_names:
        return np.full(table.num_rows, default, dtype=np.int64)
    column = table[name]
    column = pc.fill_null(column, default) if column.null_count else column
    found: IntArray = column.combine_chunks().to_numpy(zero_copy_only=False)
    return found


def _days(column: pa.ChunkedArray, default: int) -> IntArray:
    days = pc.cast(column, pa.date32()).cast(pa.int32())
    found: IntArray = pc.fill_null(days, default).combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _put(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, values)
    return table.append_column(name, values)
