"""Order checks of the service: one checker for all who ask, with a limit to their patience; it fails open.

A doctor is never stopped by us: when the check takes too long or breaks, the order goes on without a reminder, and the
event is logged and counted.
"""

from __future__ import annotations

import logging
from concurrent.futures import TimeoutError as TooLate

from yibao.service.metrics import Metrics
from yibao.service.state import Service
from yibao.supervision.draft import Draft
from yibao.supervision.reminders import Answer

log = logging.getLogger("yibao.service.checks")


def judge(service: Service, draft: Draft, metrics: Metrics) -> Answer:
    """The reminders for a draft; none, with ``failures``, when the check failed open."""
    asked = service.with_checker(lambda checker: checker.check(draft))
    try:
        answer = asked.result(service.settings.order_patience)
    except TooLate:
        # Nobody waits for it any more: those who do would wait behind it.
        asked.cancel()
        return _open(draft, metrics, "late")
    except Exception as error:
        log.exception("order check failed", extra={"said": {"error": type(error).__name__}})
        return _open(draft, metrics, "broken")
    if answer.failures:
        metrics.event("law_failed_open")
        log.error("laws failed open", extra={"said": {"laws": [text.partition(":")[0] for text in answer.failures]}})
    return answer


def _open(draft: Draft, metrics: Metrics, why: str) -> Answer:
    metrics.event("order_check_failed_open")
    log.error("order check failed open", extra={"said": {"why": why}})
    return Answer(draft, [], [], 0.0, [f"check: {why}"])
