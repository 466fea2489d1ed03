"""Columns side by side: a table in the making is a dict of NumPy arrays of one length.

Times are whole seconds and dates whole days since 1970-01-01, money is fen, quantities are thousandths, unit prices are
millionths of a yuan. A missing number is :data:`NONE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Frame = dict[str, Array]

NONE = int(np.iinfo(np.int64).min)
DAY = 86_400


def day(text: str) -> int:
    """``2025-03-01`` as days since 1970-01-01."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def second(text: str) -> int:
    """``2025-03-01 09:30:00`` as seconds since 1970-01-01, wall clock without a zone."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


YEAR_FIRST = day("2025-01-01")
YEAR_LAST = day("2025-12-31")


def size(frame: Frame) -> int:
    return len(next(iter(frame.values())))


def take(frame: Frame, index: Array) -> Frame:
    """The rows at ``index`` (positions or a boolean mask)."""
    return {name: column[index] for name, column in frame.items()}


def concat(frames: Sequence[Frame]) -> Frame:
    """The rows of all frames, which must have the same columns."""
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}


def full(n: int, value: int) -> Array:
    return np.full(n, value, dtype=np.int64)


def ints(values: Sequence[int]) -> Array:
    return np.asarray(values, dtype=np.int64)


def previous_same(*keys: Array) -> Array:
    """For rows already sorted by ``keys``: does the row before agree in all of them?"""
    same = np.ones(len(keys[0]), dtype=bool)
    same[:1] = False
    for key in keys:
        same[1:] &= key[1:] == key[:-1]
    return same


def rank_in_run(*keys: Array) -> Array:
    """For rows already sorted by ``keys``: 0, 1, 2 … inside each run of equal keys."""
    same = previous_same(*keys)
    starts = np.flatnonzero(~same)
    return np.arange(len(same)) - np.repeat(starts, np.diff(np.append(starts, len(same))))


def repeat_ranges(lengths: Array) -> tuple[Array, Array]:
    """Row numbers repeated ``lengths`` times, and 0, 1, 2 … inside each repetition."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.cumsum(lengths) - lengths
    return rows, np.arange(len(rows)) - np.repeat(starts, lengths)
