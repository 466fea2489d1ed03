"""Work that goes on beside requests: answers to reminders are brought into the ledger, figures follow a new run."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from yibao.service.reminders import keep
from yibao.service.state import Service

log = logging.getLogger("yibao.service.keeping")
#: Seconds between two rounds: many answers become one batch.
PAUSE = 10.0


class Keeper:
    """A thread that keeps answers, and does so once more when the service ends."""

    def __init__(self, service: Service, pause: float = PAUSE) -> None:
        self.service, self.pause = service, pause
        self._ended = threading.Event()
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
            keep(self.service)
            if self.service.ready and self.service.figures.stale():
                self.service.work.submit(self.service.make_figures)
        except Exception:
            # The answers stay in the registry; the next round tries again.
            log.exception("answers to reminders wait")
