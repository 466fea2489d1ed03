"""Settling bills: a table of them, or one.

book = load_policies()
settled = settle(bills, book)            # bills: columns of yibao.benefits.bills.BILLS
settled.results                          # settlement_result
settled.aside                            # settlement_aside: what could not be settled, and why
settled.accumulators                     # benefit_accumulator after the last bill of everybody
settled.steps()                          # settlement_step, when explain=True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.accumulators import SCHEMA, Accumulators
from yibao.benefits.bills import ProfileCache
from yibao.benefits.binding import bind
from yibao.benefits.kernel import Reckoned, reckon
from yibao.benefits.load import PolicyBook, book_from_texts
from yibao.benefits.parallel import side_by_side
from yibao.benefits.results import KERNEL_SCHEMA, kernel_table, parted
from yibao.benefits.steps import STEP, steps_of
from yibao.engine import Kernel

#: Rows settled at once; a person is never split. Larger pieces need more memory, smaller ones more calls.
CHUNK_ROWS = 500_000
_ORDER = ("ordered_at", "settlement_id")


@dataclass
class Settled:
    """What came of a table of bills."""

    results: pa.Table
    aside: pa.Table
    _reckoned: list[Reckoned]
    _opening: Accumulators | None

    @property
    def accumulators(self) -> Accumulators:
        """The accumulators of everybody after the last bill; needs ``keep``. Who had no bill keeps what he had."""
        runs = [r.run for r in self._reckoned if r.run is not None]
        parts = [run.closing().table for run in runs]
        closing = Accumulators(pa.concat_tables(parts) if parts else SCHEMA.empty_table())
        if self._opening is None:
            return closing
        return closing.with_others(self._opening, [person for run in runs for person in run.person_ids()])

    def steps(self) -> pa.Table:
        """The steps of every settlement; needs ``explain=True``."""
        tables = [steps_of(r) for r in self._reckoned]
        return pa.concat_tables(tables) if tables else STEP.empty_table()


def settle(
    bills: pa.Table,
    book: PolicyBook,
    *,
    opening: Accumulators | None = None,
    explain: bool = False,
    keep: bool = True,
    threads: int | None = None,
    chunk_rows: int = CHUNK_ROWS,
    progress: Callable[[str, float, float], None] | None = None,
) -> Settled:
    """Settle a table of bills (:data:`yibao.benefits.bills.BILLS`) in any order of rows.

    Bills without ``policy`` are bound by ``insured_region``, ``scheme`` and the day of ``ordered_at``
    (:func:`yibao.benefits.binding.bind`). ``opening`` are accumulators of bills that went before. ``explain`` keeps
    what the steps need, ``keep`` what the accumulators need; without both the memory is that of the results.
    """
    cache = book.profiles
    table = in_order(bind(bills, book))
    pieces = list(_chunks(table, chunk_rows))

    def one(piece: pa.Table) -> tuple[pa.Table, Reckoned | None]:
        reckoned = reckon(piece, cache, opening, trace=explain)
        return kernel_table(reckoned), reckoned if keep or explain else None

    done: list[pa.Table] = []
    kept: list[Reckoned] = []
    for result, reckoned in side_by_side(one, pieces, threads):
        done.append(result)
        kept += [] if reckoned is None else [reckoned]
        if progress is not None:
            progress("settle", sum(t.num_rows for t in done), table.num_rows)
    whole = pa.concat_tables(done) if done else KERNEL_SCHEMA.empty_table()
    results, aside = parted(whole)
    return Settled(results, aside, kept, opening)


def kernel(book: PolicyBook) -> tuple[Kernel, dict[str, Any]]:
    """The kernel and its parameters for any engine: ``engine.apply(kernel, sql, params=params)``.

    Its input has columns of :data:`yibao.benefits.bills.BILLS` with ``policy`` bound; its output is
    :data:`yibao.benefits.results.KERNEL_SCHEMA`, which :func:`yibao.benefits.results.parted` parts.
    """
    params = {"policies": tuple(sorted(w.text for w in book.written))}
    return Kernel("benefits", ("person_id",), _ORDER, run, KERNEL_SCHEMA), params


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """The kernel's function: complete partitions, sorted."""
    return kernel_table(reckon(table.combine_chunks(), _cache(params["policies"])))


@lru_cache(maxsize=4)
def _cache(texts: tuple[str, ...]) -> ProfileCache:
    return book_from_texts(texts).profiles


def in_order(bills: pa.Table) -> pa.Table:
    """The rows by person, time and settlement; a table that is so already is not copied."""
    keys = ("person_id", *_ORDER)
    if bills.num_rows < 2 or _is_sorted(bills, keys):
        return bills
    return bills.take(pc.sort_indices(bills, [(key, "ascending") for key in keys]))


def _is_sorted(table: pa.Table, keys: tuple[str, ...]) -> bool:
    """Whether rows rise by the keys; nulls count as out of order."""
    undecided: Any = None
    for key in keys:
        column = table[key].combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        low, high = column[:-1], column[1:]
        falls = pc.fill_null(pc.greater(low, high), True)
        if undecided is not None:
            falls = pc.and_(falls, undecided)
        if pc.any(falls).as_py():
            return False
        equal = pc.fill_null(pc.equal(low, high), False)
        undecided = equal if undecided is None else pc.and_(undecided, equal)
        if not pc.any(undecided).as_py():
            return True
    return True


def _chunks(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """Pieces of about ``rows`` rows, cut where the person changes."""
    start, persons = 0, table["person_id"]
    while start < table.num_rows:
        end = min(start + rows, table.num_rows)
        while end < table.num_rows and persons[end].equals(persons[end - 1]):
            end += 1
        yield table.slice(start, end - start)
        start = end
