"""Pieces of work side by side: NumPy and Arrow let go of the interpreter, so threads are enough."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def side_by_side(work: Callable[[T], U], pieces: Sequence[T], threads: int | None = None) -> Iterator[U]:
    """Results in the order of the pieces. One piece or one thread needs no pool, which costs more than a bill."""
    lanes = min(threads or os.cpu_count() or 1, len(pieces))
    if lanes <= 1:
        yield from map(work, pieces)
        return
    with ThreadPoolExecutor(lanes) as pool:
        yield from pool.map(work, pieces)
