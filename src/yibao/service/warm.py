"""Before many come: what every slice needs of every file is read once, so that the first who ask do not wait for it."""

from __future__ import annotations

import logging
import time

from yibao.errors import YibaoError
from yibao.ledger.typing_sql import BUCKETS, nobody_in
from yibao.service.standing import COLUMNS
from yibao.service.state import Service

log = logging.getLogger("yibao.service.warm")


def warm(service: Service) -> None:
    """Slices of nobody, one in each bucket: they read the footers of its files, and no rows."""
    begun = time.perf_counter()
    tables = sorted({*service.checker.read, *COLUMNS})
    for bucket in range(BUCKETS):
        if not service.ready:
            break
        try:
            service.ledger.slice(nobody_in(bucket), tables)
        except YibaoError as error:
            # Who asks for a person of this bucket is told; the others are served.
            log.warning("a bucket cannot be read", extra={"said": {"error": type(error).__name__}})
    log.info("warm", extra={"said": {"ms": round(1000 * (time.perf_counter() - begun))}})
