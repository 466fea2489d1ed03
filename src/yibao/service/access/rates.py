"""How many requests one caller may make: a bucket that fills at a rate and empties by one for each request."""

from __future__ import annotations

import threading
import time

#: Buckets that are kept; full ones are forgotten first, since a new one is full too.
KEPT = 20_000


class Buckets:
    """Buckets by name, of ``rate`` a second and ``burst`` at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, float(burst)
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, now: float | None = None) -> float:
        """Take one: 0, or the seconds until there will be one. ``now`` is for tests."""
        now = time.monotonic() if now is None else now
        with self._lock:
            left, since = self._left.get(name, (self.burst, now))
            left = min(self.burst, left + (now - since) * self.rate)
            if left < 1:
                self._left[name] = (left, now)
                return (1 - left) / self.rate
            self._left[name] = (left - 1, now)
            if len(self._left) > KEPT:
                self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        full = [k for k, (left, since) in self._left.items() if left + (now - since) * self.rate >= self.burst]
        for name in full or list(self._left)[: KEPT // 2]:
            del self._left[name]
