"""Figures of a running service for Prometheus (extra ``metrics``). No label names a person or an institution."""

from __future__ import annotations

from typing import Any


class Metrics:
    """Counters and times by route; without the extra it counts nothing and shows nothing."""

    def __init__(self) -> None:
        try:
            import prometheus_client as prometheus
        except ModuleNotFoundError:
            self.registry: Any = None
            return
        self.registry = prometheus.CollectorRegistry()
        self._seconds = prometheus.Histogram(
            "yibao_request_seconds", "Seconds of requests", ["method", "route", "status"], registry=self.registry,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5),
        )  # fmt: skip
        self._events = prometheus.Counter("yibao_events", "Named events", ["event"], registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        if self.registry is not None:
            self._seconds.labels(method, route, status).observe(seconds)

    def event(self, name: str) -> None:
        """Count an event such as ``order_check_failed_open``."""
        if self.registry is not None:
            self._events.labels(name).inc()

    def text(self) -> bytes | None:
        """The exposition format; None without the extra."""
        if self.registry is None:
            return None
        from prometheus_client import generate_latest

        return generate_latest(self.registry)
