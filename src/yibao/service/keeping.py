"""Work that goes on beside requests: answers to reminders go into the ledger, what others brought there is taken up."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from yibao.service.reminders import keep
from yibao.service.retention import tidy
from yibao.service.state import Service

log = logging.getLogger("yibao.service.keeping")
#: Seconds between two rounds: many answers become one batch.
PAUSE = 10.0
#: Seconds between two rounds of forgetting what has ended.
TIDY = 600.0


class Keeper:
    """A thread that keeps answers, and does so once more when the service ends."""

    def __init__(self, service: Service, pause: float = PAUSE) -> None:
        self.service, self.pause = service, pause
        self._ended, self._tidied = threading.Event(), float("-inf")
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._once()

    def _run(self) -> None:
        while not self._ended.wait(self.pause):
            self._once()

    def _once(self) -> None:
        try:
            self._follow()
            keep(self.service)
            if time.monotonic() - self._tidied > TIDY:
                tidy(self.service.registry)
                self._tidied = time.monotonic()
            if self.service.ready and self.service.figures.stale():
                self.service.work.submit(self.service.make_figures)
        except Exception:
            # The answers stay in the registry; the next round tries again.
            log.exception("work beside requests waits")

    def _follow(self) -> None:
        """Take up what others brought into the ledger: `yibao ingest` may run beside the service."""
        with self.service.writing:
            if self.service.behind():
                self.service.reload()
