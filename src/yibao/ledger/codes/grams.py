"""Names as sparse vectors of character pairs, and for each name of one list the nearest of another.

Chinese names have no spaces, so characters and pairs of neighbours are the words. A pair that few names share says much
(its weight is the logarithm of how rare it is); one that thousands share says little and costs most, so for finding
candidates each name is looked up by its rarest pairs only, and all pairs count when candidates are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: A name is looked up by its rarest pairs until so many entries of the other list are met.
BUDGET = 6_000
#: Names looked up in one product: bounds the memory of its result.
BLOCK = 2_000
_EDGE = 1  # stands before the first and behind the last character


@dataclass(frozen=True)
class Grams:
    """Rows are names, columns grams; a value is the gram's weight (1 + idf), whatever its number in the name."""

    weights: sparse.csr_matrix
    df: Ints  # in how many names of the national list a gram occurs
    weight: Floats

    @property
    def totals(self) -> Floats:
        """Sum of squared weights of each name."""
        return np.asarray(self.weights.multiply(self.weights).sum(axis=1)).ravel()


def vectors(local: Sequence[str], national: Sequence[str]) -> tuple[Grams, Grams]:
    """Both lists over one set of grams."""
    rows, grams = _occurrences([*local, *national])
    codes, columns = np.unique(grams, return_inverse=True)
    ones = np.ones(len(rows), np.float64)
    shape = (len(local) + len(national), len(codes))
    both = sparse.csr_matrix((ones, (rows, columns)), shape=shape)
    both.data[:] = 1.0  # a gram that occurs twice in a name counts once
    theirs = both[len(local) :]
    df = np.asarray((theirs > 0).sum(axis=0)).ravel().astype(np.int64)
    # Single characters are what typing errors leave intact, but two names share them by chance: half the weight.
    single = np.where(codes < (1 << 21), 0.5, 1.0)
    weight = single * (1.0 + np.log((1 + len(national)) / (1 + df)))
    both = sparse.csr_matrix(both @ sparse.diags(weight))
    return Grams(both[: len(local)], df, weight), Grams(both[len(local) :], df, weight)


def nearest(local: Grams, national: Grams, count: int) -> tuple[Ints, Ints]:
    """Pairs (row of local, row of national): for each local name up to ``count`` candidates."""
    look_up = _rarest(local)
    index = sparse.csc_matrix(national.weights).T.tocsr()
    norms = np.sqrt(np.maximum(national.totals, 1e-12))
    found: list[tuple[Ints, Ints]] = []
    for start in range(0, look_up.shape[0], BLOCK):
        scores = sparse.csr_matrix(look_up[start : start + BLOCK] @ index)
        scores.data /= norms[scores.indices]
        rows, columns = _best(scores, count)
        found.append((rows + start, columns))
    empty = np.empty(0, np.int64)
    return (
        np.concatenate([rows for rows, _ in found] or [empty]),
        np.concatenate([columns for _, columns in found] or [empty]),
    )


def overlap(local: Grams, national: Grams, rows: Ints, columns: Ints) -> Floats:
    """Sum of squared weights of the grams that the names of each pair share."""
    shared = np.empty(len(rows))
    for start in range(0, len(rows), 100 * BLOCK):
        part = slice(start, start + 100 * BLOCK)
        product = local.weights[rows[part]].multiply(national.weights[columns[part]])
        shared[part] = np.asarray(product.sum(axis=1)).ravel()
    return shared


def _occurrences(names: Sequence[str]) -> tuple[Ints, Ints]:
    """Row and gram of each character and each pair of neighbours. A pair's number is first * 2^21 + second."""
    lengths = np.fromiter((len(name) for name in names), np.int64, len(names))
    text = "".join(names)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    row_of = np.repeat(np.arange(len(names)), lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
    filled = lengths > 0
    first = np.zeros(len(points), bool)
    first[starts[filled]] = True
    before = np.where(first, _EDGE, np.concatenate([[_EDGE], points[:-1]])[: len(points)])
    last_points = points[(starts + lengths - 1)[filled]]
    rows = np.concatenate([row_of, row_of, np.flatnonzero(filled)])
    grams = np.concatenate([points, before * (1 << 21) + points, last_points * (1 << 21) + _EDGE])
    return rows, grams


def _rarest(names: Grams) -> sparse.csr_matrix:
    """The vectors with the rarest grams of each name only, within :data:`BUDGET` (but three at least)."""
    matrix = names.weights
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    df = names.df[matrix.indices]
    order = np.lexsort((df, rows))
    sorted_df = df[order]
    running = np.cumsum(sorted_df)
    begins = np.concatenate([[0], running])[matrix.indptr[:-1]]
    spent = running - begins[rows]
    place = np.arange(len(rows)) - matrix.indptr[:-1][rows]
    kept = order[((spent <= BUDGET) | (place < 3)) & (sorted_df > 0)]
    kept.sort()
    return sparse.csr_matrix((matrix.data[kept], (rows[kept], matrix.indices[kept])), shape=matrix.shape)


def _best(scores: sparse.csr_matrix, count: int) -> tuple[Ints, Ints]:
    """The ``count`` highest entries of each row."""
    rows: list[Ints] = []
    columns: list[Ints] = []
    for row in range(scores.shape[0]):
        begin, end = scores.indptr[row], scores.indptr[row + 1]
        data, where = scores.data[begin:end], scores.indices[begin:end]
        if len(data) > count:
            where = where[np.argpartition(data, -count)[-count:]]
        rows.append(np.full(len(where), row, np.int64))
        columns.append(where.astype(np.int64))
    empty = np.empty(0, np.int64)
    return np.concatenate([*rows, empty]), np.concatenate([*columns, empty])
