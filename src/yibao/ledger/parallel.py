"""Work on several threads whose results are taken in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def in_order(pool: ThreadPoolExecutor, jobs: Iterator[Callable[[], Result]], ahead: int) -> Iterator[Result]:
    """Results in the order of ``jobs``; at most ``ahead`` are under way, so memory does not grow with the input."""
    waiting: deque[Future[Result]] = deque()
    for job in jobs:
        waiting.append(pool.submit(job))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
