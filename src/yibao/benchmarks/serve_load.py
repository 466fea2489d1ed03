"""Load over HTTP from this process: requests come whether or not the service keeps up, and are timed from when due.

A request that waits for a connection, since all are busy, waits in its time too: otherwise a slow service would be
asked less and look quicker than it is.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request; ``body`` goes as JSON."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Answered:
    """What came of it: seconds from when it was due, status (0: no answer), body and headers."""

    seconds: float
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """A connection that is kept, and made anew after it broke."""

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        self.port, self.timeout = port, timeout
        self._open: http.client.HTTPConnection | None = None

    def ask(self, asked: Asked, due: float | None = None) -> Answered:
        """Send a request; status 0 when there was no whole answer."""
        due = time.perf_counter() if due is None else due
        headers = dict(asked.headers)
        body = None
        if asked.body is not None:
            body, headers["content-type"] = json.dumps(asked.body), "application/json"
        try:
            if self._open is None:
                self._open = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            self._open.request(asked.method, asked.path, body, headers)
            answer = self._open.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            return Answered(time.perf_counter() - due, answer.status, answer.read(), said)
        except (OSError, http.client.HTTPException):
            self.close()
            return Answered(time.perf_counter() - due, 0)

    def close(self) -> None:
        if self._open is not None:
            with contextlib.suppress(OSError):
                self._open.close()
        self._open = None


class Connections(AbstractContextManager["Connections"]):
    """One connection for each thread; all are closed at the end."""

    def __init__(self, port: int) -> None:
        self.port, self._local, self._all = port, threading.local(), list[Connection]()

    def mine(self) -> Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = Connection(self.port)
            self._all.append(self._local.connection)
        connection: Connection = self._local.connection
        return connection

    def __exit__(self, *_: object) -> None:
        for connection in self._all:
            connection.close()


def open_loop(port: int, request: Callable[[int], Asked], rate: float, count: int, clients: int = 32) -> list[Answered]:
    """Send ``count`` requests, ``rate`` a second, whether or not the ones before were answered."""
    connections = Connections(port)
    begun = time.perf_counter() + 0.2

    def one(number: int) -> Answered:
        due = begun + number / rate
        wait = due - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        return connections.mine().ask(request(number), due)

    with connections, ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(count)))


def closed_loop(port: int, request: Callable[[int], Asked], count: int, clients: int) -> tuple[list[Answered], float]:
    """Send ``count`` requests by so many clients, each after its answer; returns answers and seconds in all."""
    connections = Connections(port)
    begun = time.perf_counter()
    with connections, ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(lambda number: connections.mine().ask(request(number)), range(count)))
    return answers, time.perf_counter() - begun


def milliseconds(answers: Sequence[Answered], share: float) -> float:
    """The time that this share of the requests did not exceed."""
    taken = sorted(answer.seconds for answer in answers)
    return round(1000 * taken[min(len(taken) - 1, int(len(taken) * share))], 1) if taken else 0.0


def failed(answers: Sequence[Answered]) -> dict[int, int]:
    """Status -> number, of the answers that are no success."""
    found: dict[int, int] = {}
    for answer in answers:
        if not 200 <= answer.status < 400:
            found[answer.status] = found.get(answer.status, 0) + 1
    return found
