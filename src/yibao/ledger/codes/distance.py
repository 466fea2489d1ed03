"""Edit distance of many pairs of names at once.

Myers, "A fast bit-vector algorithm for approximate string matching" (J. ACM 46, 1999), with one machine word per pair:
the columns of the dynamic programme are the bits, and a step handles one character of every pair.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

#: Names are compared in their first so many characters: one bit each.
LONGEST = 63
_BLOCK = 50_000

Words = npt.NDArray[np.uint64]


def edit_distances(first: Sequence[str], second: Sequence[str]) -> npt.NDArray[np.int64]:
    """Insertions, deletions and replacements between the names of each pair.

    >>> edit_distances(["胃溃疡", "abc", ""], ["胃溃汤", "abc", "ab"]).tolist()
    [1, 0, 2]
    """
    parts = [
        _distances(first[start : start + _BLOCK], second[start : start + _BLOCK])
        for start in range(0, len(first), _BLOCK)
    ]
    return np.concatenate([*parts, np.empty(0, np.int64)])


def _distances(first: Sequence[str], second: Sequence[str]) -> npt.NDArray[np.int64]:
    a, a_length = _matrix(first)
    b, b_length = _matrix(second)
    one = np.uint64(1)
    bits = one << np.arange(a.shape[1], dtype=np.uint64)
    high = np.where(a_length > 0, one << np.maximum(a_length - 1, 0).astype(np.uint64), np.uint64(0))
    plus = np.where(a_length > 0, (one << a_length.astype(np.uint64)) - one, np.uint64(0))
    minus = np.zeros(len(first), np.uint64)
    score = a_length.astype(np.int64)
    for step in range(b.shape[1]):
        equal = ((a == b[:, step : step + 1]) & (a != 0)) @ bits
        vertical = equal | minus
        horizontal = (((equal & plus) + plus) ^ plus) | equal
        rises = minus | ~(horizontal | plus)
        falls = plus & horizontal
        live = step < b_length
        score += live & ((rises & high) != 0)
        score -= live & ((falls & high) != 0)
        rises = (rises << one) | one
        falls = falls << one
        plus = np.where(live, falls | ~(vertical | rises), plus)
        minus = np.where(live, rises & vertical, minus)
    return np.where(a_length > 0, score, b_length.astype(np.int64))


def _matrix(names: Sequence[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Code points, padded with zero, and lengths."""
    cut = np.array([name[:LONGEST] for name in names], dtype=np.str_)
    width = max(cut.dtype.itemsize // 4, 1)
    points = cut.astype(f"<U{width}").view(np.uint32).reshape(len(names), width)
    return points, np.char.str_len(cut).astype(np.int64)
