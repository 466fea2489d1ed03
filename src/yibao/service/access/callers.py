"""Callers by their API keys, remembered for a second: a counter that settles all day is not looked up for every bill.

A key that is revoked, or an actor that is disabled, is refused within that second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from yibao.service.access.keys import digest
from yibao.service.access.scope import Caller

FRESH = 1.0
#: Callers kept: more than there are systems that call within a second.
KEPT = 5_000


class Callers:
    """Callers by the digest of the key that they showed."""

    def __init__(self, fresh: float = FRESH) -> None:
        self.fresh = fresh
        self._known: dict[str, tuple[float, Caller]] = {}
        self._lock = threading.Lock()

    def of(self, token: str, find: Callable[[], Caller]) -> Caller:
        """The caller, found anew when it was found longer ago; what ``find`` raises is not remembered."""
        key, now = digest(token), time.monotonic()
        with self._lock:
            at, caller = self._known.get(key, (float("-inf"), None))
        if caller is None or now - at > self.fresh:
            caller = find()
            with self._lock:
                if len(self._known) >= KEPT:
                    self._known.clear()
                self._known[key] = (now, caller)
        # What a request asks of its caller is its own.
        return replace(caller, permission="", asked=False)
