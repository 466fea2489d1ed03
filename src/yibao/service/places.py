"""Where institutions lie, from the registry, remembered for some seconds: every request asks, and they seldom move."""

from __future__ import annotations

import threading
import time

from sqlalchemy import select

from yibao.registry import Registry
from yibao.registry.scopes import Place
from yibao.registry.tables.core import INSTITUTION
from yibao.service.reads import reads

#: Seconds after which they are read anew; one that is unknown is looked for at most once a second.
FRESH, PAUSE = 30.0, 1.0


class Places:
    """Places of institutions by their ids. Safe to share between threads."""

    def __init__(self, registry: Registry) -> None:
        self._registry, self._lock = registry, threading.Lock()
        self._regions: dict[str, str] = {}
        self._read_at = float("-inf")

    def of(self, institution_id: str) -> Place:
        """Where it lies. One that the registry does not know lies nowhere, which is in no region's scope."""
        with self._lock:
            age = time.monotonic() - self._read_at
            if age > FRESH or (institution_id not in self._regions and age > PAUSE):
                self._regions = self._read()
                self._read_at = time.monotonic()
            return Place(self._regions.get(institution_id), institution_id)

    def _read(self) -> dict[str, str]:
        with reads(self._registry) as connection:
            rows = connection.execute(select(INSTITUTION.c.institution_id, INSTITUTION.c.region_code)).all()
        return {str(institution): str(region) for institution, region in rows}
