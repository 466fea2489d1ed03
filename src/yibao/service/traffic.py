"""Whether anybody waits: requests in progress, and when the last one was answered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Traffic:
    """Counted by the event loop alone; read by the thread of what can be done while nobody waits."""

    def __init__(self) -> None:
        self._waiting = 0
        self._answered = time.monotonic()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Somebody waits while this lasts."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._answered = time.monotonic()

    def quiet(self) -> float:
        """Seconds since the last request was answered; 0 while one is in progress."""
        return 0.0 if self._waiting else time.monotonic() - self._answered
