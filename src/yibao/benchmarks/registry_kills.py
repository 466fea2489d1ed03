"""`kill -9` of client, server and database between any two steps of a live settlement, and at any instant.

Three processes as in production: a client sends a request over a socket, a server settles it, a database keeps it. One
of them is killed; then the database is started again if need be, and the client's request is sent again. Each request
must have happened once: whole, with the answer that was acknowledged if one was.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import socket
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import event, select

from yibao.benchmarks.postgres import Server
from yibao.benchmarks.registry_city import REGION, TILL, capped
from yibao.errors import YibaoError
from yibao.registry import Registry
from yibao.registry.accounts import check_accounts, settle
from yibao.registry.tables.accounts import TRANSACTION
from yibao.registry.tables.core import IDEMPOTENCY
from yibao.registry.verify import verify

Victim = Literal["client", "server", "database"]
_FORK = multiprocessing.get_context("fork")
#: Steps of the client at which it can die: before sending, half sent, sent, before reading the answer.
_CLIENT_STEPS = 4
PERSONS = 20
#: Seconds after a step within which death comes at any instant: a settlement takes a few thousandths.
_LATE = 0.004
SEED = 7


@dataclass
class Kills:
    """What came of killing one victim. ``whole`` and ``nothing`` count the states found, the rest must be nought."""

    victim: str
    kills: int = 0
    whole: int = 0
    nothing: int = 0
    half: int = 0
    lost: int = 0
    doubled: int = 0

    @property
    def inconsistent(self) -> int:
        return self.half + self.lost + self.doubled


def kill(place: str, victim: Victim, times: int, database: Server | None = None, prefix: str = "K") -> Kills:
    """Kill one victim so many times, each time at another step; ``database`` is the server to be killed.

    ``prefix`` begins the names of the requests: another round on the same registry has another.
    """
    chance = random.Random(f"{SEED}{victim}{prefix}")
    steps = _CLIENT_STEPS if victim == "client" else _rehearsed(place, f"{prefix}-{victim}-rehearsal")
    found = Kills(victim)
    for number in range(times):
        request = f"{prefix}-{victim}-{number}"
        # Every step in turn, then by chance.
        step = 1 + number % steps if number < steps else chance.randint(1, steps)
        # Where every step had its turn, death comes at any instant after one as well: in the middle of a commit, say.
        delay = chance.uniform(0, _LATE) if number >= steps and number % 2 else 0.0
        told = _attempt(place, request, victim, step, database, delay)
        if database is not None and victim == "database":
            database.recover()
        found.kills += 1
        _judge(place, request, told, found)
    with Registry.open(place) as registry:
        found.half += verify(registry).count
    return found


def _judge(place: str, request: str, told: dict[str, Any] | None, found: Kills) -> None:
    """All or nothing now; and once the request is sent again, once."""
    with Registry.open(place, pool=1) as registry:
        before = _kept(registry, request)
        again = _asked(registry, request)
        after = _kept(registry, request)
        with registry.reading("account.read", TILL) as unit:
            found.half += len(check_accounts(unit))
    found.whole += before == (1, 1)
    found.nothing += before == (0, 0)
    found.half += before not in ((0, 0), (1, 1))
    found.lost += (told is not None and before != (1, 1)) + (after[0] < 1) + (told is not None and again != told)
    found.doubled += after[0] > 1


def _kept(registry: Registry, request: str) -> tuple[int, int]:
    """How often the registry has the settlement of a request, and its answer."""
    with registry.reading("account.read", TILL) as unit:
        settled = unit.rows(select(TRANSACTION.c.transaction_id).where(TRANSACTION.c.settlement_id == request))
        answered = unit.rows(select(IDEMPOTENCY.c.request).where(IDEMPOTENCY.c.request == request))
    return len(settled), len(answered)


def _asked(registry: Registry, request: str) -> Mapping[str, Any]:
    """Settle what a request asks for: always the same, so that it may be sent again."""
    person = f"P{zlib.crc32(request.encode()) % PERSONS}"
    return registry.do(settle, person, request, capped(900), REGION, by=TILL, request=request)


def _rehearsed(place: str, request: str) -> int:
    """How many steps the server takes for one settlement, the last being before its answer is sent."""
    steps = _FORK.Value("i", 0)

    def count() -> None:
        steps.value += 1

    _attempt(place, request, None, 0, None, count=count)
    return int(steps.value)


def _attempt(
    place: str, request: str, victim: Victim | None, step: int, database: Server | None, delay: float = 0.0,
    count: Callable[[], None] | None = None,
) -> dict[str, Any] | None:  # fmt: skip
    """One client, one server, one request. Returns the answer that the client got before anything died."""
    ours, theirs = socket.socketpair()
    inbox, outbox = _FORK.Pipe(duplex=False)
    die = _killer(database) if victim == "database" else _die
    serving = _FORK.Process(
        target=_server,
        args=(place, theirs, ours, _Steps(step, die, delay) if victim in ("server", "database") else count),
    )
    asking = _FORK.Process(target=_client, args=(ours, theirs, request, outbox, step if victim == "client" else 0))
    serving.start()
    asking.start()
    for end in (ours, theirs):
        end.close()
    outbox.close()
    asking.join(60)
    told: dict[str, Any] | None = None
    with contextlib.suppress(EOFError):
        told = inbox.recv() if inbox.poll() else None
    serving.join(60)
    for process in (asking, serving):
        if process.is_alive():
            process.kill()
            process.join()
    return told


def _client(wire: socket.socket, other: socket.socket, request: str, told: Any, die_at: int) -> None:
    """Send one request, wait for its answer; ``die_at`` is one of :data:`_CLIENT_STEPS`, or 0."""
    other.close()
    message = json.dumps({"request": request}).encode() + b"\n"
    for number, part in enumerate((message[:10], message[10:]), start=1):
        if die_at == number:
            _die()
        wire.sendall(part)
    if die_at == 3:
        _die()
    answer = wire.makefile("rb").readline()
    if die_at == 4:
        _die()
    if answer.endswith(b"\n"):
        said = json.loads(answer)
        if said is not None:
            told.send(said)


def _server(place: str, wire: socket.socket, other: socket.socket, step: Callable[[], None] | None) -> None:
    """Read one request, settle it, answer. Every statement and the commit are steps."""
    other.close()
    line = wire.makefile("rb").readline()
    if not line.endswith(b"\n"):
        return  # the client died in the middle of a word
    asked = json.loads(line)
    answer = None
    with contextlib.suppress(YibaoError), Registry.open(place, pool=1) as registry:
        if step is not None:
            event.listen(registry.engine, "before_cursor_execute", lambda *_: step())
            event.listen(registry.engine, "commit", lambda *_: step())
        answer = _asked(registry, asked["request"])
        if step is not None:
            step()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        wire.sendall(json.dumps(answer).encode() + b"\n")


class _Steps:
    """Counts steps, and at one of them, or a little later, does what ends somebody's life."""

    def __init__(self, last: int, end: Callable[[], None], delay: float) -> None:
        self._left, self._end, self._delay = last, end, delay

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0 and self._delay:
            threading.Timer(self._delay, self._end).start()  # the process does not end before it
        elif self._left == 0:
            self._end()


def _killer(database: Server | None) -> Callable[[], None]:
    """What ends the database; of one that is a file, the process that writes it."""
    return _die if database is None else database.kill


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
