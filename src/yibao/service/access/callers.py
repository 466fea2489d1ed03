"""Callers by their API keys, remembered for a second: a counter that settles all day is not looked up for every bill.

A key that is revoked, or an actor that is disabled, is refused within that second.
"""

from __future__ import annotations

import threading
import time
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

    def known(self, token: str) -> Caller | None:
        """Who showed this key within the last second."""
        with self._lock:
            found = self._known.get(digest(token))
        if found is None or time.monotonic() - found[0] > self.fresh:
            return None
        # What a request asks of its caller is its own.
        return replace(found[1], permission="", asked=False)

    def keep(self, token: str, caller: Caller) -> Caller:
        """Remember who showed it."""
        with self._lock:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[digest(token)] = (time.monotonic(), replace(caller))
        return caller
