"""What was reckoned for one view is kept for the next reader, while the figures it rests on stand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

Made = TypeVar("Made")

#: Views in memory; one takes about as much as the stays that it compares.
KEPT = 24
_held: OrderedDict[Hashable, object] = OrderedDict()
_lock = threading.Lock()


def remembered(key: Hashable, make: Callable[[], Made]) -> Made:
    """What ``make`` gives for this key. The key names the figures (snapshot and run), so nothing goes stale."""
    with _lock:
        known = _held.get(key)
        if known is not None:
            _held.move_to_end(key)
            return known  # type: ignore[return-value]
    made = make()
    with _lock:
        _held[key] = made
        while len(_held) > KEPT:
            _held.popitem(last=False)
    return made
